import {describe, expect, it} from 'vitest';
import {ChannelHistory, Steps} from './channel-history.js';

describe('channel history', () => {
  const filled = () => {
    const h = new ChannelHistory();
    for (const [t, n] of [[0, 0], [10, 4], [20, 8], [30, 2]] as const) h.depth.push(t, n);
    return h;
  };
  it('knows the level at any moment', () => {
    const h = filled();
    expect([-1, 0, 9, 10, 25, 99].map((t) => h.at(t))).toEqual([0, 0, 0, 4, 8, 2]);
  });
  it('averages over time, not over steps', () => {
    const {mean, high, highAt} = filled().over(0, 40);
    expect(mean).toBeCloseTo((0 * 10 + 4 * 10 + 8 * 10 + 2 * 10) / 40);
    expect(high).toBe(8);
    expect(highAt).toBe(20);
  });
  it('has a mean level over all it remembers, and none before anything happened', () => {
    expect(filled().meanLevel(60)).toBe(Math.round((0 * 10 + 4 * 10 + 8 * 10 + 2 * 30) / 60));
    expect(new ChannelHistory().meanLevel(60)).toBe(0);
  });
  it('keeps the latest moments and never goes back in time', () => {
    const steps = new Steps(4);
    for (let i = 0; i < 9; i++) steps.push(i, i);
    steps.push(3, 99);
    expect(Array.from({length: 4}, (_, i) => steps.value[steps.slot(i)])).toEqual([6, 7, 8, 99]);
    expect(steps.lastTime).toBe(8);
  });
  it('counts drops in a stretch', () => {
    const h = new ChannelHistory();
    for (const t of [1, 2, 2, 5]) h.drops.push(t, 1);
    expect(h.dropsBetween(0, 2)).toBe(3);
    expect(h.dropsBetween(2, 9)).toBe(1);
  });
});

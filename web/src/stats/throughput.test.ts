import {describe, expect, it} from 'vitest';
import {Lately, RateWindows} from './throughput.js';

const sum = (a: Float64Array) => a.reduce((x, y) => x + y, 0);

describe('throughput', () => {
  it('reports a steady rate as steady, whatever the frames were', () => {
    const w = new RateWindows(2e6, 64);
    let now = 0;
    for (const step of [3e5, 1.7e6, 8e6, 1e5, 4.4e6, 9e6]) { now += step; w.take(now, now / 1e5, now / 5e4); }
    for (let i = 0; i < w.length; i++) { expect(w.rate(w.done, i)).toBeCloseTo(1e4, 3); expect(w.rate(w.offered, i)).toBeCloseTo(2e4, 3); }
  });
  it('merges windows of a long run and loses nothing', () => {
    const w = new RateWindows(1e6, 32);
    for (let now = 1e6; now <= 500e6; now += 1e6) w.take(now, now / 1e5, now / 1e5);
    expect(w.length).toBeLessThanOrEqual(32);
    expect(sum(w.done)).toBeCloseTo(5000, 6);
  });
  it('ignores time that stands still', () => {
    const w = new RateWindows();
    w.take(5e6, 10, 10); w.take(5e6, 10, 10);
    expect(sum(w.done)).toBeCloseTo(10);
  });
  it('speaks of the last stretch', () => {
    const l = new Lately();
    for (let t = 0; t <= 100; t += 10) l.take(t, [t * 2]);
    expect(l.over(30, 100, [200])).toEqual({span: 30, gained: [60]});
    expect(new Lately().over(30, 100, [200])).toEqual({span: 100, gained: [200]});
  });
});

import {describe, expect, it} from 'vitest';
import {circle, edgesOf, standOf, waitsInWords, waitsLayout, type Waits} from './waits-renderer.js';

const ring = (...tasks: Waits['tasks'][number][]): Waits => ({tasks, channels: false});

describe('waits', () => {
  it('closes the circle when each has its own and wants the next', () => {
    const stuck = ring('one-wants-next', 'one-wants-next');
    expect(edgesOf(stuck)).toEqual([{task: 0, thing: 0, kind: 'has'}, {task: 0, thing: 1, kind: 'wants'}, {task: 1, thing: 1, kind: 'has'}, {task: 1, thing: 0, kind: 'wants'}]);
    expect(circle(stuck)).toBe(true);
    expect(waitsInWords(stuck)).toBe('Task 1 has mutex 1 and wants 2, task 2 has mutex 2 and wants 1. Each waits for the next: a deadlock.');
    expect(waitsInWords(ring('both', 'away'))).toBe('Task 1 has mutex 1 and 2, task 2 does something else.');
    expect(waitsInWords({tasks: ['sending', 'receiving'], channels: true})).toBe('Task 1 sends into channel 1, task 2 reads channel 1.');
  });
  it('is no circle while one of them can go on', () => {
    expect(circle(ring('one-wants-next', 'both', 'one-wants-next'))).toBe(false);
    expect(circle(ring('wants-both', 'wants-both'))).toBe(false);
    expect(circle({tasks: ['sending', 'receiving'], channels: true})).toBe(false);
    expect(circle({tasks: ['sending', 'sending'], channels: true})).toBe(true);
    expect(circle(ring())).toBe(false);
  });
  it('lets the next one empty a channel', () => {
    expect(edgesOf({tasks: ['sending', 'receiving', 'away'], channels: true})).toEqual([{task: 0, thing: 0, kind: 'wants'}, {task: 1, thing: 0, kind: 'has'}]);
  });
  it('stands a thing between two tasks, and all within the picture', () => {
    for (const n of [2, 3, 6]) {
      const at = waitsLayout(700, 230, {tasks: Array.from({length: n}, () => 'away' as const), channels: false});
      for (const p of [...at.tasks, ...at.things]) { expect(p.x).toBeGreaterThan(30); expect(p.x).toBeLessThan(670); expect(p.y).toBeGreaterThan(15); expect(p.y).toBeLessThan(215); }
      expect(new Set([...at.tasks, ...at.things].map((p) => `${Math.round(p.x)}/${Math.round(p.y)}`)).size).toBe(2 * n);
    }
  });
  it('takes an unknown code for nothing', () => { expect([0, 2, 99].map(standOf)).toEqual(['away', 'one-wants-next', 'away']); });
});

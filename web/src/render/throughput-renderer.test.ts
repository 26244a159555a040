import {describe, expect, it} from 'vitest';
import {RateWindows} from '../stats/throughput.js';
import {rateLine} from './throughput-renderer.js';

describe('throughput line', () => {
  it('leaves out the window that is still filling', () => {
    const w = new RateWindows(1e6, 32);
    for (let i = 1; i <= 45; i++) w.take(i * 1e5, i, i);
    const line = rateLine(w);
    expect(line.done).toHaveLength(4);
    for (const r of line.done) expect(r).toBeCloseTo(1e4, 3);
  });
  it('marks windows far below the usual as stalled', () => {
    const w = new RateWindows(1e6, 32);
    let out = 0;
    for (let i = 1; i <= 20; i++) { out += i === 10 ? 0 : 100; w.take(i * 1e6, out, out); }
    expect(rateLine(w).stalled.map((s, i) => (s ? i : -1)).filter((i) => i >= 0)).toEqual([9]);
  });
  it('holds the line inside its band', () => {
    const w = new RateWindows(1e6, 32);
    for (let i = 1; i <= 20; i++) w.take(i * 1e6, i * i, i * i);
    const line = rateLine(w);
    line.done.forEach((r, i) => { expect(line.low[i]).toBeLessThanOrEqual(r); expect(line.high[i]).toBeGreaterThanOrEqual(r); });
  });
});

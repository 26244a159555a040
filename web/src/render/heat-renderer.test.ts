import {describe, expect, it} from 'vitest';
import {RateWindows} from '../stats/throughput.js';
import {heatOf} from './heat-renderer.js';

describe('retry heat', () => {
  it('is nothing without retries, full when half of all attempts fail, and in between shows little', () => {
    const w = new RateWindows(1e6, 8);
    w.take(1e6, 100, 0); w.take(2e6, 200, 1); w.take(3e6, 300, 101);
    expect(heatOf(w, 0)).toBe(0);
    expect(heatOf(w, 1)).toBeGreaterThan(0.1);
    expect(heatOf(w, 2)).toBe(1);
    expect(heatOf(w, 7)).toBe(0);
  });
});

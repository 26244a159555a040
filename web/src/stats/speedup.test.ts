import {describe, expect, it} from 'vitest';
import {knee, median, speedup, speedupInWords, sweep} from './speedup.js';

describe('speed-up', () => {
  it('compares with one worker', () => {
    const points = speedup(new Map([[1, [100, 102, 98]], [2, [190, 200, 196]], [4, [198, 202, 190]]]));
    expect(points.map((p) => +p.median.toFixed(2))).toEqual([1, 1.96, 1.98]);
    expect(points[1]!.low).toBeCloseTo(1.9);
    expect(knee(points)?.workers).toBe(2);
    expect(speedupInWords(points, 2)).toBe('1.96× on 2 workers (1.90–2.00). Beyond that, next to nothing: your browser reports 2 cores.');
  });
  it('says nothing without a worker to compare with', () => {
    expect(speedup(new Map([[2, [1, 2]]]))).toEqual([]);
    expect(speedupInWords([], 8)).toContain('Not enough');
  });
  it('takes the middle', () => { expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]); expect(median([])).toBeNaN(); });
  it('tries few numbers on large machines', () => {
    expect(sweep(4)).toEqual([1, 2, 3, 4]);
    expect(sweep(64).length).toBeLessThan(20);
    expect(sweep(0)).toEqual([1]);
  });
});

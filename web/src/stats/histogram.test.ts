import {describe, expect, it} from 'vitest';
import {bucketOf} from '../protocol/telemetry.js';
import {bucketHigh, bucketLow, extent, logBins, mean, percentile, quantile, since, total} from './histogram.js';

const of = (values: number[]) => { const counts = new Float64Array(1200); for (const v of values) counts[bucketOf(v)]!++; return counts; };

describe('histogram', () => {
  it('puts every value into a bucket that contains it', () => {
    for (const v of [0, 1, 63, 64, 65, 127, 128, 1000, 123_456, 7_400_000, 2 ** 40 - 1]) {
      expect(bucketLow(bucketOf(v))).toBeLessThanOrEqual(v);
      expect(bucketHigh(bucketOf(v))).toBeGreaterThan(v);
    }
  });
  it('leaves no gap between buckets and stays within 1/32', () => {
    for (let i = 0; i < 1150; i++) {
      expect(bucketHigh(i)).toBe(bucketLow(i + 1));
      if (i >= 64) expect((bucketHigh(i) - bucketLow(i)) / bucketLow(i)).toBeLessThanOrEqual(1 / 32);
    }
  });
  it('orders percentiles', () => {
    const counts = of(Array.from({length: 1000}, (_, i) => (i + 1) * 1000));
    expect(total(counts)).toBe(1000);
    expect(percentile(counts, 50) / 500_000).toBeCloseTo(1, 1);
    expect(percentile(counts, 99)).toBeGreaterThanOrEqual(percentile(counts, 90));
    expect(mean(counts) / 500_500).toBeCloseTo(1, 1);
  });
  it('gives an interval around a quantile', () => {
    const q = quantile(of(Array.from({length: 5000}, (_, i) => (i + 1) * 1000)), 90);
    expect(q.low).toBeLessThanOrEqual(q.value);
    expect(q.high).toBeGreaterThanOrEqual(q.value);
  });
  it('says nothing about nothing', () => {
    const empty = of([]);
    expect(percentile(empty, 50)).toBeNaN();
    expect(mean(empty)).toBeNaN();
    expect(extent(empty)).toBeUndefined();
  });
  it('loses no sample when rebinned', () => {
    const counts = of([200, 3_000, 3_100, 40_000, 500_000, 6_000_000]), e = extent(counts)!;
    const bins = logBins(counts, e.low, e.high, 40);
    expect(bins.reduce((a, b) => a + b, 0)).toBeCloseTo(6, 6);
    const narrow = logBins(counts, 3_000, 50_000, 20);
    expect(narrow.reduce((a, b) => a + b, 0)).toBeCloseTo(6, 6);
    expect(narrow[0]).toBeGreaterThanOrEqual(1);
    expect(narrow[19]).toBeGreaterThanOrEqual(2);
  });
  it('subtracts an earlier state', () => {
    expect(total(since(of([1, 2, 3]), of([1])))).toBe(2);
  });
});

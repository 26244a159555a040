// histogram — buckets of the engine's log-linear histogram, and what can be said from them.
import {bucketRange} from '../protocol/telemetry.js';

const lows = Array.from({length: 1400}, (_, i) => bucketRange(i).low);

/** The edges of bucket `i`, in ns: it holds `[low, high)`. */
export const bucketLow = (i: number): number => lows[i] ?? bucketRange(i).low;
export const bucketHigh = (i: number): number => bucketLow(i + 1);

export type Counts = ArrayLike<number>;

export function total(counts: Counts): number {
  let n = 0;
  for (let i = 0; i < counts.length; i++) n += counts[i]!;
  return n;
}

/** The mean, taking each bucket at its middle. */
export function mean(counts: Counts): number {
  let n = 0, sum = 0;
  for (let i = 0; i < counts.length; i++) if (counts[i]) { n += counts[i]!; sum += counts[i]! * (bucketLow(i) + bucketHigh(i)) / 2; }
  return n ? sum / n : NaN;
}

/** The value below which `rank` samples lie: the upper edge of the bucket that reaches it. */
function atRank(counts: Counts, rank: number): number {
  let seen = 0;
  for (let i = 0; i < counts.length; i++) { seen += counts[i]!; if (seen >= rank && counts[i]) return bucketHigh(i); }
  return NaN;
}

/** Nearest-rank percentile, `p` in 0…100. */
export function percentile(counts: Counts, p: number, n = total(counts)): number {
  return n ? atRank(counts, Math.max(1, Math.ceil(p / 100 * n))) : NaN;
}

export interface Quantile { readonly p: number; readonly value: number; readonly low: number; readonly high: number }

/**
 * A percentile with its 95 % interval from the order statistics: which ranks could be the true one,
 * were the samples independent. Jobs in a queue are not quite, so the interval is a least one.
 */
export function quantile(counts: Counts, p: number, n = total(counts)): Quantile {
  const q = p / 100, spread = 1.96 * Math.sqrt(n * q * (1 - q));
  return {
    p, value: percentile(counts, p, n),
    low: n ? atRank(counts, Math.max(1, Math.floor(n * q - spread))) : NaN,
    high: n ? atRank(counts, Math.min(n, Math.ceil(n * q + spread))) : NaN,
  };
}

/** What came after `before`, bucket by bucket. */
export function since(counts: Counts, before: Counts, out = new Float64Array(counts.length)): Float64Array {
  for (let i = 0; i < counts.length; i++) out[i] = Math.max(0, counts[i]! - (before[i] ?? 0));
  return out;
}

/** The smallest and largest value that occurs; nothing when empty. */
export function extent(counts: Counts): {low: number; high: number} | undefined {
  let first = -1, last = -1;
  for (let i = 0; i < counts.length; i++) if (counts[i]) { if (first < 0) first = i; last = i; }
  return first < 0 ? undefined : {low: Math.max(1, bucketLow(first)), high: bucketHigh(last)};
}

/** The same samples in `n` bins of equal width on a log axis; a bucket across an edge is shared out, what lies beyond the ends is counted at them. */
export function logBins(counts: Counts, low: number, high: number, n: number): Float64Array {
  const bins = new Float64Array(n), span = Math.log(high / low);
  const place = (v: number) => Math.log(Math.max(v, 1e-3) / low) / span * n;
  for (let i = 0; i < counts.length; i++) {
    const c = counts[i]!;
    if (!c) continue;
    const a = place(Math.max(bucketLow(i), 0.5)), b = place(bucketHigh(i)), wide = b - a;
    if (b <= 0) { bins[0]! += c; continue; }
    if (a >= n) { bins[n - 1]! += c; continue; }
    if (a < 0) bins[0]! += c * -a / wide;
    if (b > n) bins[n - 1]! += c * (b - n) / wide;
    for (let k = Math.max(0, Math.floor(a)); k < Math.min(n, Math.ceil(b)); k++) {
      bins[k]! += c * (Math.min(k + 1, b) - Math.max(k, a)) / wide;
    }
  }
  return bins;
}

// speedup — how much more gets done with more workers, from rounds that took turns.

export interface SpeedupPoint { readonly workers: number; readonly median: number; readonly low: number; readonly high: number; readonly rounds: number }

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b), n = sorted.length;
  return n === 0 ? NaN : n % 2 ? sorted[n >> 1]! : (sorted[n / 2 - 1]! + sorted[n / 2]!) / 2;
}

/** Throughput by number of workers becomes a ratio to one worker; low and high are the slowest and fastest round. */
export function speedup(rounds: ReadonlyMap<number, readonly number[]>): SpeedupPoint[] {
  const one = median(rounds.get(1) ?? []);
  if (!(one > 0)) return [];
  return [...rounds].filter(([, v]) => v.length > 0).sort((a, b) => a[0] - b[0])
    .map(([workers, v]) => ({workers, median: median(v) / one, low: Math.min(...v) / one, high: Math.max(...v) / one, rounds: v.length}));
}

/** Which numbers of workers a sweep tries: every one up to eight, then fewer. */
export function sweep(most: number): number[] {
  return [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64].filter((n) => n <= Math.max(1, most));
}

/** The smallest number of workers whose fastest round no larger number clearly beats: where more stop helping. */
export function knee(points: readonly SpeedupPoint[]): SpeedupPoint | undefined {
  return points.find((p, i) => points.slice(i + 1).every((q) => q.median <= p.median * 1.05));
}

/** One sentence; the words say how sure it is. */
export function speedupInWords(points: readonly SpeedupPoint[], cores: number): string {
  const k = knee(points);
  if (!k) return 'Not enough rounds to say anything.';
  const range = `${k.low.toFixed(2)}–${k.high.toFixed(2)}`, beyond = points[points.length - 1]!.workers > k.workers;
  const best = k.workers === 1 ? 'More workers than one make this machine no faster' : `${k.median.toFixed(2)}× on ${k.workers} workers (${range})`;
  const claim = `your browser reports ${cores} ${cores === 1 ? 'core' : 'cores'}.`;
  return beyond && k.workers > 1 ? `${best}. Beyond that, next to nothing: ${claim}` : `${best}; ${claim}`;
}

// throughput — how many per second, window by window, for a run of any length.

/**
 * Completed and offered items in windows of equal width. When the run outgrows `limit` windows, the
 * width doubles and neighbours merge, so the picture keeps its cost and its meaning.
 */
export class RateWindows {
  readonly done: Float64Array;
  readonly offered: Float64Array;
  width: number;
  /** Windows begun so far; the last one is still filling. */
  length = 0;
  #now = 0;
  #out = 0;
  #in = 0;

  constructor(readonly firstWidth = 2e6, readonly limit = 160) {
    this.done = new Float64Array(limit);
    this.offered = new Float64Array(limit);
    this.width = firstWidth;
  }

  get now(): number { return this.#now; }

  clear(): void {
    this.done.fill(0); this.offered.fill(0);
    this.width = this.firstWidth; this.length = 0; this.#now = 0; this.#out = 0; this.#in = 0;
  }

  /** The totals as of `now`; what happened since the last call is spread evenly over the time between. */
  take(now: number, out: number, offered: number): void {
    if (!(now > this.#now)) return;
    while (now >= this.width * this.limit) this.#double();
    const span = now - this.#now, dOut = Math.max(0, out - this.#out), dIn = Math.max(0, offered - this.#in);
    for (let i = Math.floor(this.#now / this.width); i * this.width < now; i++) {
      const part = (Math.min(now, (i + 1) * this.width) - Math.max(this.#now, i * this.width)) / span;
      this.done[i]! += dOut * part;
      this.offered[i]! += dIn * part;
      this.length = Math.max(this.length, i + 1);
    }
    this.#now = now; this.#out = out; this.#in = offered;
  }

  /** Items per second in window `i`, by what of it has passed. */
  rate(of: Float64Array, i: number): number {
    const passed = Math.min(this.#now, (i + 1) * this.width) - i * this.width;
    return passed > 0 ? of[i]! / passed * 1e9 : 0;
  }

  #double(): void {
    for (const of of [this.done, this.offered]) {
      const half = this.limit >> 1;
      for (let i = 0; i < half; i++) of[i] = of[2 * i]! + of[2 * i + 1]!;
      of.fill(0, half);
    }
    this.length = Math.ceil(this.length / 2);
    this.width *= 2;
  }
}

/** The totals of a run at past moments, so that a figure can speak of the last stretch only. */
export class Lately {
  readonly #time: number[] = [];
  readonly #values: number[][] = [];

  constructor(readonly keep = 256) {}

  clear(): void { this.#time.length = 0; this.#values.length = 0; }

  take(now: number, values: readonly number[], least = 0): void {
    const last = this.#time[this.#time.length - 1];
    if (last !== undefined && now < last + Math.max(least, 1)) return;
    this.#time.push(now); this.#values.push([...values]);
    if (this.#time.length > this.keep) { this.#time.shift(); this.#values.shift(); }
  }

  /** Time and increase of each total since about `span` ago. */
  over(span: number, now: number, values: readonly number[]): {span: number; gained: number[]} {
    let i = this.#time.length - 1;
    while (i > 0 && this.#time[i]! > now - span) i--;
    const from = this.#time[i], then = this.#values[i];
    if (from === undefined || then === undefined || from >= now) return {span: now, gained: [...values]};
    return {span: now - from, gained: values.map((v, k) => v - (then[k] ?? 0))};
  }
}

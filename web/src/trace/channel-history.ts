// channel-history — how full a channel was, step by step, and when something did not fit.

/** A bounded list of moments with a value each. Time never falls: what comes late counts as now. */
export class Steps {
  readonly time: Float64Array;
  readonly value: Float64Array;
  #total = 0;

  constructor(readonly capacity = 16384) {
    this.time = new Float64Array(capacity);
    this.value = new Float64Array(capacity);
  }

  get total(): number { return this.#total; }
  get length(): number { return Math.min(this.#total, this.capacity); }
  slot(i: number): number { return this.#total <= this.capacity ? i : (this.#total + i) % this.capacity; }
  get lastTime(): number { return this.#total ? this.time[(this.#total - 1) % this.capacity]! : -Infinity; }
  get lastValue(): number { return this.#total ? this.value[(this.#total - 1) % this.capacity]! : 0; }

  push(time: number, value: number): void {
    const at = this.#total % this.capacity;
    this.time[at] = Math.max(time, this.lastTime);
    this.value[at] = value;
    this.#total++;
  }

  /** The first kept moment after `time`. */
  firstAfter(time: number): number {
    let low = 0, high = this.length;
    while (low < high) {
      const mid = (low + high) >> 1;
      if (this.time[this.slot(mid)]! > time) high = mid; else low = mid + 1;
    }
    return low;
  }
}

/** One channel over time. */
export class ChannelHistory {
  readonly depth: Steps;
  readonly drops: Steps;

  constructor(capacity = 16384) {
    this.depth = new Steps(capacity);
    this.drops = new Steps(1024);
  }

  /** The level in force at `time`: the last step at or before it. */
  at(time: number): number {
    const i = this.depth.firstAfter(time) - 1;
    return i < 0 ? 0 : this.depth.value[this.depth.slot(i)]!;
  }

  /** Mean level and high water over `[from, to]`. */
  over(from: number, to: number): {mean: number; high: number; highAt: number} {
    const {depth} = this, span = to - from;
    let level = this.at(from), since = from, area = 0, high = level, highAt = from;
    for (let i = depth.firstAfter(from); i < depth.length; i++) {
      const at = depth.slot(i), t = depth.time[at]!;
      if (t > to) break;
      area += level * (t - since);
      level = depth.value[at]!; since = t;
      if (level > high) { high = level; highAt = t; }
    }
    area += level * (to - since);
    return {mean: span > 0 ? area / span : level, high, highAt};
  }

  /** The mean level over all that is remembered, to the nearest whole number. */
  meanLevel(to: number): number {
    const {depth} = this;
    return depth.length ? Math.round(this.over(depth.time[depth.slot(0)]!, to).mean) : 0;
  }

  /** How many drops fell in `(from, to]`. */
  dropsBetween(from: number, to: number): number {
    return this.drops.firstAfter(to) - this.drops.firstAfter(from);
  }
}

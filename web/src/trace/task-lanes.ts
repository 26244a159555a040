// task-lanes — records become segments: what each worker did, from when to when.
import {Verb} from '../protocol/telemetry.js';

/** What a worker is seen doing. The number is what a track stores. */
export const kinds = ['run', 'wait', 'idle', 'retry', 'cancel'] as const;
export type Kind = (typeof kinds)[number];
export const kindOf = (code: number): Kind => kinds[code] ?? 'run';
const code = {run: 0, wait: 1, idle: 2, retry: 3, cancel: 4} as const;

/**
 * The segments of one worker, oldest first, in parallel arrays. Keeps the latest `capacity` of them.
 * Invariant: `from` never falls, and no two closed segments overlap.
 */
export class Track {
  readonly from: Float64Array;
  readonly to: Float64Array;
  readonly kind: Uint8Array;
  readonly job: Float64Array;
  readonly stage: Uint8Array;
  #total = 0;
  /** The segment that has begun and not ended. */
  open = false;
  openKind = 0;
  openFrom = 0;
  openJob = -1;
  openStage = 0;

  constructor(readonly capacity = 4096) {
    this.from = new Float64Array(capacity);
    this.to = new Float64Array(capacity);
    this.kind = new Uint8Array(capacity);
    this.job = new Float64Array(capacity);
    this.stage = new Uint8Array(capacity);
  }

  /** How many segments were ever closed, and how many of them are still here. */
  get total(): number { return this.#total; }
  get length(): number { return Math.min(this.#total, this.capacity); }

  /** Where the `i`-th segment kept lies in the arrays; 0 is the oldest. */
  slot(i: number): number { return this.#total <= this.capacity ? i : (this.#total + i) % this.capacity; }

  /** The first kept segment that ends after `time`. */
  firstAfter(time: number): number {
    let low = 0, high = this.length;
    while (low < high) {
      const mid = (low + high) >> 1;
      if (this.to[this.slot(mid)]! > time) high = mid; else low = mid + 1;
    }
    return low;
  }

  push(from: number, to: number, kind: number, job: number, stage: number): void {
    const at = this.#total % this.capacity;
    this.from[at] = from; this.to[at] = Math.max(from, to); this.kind[at] = kind; this.job[at] = job; this.stage[at] = stage;
    this.#total++;
  }

  begin(kind: number, from: number, job: number, stage: number): void {
    this.open = true; this.openKind = kind; this.openFrom = from; this.openJob = job; this.openStage = stage;
  }

  end(to: number, kind = this.openKind): void {
    if (!this.open) return;
    this.open = false;
    if (kind === code.idle && !(to > this.openFrom)) return;
    this.push(this.openFrom, to, kind, this.openJob, this.openStage);
  }
}

export interface Steal { readonly at: number; readonly from: number; readonly to: number }

/**
 * One record moves one lane on. Records of one worker arrive in the order they were written.
 * With `restful`, a worker that does not work is parked: so it is under the simulated scheduler, which parks nobody expressly.
 */
export function apply(track: Track, time: number, what: number, a: number, b: number, restful = false): void {
  switch (what) {
    case Verb.workBegun: track.end(time); track.begin(code.run, time, a, b); break;
    case Verb.workEnded:
      if (track.open && track.openKind === code.run) track.end(time);
      if (restful && !track.open) track.begin(code.idle, time, -1, 0);
      break;
    case Verb.parked: track.end(time); track.begin(code.idle, time, -1, 0); break;
    case Verb.unparked: if (track.open && track.openKind === code.idle) track.end(time); break;
    case Verb.retried: retry(track, time, a); break;
    case Verb.cancelled:
      if (track.open && track.openJob === a) track.end(time, code.cancel);
      else if (!track.open) track.push(time, time, code.cancel, a, 0);
      break;
    default: break;
  }
}

/** A retry happens inside what runs: the segment is split around it, so no two overlap. */
function retry(track: Track, time: number, times: number): void {
  if (!track.open || track.openKind !== code.run) { track.push(time, time, code.retry, times, 0); return; }
  const {openJob, openStage} = track;
  track.end(time);
  track.push(time, time, code.retry, times, openStage);
  track.begin(code.run, time, openJob, openStage);
}

/** Share of `[from, to]` that the lane spent in each kind, an open segment included up to `to`. */
export function shares(track: Track, from: number, to: number): number[] {
  const sum = new Array<number>(kinds.length).fill(0), span = to - from;
  if (!(span > 0)) return sum;
  for (let i = track.firstAfter(from); i < track.length; i++) {
    const at = track.slot(i), begin = Math.max(from, track.from[at]!), end = Math.min(to, track.to[at]!);
    if (track.from[at]! >= to) break;
    sum[track.kind[at]!]! += Math.max(0, end - begin);
  }
  if (track.open && track.openFrom < to) sum[track.openKind]! += to - Math.max(from, track.openFrom);
  return sum.map((s) => s / span);
}

/** The kept segment under `time`, or the nearest one within `reach`. */
export function segmentAt(track: Track, time: number, reach: number): number | undefined {
  let best: number | undefined, away = reach;
  for (let i = track.firstAfter(time - reach); i < track.length; i++) {
    const at = track.slot(i);
    if (track.from[at]! > time + reach) break;
    const off = time < track.from[at]! ? track.from[at]! - time : time > track.to[at]! ? time - track.to[at]! : 0;
    if (off < away || (off === 0 && best === undefined)) { best = i; away = off; }
    if (off === 0) break;
  }
  return best;
}

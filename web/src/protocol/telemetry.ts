// telemetry — where the numbers of a live run lie, as the engine published it, and what a reader hands on.
import * as v from 'valibot';

const field = v.object({offset: v.number(), type: v.optional(v.picklist(['u32', 'u64']))});

const layout = v.object({
  version: v.literal(1),
  bytes: v.number(),
  fields: v.object({
    magic: field, run: field, state: field, lanes: field, virtual: field, now: field, traceHash: field,
    traceCount: field,
  }),
  counters: v.object({offset: v.number(), count: v.number(), names: v.array(v.string())}),
  lane: v.object({
    offset: v.number(), stride: v.number(), count: v.number(),
    fields: v.object({state: v.number(), busy: v.number(), items: v.number(), retries: v.number(), since: v.number()}),
  }),
  gauge: v.object({
    offset: v.number(), stride: v.number(), count: v.number(),
    fields: v.object({value: v.number(), high: v.number(), capacity: v.number(), sent: v.number()}),
  }),
  stage: v.object({
    offset: v.number(), stride: v.number(), count: v.number(),
    fields: v.object({active: v.number(), done: v.number(), busy: v.number(), blocked: v.number()}),
  }),
  histogram: v.object({offset: v.number(), count: v.number(), subBits: v.number()}),
  ring: v.object({
    offset: v.number(), stride: v.number(), count: v.number(), capacity: v.number(), headOffset: v.number(),
    recordsOffset: v.number(), recordBytes: v.number(),
  }),
});

export type TelemetryLayout = v.InferOutput<typeof layout>;

export function parseLayout(json: string): TelemetryLayout {
  return v.parse(layout, JSON.parse(json));
}

/** Bytes before the first ring: what a snapshot carries whole. */
export function headerBytes(of: TelemetryLayout): number {
  return of.ring.offset;
}

export const Verb = {
  spawned: 1, ended: 2, resumed: 3, suspended: 4, parked: 5, unparked: 6, workBegun: 7, workEnded: 8, sent: 9,
  received: 10, dropped: 11, retried: 12, stole: 13, cancelled: 14, left: 15,
} as const;
export type Verb = (typeof Verb)[keyof typeof Verb];

export const laneStates = ['parked', 'running', 'waiting', 'searching'] as const;
export type LaneState = (typeof laneStates)[number];

export interface LaneSnapshot {
  readonly state: LaneState;
  readonly busyNs: number;
  readonly items: number;
  readonly retries: number;
  /** When the present state began, ns since the start of the run. */
  readonly sinceNs: number;
}

export interface GaugeSnapshot {
  readonly value: number;
  readonly high: number;
  readonly capacity: number;
  readonly sent: number;
}

export interface StageSnapshot {
  readonly active: number;
  readonly done: number;
  readonly busyNs: number;
  readonly blockedNs: number;
}

export interface TelemetrySnapshot {
  /** Counts the starts since the engine was loaded: a changed number is a new run. */
  readonly run: number;
  /** As `runStates`. */
  readonly state: number;
  readonly virtualTime: boolean;
  readonly nowNs: number;
  /** 16 hex digits. */
  readonly traceHash: string;
  readonly traceCount: number;
  readonly counters: Readonly<Record<string, number>>;
  readonly lanes: readonly LaneSnapshot[];
  readonly gauges: readonly GaugeSnapshot[];
  readonly stages: readonly StageSnapshot[];
  /** Counts by bucket; see `bucketRange`. */
  readonly histogram: Float64Array;
}

/** Trace records by column, ordered by time; only the first `length` entries of each column count. */
export interface RecordBatch {
  readonly length: number;
  readonly time: Float64Array;
  readonly task: Uint32Array;
  readonly verb: Uint16Array;
  readonly worker: Uint16Array;
  readonly a: Float64Array;
  readonly b: Float64Array;
}

export const emptyBatch: RecordBatch = {
  length: 0, time: new Float64Array(0), task: new Uint32Array(0), verb: new Uint16Array(0),
  worker: new Uint16Array(0), a: new Float64Array(0), b: new Float64Array(0),
};

export interface TelemetryPoll {
  readonly snapshot: TelemetrySnapshot;
  /** Records written since the last poll. */
  readonly records: RecordBatch;
  /** Records that were overwritten before they could be read, since the last poll. */
  readonly lost: number;
}

/** What the engine worker posts when its memory cannot be shared. Buffers are transferred. */
export interface PostedTelemetry {
  readonly kind: 'telemetry';
  /** Everything before the rings. */
  readonly header: ArrayBuffer;
  /** New records of all rings, oldest first within a ring. */
  readonly records: ArrayBuffer;
  readonly lost: number;
}

/** Lower edge and width, in ns, of one bucket of the engine's log-linear histogram. */
export function bucketRange(index: number, subBits = 5): {low: number; high: number} {
  const sub = 1 << subBits;
  if (index < 2 * sub) return {low: index, high: index + 1};
  const shift = (index >> subBits) - 1;
  const low = ((index & (sub - 1)) + sub) * 2 ** shift;
  return {low, high: low + 2 ** shift};
}

/** The bucket a duration falls into: the inverse of `bucketRange`. */
export function bucketOf(ns: number, subBits = 5): number {
  const sub = 1 << subBits;
  if (ns < 2 * sub) return Math.max(0, Math.floor(ns));
  const msb = Math.floor(Math.log2(ns));
  const shift = msb - subBits;
  return shift * sub + Math.floor(ns / 2 ** shift);
}

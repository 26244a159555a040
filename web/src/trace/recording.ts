// recording — a run kept as plain data, and told again as if it were being polled.
import type {RecordBatch, TelemetryPoll, TelemetrySnapshot} from '../protocol/telemetry.js';

export interface Recording {
  readonly seed: string;
  /** The last moment; only the buckets that are not empty, as `[bucket, count]`. */
  readonly snapshot: Omit<TelemetrySnapshot, 'histogram'> & {readonly histogram: readonly (readonly [number, number])[]; readonly size: number};
  /** Moments on the way: now, items in, items out, dropped, retries, then items and retries of each lane. */
  readonly checkpoints: readonly (readonly number[])[];
  /** The last records: time, verb, worker, a, b. */
  readonly records: readonly (readonly number[])[];
}

const batchOf = (rows: readonly (readonly number[])[]): RecordBatch => ({
  length: rows.length, task: new Uint32Array(rows.length),
  time: Float64Array.from(rows, (r) => r[0]!), verb: Uint16Array.from(rows, (r) => r[1]!), worker: Uint16Array.from(rows, (r) => r[2]!),
  a: Float64Array.from(rows, (r) => r[3]!), b: Float64Array.from(rows, (r) => r[4]!),
});

/** The polls a reader would have seen, the last one with the records. */
export function* replay(recording: Recording): Generator<TelemetryPoll> {
  const {snapshot, checkpoints, records} = recording, histogram = new Float64Array(snapshot.size), none = batchOf([]);
  for (const [bucket, count] of snapshot.histogram) histogram[bucket] = count;
  for (const [i, moment] of checkpoints.entries()) {
    const [nowNs = 0, itemsIn = 0, itemsOut = 0, dropped = 0, retries = 0, ...lanes] = moment, last = i === checkpoints.length - 1;
    yield {
      lost: last ? 1 : 0,                          // what came before the last records is not here
      records: last ? batchOf(records) : none,
      snapshot: {...snapshot, nowNs, histogram, counters: {...snapshot.counters, itemsIn, itemsOut, dropped, retries}, lanes: snapshot.lanes.map((l, k) => ({...l, items: lanes[2 * k] ?? 0, retries: lanes[2 * k + 1] ?? 0}))},
    };
  }
}

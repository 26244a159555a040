// telemetry-reader — one reader for both homes of the numbers: shared memory, or snapshots the engine posted.
import {runStates} from '../protocol/run.js';
import {
  emptyBatch, headerBytes, laneStates, type PostedTelemetry, type RecordBatch, type TelemetryLayout, type TelemetryPoll,
  type TelemetrySnapshot,
} from '../protocol/telemetry.js';
import {readU64, RingCursor} from '../protocol/telemetry-block.js';

/** Most records kept between two polls when they arrive by post: a hidden page does not poll. */
const maxPending = 200_000;

/**
 * Gives what the engine wrote since the last poll. Never waits, never throws on torn data: rings
 * are lossy, and what was lost is counted.
 */
export class TelemetryReader {
  readonly layout: TelemetryLayout;
  readonly #cursor: RingCursor;
  readonly #memory: ArrayBufferLike | undefined;
  readonly #base: number;
  #header: ArrayBuffer;
  #pending: Uint8Array[] = [];
  #pendingRecords = 0;
  #lost = 0;
  #run = -1;

  /** `shared` is absent where snapshots are posted instead. */
  constructor(layout: TelemetryLayout, shared?: {readonly memory: ArrayBufferLike; readonly address: number}) {
    this.layout = layout;
    this.#cursor = new RingCursor(layout);
    this.#memory = shared?.memory;
    this.#base = shared?.address ?? 0;
    this.#header = new ArrayBuffer(headerBytes(layout));
  }

  /** Takes in what the engine worker posted. */
  accept(posted: PostedTelemetry): void {
    this.#header = posted.header;
    const run = readHeader(new Uint32Array(posted.header), this.layout, 'run');
    if (run !== this.#run) this.#forget(run);
    const bytes = new Uint8Array(posted.records);
    const records = bytes.length / this.layout.ring.recordBytes;
    this.#lost += posted.lost;
    if (this.#pendingRecords + records > maxPending) {
      this.#lost += this.#pendingRecords;
      this.#pending = [];
      this.#pendingRecords = 0;
    }
    this.#pending.push(bytes);
    this.#pendingRecords += records;
  }

  poll(): TelemetryPoll {
    if (this.#memory) this.#readShared(this.#memory);
    const snapshot = this.#snapshot();
    const records = decodeRecords(this.#pending, this.layout.ring.recordBytes);
    const lost = this.#lost;
    this.#pending = [];
    this.#pendingRecords = 0;
    this.#lost = 0;
    return {snapshot, records, lost};
  }

  #readShared(memory: ArrayBufferLike): void {
    const bytes = headerBytes(this.layout);
    new Uint8Array(this.#header).set(new Uint8Array(memory, this.#base, bytes));
    const run = readHeader(new Uint32Array(this.#header), this.layout, 'run');
    if (run !== this.#run) {
      this.#forget(run);
      this.#cursor.restart();
    }
    const state = runStates[readHeader(new Uint32Array(this.#header), this.layout, 'state')];
    const {bytes: fresh, lost} = this.#cursor.collect(memory, this.#base, state === 'running');
    this.#lost += lost;
    if (fresh.length > 0) this.#pending.push(fresh);
  }

  #forget(run: number): void {
    this.#run = run;
    this.#pending = [];
    this.#pendingRecords = 0;
    this.#lost = 0;
  }

  #snapshot(): TelemetrySnapshot {
    const words = new Uint32Array(this.#header);
    const {fields, counters, lane, gauge, stage, histogram} = this.layout;
    const u32 = (offset: number) => words[offset >>> 2]!;
    const u64 = (offset: number) => readU64(words, offset);
    const rows = <T>(count: number, table: {offset: number; stride: number}, row: (at: number) => T) =>
      Array.from({length: count}, (_, i) => row(table.offset + i * table.stride));

    const named: Record<string, number> = {};
    counters.names.forEach((name, i) => { named[name] = u64(counters.offset + i * 8); });
    const counts = new Float64Array(histogram.count);
    for (let i = 0; i < counts.length; i++) counts[i] = u64(histogram.offset + i * 8);
    const hash = fields.traceHash.offset;
    return {
      run: u32(fields.run.offset),
      state: u32(fields.state.offset),
      virtualTime: u32(fields.virtual.offset) !== 0,
      nowNs: u64(fields.now.offset),
      traceHash: hex32(u32(hash + 4)) + hex32(u32(hash)),
      traceCount: u64(fields.traceCount.offset),
      counters: named,
      lanes: rows(Math.min(u32(fields.lanes.offset), lane.count), lane, (at) => ({
        state: laneStates[u64(at + lane.fields.state)] ?? 'parked',
        busyNs: u64(at + lane.fields.busy),
        items: u64(at + lane.fields.items),
        retries: u64(at + lane.fields.retries),
        sinceNs: u64(at + lane.fields.since),
      })),
      gauges: rows(gauge.count, gauge, (at) => ({
        value: u64(at + gauge.fields.value),
        high: u64(at + gauge.fields.high),
        capacity: u64(at + gauge.fields.capacity),
        sent: u64(at + gauge.fields.sent),
      })),
      stages: rows(stage.count, stage, (at) => ({
        active: u64(at + stage.fields.active),
        done: u64(at + stage.fields.done),
        busyNs: u64(at + stage.fields.busy),
        blockedNs: u64(at + stage.fields.blocked),
      })),
      histogram: counts,
    };
  }
}

function readHeader(words: Uint32Array, layout: TelemetryLayout, field: 'run' | 'state'): number {
  return words[layout.fields[field].offset >>> 2]!;
}

function hex32(word: number): string {
  return word.toString(16).padStart(8, '0');
}

/** Raw records to columns, ordered by time; records of one time keep the order they came in. */
export function decodeRecords(chunks: readonly Uint8Array[], recordBytes: number): RecordBatch {
  const length = chunks.reduce((sum, c) => sum + c.length, 0) / recordBytes;
  if (length === 0) return emptyBatch;
  const raw = {
    time: new Float64Array(length), task: new Uint32Array(length), verb: new Uint16Array(length),
    worker: new Uint16Array(length), a: new Float64Array(length), b: new Float64Array(length),
  };
  let i = 0;
  for (const chunk of chunks) {
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let at = 0; at < chunk.length; at += recordBytes, i++) {
      raw.time[i] = wide(view, at);
      raw.task[i] = view.getUint32(at + 8, true);
      raw.verb[i] = view.getUint16(at + 12, true);
      raw.worker[i] = view.getUint16(at + 14, true);
      raw.a[i] = wide(view, at + 16);
      raw.b[i] = wide(view, at + 24);
    }
  }
  const order = timeOrder(raw.time);
  if (!order) return {length, ...raw};
  return {
    length,
    time: raw.time.map((_, k) => raw.time[order[k]!]!),
    task: raw.task.map((_, k) => raw.task[order[k]!]!),
    verb: raw.verb.map((_, k) => raw.verb[order[k]!]!),
    worker: raw.worker.map((_, k) => raw.worker[order[k]!]!),
    a: raw.a.map((_, k) => raw.a[order[k]!]!),
    b: raw.b.map((_, k) => raw.b[order[k]!]!),
  };
}

function wide(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
}

/** A stable order by time, or nothing when it is the present one. Rings come sorted, so their runs are merged. */
function timeOrder(time: Float64Array): Uint32Array | undefined {
  let starts = [0];
  for (let i = 1; i < time.length; i++) if (time[i]! < time[i - 1]!) starts.push(i);
  if (starts.length === 1) return undefined;
  let order = Uint32Array.from(time, (_, i) => i);
  let spare = new Uint32Array(time.length);
  while (starts.length > 1) {
    const next: number[] = [];
    for (let s = 0; s < starts.length; s += 2) {
      const from = starts[s]!;
      const middle = starts[s + 1] ?? time.length;
      const to = starts[s + 2] ?? time.length;
      next.push(from);
      for (let k = from, left = from, right = middle; k < to; k++) {
        const takeLeft = left < middle && (right >= to || time[order[left]!]! <= time[order[right]!]!);
        spare[k] = takeLeft ? order[left++]! : order[right++]!;
      }
    }
    [order, spare] = [spare, order];
    starts = next;
  }
  return order;
}

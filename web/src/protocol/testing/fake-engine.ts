// fake-engine — a module with the face of the compiled one and a few hundred bytes of telemetry.
import type {TelemetryLayout} from '../telemetry.js';

const ringStride = 64 + 8 * 32;

export const smallLayout: TelemetryLayout = {
  version: 1,
  bytes: 512 + 2 * ringStride,
  fields: {
    magic: {offset: 0}, run: {offset: 4}, state: {offset: 8}, lanes: {offset: 12}, virtual: {offset: 16},
    now: {offset: 24}, traceHash: {offset: 32}, traceCount: {offset: 40},
  },
  counters: {offset: 48, count: 2, names: ['itemsIn', 'itemsOut']},
  lane: {offset: 64, stride: 40, count: 2, fields: {state: 0, busy: 8, items: 16, retries: 24, since: 32}},
  gauge: {offset: 144, stride: 32, count: 1, fields: {value: 0, high: 8, capacity: 16, sent: 24}},
  stage: {offset: 176, stride: 32, count: 1, fields: {active: 0, done: 8, busy: 16, blocked: 24}},
  histogram: {offset: 208, count: 32, subBits: 5},
  ring: {offset: 512, stride: ringStride, count: 2, capacity: 8, headOffset: 0, recordsOffset: 64, recordBytes: 32},
};

export const base = 1024;

/** Writes into a block as the engine does. */
export class BlockWriter {
  readonly view: DataView;

  constructor(readonly buffer: ArrayBufferLike, readonly layout: TelemetryLayout = smallLayout) {
    this.view = new DataView(buffer as ArrayBuffer, base);
  }

  u32(at: number, value: number): void { this.view.setUint32(at, value, true); }
  u64(at: number, value: number | bigint): void { this.view.setBigUint64(at, BigInt(value), true); }

  record(ring: number, fields: {time: number; task?: number; verb?: number; worker?: number; a?: number; b?: number}): void {
    const at = this.layout.ring.offset + ring * this.layout.ring.stride;
    const head = Number(this.view.getBigUint64(at, true));
    const slot = at + this.layout.ring.recordsOffset + (head % this.layout.ring.capacity) * 32;
    this.u64(slot, fields.time);
    this.u32(slot + 8, fields.task ?? 0);
    this.view.setUint16(slot + 12, fields.verb ?? 0, true);
    this.view.setUint16(slot + 14, fields.worker ?? 0, true);
    this.u64(slot + 16, fields.a ?? 0);
    this.u64(slot + 24, fields.b ?? 0);
    this.u64(at, head + 1);
  }
}

export function outcomeJson(state: string, extra: object = {}): string {
  return JSON.stringify({
    state, failure: '', scenario: 'worker-pool', seed: '7', engine: 'sim', params: {workers: 4}, elapsedNs: 1e6, workers: 4,
    itemsIn: 10, itemsOut: 10, dropped: 0, retries: 0, utilisation: 0.5, stepsPerNs: 1, traceHash: '0000000000000001',
    latency: {count: 10, p50: 1, p90: 2, p99: 3, max: 4}, invariants: [], ...extra,
  });
}

/** Runs `virtualNs` of simulated time, or until told to end. */
export class FakeEngine {
  readonly HEAPU8: Uint8Array<ArrayBufferLike>;
  readonly wasmMemory?: WebAssembly.Memory;
  readonly block: BlockWriter;
  readonly calls: string[] = [];
  readonly PThread = {
    unusedWorkers: [] as Worker[],
    runningWorkers: [] as Worker[],
    allocateUnusedWorker: () => void this.PThread.unusedWorkers.push({} as Worker),
    loadWasmModuleToWorker: async () => { this.calls.push('warm'); },
  };
  code = 0;
  now = 0;
  wanted = 3;
  /** Virtual nanoseconds one slice can do within its budget. */
  pace = Infinity;
  refusal = '';
  #virtualNs: number;

  constructor(virtualNs = 1e6, shared = false) {
    this.#virtualNs = virtualNs;
    if (shared) {
      this.wasmMemory = new WebAssembly.Memory({initial: 1, maximum: 1, shared: true});
      this.HEAPU8 = new Uint8Array(this.wasmMemory.buffer);
    } else {
      this.HEAPU8 = new Uint8Array(65536);
    }
    this.block = new BlockWriter(this.HEAPU8.buffer);
  }

  schemaJson() { return '{}'; }
  layoutJson() { return JSON.stringify(smallLayout); }
  buildJson() { return '{"version":"0"}'; }
  threadsNeeded() { return this.wanted; }
  start(...args: string[]) {
    this.calls.push(`start ${args.join(' ')}`);
    if (this.refusal) return this.refusal;
    this.code = 1;
    this.now = 0;
    return '{"ok":true}';
  }
  slice(until: number, budget: number) {
    this.calls.push(`slice ${until} ${budget}`);
    if (this.code === 1) {
      this.now = Math.min(until, this.now + this.pace, this.#virtualNs);
      this.block.u64(smallLayout.fields.now.offset, Math.floor(this.now));
      this.block.record(0, {time: Math.floor(this.now), verb: 7});
      if (this.now >= this.#virtualNs) this.code = 3;
    }
    return this.code;
  }
  step(n: number) { this.calls.push(`step ${n}`); return this.code; }
  pause() { this.calls.push('pause'); if (this.code === 1) this.code = 2; }
  resume() { this.calls.push('resume'); if (this.code === 2) this.code = 1; }
  stop() { this.calls.push('stop'); this.code = 4; }
  setLive(id: string) { return id === 'rate' ? '{"ok":true}' : '{"ok":false,"code":"E_PARAM","message":"not live"}'; }
  state() { return this.code; }
  outcomeJson() { return this.code >= 3 ? outcomeJson(['finished', 'cancelled', 'failed'][this.code - 3]!) : ''; }
  telemetryAddress() { return base; }
}

// telemetry-block — reading the engine's telemetry out of memory that somebody else is writing.
import type {TelemetryLayout} from './telemetry.js';

/**
 * Takes what is new out of the rings. The writer is never asked to wait: whatever it overwrote
 * meanwhile is thrown away here and counted as lost.
 *
 * Edges     the writer fills a slot, then raises the ring's head; the head is read before and after copying.
 * Invariant each record is handed out at most once, oldest first within its ring.
 */
export class RingCursor {
  readonly #layout: TelemetryLayout;
  readonly #tails: Float64Array;

  constructor(layout: TelemetryLayout) {
    this.#layout = layout;
    this.#tails = new Float64Array(layout.ring.count);
  }

  /** A new run writes its rings from the beginning. */
  restart(): void {
    this.#tails.fill(0);
  }

  /** `base` is the block's address in `memory`; `live` when a writer may be at work. The bytes are a copy. */
  collect(memory: ArrayBufferLike, base: number, live: boolean): {bytes: Uint8Array<ArrayBuffer>; lost: number} {
    const {ring} = this.#layout;
    const words = new Uint32Array(memory);
    const source = new Uint8Array(memory);
    const chunks: Uint8Array[] = [];
    let total = 0;
    let lost = 0;
    for (let r = 0; r < ring.count; r++) {
      const at = base + ring.offset + r * ring.stride;
      const head = readU64(words, at + ring.headOffset);
      const tail = this.#tails[r]! <= head ? this.#tails[r]! : 0;
      if (head === tail) continue;
      const from = Math.max(tail, head - ring.capacity);
      const copy = new Uint8Array((head - from) * ring.recordBytes);
      copySlots(source, at + ring.recordsOffset, ring.capacity, ring.recordBytes, from, head, copy);
      // Records overwritten while they were copied, and the one whose slot is being written now.
      const headNow = readU64(words, at + ring.headOffset);
      const kept = headNow === head && !live ? from : Math.min(head, Math.max(from, headNow - ring.capacity + 1));
      lost += kept - tail;
      chunks.push(copy.subarray((kept - from) * ring.recordBytes));
      total += (head - kept) * ring.recordBytes;
      this.#tails[r] = head;
    }
    const bytes = new Uint8Array(total);
    let offset = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, offset);
      offset += chunk.length;
    }
    return {bytes, lost};
  }
}

/** A u64 another thread may be writing, as a number: the high word is read on both sides of the low one. */
export function readU64(words: Uint32Array, byteOffset: number): number {
  const low = byteOffset >>> 2;
  for (;;) {
    const high = words[low + 1]!;
    const value = words[low]!;
    if (words[low + 1]! === high) return high * 2 ** 32 + value;
  }
}

function copySlots(
    source: Uint8Array, records: number, capacity: number, size: number, from: number, to: number,
    into: Uint8Array): void {
  const first = from % capacity;
  const straight = Math.min(to - from, capacity - first);
  into.set(source.subarray(records + first * size, records + (first + straight) * size), 0);
  const rest = to - from - straight;
  if (rest > 0) into.set(source.subarray(records, records + rest * size), straight * size);
}

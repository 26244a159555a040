// capability — whether this page can have real threads, and if not, why.

export type CapabilityReason =
  | 'ok'
  | 'not-isolated'      // the page may not share memory
  | 'no-shared-memory'  // isolated, and yet SharedArrayBuffer is missing
  | 'no-answer'         // a worker did not see what was written
  | 'no-wasm'           // WebAssembly is off or refused by the page's policy
  | 'asked';            // `sim` was asked for

export interface Capability {
  readonly threads: boolean;
  readonly wasm: boolean;
  readonly reason: CapabilityReason;
  /** One sentence for the badge's `why?`. */
  readonly text: string;
  /** What the browser claims; shown, not trusted. */
  readonly cores: number;
  /** The most workers a run may have here. */
  readonly threadCap: number;
}

export function threadCap(cores: number): number {
  return Math.min(64, 4 * Math.max(1, cores));
}

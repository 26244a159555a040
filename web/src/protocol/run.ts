// run — what a run is asked to be, what state it is in, and what it leaves behind.
import * as v from 'valibot';

import type {ParameterValues} from './schema.js';

export type EngineKind = 'threads' | 'sim';
/** `auto` takes what the scenario prefers where the page can have it. */
export type EngineWish = EngineKind | 'auto';

/** Indexed by the number the engine writes into the telemetry block. */
export const runStates = ['idle', 'running', 'paused', 'finished', 'cancelled', 'failed'] as const;
export type RunState = (typeof runStates)[number];

export function runStateOf(code: number): RunState {
  return runStates[code] ?? 'failed';
}

export function hasEnded(state: RunState): boolean {
  return state === 'finished' || state === 'cancelled' || state === 'failed';
}

/** Virtual seconds per wall second, `sim` only. */
export type PlaybackSpeed = number | 'max';

export interface RunRequest {
  readonly scenario: string;
  readonly params: ParameterValues;
  /** 1–16 hex digits. */
  readonly seed: string;
  readonly engine: EngineKind;
  readonly speed?: PlaybackSpeed;
}

export const errorCodes = [
  'E_WASM_BLOCKED', 'E_WORKER', 'E_MEMORY', 'E_ABORT', 'E_HANG', 'E_LIMIT', 'E_PARAM', 'E_SCENARIO', 'E_INVARIANT',
  'E_VERSION', 'E_NET', 'E_FILE', 'E_INTERRUPTED', 'E_PROTO', 'E_BUSY',
] as const;
export type ErrorCode = (typeof errorCodes)[number];

/** A failure that crosses workers, ports and events as plain data. */
export interface EngineFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
}

/** The same, where something has to be thrown. */
export class EngineError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;

  constructor(failure: EngineFailure) {
    super(failure.message);
    this.name = 'EngineError';
    this.code = failure.code;
    this.retryable = failure.retryable;
  }

  toFailure(): EngineFailure {
    return {code: this.code, message: this.message, retryable: this.retryable};
  }
}

export function failure(code: ErrorCode, message: string, retryable = true): EngineFailure {
  return {code, message, retryable};
}

const outcome = v.object({
  state: v.picklist(['finished', 'cancelled', 'failed']),
  failure: v.optional(v.string(), ''),
  scenario: v.string(),
  seed: v.string(),
  engine: v.string(),
  params: v.record(v.string(), v.union([v.number(), v.boolean(), v.string()])),
  elapsedNs: v.number(),
  workers: v.number(),
  itemsIn: v.number(),
  itemsOut: v.number(),
  dropped: v.number(),
  retries: v.number(),
  utilisation: v.number(),
  stepsPerNs: v.optional(v.number(), 0),
  traceHash: v.string(),
  latency: v.object({count: v.number(), p50: v.number(), p90: v.number(), p99: v.number(), max: v.number()}),
  histogram: v.optional(v.object({encoding: v.string(), data: v.string()})),
  invariants: v.optional(
    v.array(v.object({name: v.string(), held: v.boolean(), expected: v.string(), actual: v.string()})), []),
  findings: v.optional(v.array(v.object({name: v.string(), value: v.string()})), []),
});

/** What one run measured. Durations are nanoseconds: real ones in `threads`, virtual ones in `sim`. */
export type Outcome = v.InferOutput<typeof outcome>;

export function parseOutcome(json: string): Outcome {
  return v.parse(outcome, JSON.parse(json));
}

/** Items per second over the whole run. */
export function throughputOf(result: Outcome): number {
  return result.elapsedNs > 0 ? result.itemsOut / (result.elapsedNs / 1e9) : 0;
}

export const seedPattern = /^[0-9a-f]{1,16}$/;

/** Lower case without leading zeros, or nothing when it is no seed. */
export function normaliseSeed(text: string): string | undefined {
  const seed = text.trim().toLowerCase().replace(/^0x/, '');
  if (!seedPattern.test(seed)) return undefined;
  return seed.replace(/^0+(?=.)/, '');
}

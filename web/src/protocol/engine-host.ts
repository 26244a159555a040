// engine-host — what the page may ask of the engine worker, and what the worker says unasked.
import type {EngineFailure, PlaybackSpeed, RunRequest, RunState} from './run.js';
import type {PostedTelemetry} from './telemetry.js';

/** Which module the worker loads: `threads` runs both engines, `sim` only the simulated one. */
export type ModuleKind = 'threads' | 'sim';

/** What a loaded module says of itself. */
export interface LoadedModule {
  readonly kind: ModuleKind;
  /** The scenarios it has. */
  readonly family: string;
  readonly schemaJson: string;
  readonly layoutJson: string;
  readonly buildJson: string;
  /** Shared memory and the place of the telemetry block in it; without it, telemetry is posted. */
  readonly memory?: WebAssembly.Memory;
  readonly telemetryAddress: number;
  readonly memoryBytes: number;
}

export type LoadResult =
  {readonly ok: true; readonly module: LoadedModule} | {readonly ok: false; readonly failure: EngineFailure};

export type Accepted = {readonly ok: true; readonly threads: number} | {readonly ok: false; readonly failure: EngineFailure};

/** The calls of the engine worker, made through Comlink. None of them blocks the worker. */
export interface EngineHost {
  /** Loads the module of a family of scenarios; a worker loads one module in its life. */
  load(kind: ModuleKind, family: string): Promise<LoadResult>;
  /** Returns once the run is under way; its end is told by a `state` message. */
  start(request: RunRequest): Promise<Accepted>;
  pause(): void;
  resume(): void;
  /** Returns as soon as the engine has been told. */
  stop(): void;
  /** `sim` only: some scheduler steps; leaves the run paused. */
  step(count: number): void;
  /** `sim` only. */
  setSpeed(speed: PlaybackSpeed): void;
  setLive(id: string, text: string): Accepted;
}

/** Posted by the worker beside Comlink's own messages; `kind` tells them apart. */
export type WorkerMessage =
  | {readonly kind: 'heartbeat'; readonly state: RunState}
  | {readonly kind: 'warming'; readonly ready: number; readonly wanted: number}
  | {readonly kind: 'state'; readonly state: RunState; readonly outcomeJson: string}
  | {readonly kind: 'crashed'; readonly failure: EngineFailure}
  | PostedTelemetry;

export const heartbeatEveryMs = 500;

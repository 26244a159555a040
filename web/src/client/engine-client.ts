// engine-client — the page's one engine: loaded when needed, supervised, replaced after a crash.
import type {Capability} from '../protocol/capability.js';
import type {LoadedModule, ModuleKind, WorkerMessage} from '../protocol/engine-host.js';
import {
  EngineError, failure, hasEnded, parseOutcome, type EngineFailure, type EngineKind, type EngineWish, type Outcome,
  type PlaybackSpeed, type RunRequest, type RunState,
} from '../protocol/run.js';
import {parseLayout, type TelemetryPoll} from '../protocol/telemetry.js';
import {EngineConnection, type EngineWorker} from './engine-connection.js';
import {EngineLock} from './engine-lock.js';
import {TelemetryReader} from './telemetry-reader.js';

/** An engine that has not stopped by then is discarded. */
export const stopLimitMs = 100;

export interface StartRequest extends Omit<RunRequest, 'engine'> {
  readonly engine: EngineWish;
  /** The scenario's own: each has an engine of its own. */
  readonly family: string;
  /** The scenario's own preference. */
  readonly prefers: EngineKind;
  /** Nobody pressed a button: never takes the engine away from another page. */
  readonly automatic?: boolean;
}

export type EnginePhase =
  'idle' | 'loading' | 'warming' | 'running' | 'paused' | 'finished' | 'cancelled' | 'failed';

/** What the page shows of its engine. Replaced, never changed. */
export interface EngineStatus {
  readonly phase: EnginePhase;
  /** Present from the first start on. */
  readonly request?: RunRequest;
  /** The engine in use, or the one that was. */
  readonly engine?: EngineKind;
  /** Known once it has been tried. */
  readonly capability?: Capability;
  readonly warming?: {readonly ready: number; readonly wanted: number};
  readonly outcome?: Outcome;
  /** Why the phase is `failed`, or why a start was refused. */
  readonly failure?: EngineFailure;
}

export interface ClientParts {
  spawn(): EngineWorker;
  capability(): Promise<Capability>;
}

/**
 * Everything a page may ask of the engine. Promises settle within ten seconds, and reject with an
 * `EngineError`; whatever happens to the engine, the next `start` works.
 *
 * @fires change - `status` has been replaced
 */
export class EngineClient extends EventTarget {
  readonly #parts: ClientParts;
  readonly #lock = new EngineLock(() => this.#taken());
  #status: EngineStatus = {phase: 'idle'};
  #connection: EngineConnection | undefined;
  #module: LoadedModule | undefined;
  #reader: TelemetryReader | undefined;
  #capability: Promise<Capability> | undefined;
  #ended: (() => void) | undefined;
  /** Raised by every start, stop and loss: a start that finds it changed has been overtaken. */
  #turn = 0;

  constructor(parts: ClientParts) {
    super();
    this.#parts = parts;
  }

  get status(): EngineStatus {
    return this.#status;
  }

  /** What the loaded engine says of itself; nothing before the first start. */
  get module(): LoadedModule | undefined {
    return this.#module;
  }

  /** Tried once. */
  capability(): Promise<Capability> {
    this.#capability ??= this.#parts.capability().then((capability) => {
      this.#set({...this.#status, capability});
      return capability;
    });
    return this.#capability;
  }

  /**
   * Resolves when the run is under way; the rest is told by `change`. A run already under way is stopped first.
   * Fails     with the code of the refusal; `status.failure` then says the same.
   */
  async start(request: StartRequest): Promise<void> {
    await this.stop();
    const turn = ++this.#turn;
    const capability = await this.capability();
    this.#assertTurn(turn);
    const engine = chooseEngine(request, capability);
    const run: RunRequest = {
      scenario: request.scenario, params: request.params, seed: request.seed, engine,
      ...(request.speed === undefined ? {} : {speed: request.speed}),
    };
    this.#set({phase: 'loading', request: run, engine, capability});
    try {
      if (!capability.wasm) throw new EngineError(failure('E_WASM_BLOCKED', capability.text, false));
      if (!(await this.#lock.acquire({takeOver: !request.automatic})))
        throw new EngineError(failure('E_BUSY', 'Another demo of this site is running.'));
      this.#assertTurn(turn);
      const connection = await this.#load(capability.threads ? 'threads' : 'sim', request.family);
      this.#assertTurn(turn);
      this.#set({...this.#status, phase: engine === 'threads' ? 'warming' : 'loading'});
      const accepted = await connection.call((host) => host.start(run));
      if (!accepted.ok) throw new EngineError(accepted.failure);
      this.#assertTurn(turn);
    } catch (error) {
      const reason = asEngineError(error);
      if (turn === this.#turn) this.#set({phase: 'failed', request: run, engine, capability, failure: reason.toFailure()});
      throw reason;
    }
  }

  async pause(): Promise<void> {
    if (this.#status.phase === 'running') await this.#connection?.call((host) => host.pause());
  }

  async resume(): Promise<void> {
    if (this.#status.phase === 'paused') await this.#connection?.call((host) => host.resume());
  }

  /** `sim` only. Leaves the run paused. */
  async step(count = 1): Promise<void> {
    await this.#connection?.call((host) => host.step(count));
  }

  /** `sim` only. */
  async setSpeed(speed: PlaybackSpeed): Promise<void> {
    if (this.#live) await this.#connection?.call((host) => host.setSpeed(speed));
  }

  /** Changes a parameter marked `live` while a run is under way. */
  async setLive(id: string, text: string): Promise<void> {
    if (!this.#live) return;
    const answer = await this.#connection?.call((host) => host.setLive(id, text));
    if (answer && !answer.ok) throw new EngineError(answer.failure);
  }

  /** Resolves when nothing runs any more: at most a tenth of a second after the call, by force if need be. */
  async stop(): Promise<void> {
    const {phase} = this.#status;
    if (phase === 'loading' || phase === 'warming') {
      this.#turn++;
      this.#discard();
      this.#set({...this.#status, phase: 'cancelled'});
      return;
    }
    const connection = this.#connection;
    if (!this.#live || !connection) return;
    const inTime = await new Promise<boolean>((resolve) => {
      const limit = setTimeout(() => resolve(false), stopLimitMs);
      this.#ended = () => { clearTimeout(limit); resolve(true); };
      connection.call((host) => host.stop()).catch(() => resolve(true));  // its death has been told
    });
    this.#ended = undefined;
    if (inTime || this.#connection !== connection || !this.#live) return;
    this.#turn++;
    this.#discard();
    this.#set({...this.#status, phase: 'cancelled'});
  }

  /** What happened since the last call; made for a frame loop. Nothing before the first run. */
  poll(): TelemetryPoll | undefined {
    return this.#reader?.poll();
  }

  /** Puts an engine away that has nothing to do; its last picture and outcome stay, and the next start loads another. */
  rest(): void {
    if (this.#status.phase === 'loading' || this.#status.phase === 'warming' || this.#live) return;
    this.#discard();
    this.#lock.release();
  }

  /** Ends the engine. The client can be started again. */
  dispose(): void {
    this.#turn++;
    this.#discard();
    this.#lock.release();
    this.#set({phase: 'idle', ...(this.#status.capability ? {capability: this.#status.capability} : {})});
  }

  get #live(): boolean {
    return this.#status.phase === 'running' || this.#status.phase === 'paused';
  }

  /** An engine of another family is put away first: there is one at a time. */
  async #load(kind: ModuleKind, family: string): Promise<EngineConnection> {
    if (this.#connection?.alive && this.#module?.kind === kind && this.#module.family === family) return this.#connection;
    this.#discard();
    const connection = new EngineConnection(this.#parts.spawn(), {
      message: (message) => { if (connection === this.#connection) this.#hear(message); },
      died: (why) => { if (connection === this.#connection) this.#lost(why); },
    });
    this.#connection = connection;
    const loaded = await connection.call((host) => host.load(kind, family));
    if (!loaded.ok) {
      this.#discard();
      throw new EngineError(loaded.failure);
    }
    const {module} = loaded;
    this.#module = module;
    this.#reader = new TelemetryReader(parseLayout(module.layoutJson),
      module.memory && {memory: module.memory.buffer, address: module.telemetryAddress});
    return connection;
  }

  #hear(message: WorkerMessage): void {
    switch (message.kind) {
      case 'telemetry': this.#reader?.accept(message); break;
      case 'warming':
        this.#set({...this.#status, phase: 'warming', warming: {ready: message.ready, wanted: message.wanted}});
        break;
      case 'state': this.#enter(message.state, message.outcomeJson); break;
      case 'heartbeat':
      case 'crashed': break;
    }
  }

  #enter(state: RunState, outcomeJson: string): void {
    if (state === 'idle') return;
    const {warming: _, outcome: __, failure: ___, ...kept} = this.#status;
    if (!hasEnded(state)) return this.#set({...kept, phase: state});
    try {
      const outcome = parseOutcome(outcomeJson);
      const why = state === 'failed' ? failureOf(outcome) : undefined;
      this.#set({...kept, phase: state, outcome, ...(why ? {failure: why} : {})});
    } catch {
      this.#set({...kept, phase: 'failed', failure: failure('E_ABORT', 'The engine gave no account of the run.')});
    }
    this.#ended?.();
  }

  #lost(why: EngineFailure): void {
    const wasBusy = this.#live || this.#status.phase === 'loading' || this.#status.phase === 'warming';
    this.#turn++;
    this.#discard();
    if (wasBusy) this.#set({...this.#status, phase: 'failed', failure: why});
    this.#ended?.();
  }

  /** Another page pressed Run. */
  #taken(): void {
    this.#lost(failure('E_INTERRUPTED', 'Another demo of this site was started, so this one was stopped.'));
  }

  #discard(): void {
    this.#connection?.close();
    this.#connection = undefined;
    this.#module = undefined;
    // The reader keeps showing the last picture: its memory outlives the worker.
  }

  #assertTurn(turn: number): void {
    if (turn !== this.#turn) throw new EngineError(failure('E_INTERRUPTED', 'The start was overtaken by another command.'));
  }

  #set(status: EngineStatus): void {
    this.#status = status;
    this.dispatchEvent(new Event('change'));
  }
}

export function chooseEngine(
    request: {readonly engine: EngineWish; readonly prefers: EngineKind}, capability: Capability): EngineKind {
  const wish = request.engine === 'auto' ? request.prefers : request.engine;
  return wish === 'threads' && capability.threads ? 'threads' : 'sim';
}

function failureOf(outcome: Outcome): EngineFailure {
  const broken = outcome.invariants.find((invariant) => !invariant.held);
  if (!broken) return failure('E_ABORT', outcome.failure || 'The run failed.');
  return failure('E_INVARIANT', `${broken.name}: expected ${broken.expected}, found ${broken.actual}.`);
}

function asEngineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  return new EngineError(failure('E_WORKER', error instanceof Error ? error.message : String(error)));
}

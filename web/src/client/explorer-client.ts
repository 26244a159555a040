// explorer-client — the page's explorer: loaded when a view wants it, supervised, replaced after a crash.
import {
  parseExploreCatalogue, parseInterleaving, parseProgress, programText, type ExploreCatalogue, type ExplorerHost, type ExplorerMessage,
  type Interleaving, type Program, type Progress,
} from '../protocol/explore.js';
import {EngineError, failure, type EngineFailure} from '../protocol/run.js';
import {stopLimitMs} from './engine-client.js';
import {EngineConnection, type EngineWorker, type Remote} from './engine-connection.js';

export type ExplorerPhase = 'idle' | 'loading' | 'ready' | 'exploring' | 'ended' | 'failed';

/** What the page shows of its explorer. Replaced, never changed. */
export interface ExplorerStatus {
  readonly phase: ExplorerPhase;
  /** Known once the explorer has been loaded, and kept when it breaks. */
  readonly catalogue?: ExploreCatalogue;
  /** The program that is or was explored, and how far that came. */
  readonly program?: Program;
  readonly progress?: Progress;
  /** Why the phase is `failed`. */
  readonly failure?: EngineFailure;
}

/**
 * Everything a view may ask of the explorer. Promises settle within ten seconds, and reject with an `EngineError`;
 * whatever happens to the worker, the next call starts another.
 *
 * @fires change - `status` has been replaced
 */
export class ExplorerClient extends EventTarget {
  readonly #spawn: () => EngineWorker;
  #status: ExplorerStatus = {phase: 'idle'};
  #connection: EngineConnection<ExplorerHost, ExplorerMessage> | undefined;
  #loading: Promise<ExploreCatalogue> | undefined;
  /** Raised by every start, stop and loss: what comes late of an earlier turn is not for this one. */
  #turn = 0;
  /** Whether reports belong to the present turn: until a start is accepted they are of the one before. */
  #hearing = false;

  constructor(spawn: () => EngineWorker) {
    super();
    this.#spawn = spawn;
  }

  get status(): ExplorerStatus { return this.#status; }

  /** Loads the explorer if there is none. Fails with the reason, which `status.failure` then says too. */
  load(): Promise<ExploreCatalogue> {
    this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  /** Resolves when the exploration is under way; the rest is told by `change`. One under way is stopped first. */
  async start(program: Program, limitMs: number): Promise<void> {
    const turn = ++this.#turn;
    this.#hearing = false;
    const {catalogue} = this.#status;
    this.#set({phase: this.#connection ? 'exploring' : 'loading', program, ...(catalogue ? {catalogue} : {})});
    try {
      const known = await this.load();
      if (turn !== this.#turn) return;
      this.#set({phase: 'exploring', program, catalogue: known});
      const accepted = await this.#call((host) => host.start(programText(program), limitMs));
      if (!accepted.ok) throw new EngineError(accepted.failure);
      if (turn === this.#turn) this.#hearing = true;
    } catch (error) {
      if (turn === this.#turn) this.#fail(error);
      throw error;
    }
  }

  /** Resolves when nothing is explored any more; what was found until then stays. */
  async stop(): Promise<void> {
    const {phase} = this.#status, connection = this.#connection;
    if (phase !== 'exploring' || !connection) return;
    const turn = this.#turn;
    const inTime = await new Promise<boolean>((resolve) => {
      const limit = setTimeout(() => resolve(false), stopLimitMs);
      const heard = () => {
        if (this.#status.phase === 'exploring') return;
        clearTimeout(limit);
        this.removeEventListener('change', heard);
        resolve(true);
      };
      this.addEventListener('change', heard);
      connection.call((host) => host.stop()).catch(() => resolve(true));  // its death has been told
    });
    if (inTime || turn !== this.#turn || this.#status.phase !== 'exploring') return;
    this.#turn++;
    this.#discard();
    const {progress} = this.#status;
    this.#set({...this.#status, phase: 'ended', ...(progress ? {progress: {...progress, state: 'stopped'}} : {})});
  }

  /** One execution of `program`, step by step. */
  async replay(program: Program, choices: string): Promise<Interleaving> {
    await this.load();
    const answer = await this.#call((host) => host.replay(programText(program), choices));
    if (!answer.ok) throw new EngineError(answer.failure);
    let shown: Interleaving;
    try {
      shown = parseInterleaving(answer.json);
    } catch (error) {
      throw new EngineError(failure('E_PARAM', `This execution cannot be shown. ${messageOf(error)}`, false));
    }
    if (shown.steps.length === 0) throw new EngineError(failure('E_PARAM', `There is no such execution of this program${shown.message ? `: ${shown.message}` : ''}.`, false));
    return shown;
  }

  /** Forgets what was explored. */
  clear(): void {
    this.#turn++;
    if (this.#status.phase === 'exploring') void this.#connection?.call((host) => host.stop()).catch(() => undefined);
    const {catalogue} = this.#status;
    this.#set({phase: catalogue ? 'ready' : 'idle', ...(catalogue ? {catalogue} : {})});
  }

  /** Ends the worker. The client can be used again. */
  dispose(): void {
    this.#turn++;
    this.#discard();
    const {catalogue} = this.#status;
    this.#set({phase: 'idle', ...(catalogue ? {catalogue} : {})});
  }

  async #load(): Promise<ExploreCatalogue> {
    const before = this.#status;
    if (before.phase === 'idle' || before.phase === 'failed') this.#set({...this.#kept(), phase: 'loading'});
    const connection = new EngineConnection<ExplorerHost, ExplorerMessage>(this.#spawn(), {
      message: (message) => { if (connection === this.#connection) this.#hear(message); },
      died: (why) => { if (connection === this.#connection) this.#lost(why); },
    });
    this.#connection = connection;
    try {
      const loaded = await connection.call((host) => host.load());
      if (!loaded.ok) throw new EngineError(loaded.failure);
      const catalogue = parseExploreCatalogue(loaded.catalogueJson), {phase, program} = this.#status;
      this.#set({...this.#status, phase: phase === 'loading' && !program ? 'ready' : phase, catalogue});
      return catalogue;
    } catch (error) {
      if (connection === this.#connection) {
        this.#discard();
        this.#fail(error);
      }
      throw asEngineError(error);
    }
  }

  #call<T>(ask: (host: Remote<ExplorerHost>) => Promise<T>): Promise<T> {
    if (!this.#connection) return Promise.reject(new EngineError(failure('E_INTERRUPTED', 'The explorer was put away.')));
    return this.#connection.call(ask);
  }

  #hear(message: ExplorerMessage): void {
    if (message.kind !== 'progress' || !this.#hearing || this.#status.phase !== 'exploring') return;
    try {
      const progress = parseProgress(message.json);
      this.#set({...this.#status, phase: progress.state === 'exploring' ? 'exploring' : 'ended', progress});
    } catch (error) {
      this.#lost(failure('E_ABORT', `The explorer said what nobody understands. ${messageOf(error)}`));
    }
  }

  #lost(why: EngineFailure): void {
    this.#turn++;
    this.#discard();
    const {phase} = this.#status;
    if (phase === 'exploring' || phase === 'loading') this.#set({...this.#kept(), phase: 'failed', failure: why});
  }

  #fail(error: unknown): void { this.#set({...this.#kept(), phase: 'failed', failure: asEngineError(error).toFailure()}); }

  /** What outlives a failure: the catalogue, and the last good counts. */
  #kept(): Omit<ExplorerStatus, 'phase' | 'failure'> {
    const {catalogue, program, progress} = this.#status;
    return {...(catalogue ? {catalogue} : {}), ...(program ? {program} : {}), ...(progress ? {progress} : {})};
  }

  #discard(): void {
    this.#connection?.close();
    this.#connection = undefined;
    this.#loading = undefined;
  }

  #set(status: ExplorerStatus): void {
    this.#status = status;
    this.dispatchEvent(new Event('change'));
  }
}

function messageOf(error: unknown): string { return error instanceof Error ? error.message : String(error); }

function asEngineError(error: unknown): EngineError {
  return error instanceof EngineError ? error : new EngineError(failure('E_WORKER', messageOf(error)));
}

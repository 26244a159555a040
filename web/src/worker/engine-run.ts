// engine-run — drives one loaded engine from inside its worker, which never blocks.
import type {Accepted, LoadedModule, WorkerMessage} from '../protocol/engine-host.js';
import {EngineError, failure, hasEnded, runStateOf, type EngineFailure, type PlaybackSpeed, type RunRequest, type RunState} from '../protocol/run.js';
import {encodeParameters} from '../protocol/schema.js';
import {headerBytes, parseLayout, type TelemetryLayout} from '../protocol/telemetry.js';
import {readU64, RingCursor} from '../protocol/telemetry-block.js';
import {threadCap} from '../protocol/capability.js';
import type {EngineModule, PThreadPool} from './engine-api.js';
import type {Hands} from './hands.js';

export const sliceEveryMs = 16;
export const sliceBudgetMs = 8;
const pollEveryMs = 20;
const pollWhenStoppingMs = 2;
/** Wall time that a late tick may still make up for. */
const catchUpMs = 100;

/** Post to the page; the second argument is given away, not copied. */
export type Post = (message: WorkerMessage, transfer?: Transferable[]) => void;

export class EngineRun {
  readonly #engine: EngineModule;
  readonly #which: Pick<LoadedModule, 'kind' | 'family'>;
  readonly #post: Post;
  readonly #hands: Hands;
  readonly #layout: TelemetryLayout;
  readonly #cursor: RingCursor;
  #engineKind: RunRequest['engine'] = 'sim';
  #state: RunState = 'idle';
  #speed: PlaybackSpeed = 1;
  #targetNs = 0;
  #lastTick = 0;
  #cancelTick: (() => void) | undefined;
  #stopping = false;
  #starting = false;

  constructor(engine: EngineModule, which: Pick<LoadedModule, 'kind' | 'family'>, post: Post, hands: Hands) {
    this.#engine = engine;
    this.#which = which;
    this.#post = post;
    this.#hands = hands;
    this.#layout = parseLayout(engine.layoutJson());
    this.#cursor = new RingCursor(this.#layout);
  }

  get state(): RunState {
    return this.#state;
  }

  describe(): LoadedModule {
    const memory = this.#engine.wasmMemory;
    const shared = memory && typeof SharedArrayBuffer === 'function' && memory.buffer instanceof SharedArrayBuffer;
    return {
      ...this.#which,
      schemaJson: this.#engine.schemaJson(),
      layoutJson: this.#engine.layoutJson(),
      buildJson: this.#engine.buildJson(),
      ...(shared ? {memory} : {}),
      telemetryAddress: this.#engine.telemetryAddress(),
      memoryBytes: this.#engine.HEAPU8.byteLength,
    };
  }

  async start(request: RunRequest): Promise<Accepted> {
    if (this.#starting || this.#state === 'running' || this.#state === 'paused')
      return refused('E_BUSY', 'A run is under way; stop it first.');
    const params = encodeParameters(request.params);
    let threads = 0;
    if (request.engine === 'threads') {
      if (this.#which.kind !== 'threads') return refused('E_WORKER', 'This engine has no threads.');
      threads = this.#engine.threadsNeeded(request.scenario, params);
      const cap = threadCap(this.#hands.cores);
      if (threads > cap + 1)  // one of them watches over the others
        return refused('E_LIMIT', `This run needs ${threads - 1} threads; ${cap} is the most the browser version allows here.`);
      this.#starting = true;
      try {
        if (threads > 0) await this.#warm(threads);
      } catch (error) {
        const text = error instanceof Error ? error.message : 'unknown reason';
        return {ok: false, failure: error instanceof EngineError ? error.toFailure() : failure('E_WORKER', `The browser did not start the threads: ${text}`)};
      } finally {
        this.#starting = false;
      }
    }
    this.#cursor.restart();
    const answer = parseAnswer(this.#engine.start(request.engine, request.scenario, params, request.seed));
    if (!answer.ok) return answer;
    this.#engineKind = request.engine;
    this.#stopping = false;
    this.#speed = request.speed ?? 1;
    this.#targetNs = 0;
    this.#lastTick = this.#hands.now();
    this.#enter('running');
    this.#schedule();
    return {ok: true, threads};
  }

  pause(): void {
    if (this.#state !== 'running') return;
    this.#engine.pause();
    this.#observe(this.#engine.state());
    if (this.#state === 'running') this.#enter('paused');
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#engine.resume();
    this.#lastTick = this.#hands.now();
    this.#enter('running');
    this.#schedule();
  }

  stop(): void {
    if (this.#state !== 'running' && this.#state !== 'paused') return;
    this.#stopping = true;
    this.#engine.stop();
    this.#reschedule(0);
  }

  step(count: number): void {
    if (this.#engineKind !== 'sim' || (this.#state !== 'running' && this.#state !== 'paused')) return;
    if (this.#state === 'running') this.pause();
    if (hasEnded(this.#state)) return;
    const state = this.#engine.step(Math.min(1000, Math.max(1, Math.floor(count) || 1)));
    this.#targetNs = this.#virtualNow();
    this.#publish();
    if (hasEnded(runStateOf(state))) this.#observe(state);
  }

  setSpeed(speed: PlaybackSpeed): void {
    this.#speed = speed;
    this.#targetNs = this.#virtualNow();
  }

  setLive(id: string, text: string): Accepted {
    return parseAnswer(this.#engine.setLive(id, text));
  }

  /** Makes pthreads one by one until enough are idle: a pool that is too small would hang without a word. */
  async #warm(wanted: number): Promise<void> {
    const pool = this.#engine.PThread as PThreadPool;
    // Threads of the run before are on their way back.
    for (let tries = 0; pool.unusedWorkers.length < wanted && pool.runningWorkers.length > 0 && tries < 50; tries++)
      await this.#pause(2);
    for (let ready = pool.unusedWorkers.length; ready < wanted; ready = pool.unusedWorkers.length) {
      pool.allocateUnusedWorker();
      await pool.loadWasmModuleToWorker(pool.unusedWorkers.at(-1)!);
      this.#post({kind: 'warming', ready: ready + 1, wanted});
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#hands.after(ms, resolve));
  }

  #schedule(): void {
    const sim = this.#engineKind === 'sim';
    this.#reschedule(sim ? (this.#speed === 'max' ? 0 : sliceEveryMs) : this.#stopping ? pollWhenStoppingMs : pollEveryMs);
  }

  #reschedule(ms: number): void {
    this.#cancelTick?.();
    this.#cancelTick = this.#hands.after(ms, () => this.#tick());
  }

  #tick(): void {
    this.#cancelTick = undefined;
    if (this.#engineKind === 'threads') {
      this.#observe(this.#engine.state());
    } else if (this.#state === 'running' || this.#stopping) {
      this.#advance();
    }
    // Threads can come to an end even behind a closed gate: what was begun is finished.
    const watched = this.#state === 'running' || this.#stopping || this.#engineKind === 'threads';
    if (watched && !hasEnded(this.#state)) this.#schedule();
  }

  /** One slice of simulated time, no longer than its budget in ours. */
  #advance(): void {
    const now = this.#hands.now();
    const passed = Math.min(catchUpMs, Math.max(0, now - this.#lastTick));
    this.#lastTick = now;
    this.#targetNs = this.#speed === 'max' ? Infinity : this.#targetNs + passed * 1e6 * this.#speed;
    const before = this.#virtualNow();
    const state = this.#engine.slice(this.#targetNs, sliceBudgetMs);
    // An engine slower than asked for does not run up a debt. One that has not moved is not slow, it waits: its
    // clock stands at the last event, however far off the next may be.
    const reached = this.#virtualNow();
    const debt = catchUpMs * 1e6 * (this.#speed === 'max' ? 1 : this.#speed);
    if (reached > before && this.#targetNs - reached > debt) this.#targetNs = reached;
    this.#publish();
    this.#observe(state);
  }

  #observe(code: number): void {
    const state = runStateOf(code);
    if (!hasEnded(state) || hasEnded(this.#state)) return;
    this.#cancelTick?.();
    this.#cancelTick = undefined;
    this.#stopping = false;
    this.#publish();
    this.#state = state;
    this.#post({kind: 'state', state, outcomeJson: this.#engine.outcomeJson()});
  }

  #enter(state: RunState): void {
    this.#state = state;
    this.#post({kind: 'state', state, outcomeJson: ''});
  }

  #virtualNow(): number {
    const words = new Uint32Array(this.#engine.HEAPU8.buffer);
    return readU64(words, this.#engine.telemetryAddress() + this.#layout.fields.now.offset);
  }

  /** Where memory is not shared, what is new goes to the page by post. */
  #publish(): void {
    const memory = this.#engine.HEAPU8.buffer;
    if (!(memory instanceof ArrayBuffer)) return;
    const base = this.#engine.telemetryAddress();
    const header = memory.slice(base, base + headerBytes(this.#layout));
    const {bytes, lost} = this.#cursor.collect(memory, base, false);
    this.#post({kind: 'telemetry', header, records: bytes.buffer, lost}, [header, bytes.buffer]);
  }
}

function refused(code: EngineFailure['code'], message: string): Accepted {
  return {ok: false, failure: failure(code, message)};
}

function parseAnswer(json: string): Accepted {
  const answer = JSON.parse(json) as {ok: boolean; code?: EngineFailure['code']; message?: string};
  return answer.ok ? {ok: true, threads: 0} : refused(answer.code ?? 'E_PARAM', answer.message ?? 'refused');
}

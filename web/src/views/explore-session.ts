// explore-session — one program under the reader's hands: what is explored, what was found, and the execution in view.
import {grouped} from '../base/format.js';
import type {ExplorerClient} from '../client/explorer-client.js';
import type {ExploreCatalogue, Interleaving, Program, Progress, Subject} from '../protocol/explore.js';
import {EngineError, failure, normaliseSeed, type EngineFailure} from '../protocol/run.js';
import {resolveExplore, type ExploreHome, type ExploreRequest, type ExploreState} from '../state/explore-url.js';
import {findSubject, presetOf, usualProgram, usualSample} from '../state/program.js';
import {sayStep, sentence, setupLength, switchFrom} from '../trace/interleaving.js';
import type {Announce} from './run-session.js';

/** The live region speaks at most this often about an exploration, ms. */
const speakEvery = 2000;
/** A reader who steps fast hears where they come to rest, ms. */
const restAfter = 350;

/** A shorter time says nothing about speed, ms. */
const shortestPace = 100;

export type ExplorePhase = 'loading' | 'ready' | 'exploring' | 'complete' | 'violated' | 'bounded' | 'stopped' | 'failed';

/**
 * Lives as long as its view.
 *
 * @fires change - something the view shows has changed
 */
export class ExploreSession extends EventTarget {
  catalogue: ExploreCatalogue | undefined;
  subject: Subject | undefined;
  state: ExploreState | undefined;
  /** Sentences about the link that was opened. */
  notes: readonly string[] = [];
  /** The execution in view. */
  shown: Interleaving | undefined;
  /** What went wrong beside exploring: a link, a replay. */
  trouble: EngineFailure | undefined;
  announce: Announce = () => undefined;
  #spoken = -speakEvery;
  #waiting: ReturnType<typeof setTimeout> | undefined;
  #request: ExploreRequest | undefined;
  #following = false;
  #turn = 0;
  #closed = false;
  #opening: Promise<void> = Promise.resolve();

  constructor(readonly client: ExplorerClient, readonly limitMs: number, readonly home?: ExploreHome) { super(); }

  /** Loads the explorer and fits the link to what it knows; an execution the link names is shown, nothing is explored yet. */
  open(request: ExploreRequest | Promise<ExploreRequest>): Promise<void> {
    this.#opening = this.#open(request);
    return this.#opening;
  }

  /** Resolves when there is something to run, or a reason why not. */
  get opened(): Promise<void> { return this.#opening; }

  async #open(asked: ExploreRequest | Promise<ExploreRequest>): Promise<void> {
    const request = await asked;
    if (this.#closed) return;
    this.#request = request;
    this.client.addEventListener('change', this.#changed);    // once, however often it is opened
    this.trouble = undefined;
    this.#notify();
    try {
      this.catalogue = await this.client.load();
    } catch {
      return this.#notify();                                  // the client's status says why
    }
    if (this.#closed) return;
    const {state, subject, notes} = resolveExplore(request, this.catalogue, this.home);
    [this.state, this.subject, this.notes, this.trouble] = [state, subject, notes, request.failure];
    this.#notify();
    if (state.run !== undefined) await this.show(state.run, state.at);
  }

  /** After the explorer could not be loaded. */
  async again(): Promise<void> { if (this.#request) await this.open(this.#request); }

  close(): void {
    clearTimeout(this.#waiting);
    this.client.removeEventListener('change', this.#changed);
    this.#closed = true;
    this.client.dispose();
  }

  get phase(): ExplorePhase {
    const {phase, progress} = this.client.status;
    if (phase === 'failed') return 'failed';
    if (!this.state || phase === 'loading' || phase === 'idle') return this.state && phase === 'idle' ? 'ready' : 'loading';
    if (phase === 'exploring') return 'exploring';
    if (phase !== 'ended' || !progress) return 'ready';
    return progress.state === 'exploring' ? 'stopped' : progress.state;
  }

  get busy(): boolean { return this.phase === 'exploring'; }
  get progress(): Progress | undefined { return this.client.status.progress; }
  get failure(): EngineFailure | undefined { return this.client.status.phase === 'failed' ? this.client.status.failure : undefined; }

  /** Why Run cannot be pressed. */
  get unready(): string {
    const {subject, state} = this;
    if (!subject || !state) return 'The explorer is being fetched.';
    if (subject.kind === 'structure' && state.program.threads.every((t) => t.length === 0)) return 'No thread does anything yet: add an operation.';
    return '';
  }

  /** Executions per second so far. */
  get pace(): number {
    const {progress} = this;
    return progress && progress.elapsedMs >= shortestPace ? progress.executions / progress.elapsedMs * 1000 : NaN;
  }

  async toggle(): Promise<void> { await (this.busy ? this.client.stop() : this.run()); }

  async run(): Promise<void> {
    const {state, subject} = this;
    if (!state || !subject || this.unready || this.busy) return;
    this.#turn++;
    this.#look(undefined);
    this.trouble = undefined;
    this.#following = true;
    this.#speak(state.program.mode === 'all' ? `Exploring every execution of ${subject.title}.` : `Sampling executions of ${subject.title}.`);
    await this.client.start(state.program, this.limitMs).catch(() => undefined);   // the client's status says why
  }

  async stop(): Promise<void> { await this.client.stop(); }

  /** What was found speaks of the program before, so it goes. */
  change(program: Program): void {
    const {state} = this;
    if (!state || program === state.program) return;
    this.#turn++;
    this.#following = false;
    this.notes = [];
    this.trouble = undefined;
    this.shown = undefined;
    this.state = {program, run: undefined, at: 0};
    this.client.clear();
    this.#notify();
  }

  chooseSubject(id: string): void {
    const subject = this.catalogue && findSubject(this.catalogue, id);
    if (!subject || subject === this.subject || !this.state) return;
    const {mode, seed, limit, stop} = this.state.program;
    this.subject = subject;
    this.change({...usualProgram(subject), mode, seed, limit, stop});
  }

  choosePreset(id: string): void {
    const {subject, state} = this, preset = subject?.presets.find((p) => p.id === id);
    if (!subject || !state || !preset) return;
    const {mode, seed, limit, stop} = state.program;
    this.change({...usualProgram(subject, preset), mode, seed, limit, stop});
  }

  /** The preset that this program is; nothing for one of the reader's own. */
  get preset() { return this.subject && this.state ? presetOf(this.subject, this.state.program) : undefined; }

  setMode(mode: Program['mode']): void {
    const {state} = this;
    if (state) this.change({...state.program, mode, limit: mode === 'random' ? state.program.limit || usualSample : 0});
  }

  /** A sentence when the text is no seed. */
  setSeed(text: string): string {
    const seed = normaliseSeed(text), {state} = this;
    if (seed === undefined || !state) return `A seed is 1 to 16 hex digits; ${state?.program.seed ?? ''} is kept.`;
    this.change({...state.program, seed});
    return '';
  }

  newSeed(): void {
    const {state} = this;
    if (state) this.change({...state.program, seed: crypto.getRandomValues(new Uint32Array(1))[0]!.toString(16)});
  }

  /** Brings an execution into view, at a step; by default where it goes wrong or an old value is read, else at its end. */
  async show(choices: string, at?: number): Promise<void> {
    const {state} = this;
    if (!state) return;
    const turn = ++this.#turn;
    try {
      const shown = await this.client.replay(state.program, choices);
      if (turn !== this.#turn || !this.state) return;
      this.trouble = undefined;
      const old = shown.steps.findIndex((s) => s.stale);
      this.#look(shown, at ?? shown.fault ?? (old < 0 ? shown.steps.length - 1 : old));
    } catch (error) {
      if (turn !== this.#turn) return;
      this.trouble = error instanceof EngineError ? error.toFailure() : failure('E_PARAM', String(error), false);
      this.#look(undefined);
    }
  }

  get at(): number { return this.state?.at ?? 0; }

  go(at: number): void {
    const {shown, state} = this;
    if (!shown || !state) return;
    const to = Math.min(shown.steps.length - 1, Math.max(0, at));
    if (to === state.at) return;
    this.state = {...state, at: to};
    this.#speak(sayStep(shown, to), restAfter);
    this.#notify();
  }

  step(by: number): void { this.go(this.at + by); }
  switch(by: 1 | -1): void { if (this.shown) this.go(switchFrom(this.shown, this.at, by)); }
  /** The first step after the setup, and from there the very first. */
  first(): void { if (this.shown) { const begin = setupLength(this.shown); this.go(this.at > begin ? begin : 0); } }
  last(): void { if (this.shown) this.go(this.shown.fault !== null && this.at < this.shown.fault ? this.shown.fault : this.shown.steps.length - 1); }

  /** One sentence: what the page knows now. */
  get verdict(): string {
    const {progress, subject, state} = this, n = grouped(progress?.executions ?? 0), wrong = progress?.violations ?? 0, found = progress?.violation;
    const so = wrong > 0 && found ? `${wrong === 1 ? 'One goes' : `${grouped(wrong)} go`} wrong: ${found.kind}.` : '';
    const sampling = state?.program.mode === 'random', all = state?.program.stop === 'never';
    switch (this.phase) {
      case 'loading': return 'The explorer is being fetched.';
      case 'ready': return this.shown ? 'One execution of many.' : subject?.kind === 'litmus' ? 'Which values can the threads read?' : 'Does any execution of this program go wrong?';
      case 'exploring': return `${n} executions so far. ${so || 'None of them goes wrong.'}`;
      case 'complete': case 'violated':
        if (wrong > 0 && !all) return sentence(`${found?.kind ?? 'it goes wrong'}, in execution ${n}`);
        if (sampling) return `${n} executions sampled. ${so || 'None goes wrong; a sample proves nothing.'}`;
        if (so) return `All ${n} executions are known. ${so}`;
        if (subject?.kind === 'litmus') return `${progress?.executions === 1 ? 'The only execution is' : `All ${n} executions are`} known: ${outcomes(progress)}.`;
        return progress?.executions === 1 ? 'The only execution is fine.' : `Every one of ${n} executions is fine.`;
      case 'bounded': return `Explored up to a bound${progress?.bound ? `, ${progress.bound}` : ''}: ${n} executions. ${so || 'None goes wrong within it.'}`;
      case 'stopped': {
        const after = (progress?.elapsedMs ?? 0) >= this.limitMs ? `${grouped(this.limitMs / 1000)} seconds and ${n}` : n;
        return `Stopped after ${after} executions. ${so || 'None goes wrong; the rest is unknown.'}`;
      }
      case 'failed': return 'Nothing more was explored.';
    }
  }

  /** Everything needed to see the same again. */
  get report(): string {
    const why = this.trouble ?? this.failure;
    return JSON.stringify({page: 'explore', program: this.state?.program, run: this.state?.run, progress: this.progress, failure: why}, null, 2);
  }

  readonly #changed = (): void => {
    const {phase} = this;
    if (this.#following && phase !== 'exploring' && phase !== 'loading') {
      this.#following = false;
      this.#speak(phase === 'failed' ? this.failure?.message ?? this.verdict : this.verdict);
      const {progress} = this, first = progress?.violation?.choices ?? progress?.outcomes.find((o) => o.weak)?.choices;
      if (first !== undefined && phase !== 'failed') void this.show(first);
    } else if (phase === 'exploring' && this.#following && this.progress) this.#speak(this.verdict);
    this.#notify();
  };

  #look(shown: Interleaving | undefined, at = 0): void {
    this.shown = shown;
    if (this.state) this.state = {...this.state, run: shown?.choices, at: shown ? Math.min(Math.max(0, at), Math.max(0, shown.steps.length - 1)) : 0};
    this.#notify();
  }

  /** The latest words win; those that still waited are dropped. */
  #speak(words: string, due = this.#spoken + speakEvery - performance.now()): void {
    clearTimeout(this.#waiting);
    const say = () => { this.#spoken = performance.now(); this.announce(words); };
    if (due <= 0) say();
    else this.#waiting = setTimeout(say, due);
  }

  #notify(): void { this.dispatchEvent(new Event('change')); }
}

/** `3 outcomes, one of them by weak memory only`. */
function outcomes(progress: Progress | undefined): string {
  const all = progress?.outcomes.length ?? 0, weak = progress?.outcomes.filter((o) => o.weak).length ?? 0;
  return `${all === 1 ? 'one outcome' : `${all} outcomes`}${weak ? `, ${weak === 1 ? 'one' : weak} of them by weak memory only` : ''}`;
}

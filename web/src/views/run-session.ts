// run-session — one scenario under the reader's hands: what is set, the engine that runs it, and the scene its pictures draw.
import type {EngineClient, EnginePhase, EngineStatus} from '../client/engine-client.js';
import {duration, figure, grouped, milliseconds} from '../base/format.js';
import type {EngineKind, EngineWish, PlaybackSpeed} from '../protocol/run.js';
import type {ParameterValue, ParameterValues, ScenarioSchema} from '../protocol/schema.js';
import type {Settings} from '../protocol/settings.js';
import {frameLoop} from '../render/frame-loop.js';
import {RunScene, type Figures} from '../render/run-scene.js';
import {replay, type Recording} from '../trace/recording.js';
import {TimeView} from '../render/time-view.js';

/** Read-outs change at most this often, ms. */
const readoutEvery = 250;
/** A still is renewed twice a second; a little less, so that a late frame does not skip one. */
const stillFor = 480;
/** A step that shows nothing within so many is taken all the same. */
const mostBlindSteps = 100;
/** Fast enough to be over at once, slow enough that no record is lost on the way. */
const leadSpeed = 0.6;
/** The live region speaks at most this often, ms. */
const speakEvery = 2000;

export interface Drawable { invalidate(): void }

export type Announce = (words: string) => void;

/**
 * Lives as long as its page view. Several may share one engine; only the one that started the present run follows it.
 *
 * @fires change - status or read-outs have changed; at most four times a second while a run is under way
 */
export class RunSession extends EventTarget {
  readonly scene = new RunScene();
  readonly time = new TimeView();
  params: Record<string, ParameterValue>;
  seed: string;
  wish: EngineWish;
  speed: PlaybackSpeed;
  /** What the pictures claim ends here, ns. */
  cut: number | undefined;
  /** The segment the reader chose. */
  pin: {lane: number; total: number} | undefined;
  /** The seed of the recording in view, while there is no run. */
  recorded: string | undefined;
  /** Figures of the run so far or of the last stretch, renewed with the read-outs. */
  figures: Figures;
  announce: Announce = () => undefined;
  /** Virtual time to have passed before the first picture, so that a new run does not begin with an empty screen. */
  leadIn = 0;
  /** How much of the run the figures speak of, ns. */
  stretch = Infinity;
  #leading = false;
  #holding = false;
  #mine = false;
  #asleep = false;
  #spoken = -speakEvery;
  #waiting: ReturnType<typeof setTimeout> | undefined;
  /** The run before is being ended for the sake of the next: nothing to make a fuss of. */
  #restarting = false;
  #drawnAt = 0;
  #readAt = 0;
  #pictures = new Set<Drawable>();
  #ends: (() => void)[] = [];
  #stopTicking: (() => void) | undefined;
  #phase: EnginePhase = 'idle';
  #status: EngineStatus;

  constructor(readonly client: EngineClient, readonly scenario: ScenarioSchema, settings: Settings) {
    super();
    this.params = {...settings.params};
    this.seed = settings.seed;
    this.wish = settings.engine;
    this.speed = settings.speed;
    this.figures = this.scene.figures();
    this.#status = {phase: 'idle', ...(client.status.capability ? {capability: client.status.capability} : {})};
  }

  /** Shows a recorded run until there is one of the reader's own. */
  show(recording: Recording): void {
    if (this.#phase !== 'idle' || this.#mine) return;
    for (const poll of replay(recording)) this.scene.take(poll);
    this.recorded = recording.seed;
    this.time.suit(this.scene.typicalWork(), innerWidth);
    this.figures = this.scene.figures(this.stretch);
    this.redraw();
    this.#notify();
  }

  /** Begins to follow the engine; until `close`. */
  open(): void {
    const changed = () => this.#changed();
    this.client.addEventListener('change', changed);
    const hidden = () => this.#visible();
    document.addEventListener('visibilitychange', hidden);
    this.#ends.push(() => this.client.removeEventListener('change', changed), () => document.removeEventListener('visibilitychange', hidden));
    void this.client.capability().catch(() => undefined);
  }

  close(): void {
    clearTimeout(this.#waiting);
    this.#stopTicking?.();
    for (const end of this.#ends.splice(0)) end();
    if (this.#mine) void this.client.stop().catch(() => undefined);
    this.#mine = false;
  }

  /** A hidden page draws nothing, so simulated time stands still; what measures goes on. */
  #visible(): void {
    if (document.hidden && this.#phase === 'running' && this.virtual) { this.#asleep = true; void this.pause(); }
    else if (!document.hidden && this.#asleep) { this.#asleep = false; if (this.#phase === 'paused') void this.resume(); }
  }

  get status(): EngineStatus { return this.#status; }
  get phase(): EnginePhase { return this.#phase; }
  get busy(): boolean { return this.#phase === 'loading' || this.#phase === 'warming' || this.live; }
  get live(): boolean { return this.#phase === 'running' || this.#phase === 'paused'; }
  get virtual(): boolean { return this.engine === 'sim'; }

  /** The engine in use, or the one that a run would use. */
  get engine(): EngineKind {
    if (this.#mine && this.#status.engine && this.busy) return this.#status.engine;
    const wish = this.wish === 'auto' ? this.scenario.prefers : this.wish;
    const can = this.client.status.capability?.threads ?? globalThis.crossOriginIsolated === true;
    return wish === 'threads' && can ? 'threads' : 'sim';
  }

  /** Run time per wall time. */
  get pace(): number { return !this.virtual ? 1 : this.speed === 'max' ? 1000 : this.speed; }

  add(picture: Drawable): void { this.#pictures.add(picture); picture.invalidate(); }
  remove(picture: Drawable): void { this.#pictures.delete(picture); }
  redraw(): void { for (const p of this.#pictures) p.invalidate(); }

  async run(automatic = false): Promise<void> {
    this.#mine = true;
    this.cut = this.pin = undefined;
    this.time.follow();
    this.#leading = this.leadIn > 0 && this.engine === 'sim' && this.speed !== 'max';
    this.#restarting = this.live;
    this.#phase = 'loading';
    this.#tick();
    this.#notify();
    await this.client.start({
      scenario: this.scenario.id, family: this.scenario.family, params: this.params as ParameterValues, seed: this.seed, engine: this.wish, prefers: this.scenario.prefers,
      speed: this.#leading ? leadSpeed : this.speed, ...(automatic ? {automatic} : {}),
    }).catch(() => undefined);                                            // `status.failure` says the same
    if (this.#restarting) { this.#restarting = false; this.#changed(); }
  }

  /** Run, pause, resume: whichever the one button means now. */
  async toggle(): Promise<void> {
    if (this.#phase === 'running') return this.pause();
    if (this.#phase === 'paused') return this.resume();
    if (!this.busy) return this.run();
  }

  async pause(): Promise<void> { await this.client.pause().catch(() => undefined); }
  async resume(): Promise<void> { await this.client.resume().catch(() => undefined); }
  async stop(): Promise<void> { await this.client.stop().catch(() => undefined); }

  /** Leaves the engine to somebody else; what was drawn stays. */
  async release(): Promise<void> {
    await this.stop();
    this.#mine = false;
    this.#phase = this.#phase === 'idle' ? 'idle' : 'cancelled';
    this.#notify();
  }

  /** Steps of the simulated scheduler; begins a run, paused, where there is none. */
  async step(count = 1): Promise<void> {
    if (!this.busy) {
      if (this.engine !== 'sim') return;
      const {speed, leadIn} = this;
      this.leadIn = 0;
      this.speed = 0.001;
      await this.run();
      this.speed = speed; this.leadIn = leadIn;
      await this.pause();
      await this.setSpeed(speed);
    }
    for (let i = 0; i < count; i++) await this.#stepOnce();
  }

  /** Most steps of a scheduler change nothing one can see: goes on to the next that does. */
  async #stepOnce(): Promise<void> {
    const {now, shown, version} = this.scene;
    for (let tries = 0; tries < mostBlindSteps; tries++) {
      await this.client.step(1).catch(() => undefined);
      this.#follow();
      if (this.scene.version === version && this.#phase !== 'paused') return;      // nothing to step through
      if (this.scene.now !== now || this.scene.shown !== shown || !this.live) break;
    }
    this.redraw();
    this.#readout(performance.now(), true);
  }


  /** One still frame: the run is carried to its first full picture, and held there. */
  async still(): Promise<void> {
    this.#holding = true;
    await this.run(true);
  }

  async setSpeed(speed: PlaybackSpeed): Promise<void> {
    this.speed = speed;
    this.#leading = false;
    if (this.#mine) await this.client.setSpeed(speed).catch(() => undefined);
    this.#notify();
  }

  newSeed(): void {
    this.seed = Math.floor(Math.random() * 0xffff + 1).toString(16);
    this.#notify();
  }

  set(id: string, value: ParameterValue): void {
    this.params = {...this.params, [id]: value};
    const live = this.scenario.params.find((p) => p.id === id)?.live;
    if (live && this.#mine && this.live) void this.client.setLive(id, String(value)).catch(() => undefined);
    this.#notify();
  }

  /** For tests of the page and for the report of a failure. */
  get report(): string {
    const {failure, outcome, request} = this.#status;
    return JSON.stringify({failure, scenario: this.scenario.id, params: this.params, seed: this.seed, engine: request?.engine ?? this.engine, outcome}, null, 2);
  }

  #changed(): void {
    const status = this.client.status;
    if (!this.#mine) { this.#status = {phase: 'idle', ...(status.capability ? {capability: status.capability} : {})}; return this.#notify(); }
    this.#status = status;
    if (this.#restarting) {
      if (status.phase !== 'loading') return;
      this.#restarting = false;
    }
    const before = this.#phase;
    this.#phase = status.phase;
    if (status.phase !== before) this.#entered(status, before);
    this.#notify();
  }

  #entered(status: EngineStatus, before: EnginePhase): void {
    this.#tick();
    this.#follow();
    if (this.#phase === 'running' && before !== 'paused') this.#say(`${this.scenario.title} is running, ${this.virtual ? 'simulated' : 'on real threads'}.`);
    if (this.#phase === 'finished') this.#say(`Finished. ${this.headline()}`);
    if (this.#phase === 'cancelled') this.#say('Stopped.');
    if (this.#phase === 'failed') {
      if (this.recorded !== undefined) { this.recorded = undefined; this.scene.clear(); this.redraw(); }
      if (status.failure?.code === 'E_INVARIANT' || status.failure?.code === 'E_ABORT') this.cut = this.scene.now;
      this.#say(`Failed. ${status.failure?.message ?? ''}`);
    }
    if (!this.live) this.#readout(performance.now(), true);
  }

  /** Three headline figures in words. */
  headline(): string {
    const f = this.figures;
    return `${grouped(f.rate)} ${this.scenario.itemName} a second, half within ${milliseconds(f.p50)} milliseconds, 99 % within ${milliseconds(f.p99)} milliseconds.`;
  }

  /** Spoken at once, or as soon as two seconds have passed since the last; of several that wait, the latest. */
  #say(words: string): void {
    clearTimeout(this.#waiting);
    const speak = () => { this.#spoken = performance.now(); this.announce(words); };
    const wait = this.#spoken + speakEvery - performance.now();
    if (wait <= 0) speak(); else this.#waiting = setTimeout(speak, wait);
  }

  #tick(): void {
    this.#stopTicking ??= frameLoop.every((now) => this.#frame(now));
  }

  #frame(now: number): void {
    this.#follow();
    if (this.#leading && this.scene.now >= this.leadIn) { this.#leading = false; if (this.#holding) void this.pause(); this.#holding = false; void this.client.setSpeed(this.speed).catch(() => undefined); }
    this.#readout(now, false);
    if (!this.busy) { this.#stopTicking?.(); this.#stopTicking = undefined; this.#readout(now, true); this.redraw(); }
  }

  /** Reads the telemetry, and asks for new pictures when there is something new in it. */
  #follow(): void {
    if (!this.#mine || this.#phase === 'loading' || this.#phase === 'warming') return;
    const poll = this.client.poll();
    if (!poll) return;
    if (this.recorded !== undefined) { this.recorded = undefined; this.scene.clear(); this.time.follow(); }
    if (!this.scene.take(poll)) return;
    this.time.suit(this.scene.typicalWork(), innerWidth);
    const now = performance.now();
    if (this.time.strobe && this.#phase === 'running' && now - this.#drawnAt < stillFor) return;      // the still in view holds
    this.#drawnAt = now;
    this.redraw();
  }

  #readout(now: number, force: boolean): void {
    if (!force && now - this.#readAt < readoutEvery) return;
    this.#readAt = now;
    this.figures = this.scene.figures(this.stretch);
    this.#notify();
  }

  #notify(): void { this.dispatchEvent(new Event('change')); }
}

/** The badge's words for an engine. */
export function badgeOf(session: RunSession): {engine: EngineKind; text: string; why: string} {
  const {engine, status, client} = session, capability = client.status.capability;
  if (engine === 'threads') {
    const workers = status.outcome?.workers ?? session.scene.snapshot?.lanes.length ?? 0;
    return {
      engine, text: workers > 0 ? `Real threads · ${workers} ${workers === 1 ? 'worker' : 'workers'}` : `Real threads · ${capability?.cores ?? navigator.hardwareConcurrency} cores`,
      why: `${capability?.text ?? 'This page may share memory between threads.'} Every lane is a thread of its own, and time is measured, so two runs never agree exactly.`,
    };
  }
  const forced = session.wish !== 'sim' && session.scenario.prefers === 'threads' && capability && !capability.threads;
  return {
    engine, text: 'Simulated · deterministic',
    why: `${forced ? `${capability.text} ` : ''}The same C++ runs on one thread under a scheduler with a virtual clock: a seed is a schedule, so the same seed gives the same trace, in any browser and natively. ${session.scenario.simNote}`.trim(),
  };
}

/** Placeholders of the schema's sentences, filled with what was read. */
export function fillNotice(sentence: string, session: RunSession): {text: string; read: boolean}[] {
  const {figures: f, status, scene} = session, outcome = status.phase === 'finished' || status.phase === 'cancelled' ? status.outcome : undefined;
  const time = (ns: number) => { const d = duration(ns); return `${d.text}\u00a0${d.unit || 'ms'}`; };
  const read: Record<string, () => string> = {
    rate: () => `${grouped(f.rate)}\u00a0${session.scenario.itemName}/s`, p50: () => time(outcome?.latency.p50 ?? f.p50), p90: () => time(outcome?.latency.p90 ?? f.p90),
    p99: () => time(outcome?.latency.p99 ?? f.p99), max: () => time(outcome?.latency.max ?? NaN),
    utilisation: () => `${Number.isFinite(f.busy) ? Math.round(f.busy * 100) : '–'}\u00a0%`, busy: () => `${Number.isFinite(f.busy) ? Math.round(f.busy * 100) : '–'}\u00a0%`,
    depth: () => figure(f.depth), high: () => grouped(f.high), dropped: () => grouped(scene.snapshot?.counters['dropped'] ?? NaN),
    retries: () => grouped(scene.snapshot?.counters['retries'] ?? NaN), items: () => grouped(f.completed), itemsIn: () => grouped(scene.snapshot?.counters['itemsIn'] ?? NaN),
    itemsOut: () => grouped(f.completed), elapsed: () => time(scene.now || NaN), workers: () => grouped(scene.tracks.length || NaN),
  };
  return sentence.split(/(\{[\w-]+\})/).filter(Boolean).map((part) => {
    const name = /^\{([\w-]+)\}$/.exec(part)?.[1];
    if (!name) return {text: part, read: false};
    if (Object.hasOwn(read, name)) return {text: scene.empty ? '–' : read[name]!(), read: true};
    const p = session.scenario.params.find((q) => q.id === name);
    if (!p) return {text: '–', read: true};
    const value = session.params[name];
    return {text: typeof value === 'number' ? `${grouped(value)}${p.unit ? `\u00a0${p.unit}` : ''}` : String(value), read: true};
  });
}

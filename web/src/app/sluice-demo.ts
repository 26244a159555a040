// sluice-demo — the one file on other people's pages: a box, a poster, and a frame once somebody wants it.
//
// It runs nothing itself. The runtime lives in a frame of its own origin, so the host's policy, the host's
// crashes and cross-origin workers do not matter. No import here may survive compilation.
import type {Connect, DemoState, FrameMessage, Hello} from '../protocol/embed-port.js';
import type {EngineFailure, Outcome} from '../protocol/run.js';

const version = __SLUICE_VERSION__;
const settleMs = 10_000;
const helloMs = 15_000;

/** Attributes that become query keys of the frame under their own name. */
const settings = ['scenario', 'seed', 'engine', 'view', 'controls', 'speed', 't', 'theme', 'height'];
/** Names that are never scenario parameters, beside `settings`. */
const notParameters =
  /^(aria-.*|data-.*|on.*|autorun|class|id|style|slot|part|exportparts|title|lang|dir|hidden|tabindex|role|is|src|loading|compare|results|expect|inert|popover|draggable|nonce|contenteditable|spellcheck|translate|item.*)$/;
const parameterName = /^[a-z][a-z0-9-]*$/;
const tokens = ['bg', 'fg', 'accent', 'run', 'wait', 'idle', 'retry', 'cancel', 'font', 'mono', 'radius'];

const styles = `
:host{display:block;position:relative;min-height:var(--sluice-height,420px);contain:layout}
:host([hidden]){display:none}
.box{box-sizing:border-box;min-block-size:inherit;display:grid;grid-template-rows:1fr auto}
.stage{position:relative;display:grid;border:1px solid;border-color:color-mix(in srgb,currentColor 45%,transparent)}
.stage.live{border:0}
.poster{display:grid;place-content:center;justify-items:center;gap:12px;padding:16px;min-block-size:120px;text-align:center}
.caption{padding-block-start:6px;font-size:.85em}
.play{font:inherit;font-weight:600;min-block-size:44px;padding:8px 20px;color:var(--sluice-bg,Canvas);background:var(--sluice-fg,CanvasText);border:0;border-radius:2px;cursor:pointer}
.play:focus-visible,.bar a:focus-visible{outline:2px solid;outline-offset:2px}
.bar{font-size:.85em;min-block-size:1.4em}
.bar a{color:inherit}
iframe{visibility:hidden;inline-size:100%;block-size:100%;border:0;position:absolute;inset:0}
.live iframe{visibility:visible}
.live .poster{display:none}
svg{inline-size:min(100%,280px);block-size:auto;color:inherit}`;

/** Elsewhere than in a page (a server, a worker) importing this file does nothing. */
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

interface Waiting {
  settle(value: unknown): void;
  fail(why: DemoError): void;
}

class DemoError extends Error {
  readonly code: string;
  readonly retryable: boolean;

  constructor({code, message, retryable}: Pick<EngineFailure, 'message' | 'retryable'> & {readonly code: string}) {
    super(message);
    this.name = 'SluiceError';
    this.code = code;
    this.retryable = retryable;
  }
}

/** One run at a time on a page, and one engine: who runs, and who had the engine last. */
let running: SluiceDemo | undefined;
let owner: SluiceDemo | undefined;

/**
 * A live concurrency demo: `<sluice-demo scenario="worker-pool" workers="4">caption</sluice-demo>`.
 *
 * Attributes: scenario seed engine view controls autorun speed t theme height src loading lang, and every
 * parameter of the scenario by its own name.
 *
 * @fires sluice-ready - the frame is connected
 * @fires sluice-statechange - `detail.state`
 * @fires sluice-start
 * @fires sluice-progress - at most four a second
 * @fires sluice-result - `detail` is the outcome
 * @fires sluice-error - `detail` is `{code, message, retryable}`
 * @fires sluice-resize - `detail.height`
 * @slot - caption, and what readers without scripts see
 * @slot poster - shown until the demo starts
 * @slot title
 * @slot footer
 * @csspart frame - the iframe
 * @csspart poster
 * @csspart play - the button that starts the demo
 * @csspart bar - the line of text under the button
 * @csspart badge
 * @csspart caption
 */
class SluiceDemo extends Base {
  readonly version = version;
  #state: DemoState = 'idle';
  #isolated = false;
  #engine = '';
  #result: Outcome | undefined;
  #params: Record<string, unknown> = {};
  #frame: HTMLIFrameElement | undefined;
  #port: MessagePort | undefined;
  #connected: Promise<void> | undefined;
  #onConnect: (() => void) | undefined;
  #onFailure: ((why: DemoError) => void) | undefined;
  #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #lastSize = 0;
  #resized: number[] = [];
  #internals: ElementInternals | undefined;
  #stage!: HTMLElement;
  #heading = make('strong', {});
  #bar!: HTMLElement;
  #seen: IntersectionObserver | undefined;
  #changes: MutationObserver | undefined;
  #visible = true;

  constructor() {
    super();
    const root = this.attachShadow({mode: 'open'});
    const sheet = new CSSStyleSheet();  // a style element would need the host's permission
    sheet.replaceSync(styles);
    root.adoptedStyleSheets = [sheet];
    try {
      this.#internals = this.attachInternals();
    } catch { /* without custom states the element still works */ }
    const play = make('button', {part: 'play', class: 'play', type: 'button'}, 'Run the demo');
    play.addEventListener('click', () => void this.run().catch(() => undefined));
    this.#bar = make('div', {part: 'bar', class: 'bar', role: 'status'});
    const poster = make('div', {part: 'poster', class: 'poster'},
      make('slot', {name: 'poster'}, drawing()), make('slot', {name: 'title'}, this.#heading), play, this.#bar);
    const caption = make('div', {part: 'caption', class: 'caption'}, make('slot', {}), make('slot', {name: 'footer'}));
    this.#stage = make('div', {class: 'stage'}, poster);
    root.append(make('div', {class: 'box'}, this.#stage, caption));
  }

  connectedCallback(): void {
    for (const name of [...settings, 'params', 'autorun', 'loading', 'src', 'currentTime']) this.#upgrade(name);
    this.setAttribute('role', this.getAttribute('role') ?? 'group');
    if (!this.hasAttribute('aria-label')) this.setAttribute('aria-label', `Interactive demo, ${this.#name}`);
    this.#heading.textContent = this.#name.replace(/^./, (first) => first.toUpperCase());
    this.#reserve();
    window.addEventListener('message', this.#onMessage);
    document.addEventListener('visibilitychange', this.#onVisibility);
    this.#changes = new MutationObserver((all) => this.#changed(all.map((m) => m.attributeName ?? '')));
    this.#changes.observe(this, {attributes: true});
    this.#seen = new IntersectionObserver(([entry]) => this.#onSeen(entry!.intersectionRatio), {threshold: [0, 0.5]});
    this.#seen.observe(this);
    this.addEventListener('pointerenter', this.#onHover);
    if (this.getAttribute('loading') === 'eager') void this.#connect().catch(() => undefined);
  }

  /** Leaving the page ends the run: the frame goes, and its workers with it. */
  disconnectedCallback(): void {
    window.removeEventListener('message', this.#onMessage);
    document.removeEventListener('visibilitychange', this.#onVisibility);
    this.removeEventListener('pointerenter', this.#onHover);
    this.#changes?.disconnect();
    this.#seen?.disconnect();
    this.#tearDown(new DemoError({code: 'E_INTERRUPTED', message: 'The demo left the page.', retryable: true}));
    this.#setState('idle');
  }

  get state(): DemoState { return this.#state; }
  get isolated(): boolean { return this.#isolated; }
  get engineInUse(): string { return this.#engine; }
  get result(): Outcome | undefined { return this.#result; }

  get scenario(): string { return this.getAttribute('scenario') ?? ''; }
  set scenario(value: string) { this.setAttribute('scenario', value); }
  get seed(): string { return this.getAttribute('seed') ?? ''; }
  set seed(value: string) { this.setAttribute('seed', value); }
  get engine(): string { return this.getAttribute('engine') ?? 'auto'; }
  set engine(value: string) { this.setAttribute('engine', value); }
  get view(): string { return this.getAttribute('view') ?? ''; }
  set view(value: string) { this.setAttribute('view', value); }
  get controls(): string { return this.getAttribute('controls') ?? 'mini'; }
  set controls(value: string) { this.setAttribute('controls', value); }
  get autorun(): string { return this.getAttribute('autorun') ?? 'never'; }
  set autorun(value: string) { this.setAttribute('autorun', value); }
  get speed(): string { return this.getAttribute('speed') ?? '1'; }
  set speed(value: string | number) { this.setAttribute('speed', String(value)); }
  get currentTime(): number { return Number(this.getAttribute('t') ?? 0); }
  set currentTime(value: number) { this.setAttribute('t', String(value)); }
  get theme(): string { return this.getAttribute('theme') ?? 'auto'; }
  set theme(value: string) { this.setAttribute('theme', value); }
  get height(): string { return this.getAttribute('height') ?? ''; }
  set height(value: string | number) { this.setAttribute('height', String(value)); }
  get loading(): string { return this.getAttribute('loading') ?? 'lazy'; }
  set loading(value: string) { this.setAttribute('loading', value); }
  /** Base of the runtime; the folder this file came from unless said otherwise. */
  get src(): string { return new URL(this.getAttribute('src') ?? '.', this.hasAttribute('src') ? document.baseURI : import.meta.url).href; }
  set src(value: string) { this.setAttribute('src', value); }

  /** Parameters beside those given as attributes; they win over attributes. */
  get params(): Record<string, unknown> { return {...this.#params}; }
  set params(value: Record<string, unknown>) {
    this.#params = {...value};
    this.#changed(['params']);
  }

  /** Each settles within ten seconds, and rejects with `{code, message, retryable}`. */
  run(): Promise<void> { return this.#command('run') as Promise<void>; }
  pause(): Promise<void> { return this.#command('pause') as Promise<void>; }
  stop(): Promise<void> { return (this.#frame ? this.#command('stop') : Promise.resolve()) as Promise<void>; }
  reset(): Promise<void> { return (this.#frame ? this.#command('reset') : Promise.resolve()) as Promise<void>; }
  step(count = 1): Promise<void> { return this.#command('step', {count}) as Promise<void>; }
  seek(t: number): Promise<void> { return this.#command('seek', {t}) as Promise<void>; }
  share(): Promise<string> { return this.#command('share') as Promise<string>; }
  async export(kind: string): Promise<Blob> {
    const {type, data} = (await this.#command('export', {kind})) as {type: string; data: string | ArrayBuffer};
    return new Blob([data], {type});
  }

  get #name(): string {
    return this.scenario.replaceAll('-', ' ') || 'Sluice';
  }

  get #origin(): string {
    return new URL(this.src).origin;
  }

  /** Everything the frame is told, in the form of a query. */
  #values(): Record<string, string> {
    const values: Record<string, string> = {};
    for (const {name, value} of this.attributes) {
      if (settings.includes(name)) values[name] = value.slice(0, 256);
      else if (parameterName.test(name) && !notParameters.test(name)) values[`p.${name}`] = value.slice(0, 256);
    }
    for (const [name, value] of Object.entries(this.#params))
      if (parameterName.test(name)) values[`p.${name}`] = String(value).slice(0, 256);
    return values;
  }

  async #command(type: string, more: object = {}): Promise<unknown> {
    let fail!: (why: DemoError) => void;
    const late = new Promise<never>((_, reject) => { fail = reject; });
    const timer = setTimeout(() => fail(new DemoError({code: 'E_WORKER', message: `No answer to ${type} in ten seconds.`, retryable: true})), settleMs);
    const id = this.#nextId++;
    try {
      return await Promise.race([late, this.#connect().then(() => new Promise((settle, reject) => {
        if (type === 'run') this.#takeTurn();
        this.#waiting.set(id, {settle, fail: reject});
        this.#post({type, id, ...more});
      }))]);
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  /** Whichever other demo of this page has the engine stops and puts it away. */
  #takeTurn(): void {
    if (owner && owner !== this) owner.#post({type: 'rest'});
    running = owner = this;
  }

  /** Makes the frame, and resolves when it has answered. */
  #connect(): Promise<void> {
    if (!this.isConnected)
      return Promise.reject(new DemoError({code: 'E_INTERRUPTED', message: 'The demo is not on a page.', retryable: true}));
    this.#connected ??= new Promise<void>((resolve, reject) => {
      const base = this.src;
      const query = new URLSearchParams({...this.#values(), v: '1'});
      const lang = this.closest<HTMLElement>('[lang]')?.lang;
      if (lang) query.set('lang', lang);
      const url = new URL(`embed.html?${query}`, base);
      const frame = make('iframe', {
        part: 'frame', title: `Sluice demo: ${this.#name}`, referrerpolicy: 'strict-origin',
        allow: 'cross-origin-isolated; fullscreen; clipboard-write',
      }) as HTMLIFrameElement;
      // On the host's own origin a sandbox with these rights protects nobody.
      if (url.origin !== location.origin)
        frame.setAttribute('sandbox', 'allow-scripts allow-same-origin allow-downloads allow-popups allow-popups-to-escape-sandbox');
      frame.src = url.href;
      this.#frame = frame;
      this.#setState('loading');
      const slow = setTimeout(() => this.#say('Loading the demo …'), 2000);
      const silent = setTimeout(() => this.#tearDown(new DemoError({
        code: 'E_NET', message: 'The demo could not be loaded.', retryable: true,
      })), helloMs);
      const over = () => { clearTimeout(slow); clearTimeout(silent); this.#onConnect = this.#onFailure = undefined; };
      this.#onConnect = () => { over(); resolve(); };
      this.#onFailure = (why) => { over(); reject(why); };
      this.#stage.append(frame);
    });
    return this.#connected;
  }

  #tearDown(why: DemoError): void {
    const wasLoading = this.#onFailure;
    this.#port?.close();
    this.#frame?.remove();
    this.#port = this.#frame = this.#connected = undefined;
    this.#stage.classList.remove('live');
    this.#lastSize = 0;
    if (running === this) running = undefined;
    if (owner === this) owner = undefined;
    for (const one of this.#waiting.values()) one.fail(why);
    this.#waiting.clear();
    wasLoading?.(why);
    if (this.isConnected) {
      this.#setState('error');
      this.#tell('error', {code: why.code, message: why.message, retryable: why.retryable});
      const link = make('a', {href: new URL(`index.html?${new URLSearchParams(this.#values())}`, this.src).href, target: '_blank', rel: 'noopener'}, 'Open it in Sluice');
      this.#say(`${why.message} `, link);
    }
  }

  readonly #onMessage = (event: MessageEvent): void => {
    const frame = this.#frame;
    if (!frame || event.source !== frame.contentWindow || event.origin !== this.#origin || this.#port) return;
    const hello = event.data as Partial<Hello> | null;
    if (hello?.sluice !== 1 || hello.type !== 'hello' || typeof hello.nonce !== 'string') return;
    const {port1, port2} = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({data}: MessageEvent<FrameMessage>) => this.#hear(data);
    const answer: Connect = {sluice: 1, type: 'connect', nonce: hello.nonce};
    frame.contentWindow!.postMessage(answer, event.origin, [port2]);
    this.#stage.classList.add('live');
    this.#say('');
    this.#sendTokens();
    this.#post({type: 'visible', visible: this.#visible});
    if (this.#state === 'loading') this.#setState('ready');
    this.#tell('ready', {version: String(hello.version)});
    this.#onConnect?.();
  };

  #hear(message: FrameMessage): void {
    switch (message?.type) {
      case 'state': {
        const {state, isolated, engine} = message;
        if (!['idle', 'loading', 'ready', 'running', 'paused', 'done', 'error'].includes(state)) return;
        this.#isolated = isolated === true;
        this.#engine = engine === 'threads' || engine === 'sim' ? engine : '';
        const begins = state === 'running' && this.#state !== 'running' && this.#state !== 'paused';
        if (begins) this.#takeTurn();
        this.#setState(state);
        if (begins) this.#tell('start', {engine: this.#engine});
        break;
      }
      case 'progress': this.#tell('progress', message); break;
      case 'result':
        this.#result = frozen(message.outcome);
        this.#tell('result', this.#result);
        break;
      case 'error':
        this.#tell('error', {code: message.code, message: message.message, retryable: message.retryable});
        break;
      case 'size': this.#size(message.h, message.reason); break;
      case 'reply': {
        const one = this.#waiting.get(message.id);
        if (message.ok) one?.settle(message.value);
        else one?.fail(new DemoError(message.failure));
        break;
      }
    }
  }

  /** At most twice a second, never the same twice, never without cause: a loop cannot start. */
  #size(h: number, reason: string): void {
    if (this.height !== 'auto' || !Number.isFinite(h)) return;
    if (reason !== 'user' && this.#lastSize !== 0) return;
    const height = Math.min(1200, Math.max(160, Math.round(h / 8) * 8));
    const now = performance.now();
    this.#resized = this.#resized.filter((t) => now - t < 1000);
    if (height === this.#lastSize || this.#resized.length >= 2) return;
    this.#resized.push(now);
    this.#lastSize = height;
    this.style.setProperty('--sluice-height', `${height}px`);
    this.#tell('resize', {height});
  }

  /** The room is taken before anything is loaded. */
  #reserve(): void {
    const given = this.getAttribute('height') ?? '';
    if (/^\d+(px)?$/.test(given))
      this.style.setProperty('--sluice-height', `${Math.min(1200, Math.max(160, parseInt(given, 10)))}px`);
  }

  #changed(names: string[]): void {
    if (names.includes('height')) this.#reserve();
    if (names.includes('src')) {
      if (this.#frame) this.#tearDown(new DemoError({code: 'E_INTERRUPTED', message: 'The demo was moved to another base.', retryable: true}));
      return;
    }
    if (names.includes('style') || names.includes('class') || names.includes('theme')) this.#sendTokens();
    if (names.some((name) => name === 'params' || settings.includes(name) || (parameterName.test(name) && !notParameters.test(name))))
      this.#post({type: 'set', values: this.#values()});
  }

  #sendTokens(): void {
    const computed = getComputedStyle(this);
    const values: Record<string, string> = {};
    for (const token of tokens) {
      const name = `--sluice-${token}`;
      const value = computed.getPropertyValue(name).trim();
      const property = token === 'radius' ? 'border-radius' : token === 'font' || token === 'mono' ? 'font-family' : 'color';
      if (value && value.length <= 128 && CSS.supports(property, value)) values[name] = value;
    }
    this.#post({type: 'tokens', tokens: values});
  }

  #onSeen(ratio: number): void {
    this.#show(ratio > 0);
    if (ratio >= 0.5 && this.autorun === 'visible') this.#runItself();
  }

  readonly #onHover = (): void => {
    if (this.autorun === 'hover') this.#runItself();
  };

  /** Nobody pressed anything: only where motion and data are welcome, and only while nothing else runs. */
  #runItself(): void {
    const unwelcome = matchMedia('(prefers-reduced-motion: reduce)').matches || matchMedia('(prefers-reduced-data: reduce)').matches
      || (navigator as {connection?: {saveData?: boolean}}).connection?.saveData;
    if (unwelcome || (running && running !== this) || (this.#state !== 'idle' && this.#state !== 'ready')) return;
    running = this;
    this.#connect().then(() => this.#post({type: 'autorun'}), () => undefined);
  }

  readonly #onVisibility = (): void => this.#show(this.#visible);

  #show(onScreen: boolean): void {
    this.#visible = onScreen;
    this.#post({type: 'visible', visible: onScreen && document.visibilityState === 'visible'});
  }

  #post(message: object): void {
    this.#port?.postMessage(message);
  }

  #setState(state: DemoState): void {
    if (state === this.#state) return;
    this.#state = state;
    if (running === this && (state === 'done' || state === 'error' || state === 'idle')) running = undefined;
    for (const name of ['running', 'error']) this.#flag(name, state === name);
    this.#flag('isolated', this.#isolated);
    this.#tell('statechange', {state});
  }

  #flag(name: string, on: boolean): void {
    try {
      if (on) this.#internals?.states.add(name);
      else this.#internals?.states.delete(name);
    } catch { /* an older browser without custom states */ }
  }

  #tell(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(`sluice-${name}`, {bubbles: true, composed: true, detail: frozen(detail)}));
  }

  #say(...what: (string | Node)[]): void {
    this.#bar.replaceChildren(...what);
  }

  /** A property set before this class was known hides the accessor; it is set again through it. */
  #upgrade(name: string): void {
    if (!Object.hasOwn(this, name)) return;
    const self = this as unknown as Record<string, unknown>;
    const value = self[name];
    delete self[name];
    self[name] = value;
  }
}

function make(tag: string, attributes: Record<string, string>, ...children: (string | Node)[]): HTMLElement {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** A pool at rest: tank, gate, three lanes. */
function drawing(): SVGElement {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('viewBox', '0 0 280 96');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(space, 'path');
  path.setAttribute('d', 'M10 8V88H70V8M10 40H70M70 72H84V20H110M76 76H90V48H110M82 80H96V76H110M118 14h46v12h-46zM168 14h30v12h-30zM202 14h68v12h-68zM118 42h70v12h-70zM192 42h38v12h-38zM234 42h36v12h-36zM118 70h26v12h-26zM148 70h80v12h-80zM232 70h38v12h-38z');
  path.setAttribute('fill', 'none');
  path.setAttribute('stroke', 'currentColor');
  path.setAttribute('opacity', '.6');
  svg.append(path);
  return svg;
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const one of Object.values(value)) frozen(one);
  return Object.freeze(value);
}

if (globalThis.customElements) {
  if (customElements.get('sluice-demo')) console.warn(`sluice-demo ${version}: another version is already on this page.`);
  else customElements.define('sluice-demo', SluiceDemo);
}

declare global { interface HTMLElementTagNameMap { 'sluice-demo': SluiceDemo } }

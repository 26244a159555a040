// embed-frame — the document behind every embed: reads its own address, then listens to the page around it.
import {makeEngineClient} from '../client/make-client.js';
import type {DemoState, HostMessage} from '../protocol/embed-port.js';
import {tokenAllowed} from '../protocol/embed-port.js';
import {resultsOf} from '../protocol/results-file.js';
import {EngineError, failure, normaliseSeed, type Outcome} from '../protocol/run.js';
import {readSettings, type ReadSettings, type Settings} from '../protocol/settings.js';
import {catalogue} from '../state/catalogue.js';
import {applyTheme} from '../state/settings.js';
import {parseLocation, shareFragment} from '../state/url-state.js';
import type {ExploreSession} from '../views/explore-session.js';
import {RunSession} from '../views/run-session.js';
import {FramePort} from './frame-port.js';
import './sluice-embed.js';

const progressEveryMs = 250;
const sizeEveryMs = 100;

/** What a token of the host means in here. */
const tokenTargets: Readonly<Record<string, readonly string[]>> = {
  '--sluice-bg': ['--bg', '--surface'], '--sluice-fg': ['--ink'], '--sluice-accent': ['--accent'], '--sluice-run': ['--run', '--flow'],
  '--sluice-wait': ['--wait'], '--sluice-idle': ['--idle'], '--sluice-retry': ['--retry'], '--sluice-cancel': ['--cancel'],
  '--sluice-font': ['--ui'], '--sluice-mono': ['--mono'], '--sluice-radius': ['--radius'],
};

const client = makeEngineClient();
const view = document.createElement('sluice-embed');
let read: ReadSettings = await parseLocation(location, catalogue);
let session: RunSession | undefined;
/** In place of a run, where the scenario is explored. */
let explorer: ExploreSession | undefined;
let tellOpened: (session: ExploreSession) => void;
const explorerOpened = new Promise<ExploreSession>((resolve) => { tellOpened = resolve; });
let toldState: DemoState | undefined;
let toldOutcome: Outcome | undefined;
let toldProgress = 0;
let pausedUnseen = false;
let runs: Outcome[] = [];

function show(next: ReadSettings): void {
  const before = read;
  read = next;
  applyTheme(next.settings.theme);
  if (!session || before.scenario?.id !== next.scenario?.id || next.failure) {
    session?.close();
    runs = [];
    session = next.scenario && !next.failure && !next.scenario.explore ? new RunSession(client, next.scenario, next.settings) : undefined;
    session?.open();
    session?.addEventListener('change', tell);
  } else {
    for (const [id, value] of Object.entries(next.settings.params))
      if (session.params[id] !== value) session.set(id, value);
    session.seed = next.settings.seed;
    session.wish = next.settings.engine;
    if (session.speed !== next.settings.speed) void session.setSpeed(next.settings.speed);
  }
  view.read = next;
  view.session = session;
  document.title = next.scenario ? `${next.scenario.title} – Sluice demo` : 'Sluice demo';
  tell();
}

function demoState(): DemoState {
  if (view.explored) {
    switch (explorer?.phase) {
      case undefined: case 'loading': return 'loading';
      case 'ready': return 'ready';
      case 'exploring': return 'running';
      case 'failed': return 'error';
      default: return 'done';
    }
  }
  switch (session?.phase) {
    case undefined: return 'error';
    case 'idle': return 'ready';
    case 'loading':
    case 'warming': return 'loading';
    case 'running':
    case 'paused': return session.phase;
    case 'finished':
    case 'cancelled': return 'done';
    case 'failed': return 'error';
  }
}

/** Whatever is news to the host, and not too often. */
function tell(): void {
  const state = demoState();
  if (state !== toldState) {
    toldState = state;
    port.post({type: 'state', state, engine: session?.engine ?? '', isolated: client.status.capability?.threads ?? false});
    const why = state === 'error' ? session?.status.failure ?? explorer?.failure ?? read.failure : undefined;
    if (why) port.post({type: 'error', ...why});
  }
  const outcome = session?.status.outcome;
  if (outcome && outcome !== toldOutcome) {
    toldOutcome = outcome;
    runs = [...runs, outcome].slice(-1000);
    port.post({type: 'result', outcome});
  }
  const now = performance.now();
  if (session && state === 'running' && now - toldProgress >= progressEveryMs) {
    toldProgress = now;
    const {figures, scene} = session;
    port.post({type: 'progress', itemsOut: figures.completed, elapsedNs: scene.now, perSecond: figures.rate, p99Ns: figures.p99});
  }
}

const port = new FramePort({
  connected() {
    toldState = undefined;
    toldOutcome = undefined;
    tell();
    size('layout');
  },
  heard,
});

async function heard(message: HostMessage): Promise<unknown> {
  if (view.explored) {
    const answer = await heardByExplorer(explorer ?? await explorerOpened, message);
    if (answer !== unheard) return answer;
  }
  switch (message.type) {
    case 'set': {
      const {height: _, ...values} = message.values;
      show(readSettings(Object.entries(values), catalogue));
      return undefined;
    }
    case 'run':
      await must().run();
      assertWell();
      return undefined;
    case 'autorun':
      if (!reducedMotion() && !must().busy) await must().run(true);
      return undefined;
    case 'pause': return must().pause();
    case 'stop': return must().stop();
    case 'rest':
      await must().stop();
      client.rest();
      return undefined;
    case 'reset':
      await must().stop();
      client.dispose();
      show(await parseLocation(location, catalogue));
      return undefined;
    case 'step': return must().step(message.count);
    case 'seek': throw new EngineError(failure('E_PARAM', 'A live run has no way back; seek belongs to recorded traces.', false));
    case 'theme': show({...read, settings: {...read.settings, theme: readSettings([['theme', message.theme]], catalogue).settings.theme}}); return undefined;
    case 'tokens': setTokens(message.tokens); return undefined;
    case 'share': return new URL(`index.html${await shareFragment(present())}`, location.href).href;
    case 'export': return exported(message.kind);
    case 'visible': await seen(message.visible); return undefined;
  }
}

const unheard = Symbol('unheard');

/** What a host may ask of an exploration; the rest is heard as ever. */
async function heardByExplorer(exploring: ExploreSession, message: HostMessage): Promise<unknown> {
  await exploring.opened;
  switch (message.type) {
    case 'run':
      await exploring.run();
      if (exploring.failure) throw new EngineError(exploring.failure);
      return undefined;
    case 'autorun': return reducedMotion() || exploring.busy ? undefined : exploring.run();
    case 'stop': case 'rest': return exploring.stop();
    case 'pause': throw new EngineError(failure('E_PARAM', 'An exploration can be stopped, not paused.', false));
    case 'step': return exploring.step(message.count);
    case 'export':
      if (message.kind !== 'json') throw new EngineError(failure('E_PARAM', 'An exploration exports json.', false));
      return {type: 'application/json', data: exploring.report};
    case 'share': return new URL(`index.html?scenario=${read.scenario?.id ?? ''}`, location.href).href;
    case 'reset':
      await exploring.stop();
      return exploring.again();
    case 'visible': return undefined;
    default: return unheard;
  }
}

function must(): RunSession {
  if (session) return session;
  throw new EngineError(read.failure ?? failure('E_SCENARIO', 'No scenario was named.', false));
}

function assertWell(): void {
  const why = session?.phase === 'failed' ? session.status.failure : undefined;
  if (why && !session?.status.outcome) throw new EngineError(why);
}

/** The settings as the reader has them now. */
function present(): Settings {
  const {params, seed, wish, speed} = must();
  return {...read.settings, params, seed, engine: wish, speed};
}

function exported(kind: string): {type: string; data: string} {
  const last = runs.at(-1);
  if (!last) throw new EngineError(failure('E_PARAM', 'There is no finished run to export.', false));
  switch (kind) {
    case 'json': {
      const build = JSON.parse(client.module?.buildJson ?? '{}') as Record<string, string>;
      const machine = {cores: client.status.capability?.cores ?? 0, isolated: globalThis.crossOriginIsolated === true};
      return {type: 'application/json', data: JSON.stringify(resultsOf(runs as [Outcome, ...Outcome[]], machine, build))};
    }
    case 'hdr': return {type: 'text/plain', data: last.histogram?.data ?? ''};
    default: throw new EngineError(failure('E_PARAM', `An embed exports json or hdr, not ${kind.slice(0, 32)}.`, false));
  }
}

function setTokens(tokens: Readonly<Record<string, string>>): void {
  const {style} = document.documentElement;
  for (const [token, targets] of Object.entries(tokenTargets)) {
    const value = Object.hasOwn(tokens, token) ? tokens[token]! : '';
    const allowed = tokenAllowed(token, value, (property, text) => CSS.supports(property, text));
    for (const target of targets) {
      if (allowed) style.setProperty(target, value);
      else style.removeProperty(target);
    }
  }
}

/** Out of sight nothing simulated goes on; real threads finish what they measure. */
async function seen(visible: boolean): Promise<void> {
  if (!visible && session?.phase === 'running' && session.virtual) {
    pausedUnseen = true;
    await session.pause();
  } else if (visible && pausedUnseen) {
    pausedUnseen = false;
    if (session?.phase === 'paused') await session.resume();
  }
}

function reducedMotion(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}

let sizedAt = 0;
function size(reason: 'layout' | 'user'): void {
  view.fit(innerHeight);
  const now = performance.now();
  if (now - sizedAt < sizeEveryMs) return;
  sizedAt = now;
  const h = Math.round(view.naturalHeight / 8) * 8;
  if (h > 0) port.post({type: 'size', h, reason});
}

show(read);
document.body.append(view);
await view.updateComplete;
new ResizeObserver(() => size(navigator.userActivation?.isActive ? 'user' : 'layout')).observe(view);
view.addEventListener('explore-open', (event) => {
  explorer = (event as CustomEvent<ExploreSession>).detail;
  explorer.addEventListener('change', tell);
  tellOpened(explorer);
  tell();
});
addEventListener('resize', () => {
  view.fit(innerHeight);
  view.requestUpdate();
});
document.addEventListener('visibilitychange', () => void seen(document.visibilityState === 'visible'));
view.addEventListener('seed-change', (event) => {
  const seed = normaliseSeed((event as CustomEvent<string>).detail);
  if (session && seed !== undefined) session.seed = seed;
  view.requestUpdate();
});
// Without a page that talks to us, an address may still ask for a run: once, when half of it can be seen.
if (read.settings.autorun === 'visible' && !reducedMotion()) {
  const watch = new IntersectionObserver(([entry]) => {
    if (entry!.intersectionRatio < 0.5 || session?.busy) return;
    watch.disconnect();
    void session?.run(true);
  }, {threshold: 0.5});
  watch.observe(view);
}

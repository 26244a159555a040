import {LitElement, css, html, nothing} from 'lit';

import type {EngineClient} from '../client/engine-client.js';
import {figure, grouped, milliseconds, percent} from '../base/format.js';
import '../elements/sluice-badge.js';
import '../elements/sluice-figures.js';
import '../elements/sluice-legend.js';
import '../elements/sluice-runbar.js';
import type {BarState} from '../elements/sluice-runbar.js';
import '../elements/sluice-strip.js';
import {normaliseSeed} from '../protocol/run.js';
import {clampValue, findScenario, type Catalogue, type ParameterValue, type ScenarioSchema} from '../protocol/schema.js';
import {defaultSettings, type Settings} from '../protocol/settings.js';
import {printQuery} from '../state/url-state.js';
import {surface} from '../styles/surface.js';
import {badgeOf, RunSession} from './run-session.js';
import {handleKey, type KeyAction} from './page-keys.js';
import './sluice-controls.js';
import './sluice-gallery.js';
import './sluice-pictures.js';

/** What the bench shows, beside the scenario's own defaults. */
const shown: Readonly<Record<string, string>> = {workers: '4', queue: '64', jobs: '1000000', work: '300', spread: 'exponential', arrival: 'open', rate: '13000', 'when-full': 'reject'};
const hints = {workers: {min: 1, max: 8}, rate: {label: 'Tap: jobs arriving', min: 1000, max: 20_000, step: 100, log: false, usual: 13_000}, queue: {label: 'Queue capacity', min: 8, max: 128, step: 8, log: false}};
const heroSpeed = 0.002;

export const barState = (session: RunSession): BarState => {
  switch (session.phase) {
    case 'loading': case 'warming': return 'starting';
    case 'running': return 'running';
    case 'paused': return 'paused';
    case 'idle': return 'idle';
    default: return 'ended';
  }
};

/** Motion is for those who want it; data is for those who pay for it. */
export const wantsStillness = (): boolean =>
  matchMedia('(prefers-reduced-motion: reduce)').matches || matchMedia('(prefers-reduced-data: reduce)').matches || new URLSearchParams(location.search).has('still');

/** The home page: a worker pool under the reader's hands, and everything else there is. */
export class SluiceHome extends LitElement {
  static override properties = {client: {attribute: false}, catalogue: {attribute: false}};
  declare client: EngineClient;
  declare catalogue: Catalogue;
  #session: RunSession | undefined;
  #restart: ReturnType<typeof setTimeout> | undefined;
  #said = '';
  #seedNote = '';
  #measuring = false;
  #helping = false;

  static override styles = [surface, css`
    .bench { border-bottom: var(--hair) solid var(--line); padding-block: var(--s5) var(--s6); }
    .head { display: flex; align-items: baseline; gap: var(--s2) var(--s4); flex-wrap: wrap; margin-bottom: var(--s4); }
    .head h1 { font-size: 1.625rem; }
    .head sluice-badge { margin-inline-start: auto; align-self: center; }
    .grid { display: grid; grid-template-columns: minmax(0, 1fr) 216px; gap: var(--s6); }
    .foot { display: grid; gap: var(--s5); margin-top: var(--s5); }
    sluice-pictures { --picture: 384px; }
    .clock { white-space: nowrap; }
    .measure { display: inline-flex; flex-wrap: wrap; gap: 4px 12px; align-items: baseline; }
    sluice-strip { margin-bottom: var(--s4); }
    .gallery { padding-block: var(--s7) var(--s8); scroll-margin-top: 24px; }
    @media (max-width: 900px) { .grid { grid-template-columns: minmax(0, 1fr); gap: var(--s4); } }
    @media (max-width: 620px) { sluice-pictures { --picture: 400px; } .head sluice-badge { margin-inline-start: 0; } }
  `];

  override connectedCallback() {
    super.connectedCallback();
    void this.updateComplete.then(() => this.#open());
  }

  override disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.#restart);
    this.#session?.removeEventListener('change', this.#changed);
    this.#session?.close();
    this.#session = undefined;
  }

  #open() {
    const scenario = findScenario(this.catalogue, 'worker-pool') ?? this.catalogue.scenarios[0];
    if (!scenario || this.#session || !this.isConnected) return;
    const session = new RunSession(this.client, scenario, heroSettings(scenario));
    session.leadIn = 60e6;
    session.stretch = 60e6;
    session.time.zoom(1);                       // as wide as it is, whatever the work turns out to be
    session.announce = (words) => { this.#said = words; this.requestUpdate(); };
    session.addEventListener('change', this.#changed);
    session.open();
    this.#session = session;
    this.requestUpdate();
    if (wantsStillness()) void session.still();
    else void session.run(true);
  }

  readonly #changed = () => this.requestUpdate();

  override render() {
    const session = this.#session;
    return html`
      <section class="bench" aria-labelledby="bench-title" @keydown=${this.#keys}><div class="wrap">
        ${session ? this.#bench(session) : html`<div class="head"><h1 id="bench-title">Worker pool</h1></div>`}
      </div></section>
      <div class="wrap"><section id="patterns" class="gallery" aria-label="Patterns"><sluice-gallery .catalogue=${this.catalogue}></sluice-gallery></section></div>
      <p class="hide" role="status" aria-live="polite">${this.#said}</p>`;
  }

  #bench(session: RunSession) {
    const badge = badgeOf(session), {figures: f, scene, scenario} = session, {failure} = session.status, hero = scenario.hero.map((id) => scenario.params.find((p) => p.id === id)).filter((p) => p !== undefined);
    const items = scenario.itemName, won = f.rate / 1e9 * f.meanInside, blank = scene.empty;
    return html`
      <div class="head"><h1 id="bench-title">${scenario.title}</h1><p class="caption">Drag the tap until the queue is full, then add a worker. <a href="./${printQuery(this.#settings(session), this.catalogue)}">Open this run</a></p>
        <sluice-badge engine=${badge.engine} text=${badge.text} why=${badge.why}></sluice-badge></div>
      ${session.phase === 'failed' && failure ? html`<sluice-strip code=${failure.code} text=${failure.message}><button type="button" class="primary" @click=${() => session.run()}>Run again</button></sluice-strip>` : nothing}
      <div class="grid">
        <sluice-pictures class="screen" bare @tap-turn=${this.#tapTurned} .session=${session} .views=${['bench']}></sluice-pictures>
        <sluice-figures ?muted=${blank} .figures=${[
          {label: 'completed', value: grouped(f.rate), unit: `${items}/s`}, {label: 'half within', value: milliseconds(f.p50), unit: 'ms p50'}, {label: '99 % within', value: milliseconds(f.p99), unit: 'ms p99'},
        ]} .readings=${[
          {label: 'L = λ W', value: Number.isFinite(won) && !blank ? `${figure(f.inside)} ≈ ${figure(f.rate / 1000)} × ${milliseconds(f.meanInside)}` : '–', title: 'Little’s law: jobs inside = jobs per ms × ms inside. Each side is measured by itself.'},
          {label: 'busy', value: `${percent(f.busy)} %`}, {label: 'parked', value: `${percent(f.parked)} %`}, {label: 'in queue', value: figure(f.depth)}, {label: 'dropped', value: grouped(f.dropped)},
        ]}></sluice-figures>
      </div>
      <div class="foot">
        <sluice-legend .kinds=${['flow', 'run', 'idle', ...(scene.steals.length ? ['steal'] : [])]}></sluice-legend>
        <sluice-controls terse .params=${hero} .values=${session.params} .hints=${hints} @param-input=${this.#turned}></sluice-controls>
        <sluice-runbar simulated again .state=${barState(session)} .speed=${session.speed} .seed=${session.seed} note=${this.#seedNote}
          @toggle-run=${() => session.toggle()} @restart-run=${() => session.run()} @step-run=${() => this.#step(1)} @speed-change=${(e: CustomEvent<number | 'max'>) => session.setSpeed(e.detail)} @seed-change=${this.#seeded} @seed-new=${this.#newSeed}>
          <span class="field clock">virtual time <span class="box">${milliseconds(scene.now)} ms</span></span>
          <span slot="end" class="measure"><button type="button" ?disabled=${this.#measuring} @click=${this.#measure}>Measure my CPU</button> <span class="quiet">real threads, about 4 s</span></span>
        </sluice-runbar>
        ${this.#measuring ? html`<sluice-measure .client=${this.client} .scenario=${scenario} @measure-end=${this.#measured}></sluice-measure>` : nothing}
        ${this.#helping ? html`<p class="quiet">Keys: ${this.#actions(session).map((a) => html`<kbd>${a.shown}</kbd> ${a.says} · `)} Esc hides this line</p>` : nothing}
      </div>`;
  }

  #settings(session: RunSession): Settings {
    const usual = defaultSettings(session.scenario), {jobs} = usual.params;
    return {...usual, params: {...session.params, ...(jobs === undefined ? {} : {jobs})}, seed: session.seed, engine: 'sim', speed: session.speed};
  }

  #turned(e: CustomEvent<{id: string; value: ParameterValue}>) {
    const session = this.#session, {id, value} = e.detail;
    if (!session) return;
    session.set(id, value);
    if (session.scenario.params.find((p) => p.id === id)?.live && session.live) return;
    clearTimeout(this.#restart);
    this.#restart = setTimeout(() => void (wantsStillness() || session.phase === 'paused' ? session.still() : session.run()), 120);
  }

  #tapTurned(e: CustomEvent<number>) {
    const {min, max, step} = hints.rate;
    e.preventDefault();
    this.#session?.set('rate', Math.min(max, Math.max(min, Math.round(e.detail / step) * step)));
  }

  #seeded(e: CustomEvent<string>) {
    const seed = normaliseSeed(e.detail), session = this.#session;
    this.#seedNote = seed === undefined ? `A seed is 1 to 16 hex digits; ${session?.seed} is kept.` : '';
    if (seed !== undefined && session) { session.seed = seed; void session.run(); }
    this.requestUpdate();
  }

  #newSeed() { this.#session?.newSeed(); void this.#session?.run(); }
  #step(n: number) { void this.#session?.step(n); }

  async #measure() {
    await import('./sluice-measure.js');
    await this.#session?.release();
    this.#measuring = true;
    this.requestUpdate();
  }
  #measured() { this.#measuring = false; this.requestUpdate(); if (!wantsStillness()) void this.#session?.run(); }

  #actions(session: RunSession): KeyAction[] {
    return [
      {keys: [' '], shown: 'Space', says: 'run, pause', act: () => void session.toggle()},
      {keys: ['ArrowRight'], shown: '→', says: 'step', act: () => this.#step(1)},
      {keys: ['Shift+ArrowRight'], shown: 'Shift →', says: 'ten steps', act: () => this.#step(10)},
      {keys: ['r'], shown: 'R', says: 'again, same seed', act: () => void session.run()},
      {keys: ['n'], shown: 'N', says: 'new seed', act: () => this.#newSeed()},
      {keys: ['?'], shown: '?', says: 'these keys', act: () => { this.#helping = !this.#helping; this.requestUpdate(); }},
    ];
  }

  #keys(e: KeyboardEvent) {
    if (!this.#session) return;
    if (e.key === 'Escape' && this.#helping) { this.#helping = false; this.requestUpdate(); return; }
    handleKey(e, this.#actions(this.#session));
  }
}

function heroSettings(scenario: ScenarioSchema): Settings {
  const settings = defaultSettings(scenario), params: Record<string, ParameterValue> = {...settings.params};
  for (const p of scenario.params) { const text = shown[p.id]; if (text !== undefined) params[p.id] = clampValue(p, text).value; }
  return {...settings, params, engine: 'sim', speed: heroSpeed};
}

customElements.define('sluice-home', SluiceHome);
declare global { interface HTMLElementTagNameMap { 'sluice-home': SluiceHome } }

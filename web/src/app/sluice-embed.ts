import {LitElement, css, html, nothing} from 'lit';

import {grouped, milliseconds} from '../base/format.js';
import '../elements/sluice-badge.js';
import '../elements/sluice-runbar.js';
import '../elements/sluice-strip.js';
import {icons} from '../elements/icons.js';
import type {ScenarioSchema} from '../protocol/schema.js';
import type {ReadSettings, Settings} from '../protocol/settings.js';
import {catalogue} from '../state/catalogue.js';
import {printQuery} from '../state/url-state.js';
import {surface} from '../styles/surface.js';
import type {ExploreSession} from '../views/explore-session.js';
import {badgeOf, type RunSession} from '../views/run-session.js';
import '../views/sluice-controls.js';
import '../views/sluice-pictures.js';

/** Pictures that fit into the small form, best first. */
const smallPictures = ['bench', 'graph', 'ctx', 'spans', 'waits', 'lanes', 'rate'] as const;
const pictureHeight = {least: 132, usual: 252, most: 420};

/**
 * One scenario, small: title and badge, a picture, the parameters that matter, two figures, and the way out.
 *
 * @fires settings-change - the reader moved something; `detail` is the parameter's id
 * @fires explore-open - this scenario is explored, not run; `detail` is the session
 */
export class SluiceEmbed extends LitElement {
  static override properties = {session: {attribute: false}, read: {attribute: false}, said: {state: true}, height: {state: true}};
  declare session: RunSession | undefined;
  declare read: ReadSettings;
  declare said: string;
  declare height: number;
  #listening: RunSession | undefined;

  constructor() {
    super();
    this.said = '';
    this.height = pictureHeight.usual;
  }

  static override styles = [surface, css`
    :host { min-block-size: 100%; display: flex; flex-direction: column; }
    .demo { flex: 1 0 auto; display: flex; flex-direction: column; border: 1px solid var(--rule); background: var(--surface); border-radius: var(--radius); }
    header { display: flex; flex-wrap: wrap; align-items: center; gap: var(--s2) var(--s4); padding: 6px 16px; border-block-end: 1px solid var(--line); min-block-size: 42px; }
    h1 { font: 400 1.0625rem/1.3 var(--prose); letter-spacing: 0; margin-inline-end: auto; }
    .screen { border: 0; padding: var(--s2) var(--s3) 0; flex: 1 0 auto; }
    .foot { display: flex; flex-wrap: wrap; align-items: center; gap: var(--s3) var(--s5); padding: var(--s3) 16px; border-block-start: 1px solid var(--line); }
    .foot sluice-controls { flex: 1 1 440px; }
    .full sluice-controls { flex-basis: 100%; }
    @media (max-width: 520px) { .foot sluice-controls { flex-basis: 100%; } }
    .figures { display: grid; grid-template-columns: auto auto; gap: 0 var(--s5); margin-inline-start: auto; }
    .figures dt { font-size: var(--t-label); color: var(--muted); }
    .figures dd { font: 1.25rem/1.2 var(--mono); min-inline-size: 7ch; white-space: nowrap; }
    .foot sluice-runbar { flex: 1 0 100%; }
    .buttons { flex-wrap: nowrap; }
    .primary { min-inline-size: 98px; justify-content: center; }
    .line { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 var(--s4); padding: 6px 16px; border-block-start: 1px solid var(--line); font-size: var(--t-label); color: var(--muted); }
    .line a { line-height: 24px; }
    sluice-strip { margin: var(--s2) 16px; }
    .starting { block-size: 2px; background: var(--accent); inline-size: 40%; }
    .empty { padding: var(--s5) 16px; } .empty li a { display: inline-block; line-height: 24px; }
    sluice-explore { padding: var(--s3) 16px; flex: 1 0 auto; }
    header .kind { font: var(--t-label)/1.2 var(--mono); color: var(--muted); }
  `];

  override connectedCallback(): void { super.connectedCallback(); this.#listen(); }
  override disconnectedCallback(): void { super.disconnectedCallback(); this.#unlisten(); }
  override willUpdate(): void { this.#listen(); }

  override updated(): void {
    const {renderRoot} = this;
    renderRoot.querySelector<HTMLElement>('sluice-pictures')?.style.setProperty('--picture', `${this.height}px`);
  }

  /** What this demo would like to be high, whatever the frame is now. */
  get naturalHeight(): number {
    const demo = this.renderRoot.querySelector('.demo');
    if (this.explored) return demo?.scrollHeight ?? 0;
    return demo ? this.#chrome(demo) + pictureHeight.usual : 0;
  }

  /** Gives the picture what the frame leaves over. */
  fit(available: number): void {
    const demo = this.renderRoot.querySelector('.demo');
    if (!demo || this.explored) return;
    const height = Math.min(pictureHeight.most, Math.max(pictureHeight.least, Math.floor(available - this.#chrome(demo))));
    if (height !== this.height) this.height = height;
  }

  #chrome(demo: Element): number {
    const parts = [...demo.children].filter((child) => !child.classList.contains('screen'));
    return parts.reduce((sum, child) => sum + child.getBoundingClientRect().height + (child.localName === 'sluice-strip' ? 16 : 0), 0) + 10 + 8;
  }

  /** Whether there is an explorer in place of a run. */
  get explored(): boolean { return this.read?.scenario?.explore !== undefined && !this.read.failure; }

  override render() {
    const {session} = this;
    if (this.explored) return this.#explorer(this.read.scenario!);
    if (!session) return this.#nothing();
    const {settings} = this.read;
    const badge = badgeOf(session);
    return html`
      <main class="demo" aria-label="Interactive demo, ${session.scenario.title.toLowerCase()}">
        <header><h1>${session.scenario.title}</h1>
          <sluice-badge engine=${badge.engine} text=${badge.text} why=${badge.why}>
            ${badge.engine === 'sim' && session.scenario.prefers === 'threads' ? html`<a href=${this.#link(settings)} target="_blank" rel="noopener">Open with real threads</a>` : nothing}
          </sluice-badge>
        </header>
        ${this.#strips()}
        <div class="screen"><sluice-pictures bare .session=${session} .views=${this.#views(settings)}></sluice-pictures></div>
        <div class="foot ${settings.controls}">${this.#controls(settings)}</div>
        <div class="line"><span>${this.#caption()}</span><a href=${this.#link(settings)} target="_blank" rel="noopener">Open in Sluice</a></div>
        <p class="hide" role="status">${this.said}</p>
      </main>`;
  }

  #explorer(scenario: ScenarioSchema) {
    const {subject = '', preset = ''} = scenario.explore ?? {};
    void import('../views/sluice-explore.js');
    return html`
      <main class="demo" aria-label="Interactive demo, ${scenario.title.toLowerCase()}">
        <header><h1>${scenario.title}</h1><span class="kind">every execution, explored</span></header>
        <sluice-explore compact .link=${{search: location.search, hash: ''}} .home=${{key: 'scenario', value: scenario.id, subject, preset}}
          @session-open=${(e: Event) => this.dispatchEvent(new CustomEvent('explore-open', {detail: (e.target as HTMLElement & {session: ExploreSession}).session}))}></sluice-explore>
        <div class="line"><span>${scenario.promise}</span><a href=${new URL(`index.html?scenario=${scenario.id}`, location.href).href} target="_blank" rel="noopener">Open in Sluice</a></div>
      </main>`;
  }

  /** Run, Pause or Resume, and Stop while there is something to stop. */
  #buttons() {
    const {session} = this;
    if (!session) return nothing;
    const starting = session.phase === 'loading' || session.phase === 'warming';
    const word = session.phase === 'running' ? 'Pause' : session.phase === 'paused' ? 'Resume' : starting ? this.#starting() : 'Run';
    return html`<div class="buttons">
      <button class="primary" type="button" ?disabled=${starting} @click=${() => session.toggle()}>${session.phase === 'running' ? icons.pause : icons.run} ${word}</button>
      ${session.busy ? html`<button type="button" @click=${() => session.stop()}>${icons.stop} Stop</button>` : nothing}</div>`;
  }

  #starting(): string {
    const warming = this.session?.status.warming;
    return warming ? `Starting ${warming.ready}/${warming.wanted}` : 'Starting';
  }

  #controls(settings: Settings) {
    const session = this.session!;
    if (settings.controls === 'none') return this.#buttons();
    const full = settings.controls === 'full';
    const shown = full ? session.scenario.params
      : session.scenario.hero.flatMap((id) => session.scenario.params.filter((p) => p.id === id));
    return html`
      ${full ? html`<sluice-runbar ends .state=${session.phase === 'loading' || session.phase === 'warming' ? 'starting' : session.phase === 'running' || session.phase === 'paused' ? session.phase : 'idle'}
          ?simulated=${session.virtual} .speed=${session.speed} .seed=${session.seed}
          @toggle-run=${() => session.toggle()} @stop-run=${() => session.stop()} @step-run=${() => session.step()}
          @speed-change=${(e: CustomEvent<number | 'max'>) => session.setSpeed(e.detail)} @seed-new=${() => session.newSeed()}
          @seed-change=${(e: CustomEvent<string>) => this.#tell('seed', e.detail)}></sluice-runbar>` : this.#buttons()}
      <dl class="figures">${this.#figures().map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>
      <sluice-controls compact .params=${shown} .values=${session.params} .notes=${Object.fromEntries(this.read.notes.map((n) => [n.id, n.text]))}
        @param-input=${this.#moved} @param-change=${this.#moved}></sluice-controls>`;
  }

  readonly #moved = (event: CustomEvent<{id: string; value: number | boolean | string}>): void => {
    this.session?.set(event.detail.id, event.detail.value);
    if (event.type === 'param-change') this.#tell('param', event.detail.id);
  };

  #figures(): [string, string][] {
    const {figures, scene, scenario} = this.session!;
    return [
      [`${scenario.itemName}/s`, scene.empty ? '–' : grouped(figures.rate)],
      ...scenario.pictures.includes('hist') ? [['p99 ms', scene.empty ? '–' : milliseconds(figures.p99)] as [string, string]] : [],
    ];
  }

  #strips() {
    const session = this.session!;
    const failed = session.phase === 'failed' ? session.status.failure : undefined;
    const notes = this.read.notes.map((n) => n.text);
    const ignored = this.read.ignored.length > 0 ? [`Ignored: ${this.read.ignored.join(', ')}.`] : [];
    return html`
      ${failed ? html`<sluice-strip code=${failed.code} text=${failed.message}>
        ${failed.retryable ? html`<button type="button" @click=${() => session.run()}>Run again</button>` : nothing}
        <button type="button" @click=${this.#copy}>Copy report</button></sluice-strip>` : nothing}
      ${notes.length + ignored.length > 0 ? html`<sluice-strip kind="notice" code="E_PARAM" text="Some values were changed to fit." .items=${[...notes, ...ignored]}></sluice-strip>` : nothing}`;
  }

  readonly #copy = (): void => {
    void navigator.clipboard?.writeText(this.session?.report ?? '').then(() => { this.said = 'Report copied.'; }, () => { this.said = 'The browser did not allow copying.'; });
  };

  #nothing() {
    const {failure} = this.read;
    return html`
      <main class="demo" aria-label="Interactive demo">
        <header><h1>Sluice</h1></header>
        <div class="screen empty">
          <sluice-strip code=${failure?.code ?? 'E_SCENARIO'} text=${failure?.message ?? 'No scenario was named.'}></sluice-strip>
          <ul>${catalogue.scenarios.map((s) => html`<li><a href="?scenario=${s.id}">${s.title}</a></li>`)}</ul>
        </div>
        <div class="line"><span></span><a href=${new URL('index.html', location.href).href} target="_blank" rel="noopener">Open Sluice</a></div>
      </main>`;
  }

  #caption(): string {
    const session = this.session!;
    const workers = session.params['workers'];
    const crew = typeof workers === 'number' ? `${workers} ${workers === 1 ? 'worker' : 'workers'}. ` : '';
    return `${crew}Seed ${session.seed}.`;
  }

  #views(settings: Settings): readonly string[] {
    if (settings.view.length > 0) return settings.view;
    const {pictures} = this.session!.scenario;
    // On a phone the bench would be a tank and no lanes.
    const fitting = smallPictures.filter((name) => pictures.includes(name) && (name !== 'bench' || innerWidth >= 520));
    return [fitting[0] ?? 'lanes'];
  }

  #link(settings: Settings): string {
    const {session} = this;
    const now: Settings = session ? {...settings, params: session.params, seed: session.seed, engine: session.wish, speed: session.speed, view: [], controls: 'mini', autorun: 'never', height: undefined, theme: 'auto'} : settings;
    return new URL(`index.html${printQuery(now, catalogue)}`, location.href).href;
  }

  #tell(type: string, value: string): void {
    if (type === 'seed' && this.session) this.dispatchEvent(new CustomEvent('seed-change', {detail: value}));
    else this.dispatchEvent(new CustomEvent('settings-change', {detail: value}));
  }

  #listen(): void {
    if (this.#listening === this.session || !this.isConnected) return;
    this.#unlisten();
    this.#listening = this.session;
    this.session?.addEventListener('change', this.#changed);
    if (this.session) this.session.announce = (words) => { this.said = words; };
  }

  #unlisten(): void {
    this.#listening?.removeEventListener('change', this.#changed);
    this.#listening = undefined;
  }

  readonly #changed = (): void => this.requestUpdate();
}

customElements.define('sluice-embed', SluiceEmbed);
declare global { interface HTMLElementTagNameMap { 'sluice-embed': SluiceEmbed } }

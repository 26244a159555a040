import {LitElement, css, html, nothing} from 'lit';
import code from 'virtual:scenario-code';
import recordings from 'virtual:scenario-recording';

import type {EngineClient} from '../client/engine-client.js';
import {duration, grouped, percent, rate as rateOf} from '../base/format.js';
import '../elements/sluice-badge.js';
import '../elements/sluice-choice.js';
import '../elements/sluice-code.js';
import type {SourceCode} from '../elements/sluice-code.js';
import '../elements/sluice-command.js';
import '../elements/sluice-figures.js';
import type {HeadFigure} from '../elements/sluice-figures.js';
import '../elements/sluice-legend.js';
import '../elements/sluice-runbar.js';
import '../elements/sluice-strip.js';
import {resultsOf} from '../protocol/results-file.js';
import {normaliseSeed, type EngineWish} from '../protocol/run.js';
import {type Catalogue, type ParameterValue} from '../protocol/schema.js';
import type {ReadSettings, Settings} from '../protocol/settings.js';
import {printQuery, shareFragment} from '../state/url-state.js';
import {surface} from '../styles/surface.js';
import {handleKey, type KeyAction} from './page-keys.js';
import {badgeOf, fillNotice, RunSession} from './run-session.js';
import './sluice-controls.js';
import {barState} from './sluice-home.js';
import {countedName} from './sluice-pictures.js';

const wishes = [{id: 'auto', label: 'Best for this'}, {id: 'threads', label: 'Real threads'}, {id: 'sim', label: 'Simulated'}] as const;
/** How long a page waits for its source and its recording before it shows itself without them, ms. */
const patience = 400;
const pictureOrder = ['graph', 'ctx', 'spans', 'waits', 'lanes', 'queue', 'heat'] as const;

/** One scenario: pictures and controls on the left, the C++ that runs and what to notice on the right. All of it from the schema. */
export class SluiceScenario extends LitElement {
  static override properties = {client: {attribute: false}, catalogue: {attribute: false}, read: {attribute: false}};
  declare client: EngineClient;
  declare catalogue: Catalogue;
  declare read: ReadSettings;
  #session: RunSession | undefined;
  #source: SourceCode | undefined;
  #ready = false;
  #said = '';
  #note = '';
  #flash: {on: string; text: string} | undefined;
  #notes: Record<string, string> = {};
  #linkNotes: readonly string[] = [];
  #urlTimer: ReturnType<typeof setTimeout> | undefined;

  static override styles = [surface, css`
    .bar { position: sticky; top: 0; z-index: 2; background: var(--bg); border-bottom: var(--hair) solid var(--line); }
    .bar .wrap { padding-block: 10px; }
    .progress { block-size: 2px; margin-bottom: -1px; } .progress i { display: block; block-size: 2px; background: var(--accent); inline-size: var(--done, 0); }
    .more { display: none; }
    .menu { position: fixed; margin: 0; inset: auto 16px auto auto; border: 1px solid var(--rule); background: var(--surface); color: var(--ink); padding: var(--s3); }
    .menu:popover-open { display: grid; gap: var(--s2); }
    .top > * { margin-top: var(--s4); }
    .title { padding-block: var(--s5) var(--s4); display: flex; flex-wrap: wrap; gap: 2px var(--s5); align-items: baseline; }
    .title .caption { flex: 1 1 340px; max-width: 84ch; }
    .two { display: grid; grid-template-columns: minmax(0, 61fr) minmax(0, 39fr); gap: var(--s6); align-items: start; padding-bottom: var(--s7); }
    .question { font-style: italic; color: var(--muted); }
    .later { display: flex; flex-wrap: wrap; gap: var(--s2) var(--s3); align-items: center; margin-top: var(--s4); border-inline-start: 3px solid var(--wait); padding-inline-start: 8px; font-size: var(--t-label); }
    .checked { display: grid; gap: 6px; }
    .checked li { display: grid; grid-template-columns: 8ch 1fr; gap: 2px var(--s3); align-items: baseline; }
    .checked .verdict { font: var(--t-label)/1.5 var(--mono); color: var(--muted); }
    .checked .broken { color: var(--danger); font-weight: 600; }
    .checked .numbers { grid-column: 2; font: var(--t-label)/1.5 var(--mono); color: var(--muted); overflow-wrap: anywhere; }
    .engine { inline-size: 100%; }
    dialog { background: var(--surface); color: var(--ink); border: 1px solid var(--rule); padding: var(--s5); max-inline-size: min(720px, calc(100vw - 32px)); }
    dialog::backdrop { background: color-mix(in srgb, var(--bg) 70%, transparent); }
    dialog h2 { margin-bottom: var(--s3); } dialog .stack { gap: var(--s3); } dialog .row { display: flex; justify-content: flex-end; margin-top: var(--s4); }
    .keys { display: grid; grid-template-columns: max-content 1fr; gap: 4px var(--s4); } .keys dt { font-family: var(--mono); }
    .facts { display: grid; grid-template-columns: max-content 1fr; gap: 4px var(--s4); font-size: var(--t-label); margin-top: var(--s3); } .facts dt { color: var(--muted); } .facts dd { font-family: var(--mono); overflow-wrap: anywhere; }
    @media (max-width: 900px) { .two { grid-template-columns: minmax(0, 1fr); } }
    @media (max-width: 620px) {
      .ends { display: none; } .more { display: inline-flex; }
      .bar .wrap { padding-block: 8px; }
    }
    @media print { .bar { display: none; } }
  `];

  override connectedCallback() {
    super.connectedCallback();
    void this.updateComplete.then(() => this.#open());
  }

  override disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.#urlTimer);
    this.#session?.removeEventListener('change', this.#changed);
    this.#session?.close();
    this.#session = undefined;
  }

  async #open() {
    const {scenario, settings, notes, ignored} = this.read;
    if (!scenario || this.#session || !this.isConnected) return;
    const session = new RunSession(this.client, scenario, settings);
    session.announce = (words) => { this.#said = words; this.requestUpdate(); };
    session.addEventListener('change', this.#changed);
    session.open();
    this.#session = session;
    this.#notes = Object.fromEntries(notes.map((n) => [n.id, n.text]));
    this.#linkNotes = [...notes.map((n) => n.text), ...(ignored.length ? [`Ignored: ${ignored.join(', ')}.`] : [])];
    // Both are small and near; waiting for them a moment spares the page from jumping when they come.
    const recorded = recordings[scenario.id]?.().then((recording) => { if (this.#session === session) session.show(recording); }).catch(() => undefined);
    const sourced = code[scenario.source]?.().then((source) => { this.#source = source; this.requestUpdate(); }).catch(() => undefined);
    await Promise.race([Promise.all([recorded, sourced]), new Promise((resolve) => { setTimeout(resolve, patience); })]);
    if (this.#session !== session) return;
    this.#ready = true;
    this.requestUpdate();
  }

  readonly #changed = () => this.requestUpdate();

  override render() {
    const session = this.#session;
    if (!session || !this.#ready) return nothing;
    const {scenario} = session, views = this.read.settings.view.length ? this.read.settings.view : scenario.pictures;
    const first = pictureOrder.filter((v) => (views as readonly string[]).includes(v)), second = views.filter((v) => v === 'hist' || v === 'rate');
    return html`
      <div @keydown=${this.#keys}>
        <div class="bar"><div class="wrap">${this.#bar(session)}</div>
          ${session.busy ? html`<div class="progress" role="progressbar" aria-label="Run" aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.round(this.#done(session) * 100)}><i></i></div>` : nothing}</div>
        <div class="wrap">
          <div class="top">${this.#strips(session)}</div>
          <div class="title"><h1>${scenario.title}</h1><p class="caption">${this.#caption(session)}</p></div>
          <div class="two">
            <div class="stack">
              <sluice-pictures .session=${session} .views=${first}></sluice-pictures>
              <sluice-legend .kinds=${this.#legend(session)} .flow=${countedName(scenario)?.toLowerCase() ?? 'queued work'}></sluice-legend>
              <sluice-figures across ?muted=${session.scene.empty || session.recorded !== undefined} .figures=${this.#figures(session)}></sluice-figures>
              <div class="section"><h2>Parameters</h2><sluice-controls .params=${this.#params(session)} .values=${session.params} .notes=${this.#notes} @param-input=${this.#changedParam} @param-change=${this.#changedParam}></sluice-controls>${this.#later(session)}</div>
              <sluice-pictures .session=${session} .views=${second}></sluice-pictures>
            </div>
            <aside class="stack" aria-label="Source and explanation">
              <sluice-code .code=${this.#source} ?missing=${!Object.hasOwn(code, scenario.source)}></sluice-code>
              ${scenario.notice.length ? html`<div class="section"><h2>What to notice</h2><div class="prose">${scenario.question ? html`<p class="question">${scenario.question}</p>` : nothing}${scenario.notice.map((sentence) => html`<p>${fillNotice(sentence, session).map((part) => (part.read ? html`<span class="read">${part.text}</span>` : part.text))}</p>`)}</div></div>` : nothing}
              ${this.#checked(session)}
              <div class="section"><h2>On your own machine</h2><sluice-command label="native command" text=${this.#command(session)}></sluice-command></div>
            </aside>
          </div>
        </div>
        ${this.#dialogs(session)}
      </div>
      <p class="hide" role="status" aria-live="polite">${this.#said}</p>`;
  }

  override updated() {
    const session = this.#session, bar = this.renderRoot.querySelector<HTMLElement>('.progress');
    if (session && bar) bar.style.setProperty('--done', `${this.#done(session) * 100}%`);
  }

  #bar(session: RunSession) {
    const badge = badgeOf(session), ends = (where: string) => html`
      <button type="button" @click=${this.#share}>${this.#word('share', 'Share')}</button><button type="button" @click=${() => this.#show('embed')}>Embed</button><button type="button" ?disabled=${!session.status.outcome || session.phase === 'idle'} title=${session.status.outcome ? nothing : 'There is a result once a run has ended'} @click=${this.#export} data-where=${where}>Export</button>`;
    return html`<sluice-runbar ends ?simulated=${session.engine === 'sim'} .state=${barState(session)} .speed=${session.speed} .seed=${session.seed} note=${this.#note}
        @toggle-run=${() => session.toggle()} @stop-run=${() => session.stop()} @step-run=${() => session.step(1)} @speed-change=${(e: CustomEvent<number | 'max'>) => { void session.setSpeed(e.detail); this.#url(); }} @seed-change=${this.#seeded} @seed-new=${() => { session.newSeed(); this.#url(); }}>
        <sluice-badge engine=${badge.engine} text=${badge.text} why=${badge.why}><sluice-choice class="engine" label="Engine" .choices=${wishes} .value=${session.wish} @value-change=${this.#chooseEngine}></sluice-choice></sluice-badge>
        <button slot="end" class="more" type="button" popovertarget="more">More</button>
        <span slot="end" class="buttons ends">${ends('bar')}</span>
      </sluice-runbar>
      <div id="more" class="menu" popover @beforetoggle=${this.#placeMenu}>${ends('menu')}</div>`;
  }

  #strips(session: RunSession) {
    const {failure, capability} = session.status, again = html`<button type="button" class="primary" @click=${() => session.run()}>Run again with seed ${session.seed}</button>`;
    const copy = html`<button type="button" @click=${this.#report}>${this.#word('report', 'Copy report')}</button>`;
    return html`
      ${session.phase === 'failed' && failure ? html`<sluice-strip data-code=${failure.code} code=${failure.code} text=${failure.code === 'E_INVARIANT' ? `${failure.message} The picture stops at the last good frame.` : failure.code === 'E_ABORT' ? `${failure.message} The engine has been discarded; Run starts a new one.` : failure.message}>
        ${again}${failure.code === 'E_WORKER' || failure.code === 'E_MEMORY' || failure.code === 'E_LIMIT' ? html`<button type="button" @click=${() => { session.wish = 'sim'; void session.run(); }}>Run simulated</button>` : nothing}${copy}</sluice-strip>` : nothing}
      ${capability && !capability.threads && session.wish !== 'sim' && (session.wish === 'threads' || session.scenario.prefers === 'threads') ? html`<sluice-strip kind="notice" data-code="I_NO_ISOLATION" code="I_NO_ISOLATION" text="${capability.text} Same C++, one thread, virtual time.">
        ${window.top === window ? nothing : html`<a class="button" target="_blank" rel="noopener" href=${location.href}>Open with real threads</a>`}<button type="button" @click=${() => { session.wish = 'sim'; this.requestUpdate(); this.#url(); }}>Stay simulated</button></sluice-strip>` : nothing}
      ${this.#linkNotes.length ? html`<sluice-strip kind="notice" data-code="E_PARAM" code="E_PARAM" text="This link asked for what cannot be; the nearest that can is used." .items=${this.#linkNotes}><button type="button" @click=${() => { this.#linkNotes = []; this.requestUpdate(); }}>Understood</button></sluice-strip>` : nothing}`;
  }

  #caption(session: RunSession): string {
    const {scenario, scene, status} = session, at = duration(scene.now), clock = `${at.text} ${at.unit}`, {outcome} = status;
    switch (session.phase) {
      case 'idle': return session.recorded === undefined ? 'No run yet.' : `No run yet. This one is recorded, simulated, seed ${session.recorded}; Run replaces it.`;
      case 'loading': return 'The engine is being fetched and started.';
      case 'warming': return status.warming ? `Starting threads, ${status.warming.ready} of ${status.warming.wanted}.` : 'Starting.';
      case 'running': return `${scenario.promise} ${scene.virtual ? `Virtual time, at ${clock}.` : `Running, ${clock}.`}`;
      case 'paused': return `Paused at ${clock}${scene.virtual ? ' of virtual time' : ''}.`;
      case 'finished': { const took = duration(outcome?.elapsedNs ?? scene.now); return `Finished in ${took.text} ${took.unit}. ${outcome && !outcome.dropped ? 'Every item that went in came out.' : outcome ? `${grouped(outcome.itemsOut)} came out, ${grouped(outcome.dropped)} were dropped, none is unaccounted for.` : ''}`; }
      case 'cancelled': return `Stopped at ${clock}; ${grouped(scene.snapshot?.counters['itemsOut'] ?? 0)} ${scenario.itemName} were done.`;
      case 'failed': return scene.empty ? 'Nothing ran.' : status.failure?.code === 'E_INVARIANT' ? `Stopped by a broken promise at ${clock}.` : `Stopped at ${clock}, not by itself.`;
    }
  }

  #figures(session: RunSession): HeadFigure[] {
    const {figures: f, scenario, status} = session, ended = session.phase === 'finished' || session.phase === 'cancelled' ? status.outcome : undefined;
    const speed = rateOf(ended && ended.elapsedNs > 0 ? ended.itemsOut / ended.elapsedNs * 1e9 : f.rate), p99 = ended?.latency.count ? ended.latency.p99 : f.p99;
    const busy = {label: 'workers busy', value: percent(ended ? ended.utilisation : f.busy), unit: '% of the time'};
    return [
      {label: 'completed', value: speed.text, unit: `${speed.unit}${speed.unit ? ' ' : ''}${scenario.itemName}/s`},
      ...scenario.pictures.includes('heat') ? [{label: 'races lost', value: Number.isFinite(f.retriesPerThousand) ? f.retriesPerThousand.toFixed(1) : '–', unit: `per 1000 ${scenario.itemName}`}] : [],
      ...scenario.pictures.includes('hist') ? [{label: '99 % within', value: duration(p99).text, unit: `${duration(p99).unit || 'ms'} p99`}] : [],
      busy,
    ];
  }

  #legend(session: RunSession) {
    const {scene, scenario} = session;
    return [...(scenario.pictures.includes('queue') ? ['flow'] : []), 'run', 'idle', ...(scene.steals.length ? ['steal'] : []), ...(scenario.pictures.includes('heat') ? ['retry'] : []), ...(session.phase === 'cancelled' ? ['cancel'] : [])];
  }

  /** Only what matters now: stages that are not there have no controls, and a closed loop has no rate. */
  #params(session: RunSession) {
    const {params} = session, stages = params['stages'];
    const family = (id: string) => Number(/-(\d+)$/.exec(id)?.[1] ?? NaN), all = session.scenario.params, first = all.findIndex((p) => family(p.id) > 0);
    // Numbered families are set stage by stage: work and workers of one stage beside each other.
    const ordered = first < 0 ? all : [...all.slice(0, first), ...all.filter((p) => family(p.id) > 0).sort((a, b) => family(a.id) - family(b.id)), ...all.slice(first).filter((p) => !(family(p.id) > 0))];
    return ordered.filter((p) => {
      const numbered = /-(\d+)$/.exec(p.id);
      if (numbered && typeof stages === 'number' && Number(numbered[1]) > stages) return false;
      if (p.id === 'rate' && 'arrival' in params) return params['arrival'] === 'open';
      if (p.id === 'leave-after' && 'consumer' in params) return params['consumer'] === 'leaves';
      if (p.id === 'consumer-work' && 'consumer' in params) return params['consumer'] === 'slow';
      return true;
    });
  }

  /** What was changed while a run was under way, and is not part of it. */
  #later(session: RunSession) {
    const request = session.status.request;
    if (!session.live || !request) return nothing;
    const changed = session.scenario.params.filter((p) => !p.live && request.params[p.id] !== session.params[p.id]).map((p) => p.label);
    return changed.length ? html`<p class="later"><span>${changed.join(', ')}: with the next run.</span><button type="button" @click=${() => session.run()}>Run now</button></p>` : nothing;
  }

  #checked(session: RunSession) {
    const outcome = session.phase === 'idle' || session.busy ? undefined : session.status.outcome;
    if (!outcome) return nothing;
    return html`<div class="section"><h2>What was checked</h2><ul class="checked">${outcome.invariants.map((i) => html`<li><span class="verdict ${i.held ? '' : 'broken'}">${i.held ? 'holds' : 'broken'}</span><span>${i.name}</span>${i.held && i.expected === i.actual ? nothing : html`<span class="numbers">expected ${i.expected}, found ${i.actual}</span>`}</li>`)}</ul>
      <dl class="facts"><dt>in, out</dt><dd>${grouped(outcome.itemsIn)}, ${grouped(outcome.itemsOut)}</dd>${outcome.dropped ? html`<dt>dropped</dt><dd>${grouped(outcome.dropped)}</dd>` : nothing}<dt>took</dt><dd>${duration(outcome.elapsedNs).text} ${duration(outcome.elapsedNs).unit}${outcome.engine === 'sim' ? ', virtual' : ''}</dd>${outcome.engine === 'sim' ? html`<dt>trace</dt><dd>${outcome.traceHash}</dd>` : nothing}${outcome.findings.map((f) => html`<dt>${f.name}</dt><dd>${f.value}</dd>`)}</dl></div>`;
  }

  #command(session: RunSession): string {
    const {scenario, params, seed} = session, given = scenario.params.filter((p) => params[p.id] !== p.default).map((p) => { const v = params[p.id]; return v === true ? ` --${p.id}` : v === false ? ` --${p.id}=0` : ` --${p.id}=${String(v)}`; });
    return `npm run bench -- --scenario=${scenario.id}${given.join('')} --seed=${seed}${session.engine === 'sim' ? ' --engine=sim' : ''}`;
  }

  #dialogs(session: RunSession) {
    const query = new URLSearchParams(printQuery(this.#settings(session), this.catalogue)), base = new URL('./', location.href).href;
    const attributes = [...query].filter(([k]) => k !== 'scenario').map(([k, v]) => ` ${k.replace(/^p\./, '')}="${v}"`).join('');
    const element = `<script type="module" src="${base}sluice-demo.js"></${'script'}>\n<sluice-demo scenario="${session.scenario.id}"${attributes}>${session.scenario.title}: ${session.scenario.promise}</sluice-demo>`;
    const frame = `<iframe src="${base}embed.html?${query.toString()}" title="Sluice demo: ${session.scenario.title}" width="100%" height="420" loading="lazy" referrerpolicy="strict-origin" allow="cross-origin-isolated; fullscreen; clipboard-write" sandbox="allow-scripts allow-same-origin allow-downloads allow-popups allow-popups-to-escape-sandbox"></iframe>`;
    return html`
      <dialog id="embed" aria-labelledby="embed-title"><h2 id="embed-title">Embed this run</h2><div class="stack"><p>As an element, in any page:</p><sluice-command label="element" text=${element}></sluice-command><p>Without scripts of your own:</p><sluice-command label="frame" text=${frame}></sluice-command></div>
        <div class="row"><form method="dialog"><button type="submit" @click=${(e: Event) => { e.preventDefault(); this.#hide('embed'); }}>Close</button></form></div></dialog>
      <dialog id="keys" aria-labelledby="keys-title"><h2 id="keys-title">Keys, while this demo has the focus</h2><dl class="keys">${this.#actions(session).filter((a) => a.shown).map((a) => html`<dt>${a.shown}</dt><dd>${a.says}</dd>`)}<dt>↑ ↓ ← →</dt><dd>on the lanes: worker, segment; with Shift: earlier, later</dd></dl>
        <div class="row"><button type="button" @click=${() => this.#hide('keys')}>Close</button></div></dialog>`;
  }

  #placeMenu(e: ToggleEvent) {
    const button = this.renderRoot.querySelector('.more')?.getBoundingClientRect();
    if (e.newState === 'open' && button) (e.target as HTMLElement).style.setProperty('top', `${button.bottom + 6}px`);
  }

  #show(id: string) { this.renderRoot.querySelector<HTMLElement>('#more')?.hidePopover(); this.renderRoot.querySelector<HTMLDialogElement>(`#${id}`)?.showModal(); }
  #hide(id: string) { this.renderRoot.querySelector<HTMLDialogElement>(`#${id}`)?.close(); }

  #settings(session: RunSession): Settings {
    return {...this.read.settings, params: session.params, seed: session.seed, engine: session.wish, speed: session.speed};
  }

  /** How much of the run is done, 0…1, where its length is known. */
  #done(session: RunSession): number {
    if (session.recorded !== undefined) return 0;
    const {params, scene} = session, all = params['jobs'] ?? params['items'] ?? params['operations'], {itemsOut = 0, dropped = 0} = scene.snapshot?.counters ?? {};
    return typeof all === 'number' && all > 0 ? Math.min(1, (itemsOut + dropped) / all) : 0;
  }

  #changedParam(e: CustomEvent<{id: string; value: ParameterValue}>) {
    this.#session?.set(e.detail.id, e.detail.value);
    delete this.#notes[e.detail.id];
    this.#url();
  }

  #seeded(e: CustomEvent<string>) {
    const seed = normaliseSeed(e.detail), session = this.#session;
    this.#note = seed === undefined ? `A seed is 1 to 16 hex digits; ${session?.seed} is kept.` : '';
    if (seed !== undefined && session) { session.seed = seed; this.#url(); }
    this.requestUpdate();
  }

  async #chooseEngine(e: CustomEvent<string>) {
    const session = this.#session;
    if (!session) return;
    if (session.live) await session.stop();
    session.wish = e.detail as EngineWish;
    this.#url();
    this.requestUpdate();
  }

  /** The address always says what the page shows; at most four times a second. */
  #url() {
    this.#urlTimer ??= setTimeout(() => {
      this.#urlTimer = undefined;
      const session = this.#session;
      if (session && this.isConnected) history.replaceState(history.state, '', printQuery(this.#settings(session), this.catalogue));
    }, 250);
  }

  async #share() {
    const session = this.#session;
    if (!session) return;
    const link = new URL(`./?scenario=${session.scenario.id}${await shareFragment(this.#settings(session))}`, location.href).href;
    const copied = await navigator.clipboard.writeText(link).then(() => true, () => false);
    if (!copied) history.replaceState(history.state, '', link);
    this.#tell('share', copied ? 'Link copied' : 'Link is in the address', copied ? 'The link to this run has been copied.' : 'The link to this run is in the address bar.');
  }

  async #report() {
    const copied = await navigator.clipboard.writeText(this.#session?.report ?? '').then(() => true, () => false);
    this.#tell('report', copied ? 'Copied' : 'Clipboard refused', copied ? 'The report has been copied.' : 'The clipboard refused the report.');
  }

  readonly #export = () => {
    const outcome = this.#session?.status.outcome, capability = this.#session?.status.capability;
    if (!outcome) return;
    const build = JSON.parse(this.client.module?.buildJson ?? '{}') as Record<string, string | number | boolean>;
    const file = resultsOf([outcome], {cores: capability?.cores ?? 0, isolated: globalThis.crossOriginIsolated === true, browser: navigator.userAgent.slice(0, 256)}, build);
    const url = URL.createObjectURL(new Blob([JSON.stringify(file, null, 2)], {type: 'application/json'})), a = document.createElement('a');
    a.href = url;
    a.download = `${outcome.scenario}-${outcome.engine}-${outcome.seed}.sluice.json`;
    a.click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
    this.#tell('export', 'Exported', 'The results file has been saved.');
  };

  #word(on: string, usual: string): string { return this.#flash?.on === on ? this.#flash.text : usual; }
  #tell(on: string, text: string, words: string) {
    this.#flash = {on, text};
    this.#said = words;
    this.requestUpdate();
    setTimeout(() => { this.#flash = undefined; this.requestUpdate(); }, 2000);
  }

  #actions(session: RunSession): KeyAction[] {
    const zoom = (factor: number) => () => { session.time.zoom(factor); session.redraw(); };
    const step = (n: number) => () => { if (session.engine === 'sim') void session.step(n); };
    const pace = (factor: number) => () => { if (typeof session.speed === 'number') { void session.setSpeed(Math.min(10, Math.max(0.001, +(session.speed * factor).toPrecision(2)))); this.#url(); } };
    return [
      {keys: [' '], shown: 'Space', says: 'run, pause', act: () => void session.toggle()},
      {keys: ['ArrowRight'], shown: '→', says: 'step (simulated)', act: step(1)},
      {keys: ['Shift+ArrowRight'], shown: 'Shift →', says: 'ten steps', act: step(10)},
      {keys: ['ArrowLeft'], shown: '←', says: 'look back', act: () => { session.time.pan(-0.25, session.scene.now); session.redraw(); }},
      {keys: ['['], shown: '[ ]', says: 'slower, faster', act: pace(0.5)}, {keys: [']'], shown: '', says: '', act: pace(2)},
      {keys: ['+', '='], shown: '+ −', says: 'less time, more time', act: zoom(0.5)}, {keys: ['-'], shown: '', says: '', act: zoom(2)},
      {keys: ['f'], shown: 'F', says: 'follow the present', act: () => { session.time.follow(); session.redraw(); }},
      {keys: ['r'], shown: 'R', says: 'again, same seed', act: () => void session.run()},
      {keys: ['n'], shown: 'N', says: 'new seed', act: () => { session.newSeed(); this.#url(); void session.run(); }},
      {keys: ['s'], shown: 'S', says: 'share', act: () => void this.#share()},
      {keys: ['e'], shown: 'E', says: 'export', act: () => this.#export()},
      {keys: ['?'], shown: '?', says: 'these keys', act: () => this.#show('keys')},
    ];
  }

  #keys(e: KeyboardEvent) { if (this.#session && !this.renderRoot.querySelector('dialog[open]')) handleKey(e, this.#actions(this.#session)); }
}

customElements.define('sluice-scenario', SluiceScenario);
declare global { interface HTMLElementTagNameMap { 'sluice-scenario': SluiceScenario } }

import {LitElement, css, html, nothing} from 'lit';
import sources from 'virtual:explorer-source';

import {brief, duration, figure, grouped} from '../base/format.js';
import {makeExplorer} from '../client/make-explorer.js';
import '../elements/sluice-choice.js';
import '../elements/sluice-code.js';
import type {SourceCode, Standing} from '../elements/sluice-code.js';
import '../elements/sluice-figures.js';
import '../elements/sluice-interleaving.js';
import '../elements/sluice-outcomes.js';
import '../elements/sluice-program.js';
import '../elements/sluice-step.js';
import '../elements/sluice-strip.js';
import {icons} from '../elements/icons.js';
import type {Interleaving, Program, Subject} from '../protocol/explore.js';
import {parseExplore, printExplore, shareExplore, type ExploreHome} from '../state/explore-url.js';
import {sayProgram} from '../state/program.js';
import {surface} from '../styles/surface.js';
import {sentence, standingAt, threadName} from '../trace/interleaving.js';
import {handleKey, type KeyAction} from './page-keys.js';
import {ExploreSession} from './explore-session.js';

const pageLimitMs = 120_000;
const embedLimitMs = 30_000;
const limits = [1000, 10_000, 100_000, 1_000_000] as const;
const own = 'own';

/**
 * A small program and every execution it has: choose, run, and step through the one that goes wrong.
 * Nothing is explored before the reader asks for it.
 */
export class SluiceExplore extends LitElement {
  static override properties = {link: {attribute: false}, home: {attribute: false}, heading: {}, question: {}, compact: {type: Boolean, reflect: true}};
  /** The address to open; the page's own when there is none. */
  declare link: {readonly search: string; readonly hash: string} | undefined;
  /** The page about one subject that this is part of. */
  declare home: ExploreHome | undefined;
  declare heading: string;
  declare question: string;
  /** Inside an embed: fewer words, nothing that writes the address. */
  declare compact: boolean;
  #session: ExploreSession | undefined;
  #said = '';
  #seedNote = '';
  #flash = '';
  readonly #code = new Map<string, SourceCode | undefined>();
  #urlTimer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.heading = this.question = '';
    this.compact = false;
  }

  static override styles = [surface, css`
    .bar { position: sticky; top: 0; z-index: 3; background: var(--bg); border-bottom: var(--hair) solid var(--line); }
    .tools { padding-block: 10px; display: flex; flex-wrap: wrap; gap: var(--s2) var(--s4); align-items: center; }
    .bar .primary { min-inline-size: 98px; justify-content: center; }
    .bar .seed { inline-size: 6ch; }
    .bar .end { margin-inline-start: auto; display: flex; gap: var(--s2); }
    .bar .field { min-width: 0; max-inline-size: 100%; } .bar select { min-width: 0; max-inline-size: 100%; text-overflow: ellipsis; }
    .note { flex-basis: 100%; font-size: var(--t-label); border-inline-start: 3px solid var(--wait); padding-inline-start: 8px; }
    .top > * { margin-top: var(--s4); }
    .title { padding-block: var(--s5) var(--s4); display: flex; flex-wrap: wrap; gap: 4px var(--s4); align-items: baseline; }
    .title .caption { flex: 1 1 340px; max-width: 84ch; }
    .tag { font: var(--t-label)/1.6 var(--mono); border: 1px solid var(--danger); color: var(--danger); padding: 0 8px; white-space: nowrap; }
    .grid { display: grid; grid-template-columns: minmax(0, 61fr) minmax(0, 39fr); gap: var(--s5) var(--s6); align-items: start; padding-bottom: var(--s7); }
    .plate-head { margin-bottom: 6px; }
    .choices { display: flex; flex-wrap: wrap; gap: var(--s3) var(--s5); margin-bottom: var(--s4); }
    .notice { font: 400 var(--t-body)/1.5 var(--prose); max-width: var(--measure); }
    .verdict { font: 400 1.5rem/1.25 var(--prose); letter-spacing: -.01em; max-width: 30ch; text-wrap: balance; }
    .verdict.wrong { color: var(--danger); }
    .message { font: 400 1rem/1.5 var(--prose); margin-top: var(--s2); max-width: var(--measure); }
    .side { display: grid; gap: var(--s4); }
    .whole { grid-column: 1 / -1; }
    .wait { padding-block: var(--s6); min-block-size: 320px; }
    .meaning { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); gap: var(--s4) var(--s6); }
    .meaning h3 { font: 600 var(--t-label)/1.4 var(--ui); margin: 0 0 4px; }
    .meaning p { font: 400 1rem/1.55 var(--prose); max-width: var(--measure); }
    dialog { background: var(--surface); color: var(--ink); border: 1px solid var(--rule); padding: var(--s5); max-inline-size: min(560px, calc(100vw - 32px)); }
    dialog::backdrop { background: color-mix(in srgb, var(--bg) 70%, transparent); }
    dialog h2 { margin-bottom: var(--s3); } dialog .row { display: flex; justify-content: flex-end; margin-top: var(--s4); }
    .keys { display: grid; grid-template-columns: max-content 1fr; gap: 4px var(--s4); } .keys dt { font-family: var(--mono); }
    :host([compact]) .grid { grid-template-columns: minmax(0, 1fr); padding-bottom: var(--s4); gap: var(--s4); }
    :host([compact]) .bar { position: static; background: none; margin-bottom: var(--s3); } :host([compact]) .tools { padding-block: 0 var(--s3); }
    :host([compact]) .result { order: -1; } :host([compact]) .verdict { font-size: var(--t-head); }
    /* On a small screen what was found comes before what was asked. */
    @media (max-width: 900px) { .grid { grid-template-columns: minmax(0, 1fr); } .result { order: -1; } }
    @media (max-width: 620px) {
      .bar { position: static; } .tools { padding-block: 8px; gap: 8px; } .bar .primary, .bar .end { order: -1; }
      .bar .field { flex: 1 1 auto; } .bar .field select { flex: 1 1 auto; min-width: 0; } .verdict { font-size: var(--t-head); }
    }
    @media print { .bar { display: none; } }
  `];

  /** For the frame of an embed, and for tests. */
  get session(): ExploreSession | undefined { return this.#session; }

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
    if (this.#session || !this.isConnected) return;
    const session = new ExploreSession(makeExplorer(), this.compact ? embedLimitMs : pageLimitMs, this.home);
    session.announce = (words) => { this.#said = words; this.requestUpdate(); };
    session.addEventListener('change', this.#changed);
    this.#session = session;
    const opening = session.open(parseExplore(this.link ?? location));
    this.dispatchEvent(new CustomEvent('session-open'));
    await opening;
  }

  readonly #changed = () => {
    this.requestUpdate();
    this.#url();
  };

  override render() {
    const session = this.#session, subject = session?.subject;
    return html`
      <div @keydown=${this.#keys}>
        ${session && subject ? html`<div class="bar"><div class="tools ${this.compact ? '' : 'wrap'}">${this.#bar(session, subject)}</div></div>` : nothing}
        <div class=${this.compact ? '' : 'wrap'}>
          <div class="top">${session ? this.#strips(session) : nothing}</div>
          ${this.#title(subject)}
          ${session && subject && session.state ? this.#body(session, subject, session.state.program) : html`<p class="wait caption">${session?.failure ? 'Without the explorer there is nothing to see here.' : 'The explorer is being fetched: a checker in C++ of about 100 kB.'}</p>`}
        </div>
        ${this.#help(session)}
      </div>
      <p class="hide" role="status" aria-live="polite">${this.#said}</p>`;
  }

  #title(subject: Subject | undefined) {
    if (this.compact) return nothing;
    return html`<div class="title"><h1>${this.heading || subject?.title || 'Explore'}</h1>${subject && !subject.healthy ? html`<span class="tag">wrong on purpose</span>` : nothing}
      <p class="caption">${this.question || subject?.summary || 'Every execution of a small program, one by one.'}</p></div>`;
  }

  #bar(session: ExploreSession, subject: Subject) {
    const {program} = session.state!, {busy, unready} = session, groups = new Map<string, Subject[]>();
    for (const s of session.catalogue?.subjects ?? []) groups.set(s.group, [...(groups.get(s.group) ?? []), s]);
    return html`
      <button class="primary" type="button" ?disabled=${!busy && unready !== ''} @click=${() => session.toggle()}>${busy ? icons.stop : icons.run} ${busy ? 'Stop' : 'Run'}</button>
      ${this.home ? nothing : html`<label class="field">explore <select aria-label="What to explore" ?disabled=${busy} @change=${(e: Event) => session.chooseSubject((e.target as HTMLSelectElement).value)}>
        ${[...groups].map(([name, of]) => html`<optgroup label=${name || 'Other'}>${of.map((s) => html`<option value=${s.id} ?selected=${s === subject}>${s.title}${s.healthy ? '' : ', wrong on purpose'}</option>`)}</optgroup>`)}</select></label>`}
      <label class="field">try <select aria-label="Which executions" ?disabled=${busy} @change=${(e: Event) => session.setMode((e.target as HTMLSelectElement).value as Program['mode'])}>
        <option value="all" ?selected=${program.mode === 'all'}>every execution</option><option value="random" ?selected=${program.mode === 'random'}>a random sample</option></select></label>
      ${program.mode === 'random' ? html`
        <label class="field">of <select aria-label="Size of the sample" ?disabled=${busy} @change=${(e: Event) => session.change({...program, limit: Number((e.target as HTMLSelectElement).value)})}>
          ${[...new Set([...limits, ...(program.limit > 0 ? [program.limit] : [])])].sort((a, b) => a - b).map((n) => html`<option value=${n} ?selected=${n === program.limit}>${grouped(n)}</option>`)}<option value="0" ?selected=${program.limit === 0}>no end</option></select></label>
        <label class="field">seed <input class="seed" size="6" maxlength="16" spellcheck="false" autocomplete="off" ?disabled=${busy} .value=${program.seed} @change=${this.#seeded}></label>
        <button class="bare" type="button" aria-label="New seed" title="New seed" ?disabled=${busy} @click=${() => session.newSeed()}>${icons.seed}</button>` : nothing}
      <label class="field">until <select aria-label="When to stop" ?disabled=${busy} @change=${(e: Event) => session.change({...program, stop: (e.target as HTMLSelectElement).value as Program['stop']})}>
        <option value="first" ?selected=${program.stop === 'first'}>one goes wrong</option><option value="never" ?selected=${program.stop === 'never'}>all are counted</option></select></label>
      <span class="end">${this.compact ? nothing : html`<button type="button" @click=${this.#share}>${this.#flash || 'Share'}</button><button type="button" @click=${() => this.#dialog(true)} aria-label="Keys">?</button>`}</span>
      ${unready && !busy ? html`<p class="note">${unready}</p>` : nothing}${this.#seedNote ? html`<p class="note">${this.#seedNote}</p>` : nothing}`;
  }

  #strips(session: ExploreSession) {
    const failed = session.failure, {trouble, notes} = session;
    return html`
      ${failed ? html`<sluice-strip data-code=${failed.code} code=${failed.code} text=${failed.message}>
        ${session.catalogue && session.state ? html`<button type="button" class="primary" @click=${() => session.run()}>Run again</button>` : failed.retryable ? html`<button type="button" class="primary" @click=${() => session.again()}>Try again</button>` : nothing}
        <button type="button" @click=${this.#report}>Copy report</button></sluice-strip>` : nothing}
      ${trouble ? html`<sluice-strip kind="notice" data-code=${trouble.code} code=${trouble.code} text=${trouble.message}></sluice-strip>` : nothing}
      ${notes.length ? html`<sluice-strip kind="notice" data-code="E_PARAM" code="E_PARAM" text="This link asked for what cannot be; the nearest that can is used." .items=${notes}><button type="button" @click=${() => { session.notes = []; this.requestUpdate(); }}>Understood</button></sluice-strip>` : nothing}`;
  }

  #body(session: ExploreSession, subject: Subject, program: Program) {
    const {preset, phase, progress, shown, at} = session, litmus = subject.kind === 'litmus', wrong = (progress?.violations ?? 0) > 0, notice = preset?.notice ?? '';
    // The examples of a litmus test are its orders, and those can be chosen already.
    const presets = litmus ? [] : subject.presets.map((p) => ({id: p.id, label: p.title}));
    return html`
      <div class="grid">
        <section aria-labelledby="program">
          <div class="plate-head"><h2 id="program">Program</h2><span class="quiet">${litmus ? 'fixed code' : `at most ${session.catalogue!.limits.threads} threads of ${session.catalogue!.limits.operations} operations`}</span></div>
          ${presets.length > 1 || subject.choices.length ? html`<div class="choices">
            ${presets.length > 1 ? html`<sluice-choice label="Example" .choices=${preset ? presets : [...presets, {id: own, label: 'Your own'}]} .value=${preset?.id ?? own} ?disabled=${session.busy} @value-change=${(e: CustomEvent<string>) => session.choosePreset(e.detail)}></sluice-choice>` : nothing}
            ${subject.choices.map((c) => html`<sluice-choice label=${c.label} .choices=${c.options} .value=${program.choices[c.id] ?? ''} ?disabled=${session.busy} @value-change=${(e: CustomEvent<string>) => session.change({...program, choices: {...program.choices, [c.id]: e.detail}})}></sluice-choice>`)}</div>` : nothing}
          <sluice-program .subject=${subject} .catalogue=${session.catalogue} .program=${program} @program-change=${(e: CustomEvent<Program>) => session.change(e.detail)}></sluice-program>
        </section>
        <section class="side result" aria-label="Result">
          <div><p class="verdict ${wrong || phase === 'violated' ? 'wrong' : ''}">${session.verdict}</p>
            ${progress?.violation ? html`<p class="message">${sentence(progress.violation.message)}</p>`
              : phase === 'ready' ? html`<p class="message">Not explored yet. Run tries ${program.mode === 'all' ? 'every execution' : 'a sample of the executions'} that the C++ memory model allows, here in this page${shown ? '; this is one of them' : ''}.</p>` : nothing}</div>
          <sluice-figures across ?muted=${!progress} .figures=${[
            {label: 'executions', value: grouped(progress?.executions ?? NaN), unit: ''}, {label: 'pruned', value: grouped(progress?.pruned ?? NaN), unit: ''}, {label: 'per second', value: grouped(session.pace), unit: ''},
          ]} .readings=${progress ? [
            {label: 'go wrong', value: grouped(progress.violations)}, {label: 'time', value: `${duration(progress.elapsedMs * 1e6).text} ${duration(progress.elapsedMs * 1e6).unit}`},
            ...(progress.executions > 0 && progress.pruned > 0 ? [{label: 'pruned for each one explored', value: figure(progress.pruned / progress.executions), title: `Executions that would only repeat one already explored. By ${progress.reduction || 'no reduction'}.`}] : []),
          ] : []}></sluice-figures>
          ${phase !== 'ready' && phase !== 'exploring' && notice ? html`<p class="notice">${notice}</p>` : nothing}
        </section>
        ${shown ? html`
          <sluice-interleaving .shown=${shown} .at=${at} ?compact=${this.compact} label=${this.#label(session)} @step-go=${(e: CustomEvent<number>) => session.go(e.detail)}></sluice-interleaving>
          <div class="side"><sluice-step ?placeless=${litmus} .shown=${shown} .at=${at}></sluice-step>${this.#source(shown, at)}</div>` : nothing}
        ${progress ? html`<section class="section ${this.compact ? '' : 'whole'}" aria-labelledby="outcomes"><h2 id="outcomes">Outcomes</h2>
          <sluice-outcomes .outcomes=${progress.outcomes} .violation=${progress.violation ?? undefined} .violations=${progress.violations} .shown=${session.state?.run} closed=${session.busy ? 'An execution can be looked at when the exploration has ended or been stopped.' : ''} .further=${progress.furtherOutcomes}
            @outcome-open=${(e: CustomEvent<string>) => session.show(e.detail)}></sluice-outcomes></section>` : nothing}
        ${this.compact ? nothing : html`<section class="section whole" aria-labelledby="meaning"><h2 id="meaning">What a run means</h2><div class="meaning">
          <div><h3>It means</h3><p>The very templates that are compiled for production run here under a checker. It tries every order of steps and every value a load may get under the C++ memory model, and leaves out only what would repeat an execution it knows. “Fine” says: no data race, no freed or unwritten memory read, nothing leaked, nobody waits for ever, and some order of the calls explains every result.</p></div>
          <div><h3>It does not mean</h3><p>It speaks of this program alone, with these threads and calls; a longer one may go wrong. Loads are never put behind later stores, so what only load buffering could show is not seen. A random sample proves nothing.</p></div></div></section>`}
      </div>`;
  }

  /** The source where the step was made, with every thread that stands in the same file. */
  #source(shown: Interleaving, at: number) {
    const all = standingAt(shown, at), here = all.find((s) => s.thread === shown.steps[at]?.thread);
    const file = here?.file ?? all[0]?.file ?? this.#session?.subject?.source ?? '';
    if (this.compact || !Object.hasOwn(sources, file)) return nothing;
    const standing: Standing[] = all.filter((s) => s.file === file).map((s) => ({line: s.line, who: threadName(shown, s.thread), now: s === here}));
    if (!this.#code.has(file)) {
      this.#code.set(file, undefined);
      void sources[file]!().then((code) => { this.#code.set(file, code); this.requestUpdate(); }, () => undefined);
    }
    return html`<sluice-code label="Source, where the threads stand" .code=${this.#code.get(file)} .standing=${standing}></sluice-code>`;
  }

  #label(session: ExploreSession): string {
    const {shown, progress} = session;
    if (shown && progress?.violation?.choices === shown.choices) return 'The execution that goes wrong';
    const outcome = progress?.outcomes.find((o) => o.choices === shown?.choices);
    return outcome ? `An execution with ${brief(outcome.text || 'no result', 64)}` : 'One execution';
  }

  #help(session: ExploreSession | undefined) {
    return html`<dialog id="keys" aria-labelledby="keys-title"><h2 id="keys-title">Keys, while the explorer has the focus</h2>
      <dl class="keys">${session ? this.#actions(session).filter((a) => a.shown).map((a) => html`<dt>${a.shown}</dt><dd>${a.says}</dd>`) : nothing}<dt>Delete</dt><dd>on an operation: remove it</dd></dl>
      <div class="row"><button type="button" @click=${() => this.#dialog(false)}>Close</button></div></dialog>`;
  }

  #dialog(open: boolean) {
    const dialog = this.renderRoot.querySelector<HTMLDialogElement>('#keys');
    if (open) dialog?.showModal(); else dialog?.close();
  }

  readonly #seeded = (e: Event) => {
    this.#seedNote = this.#session?.setSeed((e.target as HTMLInputElement).value) ?? '';
    this.requestUpdate();
  };

  /** The address always says what the page shows; at most four times a second. */
  #url() {
    if (this.compact) return;
    this.#urlTimer ??= setTimeout(() => {
      this.#urlTimer = undefined;
      const session = this.#session;
      if (!session?.state || !session.subject || !this.isConnected) return;
      const query = printExplore(session.state, session.subject, this.home);
      if (query !== location.search && query.length <= 4000) history.replaceState(history.state, '', query);
    }, 250);
  }

  readonly #share = async () => {
    const session = this.#session;
    if (!session?.state || !session.subject) return;
    const link = new URL(`./${await shareExplore(session.state, session.subject)}`, location.href).href;
    const copied = await navigator.clipboard.writeText(link).then(() => true, () => false);
    if (!copied) history.replaceState(history.state, '', link);
    this.#tell(copied ? 'Link copied' : 'Link is in the address', copied ? 'The link has been copied.' : 'The link is in the address bar.');
  };

  readonly #report = async () => {
    const copied = await navigator.clipboard.writeText(this.#session?.report ?? '').then(() => true, () => false);
    this.#said = copied ? 'The report has been copied.' : 'The clipboard refused the report.';
    this.requestUpdate();
  };

  #tell(flash: string, words: string) {
    this.#flash = flash;
    this.#said = words;
    this.requestUpdate();
    setTimeout(() => { this.#flash = ''; this.requestUpdate(); }, 2000);
  }

  #actions(session: ExploreSession): KeyAction[] {
    return [
      {keys: [' '], shown: 'Space', says: 'run, stop', act: () => void session.toggle()},
      {keys: ['ArrowRight'], shown: '← →', says: 'step back, step forward', act: () => session.step(1)}, {keys: ['ArrowLeft'], shown: '', says: '', act: () => session.step(-1)},
      {keys: ['Shift+ArrowRight'], shown: 'Shift ← →', says: 'ten steps', act: () => session.step(10)}, {keys: ['Shift+ArrowLeft'], shown: '', says: '', act: () => session.step(-10)},
      {keys: ['Home'], shown: 'Home End', says: 'first step of the threads, where it goes wrong or the last', act: () => session.first()}, {keys: ['End'], shown: '', says: '', act: () => session.last()},
      {keys: ['.'], shown: '. ,', says: 'next switch of thread, the one before', act: () => session.switch(1)}, {keys: [','], shown: '', says: '', act: () => session.switch(-1)},
      {keys: ['s'], shown: 'S', says: 'share', act: () => void this.#share()},
      {keys: ['?'], shown: '?', says: 'these keys', act: () => this.#dialog(true)},
    ];
  }

  #keys(e: KeyboardEvent) {
    if (this.#session && !this.renderRoot.querySelector('dialog[open]')) handleKey(e, this.#actions(this.#session));
  }

  /** What is shown, in words; for a page that cannot show it. */
  get summary(): string { return this.#session?.state ? `${sayProgram(this.#session.state.program)} ${this.#session.verdict}` : ''; }
}

customElements.define('sluice-explore', SluiceExplore);
declare global { interface HTMLElementTagNameMap { 'sluice-explore': SluiceExplore } }

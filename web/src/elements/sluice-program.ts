import {LitElement, css, html, nothing} from 'lit';

import {argumentRange, type ExploreCatalogue, type Program, type Subject} from '../protocol/explore.js';
import {
  addCall, addThread, allowedAt, callsAt, clampArgument, destinations, moveCall, parseOperation, placeName, removeCall, removeThread, replaceCall, roleWord, roomAt, shiftCall,
  threadRange, type Place,
} from '../state/program.js';
import {surface} from '../styles/surface.js';

/** More kinds of operations than this are offered as a list. */
const mostButtons = 3;

/**
 * A program, a column per thread: which operations each calls, in order. Pressing a call opens what can be done with it.
 * The code of a litmus test is shown as it is.
 *
 * @fires program-change - `detail` is the program as it is now
 */
export class SluiceProgram extends LitElement {
  static override properties = {subject: {attribute: false}, catalogue: {attribute: false}, program: {attribute: false}, chosen: {state: true}, note: {state: true}};
  declare subject: Subject;
  declare catalogue: ExploreCatalogue;
  declare program: Program;
  declare chosen: {readonly place: Place; readonly at: number} | undefined;
  declare note: string;

  constructor() {
    super();
    this.note = '';
  }

  static override styles = [surface, css`
    .columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(46%, 132px), 1fr)); border: var(--hair) solid var(--line); background: var(--surface); }
    section { padding: var(--s3); min-width: 0; display: flex; flex-direction: column; gap: var(--s2); box-shadow: -1px 0 0 var(--line), 0 -1px 0 var(--line); }
    h3 { font: 600 var(--t-label)/1.4 var(--ui); margin: 0; display: flex; flex-wrap: wrap; gap: 0 8px; }
    h3 small { font: 400 var(--t-label)/1.4 var(--ui); color: var(--muted); }
    ol { display: grid; gap: 4px; }
    .call { inline-size: 100%; font-family: var(--mono); font-size: 0.8125rem; background: var(--bg); border-color: var(--line); padding: 0 10px; overflow: hidden; text-overflow: ellipsis; }
    .call:hover { border-color: var(--rule); }
    .call[aria-expanded=true] { border-color: var(--accent); box-shadow: inset 3px 0 0 var(--accent); }
    .add { display: flex; flex-wrap: wrap; gap: 4px; margin-top: auto; }
    .add button, .add select { font: var(--t-label)/1 var(--mono); border-style: dashed; padding: 0 8px; min-height: 28px; color: var(--muted); }
    .add button:hover { color: var(--ink); }
    .full, .hint { font-size: var(--t-label); color: var(--muted); }
    .tools { display: flex; flex-wrap: wrap; gap: var(--s2) var(--s3); align-items: center; padding: var(--s3); border: var(--hair) solid var(--accent); border-top: 0; background: var(--surface); }
    .tools p { font-size: var(--t-label); flex-basis: 100%; color: var(--muted); }
    .tools p b { font: 400 1em var(--mono); color: var(--ink); }
    .tools input { inline-size: 5ch; }
    .row { display: flex; flex-wrap: wrap; gap: var(--s2) var(--s4); align-items: center; margin-top: var(--s2); font-size: var(--t-label); color: var(--muted); }
    .row button { min-height: 28px; padding: 0 10px; font-size: var(--t-label); }
    .note { border-inline-start: 3px solid var(--wait); padding-inline-start: 8px; color: var(--ink); }
    @media (forced-colors: active) { section { border-inline-end: 1px solid GrayText; } .call[aria-expanded=true] { border-inline-start: 4px solid Highlight; } }
    pre { margin: 0; font: 0.8125rem/1.7 var(--mono); overflow-x: auto; }
    @media (max-width: 620px) { .calls section:first-child { grid-column: 1 / -1; } }
    @media (pointer: coarse) { .add button, .add select, .row button { min-height: 44px; } }
  `];

  override willUpdate() {
    if (this.chosen && callsAt(this.program, this.chosen.place)[this.chosen.at] === undefined) this.chosen = undefined;
  }

  override render() {
    const {subject, program} = this;
    if (subject.kind === 'litmus') {
      return html`<div class="columns">${subject.columns.map((c) => html`<section><h3>${c.title}</h3><pre>${c.lines.join('\n')}</pre></section>`)}</div>`;
    }
    const {least, most} = threadRange(subject, this.catalogue), n = program.threads.length;
    return html`
      <div class="columns calls">${[0, ...program.threads.map((_, i) => i + 1)].map((place) => this.#column(place))}</div>
      ${this.chosen ? this.#tools(this.chosen) : nothing}
      <div class="row">
        ${least === most ? html`<span>${most === 2 ? 'Two threads, no more: one on either side.' : `${most} threads.`}</span>` : html`
          <button type="button" ?disabled=${n >= most} @click=${() => this.#become(addThread(program, subject, this.catalogue))}>Add a thread</button>
          <button type="button" ?disabled=${n <= least} @click=${() => this.#become(removeThread(program, subject, this.catalogue))}>Remove thread ${n}</button>
          <span>${n >= most ? `${most} threads are the most that can be explored here.` : n <= least && least > 1 ? `${least} threads are the least this takes.` : nothing}</span>`}
        ${this.note ? html`<span class="note" role="status">${this.note}</span>` : nothing}
      </div>`;
  }

  #column(place: Place) {
    const {subject, program} = this, calls = callsAt(program, place), room = roomAt(this.catalogue, place), allowed = allowedAt(subject, place), word = roleWord(subject, place);
    return html`
      <section aria-label=${placeName(place)}>
        <h3>${placeName(place)}${word ? html`<small>${word}</small>` : place === 0 ? html`<small>before they begin</small>` : nothing}</h3>
        ${calls.length ? html`<ol>${calls.map((call, at) => {
          const chosen = this.chosen?.place === place && this.chosen.at === at;
          return html`<li><button type="button" class="call" data-place=${place} data-at=${at} aria-expanded=${chosen} aria-label="${call}, call ${at + 1} of ${placeName(place)}"
            @click=${() => { this.chosen = chosen ? undefined : {place, at}; this.note = ''; }} @keydown=${(e: KeyboardEvent) => { if (e.key === 'Delete') this.#remove(place, at); }}>${call}</button></li>`;
        })}</ol>` : html`<p class="hint">Nothing yet.</p>`}
        <div class="add">${calls.length >= room ? html`<span class="full">${room} operations are the most.</span>` : allowed.length <= mostButtons
          ? allowed.map((o) => html`<button type="button" aria-label="Add ${o.label} to ${placeName(place)}" @click=${() => this.#add(place, o.id)}>+ ${o.label}</button>`)
          : html`<select aria-label="Add to ${placeName(place)}" @change=${(e: Event) => { const list = e.target as HTMLSelectElement; this.#add(place, list.value); list.value = ''; }}>
              <option value="">+ add…</option>${allowed.map((o) => html`<option value=${o.id}>${o.label}</option>`)}</select>`}</div>
      </section>`;
  }

  #tools({place, at}: {place: Place; at: number}) {
    const {subject, program, catalogue} = this, call = callsAt(program, place)[at], known = call === undefined ? undefined : parseOperation(call);
    if (!known || call === undefined) return nothing;
    const allowed = allowedAt(subject, place), to = destinations(program, subject, catalogue, place, at), last = callsAt(program, place).length - 1;
    return html`
      <div class="tools" role="group" aria-label="Change ${call}">
        <p><b>${call}</b>, call ${at + 1} of ${placeName(place)}</p>
        ${allowed.length > 1 ? html`<label class="field">operation <select @change=${(e: Event) => this.#become(replaceCall(program, subject, place, at, {id: (e.target as HTMLSelectElement).value, argument: known.argument}))}>
          ${allowed.map((o) => html`<option value=${o.id} ?selected=${o.id === known.id}>${o.label}</option>`)}</select></label>` : nothing}
        ${known.argument === undefined ? nothing : html`<label class="field">value <input type="number" inputmode="numeric" min=${argumentRange.least} max=${argumentRange.most} .value=${String(known.argument)} @change=${(e: Event) => this.#valued(place, at, known.id, e.target as HTMLInputElement)}></label>`}
        <span class="buttons">
          <button type="button" ?disabled=${at === 0} @click=${() => this.#shift(place, at, -1)}>Earlier</button>
          <button type="button" ?disabled=${at >= last} @click=${() => this.#shift(place, at, 1)}>Later</button>
          ${to.map((p) => html`<button type="button" @click=${() => this.#move(place, at, p)}>To ${placeName(p).toLowerCase()}</button>`)}
          <button type="button" @click=${() => this.#remove(place, at)}>Remove</button>
        </span>
      </div>`;
  }

  #add(place: Place, id: string) {
    if (!id) return;
    this.note = '';
    this.#become(addCall(this.program, this.subject, this.catalogue, place, id));
  }

  #shift(place: Place, at: number, by: -1 | 1) {
    this.chosen = {place, at: at + by};
    this.#become(shiftCall(this.program, place, at, by));
  }

  #move(place: Place, at: number, to: Place) {
    this.chosen = {place: to, at: callsAt(this.program, to).length};
    this.#become(moveCall(this.program, this.subject, this.catalogue, place, at, to));
    this.#focusCall(to, this.chosen.at);
  }

  #remove(place: Place, at: number) {
    const left = callsAt(this.program, place).length - 2;
    this.chosen = undefined;
    this.#become(removeCall(this.program, place, at));
    this.#focusCall(place, Math.min(at, left));
  }

  #valued(place: Place, at: number, id: string, box: HTMLInputElement) {
    const given = Number(box.value), value = clampArgument(given);
    this.note = box.value.trim() === '' || !Number.isFinite(given) ? `A value is a number; ${value} is used.`
      : given > argumentRange.most ? `${argumentRange.most} is the most a value can be.` : given < argumentRange.least ? `${argumentRange.least} is the least a value can be.` : '';
    box.value = String(value);
    this.#become(replaceCall(this.program, this.subject, place, at, {id, argument: value}));
  }

  /** The focus stays near where the reader works, also when its place has gone. */
  #focusCall(place: Place, at: number) {
    void this.updateComplete.then(() => (this.renderRoot.querySelector<HTMLElement>(`.call[data-place="${place}"][data-at="${at}"]`) ?? this.renderRoot.querySelectorAll<HTMLElement>('.add')[place]?.querySelector<HTMLElement>('button, select'))?.focus());
  }

  #become(program: Program) {
    if (program === this.program) return;
    this.program = program;
    this.dispatchEvent(new CustomEvent('program-change', {detail: program, bubbles: true, composed: true}));
  }
}

customElements.define('sluice-program', SluiceProgram);
declare global { interface HTMLElementTagNameMap { 'sluice-program': SluiceProgram } }

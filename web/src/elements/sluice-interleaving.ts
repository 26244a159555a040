import {LitElement, css, html, nothing} from 'lit';

import {brief} from '../base/format.js';
import type {Interleaving, Step} from '../protocol/explore.js';
import {draw, routes, type Route} from '../render/interleaving-arrows.js';
import {surface} from '../styles/surface.js';
import {insideCalls, readsFrom, rowKind, sayInterleaving, setupLength, setupThread, stepNumber, switchFrom, threadName, windowAround, type ReadsFrom} from '../trace/interleaving.js';

/** Rows in the page at once. */
const mostRows = 400;
const gutterWidth = 28;

/**
 * One execution, a column per thread, time downwards. It is a table; arrows go from a store to the load that got its value.
 * The step in view can be moved with the buttons; the page gives them keys.
 *
 * @fires step-go - `detail` is the step the reader wants to see
 */
export class SluiceInterleaving extends LitElement {
  static override properties = {shown: {attribute: false}, at: {type: Number}, label: {}, compact: {type: Boolean, reflect: true}, setupOpen: {state: true}};
  declare shown: Interleaving | undefined;
  declare at: number;
  declare label: string;
  /** Lower, as in an embed. */
  declare compact: boolean;
  declare setupOpen: boolean;
  #resized: ResizeObserver | undefined;
  #revealed = -1;
  #inside: readonly (readonly boolean[])[] = [];
  #reads: readonly ReadsFrom[] = [];

  constructor() {
    super();
    this.at = 0;
    this.label = 'Execution';
    this.compact = this.setupOpen = false;
  }

  static override styles = [surface, css`
    .head { display: flex; flex-wrap: wrap; align-items: center; gap: var(--s2) var(--s3); margin-bottom: 6px; }
    .head h2 { font: 600 var(--t-label)/1.4 var(--ui); }
    .head .quiet { font: var(--t-label)/1.4 var(--mono); min-inline-size: 16ch; }
    .steps { display: inline-flex; flex-wrap: wrap; margin-inline-start: auto; gap: 4px; }
    .steps button { min-height: 28px; padding: 0 9px; font-size: var(--t-label); }
    .box { position: relative; border: var(--hair) solid var(--line); background: var(--surface); overflow: auto; max-block-size: min(74vh, 620px); overscroll-behavior: contain; }
    :host([compact]) .box { max-block-size: var(--picture, 300px); }
    .box:focus-visible { outline-offset: -2px; }
    .sheet { position: relative; min-inline-size: calc(46px + var(--columns, 2) * 176px); }
    table { border-collapse: separate; border-spacing: 0; inline-size: 100%; font: 0.75rem/1.5 var(--mono); table-layout: fixed; }
    thead th { position: sticky; top: 0; z-index: 2; background: var(--surface); border-bottom: 1px solid var(--rule); font: 600 var(--t-label)/1.4 var(--ui); text-align: start; padding: 6px 16px 6px 28px; }
    thead th:first-child { inline-size: 46px; padding: 6px 8px; color: var(--muted); font-weight: 400; text-align: end; }
    td, tbody th { padding: 3px 16px 3px 28px; vertical-align: top; position: relative; overflow-wrap: anywhere; }
    tbody th { padding: 0; font-weight: 400; text-align: end; border-inline-start: 3px solid transparent; }
    tbody th button { min-height: 24px; inline-size: 100%; justify-content: flex-end; align-items: flex-start; border: 0; border-radius: 0; padding: 3px 8px; font: inherit; color: var(--muted); }
    th + td, td + td { border-inline-start: 1px solid var(--grid); } tbody tr > :nth-child(2) { border-inline-start: 0; }
    tr { cursor: default; }
    tbody tr:hover td, tbody tr:hover th { background: var(--sunk); }
    tr.after td { color: var(--muted); }
    /* in a call: from the row where it begins to the row where it returns */
    td.inside::before { content: ''; position: absolute; inset-block: 0; inset-inline-start: 17px; inline-size: 2px; background: var(--run); }
    td.inside.opens::before { inset-block-start: 9px; } td.inside.closes::before { inset-block-end: calc(100% - 14px); }
    .call { font-weight: 700; } .return { font-weight: 700; } .quiet-step { color: var(--muted); }
    td.held { background: repeating-linear-gradient(45deg, transparent 0 4px, var(--wait-fill) 4px 6px); }
    td.stale { background: radial-gradient(circle at 2px 2px, var(--retry-fill) 1.4px, transparent 1.6px) 0 0 / 5px 5px; }
    .tag { display: inline-block; font: 400 0.6875rem/1.4 var(--ui); border: 1px solid var(--retry); color: var(--ink); background: var(--surface); padding: 0 5px; margin-inline-start: 6px; white-space: nowrap; }
    .tag.fault { border-color: var(--danger); color: var(--danger); margin: 0 6px 0 0; }
    tr.fault td, tr.fault th { background: var(--danger-fill); } tr.fault td:not(:empty) { color: var(--danger); font-weight: 600; } tr.fault td.across { color: var(--danger); }
    tr.fault th { border-inline-start-color: var(--danger); }
    tr[aria-current] td, tr[aria-current] th { background-color: var(--flow-fill); box-shadow: inset 0 1px 0 var(--accent), inset 0 -1px 0 var(--accent); }
    tr[aria-current] th { border-inline-start-color: var(--accent); } tr[aria-current] th button { color: var(--ink); font-weight: 700; }
    tr.fault[aria-current] td, tr.fault[aria-current] th { background-color: var(--danger-fill); box-shadow: inset 0 1px 0 var(--danger), inset 0 -1px 0 var(--danger); }
    td.across { color: var(--muted); padding-inline-start: 12px; }
    td.across button { min-height: 24px; padding: 0 8px; font: var(--t-label)/1 var(--ui); border-color: var(--line); margin-inline-end: 8px; }
    svg { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; pointer-events: none; z-index: 1; }
    .line { fill: none; stroke: var(--idle); stroke-width: 1; } .tip { fill: var(--idle); }
    .old .line { stroke: var(--retry); stroke-dasharray: 2 2; } .old .tip { fill: var(--retry); }
    .now .line { stroke: var(--accent); stroke-width: 2; } .now .tip { fill: var(--accent); }
    @media (pointer: coarse) { .steps button, tbody th button { min-height: 44px; } }
    @media (max-width: 620px) {
      .box { max-block-size: 72vh; } table { font-size: 0.6875rem; } .sheet { min-inline-size: calc(38px + var(--columns, 2) * 142px); }
      thead th:first-child { inline-size: 38px; padding-inline: 4px; } td { padding-inline: 24px 8px; } thead th { padding-inline: 24px 8px; } tbody th button { padding-inline: 5px; }
      td.inside::before { inset-inline-start: 15px; } .steps { margin-inline-start: 0; }
    }
    @media (forced-colors: active) { tbody th { border-inline-start-color: Canvas; } td.inside::before { background: CanvasText; } svg { forced-color-adjust: none; } tr[aria-current] th button { forced-color-adjust: none; color: HighlightText; background: Highlight; } tr.fault th { border-inline-start: 6px solid CanvasText; } tr[aria-current] td { border-block: 1px solid Highlight; } }
    @media print { .box { max-block-size: none; overflow: visible; } .steps { display: none; } }
  `];

  override connectedCallback() {
    super.connectedCallback();
    this.#resized = new ResizeObserver(() => this.#arrows());
    this.#resized.observe(this);
  }
  override disconnectedCallback() { super.disconnectedCallback(); this.#resized?.disconnect(); }

  override willUpdate(changed: Map<PropertyKey, unknown>) {
    if (!changed.has('shown')) return;
    this.setupOpen = false;
    this.#revealed = -1;
    this.#inside = this.shown ? insideCalls(this.shown) : [];
    this.#reads = this.shown ? readsFrom(this.shown) : [];
  }

  override render() {
    const {shown, at} = this;
    if (!shown) return nothing;
    const last = shown.steps.length - 1, begin = setupLength(shown), open = this.setupOpen || at < begin, {from, to} = windowAround(shown.steps.length, at, mostRows);
    const names = shown.threads.slice(1), inside = this.#inside, rows: number[] = [];
    for (let k = Math.max(from, open ? 0 : begin); k < to; k++) rows.push(k);
    const go = (k: number) => this.#go(k);
    return html`
      <div class="head"><h2 id="title">${this.label}</h2><span class="quiet">step ${stepNumber(at)} of ${shown.steps.length}</span>
        <span class="steps" role="group" aria-label="Steps">
          <button type="button" ?disabled=${at <= 0} @click=${() => go(at > begin ? begin : 0)}>First</button>
          <button type="button" ?disabled=${at <= 0} @click=${() => go(at - 1)}>Back</button>
          <button type="button" ?disabled=${at >= last} @click=${() => go(at + 1)}>Forward</button>
          <button type="button" ?disabled=${at >= last} @click=${() => go(switchFrom(shown, at, 1))}>Next switch</button>
          <button type="button" ?disabled=${at >= last} @click=${() => go(shown.fault !== null && at < shown.fault ? shown.fault : last)}>${shown.fault !== null && at < shown.fault ? 'Where it goes wrong' : 'Last'}</button>
        </span></div>
      <div class="box" tabindex="0" role="region" aria-labelledby="title" @scroll=${this.#noted}>
        <div class="sheet">
          <table aria-describedby="words">
            <thead><tr><th scope="col">step</th>${names.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
            <tbody>
              ${begin > 0 && from === 0 ? html`<tr class="setup"><td></td><td class="across" colspan=${names.length}>
                ${at < begin ? nothing : html`<button type="button" aria-expanded=${open} @click=${() => { this.setupOpen = !this.setupOpen; }}>${open ? 'Hide' : 'Show'}</button>`}setup, ${begin} ${begin === 1 ? 'step' : 'steps'}: ${this.#setupCalls(shown, begin)}</td></tr>` : nothing}
              ${from > 0 ? html`<tr><td></td><td class="across" colspan=${names.length}>${from} earlier steps are not shown here; stepping back brings them.</td></tr>` : nothing}
              ${rows.map((k) => this.#row(shown, k, inside[k]!))}
              ${to < shown.steps.length ? html`<tr><td></td><td class="across" colspan=${names.length}>${shown.steps.length - to} later steps are not shown here; stepping forward brings them.</td></tr>` : nothing}
            </tbody>
          </table>
          <svg aria-hidden="true"></svg>
        </div>
      </div>
      <p id="words" class="hide">${sayInterleaving(shown)}</p>`;
  }

  #setupCalls(shown: Interleaving, begin: number): string {
    const calls = shown.steps.slice(0, begin).filter((s) => s.kind === 'call').map((s) => s.text);
    return calls.length ? calls.join(', ') : 'memory as it is at first';
  }

  #row(shown: Interleaving, k: number, inside: readonly boolean[]) {
    const step = shown.steps[k]!, current = k === this.at, fault = k === shown.fault || step.kind === 'fault', columns = shown.threads.length - 1;
    const cells = step.thread === setupThread
      ? html`<td class="across" colspan=${columns}>${k < setupLength(shown) ? threadName(shown, setupThread) : 'at the end'}: ${this.#words(step, fault)}</td>`
      : Array.from({length: columns}, (_, i) => {
        const thread = i + 1, mine = thread === step.thread, kind = rowKind(step);
        const classes = [inside[thread] ? 'inside' : '', mine && step.kind === 'call' ? 'opens' : '', mine && step.kind === 'return' ? 'closes' : '', mine && step.stale ? 'stale' : '', mine && kind === 'held' ? 'held' : ''].filter(Boolean).join(' ');
        return html`<td class=${classes || nothing}>${mine ? this.#words(step, fault) : nothing}</td>`;
      });
    return html`<tr data-step=${k} class=${`${fault ? 'fault' : ''} ${k > this.at ? 'after' : ''}`} aria-current=${current ? 'step' : nothing} @click=${() => this.#go(k)}>
      <th scope="row"><button type="button" tabindex=${current ? 0 : -1} aria-label="Step ${stepNumber(k)}">${stepNumber(k)}</button></th>${cells}</tr>`;
  }

  #words(step: Step, fault: boolean) {
    // The tag says it.
    const kind = rowKind(step), text = fault ? brief(step.text) : step.stale ? step.text.replace(/, not the newest$/, '') : step.text;
    return html`${fault ? html`<span class="tag fault">goes wrong</span>` : nothing}<span class=${kind === 'quiet' ? 'quiet-step' : kind}>${kind === 'return' ? html`<span class="hide">returns </span><span aria-hidden="true">↤ </span>` : nothing}${text}</span>${step.stale ? html`<span class="tag">old value</span>` : nothing}`;
  }

  override updated() {
    const {shown} = this;
    if (!shown) return;
    this.renderRoot.querySelector<HTMLElement>('.sheet')?.style.setProperty('--columns', String(shown.threads.length - 1));
    this.#arrows();
    if (this.#revealed !== this.at) { this.#revealed = this.at; this.#reveal(); }
  }

  /** Brings the step into the box, and moves nothing else on the page. */
  #reveal() {
    const box = this.renderRoot.querySelector<HTMLElement>('.box'), row = this.renderRoot.querySelector<HTMLElement>('tr[aria-current]'), head = this.renderRoot.querySelector<HTMLElement>('thead');
    if (!box || !row || !head) return;
    const margin = row.offsetHeight * 2, top = row.offsetTop - head.offsetHeight - margin, bottom = row.offsetTop + row.offsetHeight + margin - box.clientHeight;
    if (box.scrollTop > top) box.scrollTop = Math.max(0, top);
    else if (box.scrollTop < bottom) box.scrollTop = bottom;
  }

  readonly #noted = (e: Event) => e.stopPropagation();

  #arrows() {
    const {shown} = this, svg = this.renderRoot.querySelector('svg'), heads = [...this.renderRoot.querySelectorAll<HTMLElement>('thead th')];
    if (!shown || !svg || heads.length < 2) return;
    const geometry = {
      gutterWidth, columns: heads.map((h) => ({left: h.offsetLeft, right: h.offsetLeft + h.offsetWidth})),
      row: (step: number) => {
        const tr = this.renderRoot.querySelector<HTMLElement>(`tr[data-step="${step}"]`) ?? (shown.steps[step]?.thread === setupThread ? this.renderRoot.querySelector<HTMLElement>('tr.setup') : null);
        return tr ? {top: tr.offsetTop, height: tr.offsetHeight} : undefined;
      },
    };
    // All that cross between threads or carry an old value; of the others only the one that leads to the step in view.
    const all = this.#reads.filter((a) => (a.across || a.stale || a.to === this.at) && shown.steps[a.to]!.thread !== setupThread);
    const drawn = [...routes(all, (step) => shown.steps[step]!.thread, shown.threads.length - 1)]
      .sort((a, b) => Number(a.arrow.to === this.at) - Number(b.arrow.to === this.at))
      .flatMap((route) => { const d = draw(route, geometry); return d ? [{route, ...d}] : []; });
    svg.replaceChildren(...drawn.map(({route, path, head, start}) => this.#arrow(route, path, head, start)));
  }

  #arrow({arrow}: Route, path: string, head: string, start: {x: number; y: number}): SVGElement {
    const g = make('g', {class: `${arrow.stale ? 'old' : ''} ${arrow.to === this.at ? 'now' : ''}`});
    g.append(make('path', {class: 'line', d: path}), make('path', {class: 'tip', d: head}), make('circle', {class: 'tip', cx: String(start.x), cy: String(start.y), r: '2'}));
    return g;
  }

  #go(k: number) { if (k !== this.at) this.dispatchEvent(new CustomEvent('step-go', {detail: k, bubbles: true, composed: true})); }
}

function make(name: string, attributes: Readonly<Record<string, string>>): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

customElements.define('sluice-interleaving', SluiceInterleaving);
declare global { interface HTMLElementTagNameMap { 'sluice-interleaving': SluiceInterleaving } }

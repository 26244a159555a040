import {LitElement, css, html, nothing} from 'lit';

import {brief, grouped} from '../base/format.js';
import type {SeenOutcome, Violation} from '../protocol/explore.js';
import {surface} from '../styles/surface.js';

/**
 * What the threads saw, each outcome with its number of executions; the first execution of each can be looked at.
 *
 * @fires outcome-open - `detail` is the execution's name
 */
export class SluiceOutcomes extends LitElement {
  static override properties = {outcomes: {attribute: false}, violation: {attribute: false}, violations: {type: Number}, shown: {}, closed: {}, further: {type: Number}};
  declare outcomes: readonly SeenOutcome[];
  declare violation: Violation | undefined;
  declare violations: number;
  /** The execution in view. */
  declare shown: string | undefined;
  /** Why none can be opened now. */
  declare closed: string;
  /** Executions with outcomes that are not listed. */
  declare further: number;

  constructor() {
    super();
    this.outcomes = [];
    this.violations = 0;
    this.closed = '';
    this.further = 0;
  }

  static override styles = [surface, css`
    .scroll { overflow-x: auto; }
    table { border-collapse: collapse; inline-size: 100%; font-size: var(--t-ui); }
    th, td { text-align: start; font-weight: 400; padding: 5px var(--s4) 5px 0; border-bottom: 1px solid var(--line); vertical-align: middle; }
    thead th { color: var(--muted); font-size: var(--t-label); }
    tbody th { font: 0.8125rem/1.5 var(--mono); overflow-wrap: anywhere; }
    .n { text-align: end; font-family: var(--mono); font-size: 0.8125rem; white-space: nowrap; inline-size: 1%; }
    td:last-child { padding-inline-end: 0; inline-size: 1%; text-align: end; }
    button { min-height: 28px; padding: 0 10px; font-size: var(--t-label); }
    .tag { font: 400 0.6875rem/1.5 var(--ui); border: 1px solid var(--retry); padding: 0 5px; margin-inline-start: 8px; white-space: nowrap; display: inline-block; }
    tr.wrong th { color: var(--danger); font-weight: 600; } tr.wrong th span { font-weight: 400; }
    tr[aria-current] th { box-shadow: inset 3px 0 0 var(--accent); padding-inline-start: 10px; }
    p { font-size: var(--t-label); color: var(--muted); margin-top: 6px; }
    @media (pointer: coarse) { button { min-height: 44px; } }
  `];

  override render() {
    const {violation} = this;
    return html`
      <div class="scroll"><table>
        <caption class="hide">What the threads saw</caption>
        <thead><tr><th scope="col">what the threads saw</th><th scope="col" class="n">executions</th><th scope="col"><span class="hide">look at one</span></th></tr></thead>
        <tbody>
          ${violation ? html`<tr class="wrong" aria-current=${this.shown === violation.choices ? 'true' : nothing}><th scope="row">${violation.kind}<span>: ${brief(violation.message)}</span></th><td class="n">${grouped(this.violations)}</td><td>${this.#button(violation.choices, violation.kind)}</td></tr>` : nothing}
          ${this.outcomes.map((o) => html`<tr aria-current=${this.shown === o.choices ? 'true' : nothing}><th scope="row">${o.text || 'nothing'}${o.weak ? html`<span class="tag">weak memory only</span>` : nothing}</th><td class="n">${grouped(o.count)}</td><td>${this.#button(o.choices, o.text)}</td></tr>`)}
          ${this.outcomes.length === 0 && !violation ? html`<tr><td colspan="3" class="quiet">No execution has ended yet.</td></tr>` : nothing}
        </tbody></table></div>
      ${this.outcomes.some((o) => o.weak) ? html`<p>Weak memory only: no order of the steps explains it; some thread read an old value.</p>` : nothing}
      ${this.further ? html`<p>${this.outcomes.length} outcomes are listed; ${grouped(this.further)} executions had others.</p>` : nothing}
      ${this.closed ? html`<p>${this.closed}</p>` : nothing}`;
  }

  #button(choices: string, what: string) {
    const inView = this.shown === choices;
    return html`<button type="button" ?disabled=${this.closed !== ''} @click=${() => this.dispatchEvent(new CustomEvent('outcome-open', {detail: choices, bubbles: true, composed: true}))}>${inView ? 'In view' : 'Show'}<span class="hide">${inView ? ': ' : ' an execution: '}${what || 'nothing'}</span></button>`;
  }
}

customElements.define('sluice-outcomes', SluiceOutcomes);
declare global { interface HTMLElementTagNameMap { 'sluice-outcomes': SluiceOutcomes } }

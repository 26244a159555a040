import {LitElement, css, html, nothing} from 'lit';

import type {Interleaving} from '../protocol/explore.js';
import {surface} from '../styles/surface.js';
import {explainStep, memoryAfter, stepNumber, threadName} from '../trace/interleaving.js';

/** What one step did, and what memory holds after it. */
export class SluiceStep extends LitElement {
  static override properties = {shown: {attribute: false}, at: {type: Number}, placeless: {type: Boolean}};
  declare shown: Interleaving | undefined;
  declare at: number;
  /** The program has no source of its own. */
  declare placeless: boolean;

  constructor() {
    super();
    this.at = 0;
    this.placeless = false;
  }

  static override styles = [surface, css`
    .head { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 var(--s3); margin-bottom: 6px; }
    .head h2 { font: 600 var(--t-label)/1.4 var(--ui); } .head .quiet { font: var(--t-label)/1.4 var(--mono); margin-inline-start: auto; }
    .what { font: 0.8125rem/1.6 var(--mono); overflow-wrap: anywhere; border-inline-start: 3px solid var(--accent); padding-inline-start: 10px; }
    .what.fault { border-color: var(--danger); color: var(--danger); font-weight: 600; }
    .why { font: 400 1rem/1.5 var(--prose); margin-top: var(--s2); max-width: var(--measure); }
    table { border-collapse: collapse; inline-size: 100%; font: 0.75rem/1.5 var(--mono); margin-top: var(--s4); }
    caption { text-align: start; font: 600 var(--t-label)/1.4 var(--ui); padding-bottom: 6px; }
    th, td { text-align: start; font-weight: 400; padding: 3px 10px 3px 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
    thead th { color: var(--muted); font: 400 var(--t-label)/1.4 var(--ui); }
    th:first-child { padding-inline-start: 8px; } tr.changed th:first-child { box-shadow: inset 3px 0 0 var(--accent); font-weight: 700; } tr.changed td { font-weight: 700; }
    .past { color: var(--muted); } del { color: var(--muted); }
    .scroll { max-block-size: 300px; overflow: auto; }
  `];

  override render() {
    const {shown, at} = this, step = shown?.steps[at];
    if (!shown || !step) return nothing;
    const memory = memoryAfter(shown, at), fault = at === shown.fault, place = step.file && !this.placeless ? `${step.file}${step.line ? `:${step.line}` : ''}` : '';
    return html`
      <div class="head"><h2>Step ${stepNumber(at)}, ${threadName(shown, step.thread)}${step.call && step.kind !== 'call' ? html` in ${step.call}` : nothing}</h2>${place ? html`<span class="quiet">${place}</span>` : nothing}</div>
      <p class="what ${fault ? 'fault' : ''}">${step.kind === 'call' ? 'calls ' : step.kind === 'return' ? 'returns ' : ''}${step.text}</p>
      ${explainStep(shown, at).map((words) => html`<p class="why">${words}</p>`)}
      <div class="scroll" tabindex="0" role="region" aria-label="Memory after this step"><table><caption>Memory after this step</caption>
        <thead><tr><th scope="col">location</th><th scope="col">value</th><th scope="col">before that</th></tr></thead>
        <tbody>${memory.length === 0 ? html`<tr><td colspan="3" class="past">Nothing has been written yet.</td></tr>` : memory.map((m) => html`<tr class=${m.changed ? 'changed' : ''}><th scope="row">${m.object}${m.changed ? html`<span class="hide">, changed by this step</span>` : nothing}</th>
          <td>${m.freed ? html`<del>${m.value}</del> freed` : m.value}</td><td class="past">${m.past.slice(-3).reverse().join(', ')}${m.past.length > 3 ? ', …' : ''}</td></tr>`)}</tbody></table></div>`;
  }
}

customElements.define('sluice-step', SluiceStep);
declare global { interface HTMLElementTagNameMap { 'sluice-step': SluiceStep } }

import {LitElement, css, html, nothing} from 'lit';

import {surface} from '../styles/surface.js';

export interface DataTable { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] }

/** The numbers of a picture as a table, folded away until asked for. */
export class SluiceData extends LitElement {
  static override properties = {label: {}, name: {}, data: {attribute: false}};
  /** What the data is of. */
  declare label: string;
  /** The words to press; the label is added where they do not say enough. */
  declare name: string;
  /** Asked only while the table is open. */
  declare data: (() => DataTable) | undefined;
  #open = false;

  constructor() {
    super();
    this.label = this.name = '';
  }

  static override styles = [surface, css`
    details { font-size: var(--t-label); color: var(--muted); }
    summary { cursor: pointer; min-height: 24px; line-height: 24px; inline-size: max-content; text-decoration: underline dotted; text-underline-offset: 3px; list-style: none; }
    summary::-webkit-details-marker { display: none; }
    .scroll { overflow: auto; max-block-size: 240px; }
    table { border-collapse: collapse; font-family: var(--mono); margin: 6px 0; }
    td, th { padding: 2px 14px 2px 0; text-align: right; font-weight: 400; border-bottom: 1px solid var(--line); white-space: nowrap; }
    th { color: var(--muted); } td { color: var(--ink); } tr > :first-child { text-align: left; }
    @media (pointer: coarse) { summary { line-height: 44px; } }
  `];

  override render() {
    const table = this.#open ? this.data?.() : undefined;
    return html`<details @toggle=${this.#toggled}><summary>${this.name || html`Data<span class="hide"> of ${this.label}</span>`}</summary>
      ${table ? html`<div class="scroll" tabindex="0" role="region" aria-label="Data of ${this.label}"><table>
        <thead><tr>${table.head.map((h) => html`<th scope="col">${h}</th>`)}</tr></thead>
        <tbody>${table.rows.map((row) => html`<tr>${row.map((v) => html`<td>${v}</td>`)}</tr>`)}</tbody></table></div>` : nothing}</details>`;
  }

  /** The numbers have changed. */
  renew(): void { if (this.#open) this.requestUpdate(); }

  #toggled(e: Event) {
    this.#open = (e.target as HTMLDetailsElement).open;
    this.requestUpdate();
  }
}

customElements.define('sluice-data', SluiceData);
declare global { interface HTMLElementTagNameMap { 'sluice-data': SluiceData } }

import {LitElement, css, html, nothing} from 'lit';

import {surface} from '../styles/surface.js';

/**
 * Something the reader must know, under the bar: a code, one sentence, what can be done.
 * `kind` is `danger` for what broke and `notice` for what merely is so.
 *
 * @slot - buttons
 */
export class SluiceStrip extends LitElement {
  static override properties = {code: {}, text: {}, kind: {reflect: true}, items: {attribute: false}};
  declare code: string;
  declare text: string;
  declare kind: 'danger' | 'notice';
  declare items: readonly string[];

  constructor() {
    super();
    this.code = this.text = '';
    this.kind = 'danger';
    this.items = [];
  }

  static override styles = [surface, css`
    .strip { border: 1px solid var(--danger); border-inline-start-width: 6px; background: var(--danger-fill); padding: var(--s3) var(--s4); display: flex; flex-wrap: wrap; gap: var(--s2) var(--s4); align-items: center; }
    :host([kind=notice]) .strip { border: 1px dotted var(--rule); border-inline-start: 6px solid var(--wait); background: none; }
    .said { flex: 1 1 320px; min-width: 0; overflow-wrap: anywhere; }
    .mono { color: var(--danger); margin-inline-end: 8px; }
    :host([kind=notice]) .mono { color: var(--muted); }
    ul { margin-top: 4px; color: var(--muted); font-size: var(--t-label); }
    .do { display: flex; flex-wrap: wrap; gap: var(--s2); }
  `];

  override render() {
    return html`
      <div class="strip" role=${this.kind === 'danger' ? 'alert' : 'note'}>
        <div class="said"><p>${this.code ? html`<span class="mono">${this.code}</span>` : nothing}${this.text}</p>
          ${this.items.length ? html`<ul>${this.items.map((i) => html`<li>${i}</li>`)}</ul>` : nothing}</div>
        <div class="do"><slot></slot></div>
      </div>`;
  }
}

customElements.define('sluice-strip', SluiceStrip);
declare global { interface HTMLElementTagNameMap { 'sluice-strip': SluiceStrip } }

import {LitElement, css, html, nothing} from 'lit';

import {surface} from '../styles/surface.js';

/**
 * On or off.
 *
 * @fires value-change - `detail` is whether it is on
 */
export class SluiceToggle extends LitElement {
  static override properties = {label: {}, help: {}, note: {}, checked: {type: Boolean}, disabled: {type: Boolean}};
  declare label: string;
  declare help: string;
  declare note: string;
  declare checked: boolean;
  declare disabled: boolean;

  constructor() {
    super();
    this.label = this.help = this.note = '';
    this.checked = this.disabled = false;
  }

  static override styles = [surface, css`
    .switch { display: flex; gap: 10px; align-items: center; min-height: var(--target); cursor: pointer; }
    input { appearance: none; flex: none; inline-size: 34px; block-size: 16px; border: 1px solid var(--rule); border-radius: var(--radius); margin: 0; background: linear-gradient(var(--rule), var(--rule)) 3px 50% / 10px 8px no-repeat; }
    input:checked { border-color: var(--accent); background: linear-gradient(var(--accent), var(--accent)) calc(100% - 3px) 50% / 10px 8px no-repeat; }
    .note { font-size: var(--t-label); color: var(--muted); }
    .note.said { color: var(--ink); border-inline-start: 3px solid var(--wait); padding-inline-start: 8px; }
    @media (forced-colors: active) { input { forced-color-adjust: none; } }
  `];

  override render() {
    const said = this.note || this.help;
    return html`
      <label class="switch"><input type="checkbox" role="switch" .checked=${this.checked} ?disabled=${this.disabled} aria-describedby=${said ? 'note' : nothing} @change=${this.#flip}>${this.label}</label>
      ${said ? html`<p id="note" class="note ${this.note ? 'said' : ''}">${said}</p>` : nothing}`;
  }

  #flip(e: Event) {
    this.checked = (e.target as HTMLInputElement).checked;
    this.dispatchEvent(new CustomEvent('value-change', {detail: this.checked, bubbles: true, composed: true}));
  }
}

customElements.define('sluice-toggle', SluiceToggle);
declare global { interface HTMLElementTagNameMap { 'sluice-toggle': SluiceToggle } }

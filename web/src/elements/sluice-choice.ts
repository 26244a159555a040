import {LitElement, css, html, nothing} from 'lit';

import {surface} from '../styles/surface.js';

/**
 * One of a few, each in sight: native radio buttons set like tabs.
 *
 * @fires value-change - `detail` is the id chosen
 */
export class SluiceChoice extends LitElement {
  static override properties = {label: {}, help: {}, note: {}, value: {}, choices: {attribute: false}, disabled: {type: Boolean}};
  declare label: string;
  declare help: string;
  declare note: string;
  declare value: string;
  declare choices: readonly {readonly id: string; readonly label: string}[];
  declare disabled: boolean;

  constructor() {
    super();
    this.label = this.help = this.note = this.value = '';
    this.choices = [];
    this.disabled = false;
  }

  static override styles = [surface, css`
    legend { padding: 0; margin-bottom: 4px; }
    .row { display: flex; flex-wrap: wrap; border-bottom: 1px solid var(--rule); }
    label { display: inline-flex; align-items: center; min-height: var(--target); padding: 0 12px; cursor: pointer; color: var(--muted); border-bottom: 3px solid transparent; margin-bottom: -2px; }
    label:first-child { padding-inline-start: 4px; }
    label:hover { color: var(--ink); }
    label:has(:checked) { color: var(--ink); border-color: var(--accent); }
    label:has(:focus-visible) { outline: 2px solid var(--accent); outline-offset: 2px; }
    label:has(:disabled) { cursor: default; }
    .row.stacked { flex-direction: column; border: 0; border-inline-start: 1px solid var(--rule); }
    .stacked label { min-height: 28px; padding: 0 12px; border: 0; border-inline-start: 3px solid transparent; margin: 0 0 0 -2px; }
    .stacked label:has(:checked) { border-color: var(--accent); }
    @media (pointer: coarse) { .stacked label { min-height: 44px; } }
    .note { font-size: var(--t-label); color: var(--muted); margin-top: 6px; }
    .note.said { color: var(--ink); border-inline-start: 3px solid var(--wait); padding-inline-start: 8px; }
    @media (forced-colors: active) { label { forced-color-adjust: none; } }
  `];

  override render() {
    const said = this.note || this.help;
    return html`
      <fieldset ?disabled=${this.disabled} aria-describedby=${said ? 'note' : nothing}>
        <legend>${this.label}</legend>
        <div class="row ${this.choices.reduce((n, c) => n + c.label.length, 0) > 34 ? 'stacked' : ''}">${this.choices.map((c) => html`
          <label><input class="hide" type="radio" name="choice" value=${c.id} .checked=${c.id === this.value} @change=${this.#choose}>${c.label}</label>`)}
        </div>
        ${said ? html`<p id="note" class="note ${this.note ? 'said' : ''}">${said}</p>` : nothing}
      </fieldset>`;
  }

  #choose(e: Event) {
    this.value = (e.target as HTMLInputElement).value;
    this.dispatchEvent(new CustomEvent('value-change', {detail: this.value, bubbles: true, composed: true}));
  }
}

customElements.define('sluice-choice', SluiceChoice);
declare global { interface HTMLElementTagNameMap { 'sluice-choice': SluiceChoice } }

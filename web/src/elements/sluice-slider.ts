import {LitElement, css, html, nothing} from 'lit';

import {grouped} from '../base/format.js';
import {fromPlace, toPlace} from '../base/scale.js';
import {surface} from '../styles/surface.js';

/**
 * One number: a scale with a gate on it, a box for the exact value, the unit, and the ends of the range.
 * What lies outside is moved to the nearest end, and the element says so in words.
 *
 * @fires value-input - while the value moves; `detail` is the number
 * @fires value-change - when the reader has settled on it
 */
export class SluiceSlider extends LitElement {
  static override properties = {
    label: {}, unit: {}, help: {}, note: {},
    value: {type: Number}, min: {type: Number}, max: {type: Number}, step: {type: Number}, default: {type: Number},
    log: {type: Boolean}, disabled: {type: Boolean}, compact: {type: Boolean, reflect: true},
  };
  declare label: string;
  declare unit: string;
  declare help: string;
  /** A sentence from outside, such as a value clamped on its way in. */
  declare note: string;
  declare value: number;
  declare min: number;
  declare max: number;
  declare step: number;
  declare default: number;
  declare log: boolean;
  declare disabled: boolean;
  declare compact: boolean;
  #clamped = '';

  constructor() {
    super();
    this.label = this.unit = this.help = this.note = '';
    this.value = this.min = 0;
    this.max = 100;
    this.step = 1;
    this.default = NaN;
    this.log = this.disabled = this.compact = false;
  }

  static override styles = [surface, css`
    .param { display: grid; grid-template-columns: 1fr auto; align-items: baseline; align-content: start; column-gap: var(--s2); min-width: 0; }
    .value { display: inline-flex; align-items: baseline; gap: 5px; font-family: var(--mono); }
    .unit { color: var(--muted); font-size: var(--t-label); white-space: nowrap; }
    input[type=number] { min-height: 26px; inline-size: 6.2ch; text-align: right; border: 0; border-bottom: 1px solid var(--rule); border-radius: 0; background: none; padding: 0 2px; appearance: textfield; -moz-appearance: textfield; font-family: var(--mono); }
    input.wide { inline-size: 9ch; }
    input::-webkit-inner-spin-button { appearance: none; margin: 0; }
    .scale { grid-column: 1 / -1; }
    .ends { display: flex; justify-content: space-between; gap: var(--s2); font: 0.6875rem/1.3 var(--mono); color: var(--muted); margin-top: -4px; }
    .note { grid-column: 1 / -1; font-size: var(--t-label); color: var(--muted); margin-top: 6px; }
    .note.said { color: var(--ink); border-inline-start: 3px solid var(--wait); padding-inline-start: 8px; }
    .reset { min-height: 24px; border: 0; padding: 0 4px; margin-block: -6px; font: inherit; color: var(--accent); text-decoration: underline; text-decoration-thickness: 1px; text-underline-offset: 3px; background: none; }
    :host([compact]) .ends, :host([compact]) .note:not(.said) { display: none; }
    input[type=range] { appearance: none; inline-size: 100%; block-size: 30px; margin: 0; background: none; cursor: grab; --at: 50%; }
    input[type=range]:active { cursor: grabbing; }
    input[type=range]:focus-visible { outline-offset: 0; }
    input[type=range]::-webkit-slider-runnable-track { height: 16px; background:
      linear-gradient(var(--accent), var(--accent)) 0 7px / var(--at) 2px no-repeat,
      linear-gradient(var(--rule), var(--rule)) 0 7px / 100% 1px no-repeat,
      repeating-linear-gradient(90deg, var(--rule) 0 1px, transparent 1px calc((100% - 1px) / 16)) 0 8px / 100% 5px no-repeat; }
    input[type=range]::-moz-range-track { height: 16px; background:
      linear-gradient(var(--accent), var(--accent)) 0 7px / var(--at) 2px no-repeat,
      linear-gradient(var(--rule), var(--rule)) 0 7px / 100% 1px no-repeat,
      repeating-linear-gradient(90deg, var(--rule) 0 1px, transparent 1px calc((100% - 1px) / 16)) 0 8px / 100% 5px no-repeat; }
    input[type=range]::-webkit-slider-thumb { appearance: none; width: 12px; height: 26px; margin-top: -5px; background: linear-gradient(var(--on-accent), var(--on-accent)) 50% 50% / 1px 12px no-repeat var(--accent); border: 0; border-radius: 1px; outline: 2px solid var(--surface); }
    input[type=range]::-moz-range-thumb { width: 12px; height: 26px; background: linear-gradient(var(--on-accent), var(--on-accent)) 50% 50% / 1px 12px no-repeat var(--accent); border: 0; border-radius: 1px; outline: 2px solid var(--surface); }
    input[type=range]:disabled { cursor: default; filter: saturate(0); }
    @media (pointer: coarse) { input[type=range] { block-size: 44px; } input[type=number] { min-height: 36px; } }
    @media (forced-colors: active) { input[type=range]::-webkit-slider-runnable-track, input[type=range]::-webkit-slider-thumb { forced-color-adjust: none; } }
  `];

  override render() {
    const {label, value, min, max, log, unit} = this, said = this.#clamped || this.note, changed = Number.isFinite(this.default) && value !== this.default;
    return html`
      <div class="param">
        <label for="range">${label}</label>
        <span class="value">
          <input id="exact" class=${String(max).length > 6 ? 'wide' : nothing} type="number" inputmode="decimal" aria-label="${label}, exact${unit ? `, ${unit}` : ''}"
            .value=${String(value)} min=${min} max=${max} step=${this.step > 0 ? this.step : 'any'} ?disabled=${this.disabled} @change=${this.#typed}>
          ${unit ? html`<span class="unit">${unit}</span>` : nothing}
        </span>
        <div class="scale">
          <input id="range" type="range" ?disabled=${this.disabled} aria-valuetext="${grouped(value)} ${unit}" aria-describedby=${said || this.help ? 'note' : nothing}
            min=${log ? 0 : min} max=${log ? 1000 : max} step=${log ? 1 : this.step > 0 ? this.step : 'any'}
            .value=${String(log ? Math.round(toPlace(value, min, max, true) * 1000) : value)} @input=${this.#moved} @change=${this.#settled}>
          <div class="ends" aria-hidden="true"><span>${grouped(min)}</span><span>${grouped(max)}</span></div>
        </div>
        ${said ? html`<p id="note" class="note said">${said}</p>` : this.help ? html`<p id="note" class="note">${this.help}</p>` : nothing}
        ${changed && !this.compact ? html`<p class="note"><button class="reset" type="button" ?disabled=${this.disabled} @click=${this.#reset}>Reset to ${grouped(this.default)}${unit ? ` ${unit}` : ''}<span class="hide">, ${label}</span></button></p>` : nothing}
      </div>`;
  }

  // Through the CSSOM: a style attribute in a template is refused by the page's own policy.
  override updated() {
    const range = this.renderRoot.querySelector<HTMLInputElement>('#range');
    range?.style.setProperty('--at', `${toPlace(this.value, this.min, this.max, this.log) * 100}%`);
  }

  #moved(e: Event) {
    const at = Number((e.target as HTMLInputElement).value);
    this.#clamped = '';
    this.value = this.log ? fromPlace(at / 1000, this.min, this.max, true, this.step) : at;
    this.#tell('value-input');
  }

  #settled() { this.#tell('value-change'); }

  #typed(e: Event) {
    const box = e.target as HTMLInputElement, given = Number(box.value), {min, max} = this, unit = this.unit ? ` ${this.unit}` : '';
    this.#clamped = '';
    if (box.value.trim() === '' || !Number.isFinite(given)) this.#clamped = `${this.label} needs a number; ${grouped(this.value)}${unit} is kept.`;
    else if (given < min) { this.#clamped = `${grouped(min)}${unit} is the least ${this.label} can be.`; this.value = min; }
    else if (given > max) { this.#clamped = `${grouped(max)}${unit} is the most ${this.label} can be.`; this.value = max; }
    else {
      const whole = Number.isInteger(this.step) && this.step > 0 && Number.isInteger(min) ? Math.round(given) : given;
      if (whole !== given) this.#clamped = `${this.label} is a whole number; ${grouped(whole)}${unit} is used.`;
      this.value = whole;
    }
    box.value = String(this.value);
    this.requestUpdate();
    this.#tell('value-input');
    this.#tell('value-change');
  }

  #reset() {
    this.#clamped = '';
    this.value = this.default;
    this.#tell('value-input');
    this.#tell('value-change');
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('#range')?.focus());
  }

  #tell(type: string) { this.dispatchEvent(new CustomEvent(type, {detail: this.value, bubbles: true, composed: true})); }
}

customElements.define('sluice-slider', SluiceSlider);
declare global { interface HTMLElementTagNameMap { 'sluice-slider': SluiceSlider } }

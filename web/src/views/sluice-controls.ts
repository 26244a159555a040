import {LitElement, css, html, type TemplateResult} from 'lit';

import '../elements/sluice-choice.js';
import '../elements/sluice-slider.js';
import '../elements/sluice-toggle.js';
import type {ParameterSchema, ParameterValue, ParameterValues} from '../protocol/schema.js';
import {surface} from '../styles/surface.js';

/** A narrower range than the schema's, or other words, where a page has reason to. */
export interface ControlHint { readonly label?: string; readonly min?: number; readonly max?: number; readonly step?: number; readonly log?: boolean; readonly usual?: number }

/**
 * The controls of a scenario, generated from its schema.
 *
 * @fires param-input - while a value moves; `detail` is `{id, value}`
 * @fires param-change - when the reader has settled on it
 */
export class SluiceControls extends LitElement {
  static override properties = {params: {attribute: false, hasChanged: (a?: readonly unknown[], b?: readonly unknown[]) => a?.length !== b?.length || (a?.some((p, i) => p !== b?.[i]) ?? false)}, values: {attribute: false}, notes: {attribute: false}, hints: {attribute: false}, compact: {type: Boolean, reflect: true}, terse: {type: Boolean}};
  declare params: readonly ParameterSchema[];
  declare values: ParameterValues;
  /** Sentences by parameter: what was clamped on its way in. */
  declare notes: Readonly<Record<string, string>>;
  declare hints: Readonly<Record<string, ControlHint>>;
  declare compact: boolean;
  /** Without the sentences that explain a parameter. */
  declare terse: boolean;

  constructor() {
    super();
    this.params = [];
    this.values = {};
    this.notes = {};
    this.hints = {};
    this.compact = this.terse = false;
  }

  static override styles = [surface, css`
    .params { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 250px), 1fr)); gap: var(--s5) var(--s6); }
    :host([compact]) .params { grid-template-columns: repeat(auto-fit, minmax(min(100%, 190px), 1fr)); gap: var(--s3) var(--s5); }
  `];

  override render() {
    return html`<div class="params">${this.params.map((p) => this.#control(p))}</div>`;
  }

  #control(p: ParameterSchema): TemplateResult {
    const value = this.values[p.id] ?? p.default, note = this.notes[p.id] ?? '', hint = this.hints[p.id] ?? {}, label = hint.label ?? p.label, help = this.compact || this.terse ? '' : p.help;
    switch (p.type) {
      case 'flag':
        return html`<sluice-toggle data-param=${p.id} label=${label} help=${help} note=${note} .checked=${value === true} @value-change=${(e: CustomEvent<boolean>) => this.#tell('param-change', p.id, e.detail)}></sluice-toggle>`;
      case 'choice':
        return html`<sluice-choice data-param=${p.id} label=${label} help=${help} note=${note} .choices=${p.choices} .value=${String(value)} @value-change=${(e: CustomEvent<string>) => this.#tell('param-change', p.id, e.detail)}></sluice-choice>`;
      default:
        return html`<sluice-slider data-param=${p.id} label=${label} unit=${p.unit} help=${help} note=${note} ?compact=${this.compact} ?log=${hint.log ?? p.log} .min=${hint.min ?? p.min} .max=${Math.max(hint.max ?? p.max, Number(value))} .step=${hint.step ?? (p.type === 'integer' ? Math.max(1, p.step) : p.step)} .default=${hint.usual ?? Number(p.default)} .value=${Number(value)}
          @value-input=${(e: CustomEvent<number>) => this.#tell('param-input', p.id, e.detail)} @value-change=${(e: CustomEvent<number>) => this.#tell('param-change', p.id, e.detail)}></sluice-slider>`;
    }
  }

  #tell(type: string, id: string, value: ParameterValue) { this.dispatchEvent(new CustomEvent(type, {detail: {id, value}, bubbles: true, composed: true})); }
}

customElements.define('sluice-controls', SluiceControls);
declare global { interface HTMLElementTagNameMap { 'sluice-controls': SluiceControls } }

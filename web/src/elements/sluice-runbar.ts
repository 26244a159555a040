import {LitElement, css, html, nothing} from 'lit';

import {surface} from '../styles/surface.js';
import {icons} from './icons.js';

export type BarState = 'idle' | 'starting' | 'running' | 'paused' | 'ended';

/** Virtual seconds per wall second that the list offers. */
export const speeds = [0.0005, 0.002, 0.02, 0.1, 1, 10] as const;
export const sayFraction = (speed: number): string => speed >= 1 ? `${speed} ×` : `1/${Math.round(1 / speed)} ×`;

/**
 * What starts, holds and ends a run. One primary button, whose word says what it does now.
 *
 * @fires toggle-run - run, pause or resume
 * @fires stop-run
 * @fires step-run
 * @fires restart-run - from the beginning, with the same seed
 * @fires speed-change - `detail` is the speed
 * @fires seed-change - `detail` is the text typed
 * @fires seed-new
 * @slot - what follows the seed: badge, clock
 * @slot end - what stands at the other end
 */
export class SluiceRunbar extends LitElement {
  static override properties = {state: {}, simulated: {type: Boolean}, speed: {attribute: false}, seed: {}, ends: {type: Boolean}, again: {type: Boolean}, note: {}};
  declare state: BarState;
  declare simulated: boolean;
  declare speed: number | 'max';
  declare seed: string;
  /** Whether Stop is offered. */
  declare ends: boolean;
  /** Whether a way back to the start is offered. */
  declare again: boolean;
  declare note: string;

  constructor() {
    super();
    this.state = 'idle';
    this.simulated = this.ends = this.again = false;
    this.speed = 1;
    this.seed = '7';
    this.note = '';
  }

  static override styles = [surface, css`
    .bar { display: flex; flex-wrap: wrap; gap: var(--s2) var(--s4); align-items: center; }
    .joined { display: inline-flex; } .joined button { border-radius: 0; margin-inline-start: -1px; } .joined button:first-child { border-radius: var(--radius) 0 0 var(--radius); margin: 0; } .joined button:last-child { border-radius: 0 var(--radius) var(--radius) 0; } .joined button:only-child { border-radius: var(--radius); }
    .primary { min-inline-size: 98px; justify-content: center; }
    .seed { inline-size: 6ch; }
    .field button { min-inline-size: var(--target); justify-content: center; color: var(--ink); }
    slot[name=end] { display: flex; flex-wrap: wrap; gap: var(--s2); margin-inline-start: auto; align-items: center; }
    .note { flex-basis: 100%; font-size: var(--t-label); border-inline-start: 3px solid var(--wait); padding-inline-start: 8px; }
    @media (max-width: 620px) { slot[name=end] { margin-inline-start: 0; } .bar { gap: 8px; } }
  `];

  override render() {
    const {state} = this, live = state === 'running' || state === 'paused', word = state === 'running' ? 'Pause' : state === 'paused' ? 'Resume' : state === 'starting' ? 'Starting' : 'Run';
    const offered: (number | 'max')[] = typeof this.speed === 'number' && !(speeds as readonly number[]).includes(this.speed) ? [...speeds, this.speed].sort((a, b) => a - b) : [...speeds];
    offered.push('max');
    return html`
      <div class="bar">
        <div class="buttons">
          <button class="primary" type="button" ?disabled=${state === 'starting'} @click=${() => this.#tell('toggle-run')}>${state === 'running' ? icons.pause : icons.run} ${word}</button>
          <span class="joined">
            ${this.again ? html`<button type="button" aria-label="Back to the start" @click=${() => this.#tell('restart-run')}>${icons.again}</button>` : nothing}
            ${this.ends && (live || state === 'starting') ? html`<button type="button" @click=${() => this.#tell('stop-run')}>${icons.stop} Stop</button>` : nothing}
            ${this.simulated ? html`<button type="button" ?disabled=${state === 'starting'} @click=${() => this.#tell('step-run')}>${icons.step} Step</button>` : nothing}
          </span>
        </div>
        ${this.simulated ? html`<label class="field">speed <select aria-label="Speed" @change=${this.#paced}>${offered.map((s) => html`<option value=${s} ?selected=${s === this.speed}>${s === 'max' ? 'at once' : sayFraction(s)}</option>`)}</select></label>` : nothing}
        <label class="field">seed <input class="seed" size="6" maxlength="16" spellcheck="false" autocomplete="off" .value=${this.seed} @change=${this.#seeded}></label>
        <button class="bare" type="button" aria-label="New seed" title="New seed" @click=${() => this.#tell('seed-new')}>${icons.seed}</button>
        <slot></slot><slot name="end"></slot>
        ${this.note ? html`<p class="note">${this.note}</p>` : nothing}
      </div>`;
  }

  #tell(type: string, detail?: unknown) { this.dispatchEvent(new CustomEvent(type, {detail, bubbles: true, composed: true})); }
  #paced(e: Event) { const {value} = e.target as HTMLSelectElement; this.#tell('speed-change', value === 'max' ? 'max' : Number(value)); }
  #seeded(e: Event) { this.#tell('seed-change', (e.target as HTMLInputElement).value); }
}

customElements.define('sluice-runbar', SluiceRunbar);
declare global { interface HTMLElementTagNameMap { 'sluice-runbar': SluiceRunbar } }

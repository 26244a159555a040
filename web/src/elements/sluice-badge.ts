import {LitElement, css, html} from 'lit';

import {surface} from '../styles/surface.js';

let serial = 0;

/**
 * Which engine runs, and why. A dotted frame means virtual time, a solid one measured time.
 *
 * @slot - what can be done about it, inside the explanation
 */
export class SluiceBadge extends LitElement {
  static override properties = {engine: {reflect: true}, text: {}, why: {}};
  declare engine: 'threads' | 'sim';
  declare text: string;
  declare why: string;
  readonly #id = `why-${++serial}`;

  constructor() {
    super();
    this.engine = 'sim';
    this.text = 'Simulated · deterministic';
    this.why = '';
  }

  static override styles = [surface, css`
    :host { display: inline-block; max-width: 100%; }
    .badge { min-height: 28px; padding: 0 10px; font: var(--t-label)/1.2 var(--mono); border: 1px solid var(--rule); max-width: 100%; }
    :host([engine=sim]) .badge { border-style: dotted; border-width: 1.5px; }
    i { flex: none; inline-size: 8px; block-size: 8px; background: var(--run); }
    :host([engine=sim]) i { background: none; border: 1.5px dotted var(--run); inline-size: 10px; block-size: 10px; }
    .words { overflow: hidden; text-overflow: ellipsis; }
    b { font-weight: 400; color: var(--muted); text-decoration: underline dotted; text-underline-offset: 3px; }
    [popover] { position: fixed; inset: auto; margin: 0; max-inline-size: min(38ch, calc(100vw - 32px)); padding: var(--s4); background: var(--surface); color: var(--ink); border: 1px solid var(--rule); border-radius: 0; font: 400 0.9375rem/1.5 var(--prose); }
    :host([engine=sim]) [popover] { border-style: dotted; border-width: 1.5px; }
    p + .slot { margin-top: var(--s3); }
    .slot { display: flex; flex-wrap: wrap; gap: var(--s2); font: 400 var(--t-ui)/1.5 var(--ui); }
    @media (pointer: coarse) { .badge { min-height: 44px; } }
    @media (max-width: 620px) { .badge { font-size: 0.6875rem; } }
    @media (forced-colors: active) { i { forced-color-adjust: none; } }
  `];

  override render() {
    return html`
      <button class="badge" type="button" popovertarget=${this.#id} aria-label="${this.text}, why?"><i aria-hidden="true"></i><span class="words">${this.text}</span> <b>why?</b></button>
      <div id=${this.#id} popover role="dialog" aria-label="Why this engine" @beforetoggle=${this.#place}><p>${this.why}</p><div class="slot"><slot></slot></div></div>`;
  }

  #place(e: ToggleEvent) {
    if (e.newState !== 'open') return;
    const button = this.renderRoot.querySelector('button')!.getBoundingClientRect(), card = e.target as HTMLElement;
    const wide = Math.min(340, innerWidth - 32);
    card.style.setProperty('left', `${Math.max(16, Math.min(button.left, innerWidth - wide - 16))}px`);
    card.style.setProperty('top', `${button.bottom + 8}px`);
  }
}

customElements.define('sluice-badge', SluiceBadge);
declare global { interface HTMLElementTagNameMap { 'sluice-badge': SluiceBadge } }

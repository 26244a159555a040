import {LitElement, css, html} from 'lit';

import {surface} from '../styles/surface.js';

/** A line to take away, with a button that takes it. */
export class SluiceCommand extends LitElement {
  static override properties = {text: {}, label: {}};
  declare text: string;
  declare label: string;
  #copied = false;

  constructor() {
    super();
    this.text = '';
    this.label = 'Command';
  }

  static override styles = [surface, css`
    .cmd { display: flex; align-items: center; gap: 12px; background: var(--sunk); padding: 4px 4px 4px 14px; font: var(--t-label)/1.6 var(--mono); }
    .cmd > code { overflow-x: auto; white-space: pre; min-width: 0; flex: 1; font-size: inherit; padding-block: 4px; }
    button { min-height: 28px; font-family: var(--ui); background: var(--surface); }
    @media (pointer: coarse) { button { min-height: 44px; } }
  `];

  override render() {
    return html`<div class="cmd"><code tabindex="0" role="group" aria-label=${this.label}>${this.text}</code><button type="button" aria-label="Copy ${this.label}" @click=${this.#copy}>${this.#copied ? 'Copied' : 'Copy'}</button></div>`;
  }

  async #copy() {
    this.#copied = await navigator.clipboard.writeText(this.text).then(() => true, () => false);
    if (!this.#copied) this.#select();
    this.requestUpdate();
    setTimeout(() => { this.#copied = false; this.requestUpdate(); }, 2000);
  }

  /** Where the clipboard is refused, the line is at least selected. */
  #select() {
    const code = this.renderRoot.querySelector('code');
    if (code) getSelection()?.selectAllChildren(code);
  }
}

customElements.define('sluice-command', SluiceCommand);
declare global { interface HTMLElementTagNameMap { 'sluice-command': SluiceCommand } }

import {LitElement, css, html} from 'lit';

import {onPaletteChange} from '../render/palette.js';
import {drawSwatch, type SwatchKind} from '../render/posters.js';
import {surfaceOf} from '../render/surface-2d.js';
import {surface} from '../styles/surface.js';

const words: Readonly<Record<SwatchKind, string>> = {
  flow: 'queued work', run: 'running', wait: 'waiting for a lock', idle: 'parked', steal: 'steal, from victim to thief', retry: 'retrying', cancel: 'cancelled',
};

/** What the colours, patterns and shapes of a picture mean; only those that can occur in it. */
export class SluiceLegend extends LitElement {
  static override properties = {kinds: {attribute: false, hasChanged: (a?: readonly string[], b?: readonly string[]) => a?.join() !== b?.join()}, flow: {}};
  declare kinds: readonly SwatchKind[];
  /** What the water stands for. */
  declare flow: string;
  #end: (() => void) | undefined;

  constructor() {
    super();
    this.kinds = ['run', 'idle'];
    this.flow = words.flow;
  }

  static override styles = [surface, css`
    ul { display: flex; flex-wrap: wrap; gap: 6px 20px; font-size: var(--t-label); color: var(--muted); align-items: center; }
    li { display: inline-flex; align-items: center; gap: 8px; }
    canvas { inline-size: 26px; block-size: 14px; background: none; }
  `];

  override render() {
    return html`<ul aria-label="Legend">${this.kinds.map((k) => html`<li><canvas data-kind=${k} aria-hidden="true"></canvas>${k === 'flow' ? this.flow : words[k]}</li>`)}</ul>`;
  }

  override connectedCallback() { super.connectedCallback(); this.#end = onPaletteChange(() => this.#draw()); }
  override disconnectedCallback() { super.disconnectedCallback(); this.#end?.(); }
  override updated() { this.#draw(); }

  #draw() {
    for (const canvas of this.renderRoot.querySelectorAll('canvas')) { const s = surfaceOf(canvas); if (s) drawSwatch(s, canvas.dataset['kind'] as SwatchKind); }
  }
}

customElements.define('sluice-legend', SluiceLegend);
declare global { interface HTMLElementTagNameMap { 'sluice-legend': SluiceLegend } }

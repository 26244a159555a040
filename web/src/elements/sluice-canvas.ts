import {LitElement, css, html, nothing} from 'lit';

import {frameLoop} from '../render/frame-loop.js';
import {onPaletteChange} from '../render/palette.js';
import {surfaceOf, type Surface} from '../render/surface-2d.js';
import {surface} from '../styles/surface.js';
import './sluice-data.js';
import type {DataTable} from './sluice-data.js';

/**
 * A picture, and everything a picture owes to those who do not see it: a name, a paragraph, and a table of its data.
 * Draws when told to, when its size or the theme changes, and only while it is on screen.
 */
export class SluiceCanvas extends LitElement {
  static override properties = {label: {}, summary: {}, paint: {attribute: false}, data: {attribute: false}, plain: {type: Boolean, reflect: true}};
  declare label: string;
  /** One generated paragraph: what the picture shows now. */
  declare summary: string;
  declare paint: ((s: Surface, now: number) => void) | undefined;
  declare data: (() => DataTable) | undefined;
  /** Without frame, as inside a frame of its own. */
  declare plain: boolean;
  #visible = true;
  #stale = false;
  #later: ReturnType<typeof setTimeout> | undefined;
  #ends: (() => void)[] = [];

  constructor() {
    super();
    this.label = this.summary = '';
    this.plain = false;
  }

  static override styles = [surface, css`
    :host { --height: 212px; }
    .screen { block-size: var(--height); }
    canvas { block-size: 100%; }
    :host([plain]) .screen { border: 0; }
  `];

  override render() {
    return html`
      <div class="screen"><canvas role="img" aria-label=${this.label} aria-describedby="words"></canvas></div>
      <p id="words" class="hide">${this.summary}</p>
      ${this.data ? html`<sluice-data label=${this.label} .data=${this.data}></sluice-data>` : nothing}`;
  }

  get canvas(): HTMLCanvasElement | null { return this.renderRoot.querySelector('canvas'); }

  /** Draw again in the next frame. */
  invalidate(): void {
    if (this.#visible) return frameLoop.invalidate(this);
    this.#stale = true;
    // Out of sight is not out of date for long: the page may be printed, or scrolled faster than it is told.
    this.#later ??= setTimeout(() => { this.#later = undefined; if (this.#stale) frameLoop.invalidate(this); }, 1000);
  }

  /** For the frame loop. */
  draw(now: number): void {
    this.#stale = false;
    const canvas = this.canvas, s = canvas && this.isConnected ? surfaceOf(canvas) : undefined;
    if (s) this.paint?.(s, now);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const resized = new ResizeObserver(() => this.invalidate());
    resized.observe(this);
    const seen = new IntersectionObserver(([entry]) => {
      this.#visible = entry?.isIntersecting ?? true;
      if (this.#visible && this.#stale) { this.#stale = false; this.invalidate(); }
    }, {rootMargin: '64px'});
    seen.observe(this);
    this.#ends = [onPaletteChange(() => this.invalidate()), () => resized.disconnect(), () => seen.disconnect()];
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const end of this.#ends) end();
    clearTimeout(this.#later);
    this.#later = undefined;
    frameLoop.forget(this);
  }

  override updated() { this.invalidate(); }
}

customElements.define('sluice-canvas', SluiceCanvas);
declare global { interface HTMLElementTagNameMap { 'sluice-canvas': SluiceCanvas } }

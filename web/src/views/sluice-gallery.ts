import {LitElement, css, html} from 'lit';

import type {Catalogue, ScenarioSchema} from '../protocol/schema.js';
import {onPaletteChange} from '../render/palette.js';
import {drawPoster} from '../render/posters.js';
import {surfaceOf} from '../render/surface-2d.js';
import {surface} from '../styles/surface.js';

const levels = ['first steps', 'working knowledge', 'deep water'] as const;

/** The catalogue in groups, each scenario with a small plate of its own. */
export class SluiceGallery extends LitElement {
  static override properties = {catalogue: {attribute: false}};
  declare catalogue: Catalogue;
  #ends: (() => void)[] = [];

  static override styles = [surface, css`
    .gallery { display: grid; grid-template-columns: repeat(3, 1fr); gap: var(--s7) var(--s6); }
    .two { grid-column: span 2; } .three { grid-column: 1 / -1; }
    h2 { display: flex; align-items: baseline; gap: var(--s3); margin-bottom: var(--s3); }
    h2 small { font: var(--t-label)/1.4 var(--ui); color: var(--muted); text-transform: lowercase; }
    .cards { display: grid; gap: var(--s5) var(--s6); } .two .cards { grid-template-columns: repeat(2, 1fr); } .three .cards { grid-template-columns: repeat(3, 1fr); }
    @media (max-width: 860px) { .gallery, .three .cards { grid-template-columns: repeat(2, 1fr); } }
    @media (max-width: 560px) { .gallery, .two .cards, .three .cards { grid-template-columns: 1fr; } .two { grid-column: auto; } }
    .card { display: block; color: inherit; text-decoration: none; min-width: 0; }
    .card .screen { display: block; }
    canvas { block-size: 132px; }
    .card:hover .screen, .card:focus-visible .screen { border-color: var(--accent); }
    strong { display: block; font: 400 1.0625rem/1.3 var(--prose); margin-top: 10px; }
    .card:hover strong { text-decoration: underline; text-decoration-thickness: 1px; text-underline-offset: 3px; }
    .promise { display: block; color: var(--muted); font-size: 0.8125rem; line-height: 1.45; margin-top: 2px; }
    .meta { font: 0.6875rem/1 var(--mono); margin-top: 9px; display: flex; gap: 10px; align-items: center; color: var(--muted); }
    .dot { inline-size: 8px; block-size: 8px; background: var(--run); flex: none; } .dot.sim { background: none; border: 1.5px dotted var(--run); inline-size: 9px; block-size: 9px; }
    .level { letter-spacing: 2px; margin-inline-start: auto; }
    @media (forced-colors: active) { .dot { forced-color-adjust: none; } }
  `];

  override render() {
    const groups = new Map<string, ScenarioSchema[]>();
    for (const s of this.catalogue.scenarios) groups.set(s.group, [...(groups.get(s.group) ?? []), s]);
    return html`<div class="gallery">${[...groups].map(([name, of]) => html`<section class=${['', '', 'two', 'three'][Math.min(3, of.length)]!} aria-label=${name}><h2>${name}<small>${of[0]?.groupNote ?? ''}</small></h2><div class="cards">${of.map((s) => this.#card(s))}</div></section>`)}</div>`;
  }

  #card(s: ScenarioSchema) {
    const level = Math.min(3, Math.max(1, s.level));
    return html`<a class="card" href="./?scenario=${s.id}"><span class="screen"><canvas data-poster=${s.id} aria-hidden="true"></canvas></span><strong>${s.title}</strong><span class="promise">${s.promise}</span>
      <span class="meta"><span class="dot ${s.explore ? 'sim' : s.prefers}"></span>${s.explore ? 'every execution' : s.prefers === 'threads' ? 'real threads' : 'simulated'}<span class="level" role="img" aria-label=${levels[level - 1]!}>${'▮'.repeat(level)}${'▯'.repeat(3 - level)}</span></span></a>`;
  }

  override connectedCallback() {
    super.connectedCallback();
    const resized = new ResizeObserver(() => this.#draw());
    resized.observe(this);
    this.#ends = [onPaletteChange(() => this.#draw()), () => resized.disconnect()];
  }
  override disconnectedCallback() { super.disconnectedCallback(); for (const end of this.#ends) end(); }
  override updated() { this.#draw(); }

  #draw() {
    for (const canvas of this.renderRoot.querySelectorAll<HTMLCanvasElement>('canvas')) { const s = surfaceOf(canvas); if (s) drawPoster(s, canvas.dataset['poster'] ?? ''); }
  }
}

customElements.define('sluice-gallery', SluiceGallery);
declare global { interface HTMLElementTagNameMap { 'sluice-gallery': SluiceGallery } }

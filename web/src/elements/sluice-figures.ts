import {LitElement, css, html, nothing} from 'lit';

import {surface} from '../styles/surface.js';

export interface HeadFigure { readonly label: string; readonly value: string; readonly unit: string }
export interface Reading { readonly label: string; readonly value: string; readonly title?: string }

/**
 * Headline figures, and beneath them the smaller readings. Digits have one width, so nothing jumps.
 */
export class SluiceFigures extends LitElement {
  static override properties = {
    figures: {attribute: false}, readings: {attribute: false}, across: {type: Boolean, reflect: true}, muted: {type: Boolean, reflect: true}, small: {type: Boolean, reflect: true},
  };
  declare figures: readonly HeadFigure[];
  declare readings: readonly Reading[];
  declare across: boolean;
  /** The numbers speak of no present run. */
  declare muted: boolean;
  declare small: boolean;

  constructor() {
    super();
    this.figures = [];
    this.readings = [];
    this.across = this.muted = this.small = false;
  }

  static override styles = [surface, css`
    dl { display: grid; align-content: start; grid-template-columns: minmax(0, 1fr); }
    .head { border-top: var(--hair) solid var(--line); padding: var(--s3) 0; min-width: 0; }
    dt { font-size: var(--t-label); color: var(--muted); }
    dd { font-family: var(--mono); font-size: var(--t-figure); line-height: 1.15; letter-spacing: -.03em; white-space: nowrap; }
    dd small { font-size: var(--t-label); letter-spacing: 0; color: var(--muted); margin-inline-start: 6px; }
    .readings { display: grid; grid-template-columns: 1fr auto; gap: 5px var(--s4); font-size: var(--t-label); border-top: var(--hair) solid var(--line); padding-top: var(--s3); }
    .readings dd { font: var(--t-label)/1.5 var(--mono); letter-spacing: 0; text-align: right; }
    :host([across]) .heads { grid-template-columns: repeat(3, minmax(0, 1fr)); column-gap: var(--s5); }
    :host([muted]) dd { color: var(--muted); }
    :host([small]) dd { font-size: 1.25rem; } :host([small]) .head { border: 0; padding: 0; }
    abbr { text-decoration: underline dotted; text-underline-offset: 3px; }
    @media (max-width: 900px) { .heads { grid-template-columns: repeat(3, minmax(0, 1fr)); column-gap: var(--s4); } }
    @media (max-width: 620px) { .heads { column-gap: var(--s3); } .head dd small { display: block; margin: 2px 0 0; } :host([across]) .heads { column-gap: var(--s3); } }
  `];

  override render() {
    return html`
      <dl class="heads">${this.figures.map((f) => html`<div class="head"><dt>${f.label}</dt><dd>${f.value}<small>${f.unit}</small></dd></div>`)}</dl>
      ${this.readings.length ? html`<dl class="readings">${this.readings.map((r) => html`<dt>${r.title ? html`<abbr title=${r.title}>${r.label}</abbr>` : r.label}</dt><dd>${r.value}</dd>`)}</dl>` : nothing}`;
  }
}

customElements.define('sluice-figures', SluiceFigures);
declare global { interface HTMLElementTagNameMap { 'sluice-figures': SluiceFigures } }

import {LitElement, css, html, nothing} from 'lit';

import {surface} from '../styles/surface.js';

/** One word of a line: a class letter (`k` keyword, `c` comment, `n` name, `s` string, `d` digit, empty) and its text. */
export type CodeToken = readonly [kind: string, text: string];
/** Lines with their number in the file; a gap in the numbers is shown as one. */
export interface Listing { readonly file: string; readonly lines: readonly (readonly [line: number, tokens: readonly CodeToken[]])[] }
/** The C++, and where there is one its Go form. */
export interface SourceCode extends Listing { readonly go?: Listing }

/** Somebody stands at a line; one of them makes the present step. */
export interface Standing { readonly line: number; readonly who: string; readonly now: boolean }

const languages = ['C++', 'Go'] as const;

/**
 * Source that was coloured when the page was built; here it is only set. Where there is a Go form too, tabs choose. With `standing`, the lines where threads are
 * have their names in the margin, the present one is lit, and the box is low and follows it.
 */
export class SluiceCode extends LitElement {
  static override properties = {code: {attribute: false}, missing: {type: Boolean}, standing: {attribute: false}, label: {}, language: {state: true}};
  declare code: SourceCode | undefined;
  declare missing: boolean;
  declare standing: readonly Standing[] | undefined;
  declare label: string;
  declare language: typeof languages[number];
  #followed = '';

  constructor() {
    super();
    this.missing = false;
    this.label = 'C++ source of this scenario';
    this.language = 'C++';
  }

  static override styles = [surface, css`
    .code { border: var(--hair) solid var(--line); background: var(--surface); }
    .tabs { display: flex; border-bottom: var(--hair) solid var(--line); font: var(--t-label)/1 var(--mono); align-items: stretch; min-height: var(--target); }
    .tab { padding: 0 12px; display: inline-flex; align-items: center; border: 0; border-bottom: 2px solid transparent; background: none; color: var(--muted); font: inherit; min-height: 0; }
    .tab[aria-selected='true'], span.tab { border-bottom-color: var(--accent); color: var(--ink); }
    .tab:focus-visible { outline-offset: -2px; }
    [role='tablist'] { display: flex; align-items: stretch; }
    .file { margin-inline-start: auto; align-self: center; padding-inline: 12px; color: var(--muted); }
    ol { font: 0.75rem/1.66 var(--mono); display: grid; padding-block: 10px; overflow: auto; max-block-size: min(34rem, 80vh); }
    ol:focus-visible { outline-offset: -2px; }
    li code { font-size: inherit; }
    li { display: grid; grid-template-columns: 40px max-content; min-width: max-content; white-space: pre; padding-inline-end: 12px; min-height: 1.66em; border-inline-start: 3px solid transparent; }
    li::before { content: attr(data-line); color: var(--muted); text-align: right; padding-inline-end: 14px; }
    .follows { max-block-size: 280px; overflow: auto; position: relative; } .follows li { grid-template-columns: 36px 44px max-content; }
    .who { font-weight: 700; font-size: 0.6875rem; padding-inline-end: 6px; overflow: hidden; }
    li.now { background: var(--flow-fill); border-color: var(--run); }
    .k { font-weight: 700; } .c { color: var(--muted); font-style: italic; } .n { color: var(--accent); } .s { color: color-mix(in oklab, var(--wait) 80%, var(--ink)); } .d { color: var(--accent); }
    p { padding: var(--s4); }
    @media (forced-colors: active) { li { border-inline-start-color: Canvas; } li.now { border-inline-start-color: Highlight; outline: 1px solid Highlight; outline-offset: -1px; } }
  `];

  override render() {
    const {standing} = this, code = this.language === 'Go' ? this.code?.go ?? this.code : this.code, at = new Map<number, Standing[]>();
    for (const s of standing ?? []) at.set(s.line, [...(at.get(s.line) ?? []), s]);
    return html`
      <div class="code">
        <div class="tabs">${this.#tabs()}<span class="file">${code?.file ?? ''}</span></div>
        ${code ? html`<ol class=${standing ? 'follows' : ''} tabindex="0" aria-label=${code === this.code ? this.label : this.label.replace('C++', 'Go')}>${code.lines.map(([line, tokens], i) => html`${i > 0 && line !== code.lines[i - 1]![0] + 1 ? html`<li class="gap"><code>⋯</code></li>` : ''}${this.#line(line, tokens, at.get(line))}`)}</ol>`
          : html`<p class="quiet">${this.missing ? 'The source is not part of this build.' : 'The source is being fetched.'}</p>`}
      </div>`;
  }

  #tabs() {
    if (!this.code?.go) return html`<span class="tab">C++</span>`;
    return html`<div role="tablist" aria-label="Language" @keydown=${this.#turn}>${languages.map((name) => html`<button class="tab" type="button" role="tab" aria-selected=${name === this.language ? 'true' : 'false'} tabindex=${name === this.language ? 0 : -1} @click=${() => { this.language = name; }}>${name}</button>`)}</div>`;
  }

  async #turn(e: KeyboardEvent) {
    if (!['ArrowLeft', 'ArrowRight', 'Home', 'End'].includes(e.key)) return;
    e.preventDefault();
    e.stopPropagation();      // elsewhere on the page the arrows step a run
    this.language = e.key === 'Home' ? 'C++' : e.key === 'End' ? 'Go' : this.language === 'Go' ? 'C++' : 'Go';
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>('[role=tab][aria-selected=true]')?.focus();
  }

  #line(line: number, tokens: readonly CodeToken[], here: readonly Standing[] | undefined) {
    const text = tokens.map(([kind, part]) => (kind ? html`<span class=${kind}>${part}</span>` : part));
    if (!this.standing) return html`<li data-line=${line}><code>${text}</code></li>`;
    const now = here?.some((s) => s.now) ?? false;
    return html`<li data-line=${line} class=${now ? 'now' : ''} aria-current=${now ? 'step' : nothing}><span class="who">${here?.map((s) => s.who).join(' ')}</span><code>${text}</code></li>`;
  }

  /** The lit line comes into the box; the page stays where it is. */
  override updated() {
    if (!this.standing) return;
    const lit = this.renderRoot.querySelector<HTMLElement>('li.now'), box = this.renderRoot.querySelector<HTMLElement>('ol'), place = `${this.code?.file ?? ''}:${lit?.dataset['line'] ?? ''}`;
    if (!lit || !box || place === this.#followed) return;
    this.#followed = place;
    const top = lit.offsetTop - box.clientHeight / 3;
    if (lit.offsetTop < box.scrollTop + 20 || lit.offsetTop + lit.offsetHeight > box.scrollTop + box.clientHeight - 20) box.scrollTop = Math.max(0, top);
  }
}

customElements.define('sluice-code', SluiceCode);
declare global { interface HTMLElementTagNameMap { 'sluice-code': SluiceCode } }

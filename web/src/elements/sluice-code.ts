import {LitElement, css, html} from 'lit';

import {surface} from '../styles/surface.js';

/** One word of a line: a class letter (`k` keyword, `c` comment, `n` name, `s` string, `d` digit, empty) and its text. */
export type CodeToken = readonly [kind: string, text: string];
/** Lines with their number in the file; a gap in the numbers is shown as one. */
export interface SourceCode { readonly file: string; readonly lines: readonly (readonly [line: number, tokens: readonly CodeToken[]])[] }

/** Source that was coloured when the page was built; here it is only set. */
export class SluiceCode extends LitElement {
  static override properties = {code: {attribute: false}, missing: {type: Boolean}};
  declare code: SourceCode | undefined;
  declare missing: boolean;

  constructor() {
    super();
    this.missing = false;
  }

  static override styles = [surface, css`
    .code { border: var(--hair) solid var(--line); background: var(--surface); }
    .tabs { display: flex; border-bottom: var(--hair) solid var(--line); font: var(--t-label)/1 var(--mono); align-items: stretch; min-height: var(--target); }
    .tab { padding: 0 12px; display: inline-flex; align-items: center; border-bottom: 2px solid var(--accent); }
    .file { margin-inline-start: auto; align-self: center; padding-inline: 12px; color: var(--muted); }
    ol { font: 0.75rem/1.66 var(--mono); display: grid; padding-block: 10px; overflow-x: auto; }
    ol:focus-visible { outline-offset: -2px; }
    li code { font-size: inherit; }
    li { display: grid; grid-template-columns: 40px max-content; min-width: max-content; white-space: pre; padding-inline-end: 12px; min-height: 1.66em; border-inline-start: 3px solid transparent; }
    li::before { content: attr(data-line); color: var(--muted); text-align: right; padding-inline-end: 14px; }
    .k { font-weight: 700; } .c { color: var(--muted); font-style: italic; } .n { color: var(--accent); } .s { color: color-mix(in oklab, var(--wait) 80%, var(--ink)); } .d { color: var(--accent); }
    p { padding: var(--s4); }
  `];

  override render() {
    const {code} = this;
    return html`
      <div class="code">
        <div class="tabs"><span class="tab">C++</span><span class="file">${code?.file ?? ''}</span></div>
        ${code ? html`<ol tabindex="0" aria-label="C++ source of this scenario">${code.lines.map(([line, tokens], i) => html`${i > 0 && line !== code.lines[i - 1]![0] + 1 ? html`<li class="gap"><code>⋯</code></li>` : ''}<li data-line=${line}><code>${tokens.map(([kind, text]) => (kind ? html`<span class=${kind}>${text}</span>` : text))}</code></li>`)}</ol>`
          : html`<p class="quiet">${this.missing ? 'The source is not part of this build.' : 'The source is being fetched.'}</p>`}
      </div>`;
  }
}

customElements.define('sluice-code', SluiceCode);
declare global { interface HTMLElementTagNameMap { 'sluice-code': SluiceCode } }

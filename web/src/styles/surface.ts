// surface — what every element shares: the voices, the controls and the plates, as one style sheet adopted by all.
import {css} from 'lit';

export const surface = css`
*, *::before, *::after { box-sizing: border-box; }
:host { display: block; min-width: 0; font: 400 var(--t-ui)/1.5 var(--ui); font-variant-numeric: tabular-nums; color: var(--ink); }
:host([hidden]), [hidden] { display: none !important; }
h1, h2, h3, p, figure, dl, dd, ol, ul, fieldset { margin: 0; padding: 0; }
fieldset { border: 0; min-width: 0; }
ol, ul { list-style: none; }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 3px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 1px; }
canvas { display: block; width: 100%; background: var(--surface); }
code, .mono { font-family: var(--mono); font-size: 0.92em; }
.wrap { max-width: calc(var(--page) + 2 * var(--gutter)); margin-inline: auto; padding-inline: var(--gutter); }
.quiet { color: var(--muted); }
.hide { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
h1 { font: 400 var(--t-title)/1.15 var(--prose); letter-spacing: -.012em; }
h2 { font: 400 var(--t-head)/1.3 var(--prose); }
.caption { font: italic 400 0.9375rem/1.45 var(--prose); color: var(--muted); max-width: var(--measure); }
.prose { font: 400 var(--t-body)/1.55 var(--prose); max-width: var(--measure); }
.prose p + p { margin-top: .7em; }
.prose output, .prose code, .prose .read { font: 0.86em var(--mono); white-space: nowrap; }

button, .button, select, input { font: inherit; color: inherit; }
button, .button, select { min-height: var(--target); padding: 0 12px; background: transparent; border: var(--hair) solid var(--rule); border-radius: var(--radius); display: inline-flex; align-items: center; gap: 8px; text-decoration: none; cursor: pointer; transition: background var(--quick); white-space: nowrap; color: var(--ink); }
button:not([disabled]):hover, .button:hover { background: var(--sunk); }
button.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600; padding-inline: 16px; }
button.primary:not([disabled]):hover { background: color-mix(in oklab, var(--accent) 88%, var(--ink)); }
button.bare { border-color: transparent; padding-inline: 8px; }
button[disabled] { color: var(--muted); border-color: var(--line); cursor: default; background: none; }
button.primary[disabled] { color: var(--muted); }
.icon { width: 12px; height: 12px; fill: currentColor; flex: none; }
.buttons { display: flex; flex-wrap: wrap; gap: var(--s2); align-items: center; }
select { padding-inline-end: 8px; font-family: var(--mono); font-size: var(--t-label); }
select option { background: var(--surface); color: var(--ink); }
.field { display: inline-flex; align-items: center; gap: 8px; color: var(--muted); font-size: var(--t-label); }
.field input, .field .box { font-family: var(--mono); font-size: var(--t-label); color: var(--ink); background: none; border: 0; border-bottom: 1px solid var(--rule); border-radius: 0; padding: 3px 2px; min-width: 4ch; min-height: 24px; text-align: right; }

.plate { min-width: 0; }
.plate-head { display: flex; align-items: baseline; gap: 0 var(--s3); margin-bottom: 6px; flex-wrap: wrap; }
.plate-head h2 { font: 600 var(--t-label)/1.4 var(--ui); }
.plate-head .quiet { font: var(--t-label)/1.4 var(--mono); margin-inline-start: auto; text-align: right; }
.screen { border: var(--hair) solid var(--line); background: var(--surface); position: relative; }
.section { border-top: var(--hair) solid var(--line); padding-top: var(--s4); }
.section > h2 { margin-bottom: var(--s3); }
.stack { display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--s5); min-width: 0; }

@media (forced-colors: active) { canvas, button.primary { forced-color-adjust: none; } }
`;

import {LitElement, css, html, nothing} from 'lit';
import code from 'virtual:scenario-code';

import '../elements/sluice-code.js';
import type {SourceCode} from '../elements/sluice-code.js';
import '../elements/sluice-command.js';
import type {ScenarioSchema} from '../protocol/schema.js';
import type {ExploreHome} from '../state/explore-url.js';
import {surface} from '../styles/surface.js';
import './sluice-explore.js';

/** A scenario that is explored rather than run: the explorer with its subject, the code, and what to notice. */
export class SluiceExplored extends LitElement {
  static override properties = {scenario: {attribute: false}};
  declare scenario: ScenarioSchema;
  #source: SourceCode | undefined;

  static override styles = [surface, css`
    .two { display: grid; grid-template-columns: minmax(0, 61fr) minmax(0, 39fr); gap: var(--s5) var(--s6); align-items: start; padding-bottom: var(--s7); }
    .question { font-style: italic; color: var(--muted); }
    @media (max-width: 900px) { .two { grid-template-columns: minmax(0, 1fr); } }
  `];

  override connectedCallback() {
    super.connectedCallback();
    void code[this.scenario.source]?.().then((source) => { this.#source = source; this.requestUpdate(); }).catch(() => undefined);
  }

  #element(): string {
    const {id, title, promise} = this.scenario, base = new URL('./', location.href).href;
    return `<script type="module" src="${base}sluice-demo.js"></${'script'}>\n<sluice-demo scenario="${id}">${title}: ${promise}</sluice-demo>`;
  }

  override render() {
    const {scenario} = this;
    // Sentences with read-outs speak of a run, and there is none here.
    const notice = scenario.notice.filter((sentence) => !/\{[a-z]/i.test(sentence));
    return html`
      <sluice-explore .home=${homeOf(scenario)} heading=${scenario.title} question=${scenario.question || scenario.promise}></sluice-explore>
      <div class="wrap"><div class="two">
        <sluice-code .code=${this.#source} ?missing=${!Object.hasOwn(code, scenario.source)}></sluice-code>
        <div class="stack">
          ${notice.length ? html`<div class="section"><h2>What to notice</h2><div class="prose">${notice.map((sentence) => html`<p>${sentence}</p>`)}</div></div>` : nothing}
          <div class="section"><h2>Change more of it</h2><p class="prose"><a href="./?explore=${scenario.explore?.subject ?? ''}">Open it in the explorer</a>, beside every other structure.</p></div>
          <div class="section"><h2>On your own machine</h2><sluice-command label="native command" text="npm run bench -- --scenario=${scenario.id}"></sluice-command></div>
          <div class="section"><h2>On your own page</h2><sluice-command label="element" text=${this.#element()}></sluice-command></div>
        </div>
      </div></div>`;
  }
}

export function homeOf(scenario: ScenarioSchema): ExploreHome {
  return {key: 'scenario', value: scenario.id, subject: scenario.explore?.subject ?? '', preset: scenario.explore?.preset ?? ''};
}

customElements.define('sluice-explored', SluiceExplored);
declare global { interface HTMLElementTagNameMap { 'sluice-explored': SluiceExplored } }

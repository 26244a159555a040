import {LitElement, html, nothing} from 'lit';
import {keyed} from 'lit/directives/keyed.js';

import type {EngineClient} from '../client/engine-client.js';
import '../elements/sluice-strip.js';
import {nearestScenarios, type Catalogue} from '../protocol/schema.js';
import type {ReadSettings} from '../protocol/settings.js';
import {parseLocation} from '../state/url-state.js';
import '../views/sluice-home.js';

/**
 * Which page the address asks for. Moving from page to page keeps the document, and with it the engine.
 * Renders into the light document, where skip link and headings belong.
 */
export class SluiceApp extends LitElement {
  static override properties = {client: {attribute: false}, catalogue: {attribute: false}};
  declare client: EngineClient;
  declare catalogue: Catalogue;
  #read: ReadSettings | undefined;
  #turn = 0;
  #view = false;
  /** Where the explorer is asked for, and what its element is told. */
  #explore: Pick<Location, 'search' | 'hash'> | undefined;

  protected override createRenderRoot() { return this; }

  override connectedCallback() {
    super.connectedCallback();
    addEventListener('popstate', this.#arrived);
    document.addEventListener('click', this.#followed);
    void this.#arrived();
  }

  override disconnectedCallback() {
    super.disconnectedCallback();
    removeEventListener('popstate', this.#arrived);
    document.removeEventListener('click', this.#followed);
  }

  readonly #arrived = async () => {
    const turn = ++this.#turn, {search, hash} = location, explore = new URLSearchParams(search).has('explore');
    const read = explore ? undefined : await parseLocation({search, hash}, this.catalogue);
    if (explore) await import('../views/sluice-explore.js');
    else if (read?.scenario) { await (read.scenario.explore ? import('../views/sluice-explored.js') : import('../views/sluice-scenario.js')); this.#view = true; }
    if (turn !== this.#turn) return;
    this.#read = read;
    this.#explore = explore ? {search, hash} : undefined;
    document.title = explore ? 'Explore — Sluice' : read?.scenario ? `${read.scenario.title} — Sluice` : read?.failure ? 'Not found — Sluice' : 'Sluice — run concurrency, and see it';
    const here = explore ? '?explore' : read?.scenario || read?.failure ? undefined : '';
    for (const a of document.querySelectorAll<HTMLAnchorElement>('.mast nav a')) {
      const to = new URL(a.href);
      if (to.hash === '' && to.search === here) a.setAttribute('aria-current', 'page'); else a.removeAttribute('aria-current');
    }
    this.requestUpdate();
    await this.updateComplete;
    this.#toFragment();
  };

  /** A link to a page of this document is followed without leaving it. */
  readonly #followed = (e: MouseEvent) => {
    const a = e.composedPath().find((n): n is HTMLAnchorElement => n instanceof HTMLAnchorElement);
    if (!a || e.defaultPrevented || e.button !== 0 || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey || a.target || a.hasAttribute('download')) return;
    const to = new URL(a.href), here = new URL(location.href);
    if (to.origin !== here.origin || folder(to) !== folder(here) || (to.hash === '#main' && to.search === here.search)) return;
    e.preventDefault();
    history.pushState(null, '', to);
    scrollTo({top: 0});
    void this.#arrived().then(() => { if (!to.hash || to.hash.startsWith('#s=')) document.querySelector<HTMLElement>('main')?.focus({preventScroll: true}); });
  };

  #toFragment() {
    const id = location.hash.slice(1);
    if (!/^[a-z-]+$/.test(id)) return;
    requestAnimationFrame(() => this.querySelector('sluice-home')?.renderRoot.querySelector(`#${id}`)?.scrollIntoView({block: 'start'}));
  }

  override render() {
    const read = this.#read;
    if (this.#explore) return keyed(this.#explore, html`<sluice-explore .link=${this.#explore}></sluice-explore>`);
    if (!read) return nothing;
    if (read.failure) return this.#failed(read);
    if (!read.scenario) return html`<sluice-home .client=${this.client} .catalogue=${this.catalogue}></sluice-home>`;
    if (read.scenario.explore) return keyed(read, html`<sluice-explored .scenario=${read.scenario}></sluice-explored>`);
    return this.#view ? html`${keyed(read, html`<sluice-scenario .client=${this.client} .catalogue=${this.catalogue} .read=${read}></sluice-scenario>`)}` : nothing;
  }

  #failed(read: ReadSettings) {
    const {failure} = read, asked = new URLSearchParams(location.search).get('scenario') ?? '';
    const near = failure?.code === 'E_SCENARIO' ? nearestScenarios(this.catalogue, asked) : this.catalogue.scenarios;
    return html`<div class="wrap lost"><sluice-strip data-code=${failure!.code} code=${failure!.code} text=${failure!.message}><a class="go" href="./">To the bench</a></sluice-strip>
      <h1>${failure?.code === 'E_SCENARIO' ? 'There is no such scenario' : 'This link cannot be read'}</h1>
      <ul>${near.map((s) => html`<li><a href="./?scenario=${s.id}">${s.title}</a> <span>${s.promise}</span></li>`)}</ul></div>`;
  }
}

/** The folder a document lies in: `/a/`, `/a/index.html` and `/a/?x` are one. */
const folder = (url: URL): string => url.pathname.replace(/index\.html$/, '');

customElements.define('sluice-app', SluiceApp);
declare global { interface HTMLElementTagNameMap { 'sluice-app': SluiceApp } }

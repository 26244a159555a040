import {LitElement, css, html, nothing} from 'lit';

import type {EngineClient} from '../client/engine-client.js';
import {figure, grouped} from '../base/format.js';
import '../elements/sluice-canvas.js';
import '../elements/sluice-command.js';
import type {DataTable} from '../elements/sluice-data.js';
import '../elements/sluice-strip.js';
import type {Capability} from '../protocol/capability.js';
import {defaultsOf, type ParameterValue, type ScenarioSchema} from '../protocol/schema.js';
import {drawSpeedup} from '../render/speedup-renderer.js';
import type {Surface} from '../render/surface-2d.js';
import {speedup, speedupInWords, sweep, type SpeedupPoint} from '../stats/speedup.js';
import {surface} from '../styles/surface.js';

const rounds = 3;
const budgetMs = 4000;
/** One job; long enough that queueing costs little beside it. */
const workUs = 200;

/**
 * Measures this machine: the pool with one worker, two, three and so on, on real threads, the rounds taking turns so that a
 * machine that slows down slows all of them. Never starts by itself; leaving the page ends it.
 *
 * @fires measure-end - the reader is done with it
 */
export class SluiceMeasure extends LitElement {
  static override properties = {client: {attribute: false}, scenario: {attribute: false}};
  declare client: EngineClient;
  declare scenario: ScenarioSchema;
  #capability: Capability | undefined;
  #counts: number[] = [];
  #rates = new Map<number, number[]>();
  #points: SpeedupPoint[] = [];
  #done = 0;
  #dropped = 0;
  #problem: {code: string; text: string} | undefined;
  #turn = 0;
  #running = false;

  static override styles = [surface, css`
    .measured { border-top: var(--hair) solid var(--line); padding-top: var(--s4); display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 340px); gap: var(--s5); align-items: start; }
    sluice-canvas { --height: 220px; }
    .words { display: grid; gap: var(--s3); }
    .say { font: 400 var(--t-body)/1.5 var(--prose); }
    @media (max-width: 900px) { .measured { grid-template-columns: minmax(0, 1fr); } }
  `];

  override connectedCallback() { super.connectedCallback(); void this.updateComplete.then(() => this.#go()); }
  override disconnectedCallback() { super.disconnectedCallback(); this.#turn++; if (this.#running) void this.client.stop().catch(() => undefined); }

  override render() {
    const all = this.#counts.length * rounds, most = this.#counts[this.#counts.length - 1] ?? 2, cores = this.#capability?.cores ?? 1;
    return html`<div class="measured">
      ${this.#problem ? html`<sluice-strip kind="notice" code=${this.#problem.code} text=${this.#problem.text}></sluice-strip>` : html`
        <sluice-canvas label="Speed-up by number of workers" .summary=${speedupInWords(this.#points, cores)} .data=${this.#table} .paint=${(s: Surface) => drawSpeedup(s, this.#points, most, cores)}></sluice-canvas>`}
      <div class="words">
        ${this.#problem ? nothing : html`<p class="say">${this.#running ? `Round ${Math.min(all, this.#done + 1)} of ${all}.` : speedupInWords(this.#points, cores)}</p>
          <p class="quiet">${rounds} rounds each, in turns: a preview, ten would make a measurement. ${this.#dropped ? `${this.#dropped} rounds were dropped because the page was hidden. ` : ''}The dashed line is the ideal, the whiskers reach from the slowest to the fastest round.</p>`}
        ${this.#points.length ? html`<sluice-command label="native command" text="npm run bench -- --scenario=${this.scenario.id} --workers=${cores} --work=${workUs} --spread=constant --arrival=closed --when-full=wait"></sluice-command>` : nothing}
        <div class="buttons">${this.#running ? html`<button type="button" @click=${this.#close}>Stop measuring</button>` : html`<button type="button" class="primary" @click=${this.#close}>Back to the bench</button><button type="button" @click=${() => this.#go()}>Again</button>`}</div>
      </div></div>`;
  }

  async #go() {
    const turn = ++this.#turn;
    this.#rates = new Map(); this.#points = []; this.#done = 0; this.#dropped = 0; this.#problem = undefined;
    const capability = this.#capability = await this.client.capability();
    if (!capability.threads) {
      this.#problem = {code: 'I_NO_ISOLATION', text: `${capability.text} Without real threads there is nothing to measure.`};
      return this.requestUpdate();
    }
    const counts = this.#counts = sweep(Math.min(2 * capability.cores, capability.threadCap - 1, 64));
    const perRun = Math.max(60, budgetMs / (counts.length * rounds));
    this.#running = true;
    this.requestUpdate();
    for (let round = 0; round < rounds; round++) for (const workers of counts) {
      const rate = await this.#once(workers, Math.max(50, Math.round(perRun * 1000 / workUs * Math.min(workers, capability.cores)))).catch((e: unknown) => e instanceof Error ? e : new Error(String(e)));
      if (turn !== this.#turn) return;
      if (rate instanceof Error) { this.#problem = {code: 'E_WORKER', text: rate.message}; this.#running = false; return this.requestUpdate(); }
      if (rate > 0) this.#rates.set(workers, [...(this.#rates.get(workers) ?? []), rate]); else this.#dropped++;
      this.#done++;
      this.#points = speedup(this.#rates);
      this.requestUpdate();
    }
    this.#running = false;
    this.requestUpdate();
  }

  /** Items per second of one run; 0 when it cannot count. */
  async #once(workers: number, jobs: number): Promise<number> {
    let hidden = document.hidden;
    const watch = () => { hidden ||= document.hidden; };
    document.addEventListener('visibilitychange', watch);
    const params: Record<string, ParameterValue> = {...defaultsOf(this.scenario), workers, jobs, work: workUs, spread: 'constant', arrival: 'closed', 'when-full': 'wait'};
    try {
      await this.client.start({scenario: this.scenario.id, family: this.scenario.family, params, seed: '7', engine: 'threads', prefers: 'threads'});
      const outcome = await this.#ended();
      return hidden || outcome?.state !== 'finished' || !(outcome.elapsedNs > 0) ? 0 : outcome.itemsOut / outcome.elapsedNs * 1e9;
    } finally { document.removeEventListener('visibilitychange', watch); }
  }

  #ended() {
    return new Promise<EngineClient['status']['outcome']>((resolve, reject) => {
      const look = () => {
        const {phase, outcome, failure} = this.client.status;
        if (phase !== 'finished' && phase !== 'cancelled' && phase !== 'failed') return;
        this.client.removeEventListener('change', look);
        if (phase === 'failed') reject(new Error(failure?.message ?? 'The run failed.')); else resolve(outcome);
      };
      this.client.addEventListener('change', look);
      look();
    });
  }

  readonly #table = (): DataTable => ({
    head: ['workers', 'jobs/s, median', 'speed-up', 'slowest', 'fastest'],
    rows: this.#points.map((p) => [String(p.workers), grouped([...(this.#rates.get(p.workers) ?? [])].sort((a, b) => a - b)[Math.floor(p.rounds / 2)] ?? NaN), `${figure(p.median)}×`, `${figure(p.low)}×`, `${figure(p.high)}×`]),
  });

  async #close() {
    this.#turn++;
    if (this.#running) await this.client.stop().catch(() => undefined);
    this.#running = false;
    this.dispatchEvent(new CustomEvent('measure-end', {bubbles: true, composed: true}));
  }
}

customElements.define('sluice-measure', SluiceMeasure);
declare global { interface HTMLElementTagNameMap { 'sluice-measure': SluiceMeasure } }

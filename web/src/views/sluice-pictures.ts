import {LitElement, css, html, nothing, type TemplateResult} from 'lit';

import {duration, figure, grouped, milliseconds, rate as rateOf} from '../base/format.js';
import type {DataTable} from '../elements/sluice-data.js';
import '../elements/sluice-canvas.js';
import type {SluiceCanvas} from '../elements/sluice-canvas.js';
import {defaultsOf, type ParameterValue} from '../protocol/schema.js';
import {drawBench, benchLayout} from '../render/bench-renderer.js';
import {drawContextTree, newsInWords, newsOf, treeSize, type TreeShape} from '../render/context-tree-renderer.js';
import {drawDepth} from '../render/depth-renderer.js';
import {drawGraph, graphInWords, type GraphPipe, type GraphStage} from '../render/graph-renderer.js';
import {drawHeat} from '../render/heat-renderer.js';
import {drawHistogram} from '../render/histogram-renderer.js';
import {drawLanes, drawPin, laneAt, laneLayout, type LaneLayout} from '../render/lanes-renderer.js';
import {emptyScreen, timeAxis, type TimeRange} from '../render/pen.js';
import {drawSpans, rowsIn, spansInWords} from '../render/spans-renderer.js';
import type {Surface} from '../render/surface-2d.js';
import {drawThroughput, rateLine} from '../render/throughput-renderer.js';
import {drawWaits, edgesOf, standOf, waitsInWords, type Waits} from '../render/waits-renderer.js';
import type {ScenarioSchema} from '../protocol/schema.js';
import {percentile, quantile, total} from '../stats/histogram.js';
import type {Ending} from '../trace/endings.js';
import {newestJob, spansOf, type Span} from '../trace/spans.js';
import {kindOf} from '../trace/task-lanes.js';
import {surface} from '../styles/surface.js';
import type {RunSession} from './run-session.js';

/** What waits in a queue, a stack, a deque has a depth; anything else that a series counts has a name of more than one word. */
export function countedName({series}: ScenarioSchema): string | undefined {
  return series.length === 1 && series[0]!.label.includes(' ') ? series[0]!.label : undefined;
}

const pieces = ['run', 'waiting', 'parked', 'retry', 'cancelled'] as const;

/**
 * The pictures of a run, in the order asked for; lanes and depth share one axis and one cursor.
 * The lanes are a grid for the keyboard: up and down choose a worker, left and right a segment.
 *
 * @fires tap-turn - the reader drags the tap of the bench; `detail` is the rate it would give; prevented, it is left to the listener
 */
export class SluicePictures extends LitElement {
  static override properties = {session: {attribute: false}, views: {attribute: false, hasChanged: (a?: readonly string[], b?: readonly string[]) => a?.join() !== b?.join()}, bare: {type: Boolean, reflect: true}};
  declare session: RunSession;
  declare views: readonly string[];
  /** Pictures alone, without headings and tables: for an embed. */
  declare bare: boolean;
  #range: TimeRange = {from: 0, to: 1, virtual: true};
  #laneFocus = 0;
  #listening: RunSession | undefined;
  #lanesAt: LaneLayout | undefined;

  constructor() {
    super();
    this.views = [];
    this.bare = false;
  }

  static override styles = [surface, css`
    :host { display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--s5); }
    :host([bare]) { gap: 0; }
    .bench { --height: 384px; }
    .lanes { --height: 212px; } .lanes.many { --height: 340px; }
    .queue { --height: 112px; } .queue.low { --height: 84px; }
    .graph { --height: 190px; } .heat { --height: 172px; }
    .ctx, .waits { --height: 230px; } .spans { --height: 268px; }
    .hist, .rate { --height: 168px; }
    .pair { display: grid; }
    .follow { margin-top: -1px; }
    .tables { display: flex; flex-wrap: wrap; gap: 0 var(--s5); }
    .two { display: grid; grid-template-columns: 1fr 1fr; gap: var(--s5); }
    .grid:focus-visible { outline-offset: 1px; }
    .zoom { display: inline-flex; gap: 4px; margin-inline-start: var(--s2); }
    .zoom button { min-height: 24px; min-width: 28px; padding: 0 6px; justify-content: center; font: var(--t-label)/1 var(--mono); border-color: var(--line); }
    @media (pointer: coarse) { .zoom button { min-height: 44px; min-width: 44px; } }
    .said { font-size: var(--t-label); color: var(--muted); margin-top: 4px; }
    @media (max-width: 620px) { .two { grid-template-columns: minmax(0, 1fr); } .bench { --height: 400px; } .lanes { --height: 196px; } .graph { --height: 430px; } .graph.short { --height: 190px; } }
    :host([bare]) .bench { --height: var(--picture, 260px); } :host([bare]) .lanes { --height: var(--picture, 200px); } :host([bare]) :is(.ctx, .spans, .waits) { --height: var(--picture, 230px); }
  `];

  override connectedCallback() { super.connectedCallback(); this.#listen(); }
  override disconnectedCallback() { super.disconnectedCallback(); this.#unlisten(); }
  override willUpdate() { this.#listen(); }
  // What shows moving time is drawn with the frames; the rest with the read-outs, four times a second, through its own update.
  override updated() { this.#canvases((c) => { if (c.matches('.lanes, .queue, .bench, .ctx, .spans, .waits')) this.session.add(c); }); }

  #canvases(each: (c: SluiceCanvas) => void) { for (const c of this.renderRoot.querySelectorAll('sluice-canvas')) each(c); }

  #listen() {
    if (this.#listening === this.session || !this.isConnected) return;
    this.#unlisten();
    this.#listening = this.session;
    this.session?.addEventListener('change', this.#changed);
  }
  #unlisten() {
    this.#listening?.removeEventListener('change', this.#changed);
    if (this.#listening && this.renderRoot) this.#canvases((c) => this.#listening!.remove(c));
    this.#listening = undefined;
  }
  readonly #changed = () => this.requestUpdate();

  override render() {
    if (!this.session) return nothing;
    const rest = [...this.views], parts: TemplateResult[] = [];
    while (rest.length) {
      const view = rest.shift()!;
      if (view === 'lanes' && rest[0] === 'queue') { rest.shift(); parts.push(this.#lanesAndQueue()); }
      else if (view === 'hist' && rest[0] === 'rate') { rest.shift(); parts.push(html`<div class="two">${this.#histogram()}${this.#throughput()}</div>`); }
      else { const one = this.#one(view); if (one) parts.push(one); }
    }
    return html`${parts}`;
  }

  #one(view: string): TemplateResult | undefined {
    switch (view) {
      case 'bench': return this.#plate('Worker pool at work', this.#timeWords(), this.#bench());
      case 'lanes': return this.#plate('Worker lanes', this.#timeWords(), this.#lanes(), true);
      case 'queue': return this.#plate(this.#queueName(), this.#timeWords(), this.#queue());
      case 'hist': return this.#histogram();
      case 'rate': return this.#throughput();
      case 'graph': return this.#graph();
      case 'heat': return this.#heat();
      case 'ctx': return this.#contexts();
      case 'spans': return this.#spans();
      case 'waits': return this.#waits();
      default: return undefined;
    }
  }

  #plate(title: string, aside: string, body: TemplateResult, zoom = false): TemplateResult {
    return this.bare ? body : html`<figure class="plate" aria-label=${title}><div class="plate-head"><h2>${title}</h2><span class="quiet">${aside}</span>${zoom ? this.#zoom() : nothing}</div>${body}</figure>`;
  }

  #zoom() {
    return html`<span class="zoom"><button type="button" aria-label="Show less time" @click=${() => this.zoom(0.5)}>+</button><button type="button" aria-label="Show more time" @click=${() => this.zoom(2)}>−</button></span>`;
  }

  zoom(factor: number) { this.session.time.zoom(factor); this.session.redraw(); this.requestUpdate(); }

  #timeWords(): string {
    const {session} = this, word = session.scene.empty ? (session.virtual ? 'virtual time' : 'measured time') : session.scene.virtual ? 'virtual time' : 'measured time';
    const span = duration(session.time.span);
    return session.time.strobe && session.phase === 'running' ? `${word} · stills of ${span.text.replace(/\.0+$/, '')} ${span.unit}` : word;
  }

  get #moving(): boolean { return this.session.phase === 'running'; }
  get #quiet(): boolean { return this.session.phase === 'idle' || this.session.phase === 'loading' || this.session.phase === 'warming'; }

  #view(s: Surface, now: number): TimeRange {
    const {time, scene, pace} = this.session, full = time.span, narrow = s.w < 480;
    if (narrow) time.span = full * 0.45;
    // What follows the last piece of work is of interest to nobody: a run that is over ends there.
    const until = this.session.busy || scene.empty ? scene.now : Math.min(scene.now, scene.lastWork() + time.span * 0.08);
    const range = time.range(until, now, pace, scene.empty ? this.session.virtual : scene.virtual, this.#moving);
    time.span = full;
    const beyond = this.session.cut === undefined ? 0 : (range.to - range.from) * 0.16;      // room to say that nothing more is known
    return beyond ? {...range, from: range.from + beyond, to: range.to + beyond} : range;
  }

  #lanesAndQueue() {
    const many = this.session.scene.tracks.length > 10;
    return html`<figure class="plate" aria-label="Worker lanes and queue depth"><div class="plate-head"><h2>Worker lanes and ${this.#queueName().toLowerCase()}</h2><span class="quiet">${this.#timeWords()}</span>${this.bare ? nothing : this.#zoom()}</div>
      <div class="pair">${this.#lanes(many, true)}<div class="follow">${this.#queue(true)}</div></div>
      ${this.bare ? nothing : html`<div class="tables"><sluice-data label="Worker lanes" name="Data of the lanes" .data=${this.#laneTable}></sluice-data><sluice-data label=${this.#queueName()} name="Data of the queue" .data=${this.#queueTable}></sluice-data></div>`}</figure>`;
  }

  #queueName(): string { return this.session.scenario.series.length > 1 ? 'Queue depths' : countedName(this.session.scenario) ?? 'Queue depth'; }

  #lanes(many = this.session.scene.tracks.length > 10, touching = this.bare) {
    return html`<div class="grid" tabindex="0" role="group" aria-label="Worker lanes: up and down choose a lane, left and right a segment" @keydown=${this.#laneKeys} @click=${this.#laneClick}>
      <sluice-canvas class="lanes ${many ? 'many' : ''}" label="Worker lanes" .summary=${this.#lanesInWords()} .paint=${this.#paintLanes} .data=${touching ? undefined : this.#laneTable}></sluice-canvas></div>`;
  }

  readonly #paintLanes = (s: Surface, now: number) => {
    const {scene, cut, pin} = this.session;
    this.#range = this.#view(s, now);
    if (scene.empty) return this.#blank(s);
    this.#lanesAt = drawLanes(s, scene.tracks, scene.steals, this.#range, {quiet: this.#quiet, now: this.session.live, end: scene.now, cut, lane: this.#hasFocus ? this.#laneFocus : undefined});
    if (!pin) return;
    const track = scene.tracks[pin.lane], index = track ? pin.total - (track.total - track.length) : -1;
    if (!track || index < 0 || index >= track.length) return;
    const at = track.slot(index), took = duration(track.to[at]! - track.from[at]!), kind = track.kind[at]!;
    const words = [kind === 0 ? `${this.#itemName()} ${grouped(track.job[at]!)}` : pieces[kind]!, `${kind === 0 ? 'ran ' : ''}${took.text} ${took.unit} on w${pin.lane + 1}`];
    const stage = this.session.scenario.stages[track.stage[at]!];
    if (stage && kind === 0) words.push(stage.label);
    drawPin(s, this.#lanesAt, this.#range, pin.lane, track.from[at]!, track.to[at]!, words);
  };

  get #hasFocus(): boolean { return this.renderRoot instanceof ShadowRoot && (this.renderRoot.activeElement?.classList.contains('grid') ?? false); }

  #itemName(): string { return this.session.scenario.itemName.replace(/s$/, ''); }

  #blank(s: Surface) {
    const at = laneLayout(s.w, s.h, 4);
    timeAxis(s, at.box, this.#range);
    emptyScreen(s, this.#emptyWords());
  }

  #emptyWords(): string { return this.session.phase === 'paused' ? 'at the start' : this.session.busy ? 'starting' : 'no run yet'; }

  #bench() {
    return html`<sluice-canvas class="bench" @pointerdown=${this.#tapHeld} @pointermove=${this.#tapMoved} ?plain=${this.bare} label="${this.session.scenario.title} at work" .summary=${this.#benchInWords()} .paint=${this.#paintBench} .data=${this.bare ? undefined : this.#laneTable}></sluice-canvas>`;
  }

  readonly #paintBench = (s: Surface, now: number) => {
    const {scene, session} = {scene: this.session.scene, session: this.session}, channel = scene.channels[0];
    this.#range = this.#view(s, now);
    if (scene.empty || !channel) { const {lanes} = benchLayout(s.w, s.h, 4); timeAxis(s, lanes.box, this.#range); return emptyScreen(s, this.#emptyWords()); }
    const {params} = session, open = params['arrival'] === 'open', rate = params['rate'];
    drawBench(s, {
      tracks: scene.tracks, steals: scene.steals, channel, capacity: this.#capacity(0), dropped: scene.snapshot?.counters['dropped'] ?? 0, drops: params['when-full'] === 'reject',
      busy: scene.tracks.map((t) => t.open && t.openKind !== 2), turn: open && typeof rate === 'number' ? this.#turn(rate) : undefined, tap: open && typeof rate === 'number' ? `${grouped(rate)}/s offered` : 'as fast as they are taken',
    }, this.#range, {now: session.live, end: scene.now, cut: session.cut, quiet: this.#quiet});
  };

  /** The queues of this run: a pipeline of three stages has no queue before the fifth. */
  #series(): {label: string; index: number}[] {
    const {scenario, params} = this.session, stages = params['stages'], all = scenario.series;
    if (typeof stages !== 'number' || all.length < 2) return all.slice(0, 1).map((one) => ({label: one.label, index: 0}));
    return all.slice(0, stages + 1).map((one, index) => ({label: index === stages ? all[all.length - 1]!.label : one.label, index}));
  }

  #capacity(index: number): number {
    const {scene, scenario, params} = this.session, told = scene.capacity(index), set = params[scenario.series[index]?.capacity ?? ''];
    if (told || typeof set !== 'number') return told;
    return (scene.snapshot?.gauges[index]?.high ?? 0) > set * 1.05 + 1 ? 0 : set;      // what was exceeded was no bound
  }

  #queue(touching = this.bare) {
    const shown = this.#series();
    return html`${shown.map(({label, index}) => html`<sluice-canvas class="queue ${shown.length > 1 ? 'low' : ''}" label=${label} .summary=${this.#queueInWords(index)} .paint=${(s: Surface, now: number) => this.#paintQueue(s, now, index, shown.length > 1 ? label : '')} .data=${touching || index ? undefined : this.#queueTable}></sluice-canvas>`)}`;
  }

  #paintQueue(s: Surface, now: number, i: number, name: string) {
    const {scene, cut} = this.session, channel = scene.channels[i], range = this.#sharedRange(s, now);
    if (!channel || scene.empty) { timeAxis(s, {x: 34, y: 18, w: s.w - 46, h: s.h - 26}, range, false); return; }
    drawDepth(s, channel, this.#capacity(i), range, {quiet: this.#quiet, now: this.session.live, end: scene.now, cut, name});
  }

  /** Lanes are drawn before depth; both then show the same stretch. Without lanes, depth chooses for itself. */
  #sharedRange(s: Surface, now: number): TimeRange {
    if (!this.views.includes('lanes')) this.#range = this.#view(s, now);
    return this.#range;
  }

  #histogram() {
    const {scene} = this.session;
    return this.#plate('Latency', 'log scale', html`<sluice-canvas class="hist" label="Latency histogram" .summary=${this.#histogramInWords()} .data=${this.bare ? undefined : this.#histogramTable}
      .paint=${(s: Surface) => drawHistogram(s, scene.histogram, {quiet: this.#quiet, quantiles: total(scene.histogram) >= 10 ? [50, 90, 99].map((p) => quantile(scene.histogram, p)) : []})}></sluice-canvas>`);
  }

  #throughput() {
    const {scene, scenario} = this.session;
    return this.#plate('Throughput', `${scenario.itemName}/s, offered dashed`, html`<sluice-canvas class="rate" label="Throughput" .summary=${this.#rateInWords()} .data=${this.bare ? undefined : this.#rateTable}
      .paint=${(s: Surface) => drawThroughput(s, scene.rates, {virtual: scene.empty ? this.session.virtual : scene.virtual, quiet: this.#quiet})}></sluice-canvas>`);
  }

  #graph() {
    const {stages, pipes} = this.#graphData();
    return this.#plate('Stages and the queues between them', `${stages.some((st) => st.blocked > 0.005) ? 'ring: at work · dashed: blocked' : 'ring: share of time at work'}${this.session.live || this.session.scene.empty ? '' : ' · queues: mean'}`, html`<sluice-canvas class="graph ${stages.length < 4 ? 'short' : ''}" ?plain=${this.bare} label="Pipeline" .summary=${graphInWords(stages, pipes)} .data=${this.bare ? undefined : this.#graphTable}
      .paint=${(s: Surface) => { const d = this.#graphData(); if (this.session.scene.empty) emptyScreen(s, this.#emptyWords()); else drawGraph(s, d.stages, d.pipes, {quiet: this.#quiet}); }}></sluice-canvas>
      ${this.session.scene.empty || this.bare ? nothing : html`<p class="said">${graphInWords(stages, pipes)}</p>`}`);
  }

  #graphData(): {stages: GraphStage[]; pipes: (GraphPipe | undefined)[]} {
    const {scene, scenario, params, live} = this.session, snapshot = scene.snapshot, last = scenario.stages[scenario.stages.length - 1];
    const count = typeof params['stages'] === 'number' ? params['stages'] : scenario.stages.length, lately = scene.stagesLately(live ? (scene.virtual ? 40e6 : 1e9) : Infinity);
    const node = (i: number, name: string, parallelism: number): GraphStage => {
      const gained = lately.stages[i], time = Math.max(1, lately.span * Math.max(1, parallelism));
      return {
        label: name, parallelism, busy: Math.min(1, (gained?.busy ?? 0) / time), blocked: Math.min(1, (gained?.blocked ?? 0) / time),
        active: snapshot?.stages[i]?.active ?? 0, rate: lately.span > 0 ? (gained?.done ?? 0) / lately.span * 1e9 : 0,
      };
    };
    const stages = Array.from({length: count}, (_, i) => { const p = params[`parallelism-${i + 1}`] ?? params[scenario.stages[i]?.id ?? '']; return node(i, scenario.stages[i]?.label ?? `stage ${i + 1}`, typeof p === 'number' ? p : 1); });
    if (last?.id === 'consumer') stages.push(node(scenario.stages.length - 1, last.label, params['consumer'] === 'slow' ? 1 : 0));   // one that is not slow takes no time
    // Once a run is over every queue is empty, which says nothing of it: then the level is what it was in the mean.
    const level = (i: number) => (live ? snapshot?.gauges[i]?.value : scene.channels[i]?.meanLevel(scene.now)) ?? 0;
    const pipes = this.#series().map(({index}) => ({level: level(index), capacity: this.#capacity(index)}));
    return {stages, pipes: pipes.length < count ? [undefined, ...pipes] : pipes};      // as many as stages: one leads into each; fewer: they lie between
  }

  #heat() {
    const {scene} = this.session;
    return this.#plate('Failed attempts', 'retries per operation, by worker', html`<sluice-canvas class="heat" label="Failed compare-and-swaps by worker" .summary=${this.#heatInWords()} .data=${this.bare ? undefined : this.#heatTable}
      .paint=${(s: Surface) => drawHeat(s, scene.retries, {virtual: scene.empty ? this.session.virtual : scene.virtual, perTurn: this.#perTurn()})}></sluice-canvas>`);
  }

  /** Operations in one turn of a worker: every value is pushed and popped once. */
  #perTurn(): number {
    const turns = (this.session.scene.snapshot?.lanes ?? []).reduce((sum, l) => sum + l.items, 0);
    return turns > 0 ? Math.max(1, 2 * (this.session.scene.snapshot?.counters['itemsOut'] ?? 0) / turns) : 1;
  }

  /** The parameters of the run that is shown, whatever has been set for the next one. */
  get #ran(): Readonly<Record<string, ParameterValue>> {
    const {recorded, status, scenario, params} = this.session;
    return recorded !== undefined ? defaultsOf(scenario) : status.request?.scenario === scenario.id ? status.request.params : params;
  }

  #contexts() {
    const {shape, told, tree} = this.#treeData();
    return this.#plate('Tree of contexts', this.session.scene.empty ? '' : `tree ${grouped(tree + 1)} · crossed: its task has been told`, html`<sluice-canvas class="ctx" ?plain=${this.bare} label="Tree of contexts" .summary=${this.session.scene.empty ? 'No run yet.' : newsInWords(newsOf(shape, told))} .data=${this.bare ? undefined : this.#treeTable}
      .paint=${(s: Surface) => { if (this.session.scene.empty) return emptyScreen(s, this.#emptyWords()); const d = this.#treeData(); drawContextTree(s, d.shape, d.told, {quiet: this.#quiet}); }}></sluice-canvas>
      ${this.session.scene.empty || this.bare ? nothing : html`<p class="said">${newsInWords(newsOf(shape, told))}</p>`}`);
  }

  /** The tree that is being looked at: the latest that has been grown. */
  #treeData(): {shape: TreeShape; tree: number; told: (node: number) => Ending | undefined} {
    const {scene} = this.session, ran = this.#ran, shape = {levels: Number(ran['levels']) || 1, width: Number(ran['children']) || 1};
    const size = treeSize(shape), tree = Math.max(0, Math.ceil((scene.snapshot?.counters['itemsIn'] ?? 0) / size) - 1);
    // Once all of its tasks are over they have been told, also where the records of that are lost.
    const over = (scene.snapshot?.counters['itemsOut'] ?? 0) >= (tree + 1) * size ? {at: scene.now, why: 1} : undefined;
    return {shape, tree, told: (node) => scene.endings.of(tree * size + node) ?? over};
  }

  #spans() {
    const words = spansInWords(this.#spanData(rowsIn(268, 12).count), this.#spanOptions());
    return this.#plate(`${this.#itemName().replace(/^./, (a) => a.toUpperCase())} by ${this.#itemName()}`, `${this.#timeWords().split(' · ')[0]!} · crossed: failed or given up`, html`<sluice-canvas class="spans" ?plain=${this.bare} label="What was done for each ${this.#itemName()}" .summary=${words} .data=${this.bare ? undefined : this.#spanTable}
      .paint=${(s: Surface) => { if (this.session.scene.empty) return emptyScreen(s, this.#emptyWords()); drawSpans(s, this.#spanData(rowsIn(s.h, 12).count), this.#spanOptions()); }}></sluice-canvas>
      ${this.session.scene.empty || this.bare ? nothing : html`<p class="said">${words}</p>`}`);
  }

  #spanOptions() {
    const {scene, scenario} = this.session, ran = this.#ran, unit = scenario.params.find((p) => p.id === 'budget')?.unit, size = unit === 'ms' ? 1e6 : unit === 's' ? 1e9 : 1e3;
    return {stages: scenario.stages.map((st) => st.label), itemName: scenario.itemName, budget: typeof ran['budget'] === 'number' ? ran['budget'] * size : undefined, virtual: scene.empty ? this.session.virtual : scene.virtual, quiet: this.#quiet};
  }

  /** The latest items; where they come in groups, those of the latest group. */
  #spanData(most: number): Span[] {
    const {scene} = this.session, ran = this.#ran, newest = newestJob(scene.tracks), group = ran['functions'];
    if (newest < 0) return [];
    if (typeof group !== 'number') { const first = Math.max(0, newest - most + 1); return spansOf(scene.tracks, scene.endings, first, newest - first + 1, scene.now); }
    const first = Math.floor(newest / group) * group;
    return spansOf(scene.tracks, scene.endings, first, Math.min(group, Math.max(most, rowsIn(268, group).count)), scene.now);
  }

  #waits() {
    const waits = this.#waitsData();
    return this.#plate('Who waits for whom', waits.channels ? 'dashed: has no room to send' : 'solid: has · dashed: waits for', html`<sluice-canvas class="waits" ?plain=${this.bare} label="Who waits for whom" .summary=${this.session.scene.empty ? 'No run yet.' : waitsInWords(waits)} .data=${this.bare ? undefined : this.#waitsTable}
      .paint=${(s: Surface) => { if (this.session.scene.empty) emptyScreen(s, this.#emptyWords()); else drawWaits(s, this.#waitsData(), {quiet: this.#quiet}); }}></sluice-canvas>
      ${this.session.scene.empty || this.bare ? nothing : html`<p class="said">${waitsInWords(waits)}</p>`}`);
  }

  #waitsData(): Waits {
    const {scene} = this.session, ran = this.#ran, gauges = scene.snapshot?.gauges ?? [];
    return {tasks: Array.from({length: Number(ran['tasks']) || 0}, (_, i) => standOf(gauges[i]?.value ?? 0)), channels: ran['way'] === 'channels'};
  }

  // What the pictures say, in words and in tables.

  #lanesInWords(): string {
    const {scene, figures: f} = this.session;
    if (scene.empty) return 'No run yet.';
    return `${scene.tracks.length} lanes, one per worker. They were busy ${Math.round(f.busy * 100)} % of the time and parked ${Math.round(f.parked * 100)} %. ${grouped(f.completed)} ${this.session.scenario.itemName} are done.`;
  }
  #benchInWords(): string {
    const {scene} = this.session;
    if (scene.empty) return 'No run yet.';
    return `Work falls from a tap into a queue that holds ${this.#filling(scene.channels[0]?.at(scene.now) ?? 0, 0)}. ${this.#lanesInWords()} ${grouped(this.session.figures.dropped)} were dropped.`;
  }
  #queueInWords(i: number): string {
    const {scene} = this.session, gauge = scene.snapshot?.gauges[i];
    return gauge && !scene.empty ? `Now ${this.#filling(gauge.value, i)}; at most ${grouped(gauge.high)} so far.` : 'No run yet.';
  }
  #filling(level: number, i: number): string {
    const capacity = this.#capacity(i);
    return capacity === Infinity ? `${grouped(level)}, without a bound` : `${grouped(level)} of ${grouped(capacity)}`;
  }
  #histogramInWords(): string {
    const {histogram} = this.session.scene, n = total(histogram);
    return n ? `Half of ${grouped(n)} ${this.session.scenario.itemName} took at most ${milliseconds(percentile(histogram, 50, n))} milliseconds, 99 % at most ${milliseconds(percentile(histogram, 99, n))}.` : 'Nothing has finished yet.';
  }
  #rateInWords(): string {
    const {rates, empty} = this.session.scene;
    if (empty) return 'No run yet.';
    const {done} = rateLine(rates), r = rateOf(this.session.figures.rate);
    return `${r.text}${r.unit} ${this.session.scenario.itemName} a second over the run; between ${grouped(Math.min(...done, Infinity))} and ${grouped(Math.max(...done, 0))} by window.`;
  }
  #heatInWords(): string {
    const {scene, figures} = this.session;
    return scene.empty ? 'No run yet.' : `${grouped(scene.snapshot?.counters['retries'] ?? 0)} attempts failed and were made again, ${figure(figures.retriesPerThousand || 0)} per thousand operations.`;
  }

  readonly #laneTable = (): DataTable => ({
    head: ['lane', 'state', 'items', 'busy ms', 'retries'],
    rows: (this.session.scene.snapshot?.lanes ?? []).map((l, i) => [`w${i + 1}`, l.state, grouped(l.items), milliseconds(l.busyNs), grouped(l.retries)]),
  });
  readonly #queueTable = (): DataTable => ({
    head: ['queue', 'now', 'high water', 'capacity', 'sent'],
    rows: this.#series().map(({label, index}) => { const g = this.session.scene.snapshot?.gauges[index]; return [label, grouped(g?.value ?? 0), grouped(g?.high ?? 0), this.#capacity(index) === Infinity ? 'no bound' : grouped(this.#capacity(index)), grouped(g?.sent ?? 0)]; }),
  });
  readonly #histogramTable = (): DataTable => {
    const {histogram} = this.session.scene, n = total(histogram);
    return {head: ['percentile', 'ms', '95 % from', 'to'], rows: n ? [50, 75, 90, 95, 99, 99.9].map((p) => { const q = quantile(histogram, p, n); return [`p${p}`, milliseconds(q.value), milliseconds(q.low), milliseconds(q.high)]; }) : []};
  };
  readonly #rateTable = (): DataTable => {
    const {rates} = this.session.scene, line = rateLine(rates);
    return {head: ['from ms', 'completed/s', 'offered/s'], rows: line.done.map((r, i) => [milliseconds(i * rates.width), grouped(r), grouped(line.offered[i]!)])};
  };
  readonly #graphTable = (): DataTable => ({
    head: ['stage', 'workers', 'busy %', 'blocked %', 'items/s'],
    rows: this.#graphData().stages.map((st) => [st.label, String(st.parallelism), String(Math.round(st.busy * 100)), String(Math.round(st.blocked * 100)), grouped(st.rate)]),
  });
  readonly #treeTable = (): DataTable => {
    const {shape, told} = this.#treeData(), rows: string[][] = [];
    for (let level = 0, row = 1, first = 0; level <= shape.levels; first += row, row *= shape.width, level++) {
      const times = Array.from({length: row}, (_, k) => told(first + k)?.at).filter((t) => t !== undefined);
      rows.push([level === 0 ? 'root' : `level ${level}`, grouped(row), grouped(times.length), times.length ? milliseconds(Math.min(...times)) : '–']);
    }
    return {head: ['level', 'contexts', 'told', 'first at ms'], rows};
  };
  readonly #spanTable = (): DataTable => ({
    head: [this.#itemName(), 'pieces', 'from ms', 'to ms', 'given up at ms'],
    rows: this.#spanData(rowsIn(268, 12).count).map((row) => { const last = row.pieces[row.pieces.length - 1]; return [grouped(row.job + 1), String(row.pieces.length), row.pieces[0] ? milliseconds(row.pieces[0].from) : '–', last ? milliseconds(last.to) : '–', row.ended ? milliseconds(row.ended.at) : '–']; }),
  });
  readonly #waitsTable = (): DataTable => {
    const waits = this.#waitsData(), edges = edgesOf(waits), name = (i: number) => `${waits.channels ? 'channel' : 'mutex'} ${i + 1}`;
    return {head: ['task', waits.channels ? 'reads' : 'has', 'waits for'], rows: waits.tasks.map((_, i) => [`task ${i + 1}`, ...(['has', 'wants'] as const).map((kind) => edges.filter((e) => e.task === i && e.kind === kind).map((e) => name(e.thing)).join(', ') || '–')])};
  };
  readonly #heatTable = (): DataTable => ({
    head: ['worker', 'turns', 'retries', 'per 1000 operations'],
    rows: (this.session.scene.snapshot?.lanes ?? []).map((l, i) => [`w${i + 1}`, grouped(l.items), grouped(l.retries), figure(l.items ? l.retries / l.items / this.#perTurn() * 1000 : 0)]),
  });

  /** How far a rate opens the tap, 0…1, on a logarithmic scale from 1 000 to 100 000. */
  #turn(rate: number): number { return Math.min(1, Math.max(0, Math.log10(Math.max(1, rate) / 1000) / 2)); }

  #overTap(e: PointerEvent): boolean {
    const canvas = this.renderRoot.querySelector<SluiceCanvas>('.bench')?.canvas;
    if (!canvas || this.session.params['arrival'] !== 'open' || typeof this.session.params['rate'] !== 'number') return false;
    const box = canvas.getBoundingClientRect(), {tank} = benchLayout(box.width, box.height, 1), x = e.clientX - box.left, y = e.clientY - box.top;
    return x > tank.x - 40 && x < tank.x + 40 && y < tank.y - 6;
  }

  readonly #tapHeld = (e: PointerEvent) => {
    if (!this.#overTap(e) || e.button !== 0) return;
    e.preventDefault();
    const at = e.currentTarget as HTMLElement, from = e.clientX, rate = this.session.params['rate'] as number;
    at.setPointerCapture(e.pointerId);
    const moved = (m: PointerEvent) => this.#turnTo(Math.round(rate * 2 ** ((m.clientX - from) / 60)));
    const letGo = () => { at.removeEventListener('pointermove', moved); at.removeEventListener('lostpointercapture', letGo); };
    at.addEventListener('pointermove', moved);
    at.addEventListener('lostpointercapture', letGo);
  };

  /** Whoever shows the pictures may keep the rate in narrower bounds; otherwise those of the schema hold. */
  #turnTo(rate: number) {
    const p = this.session.scenario.params.find((q) => q.id === 'rate');
    if (p && this.dispatchEvent(new CustomEvent('tap-turn', {detail: rate, bubbles: true, composed: true, cancelable: true}))) this.session.set('rate', Math.min(p.max, Math.max(p.min, rate)));
  }

  readonly #tapMoved = (e: PointerEvent) => { (e.currentTarget as HTMLElement).style.setProperty('cursor', this.#overTap(e) ? 'ew-resize' : 'auto'); };

  // The lanes by keyboard and pointer.

  #laneKeys(e: KeyboardEvent) {
    const {scene} = this.session, lanes = scene.tracks.length;
    if (!lanes || e.ctrlKey || e.metaKey || e.altKey) return;
    const track = scene.tracks[this.#laneFocus];
    switch (e.key) {
      case 'ArrowUp': this.#laneFocus = (this.#laneFocus + lanes - 1) % lanes; this.session.pin = undefined; break;
      case 'ArrowDown': this.#laneFocus = (this.#laneFocus + 1) % lanes; this.session.pin = undefined; break;
      case 'ArrowLeft': case 'ArrowRight': {
        if (!track?.length) return;
        if (e.shiftKey) { this.session.time.pan(e.key === 'ArrowLeft' ? -0.25 : 0.25, scene.now); break; }
        const old = this.session.pin?.lane === this.#laneFocus ? this.session.pin.total : track.total;
        this.#choose(this.#laneFocus, Math.min(track.total - 1, Math.max(track.total - track.length, old + (e.key === 'ArrowLeft' ? -1 : 1))));
        break;
      }
      case 'Escape': this.session.pin = undefined; break;
      default: return;
    }
    e.preventDefault();
    e.stopPropagation();
    this.session.redraw();
  }

  #choose(lane: number, which: number) {
    const track = this.session.scene.tracks[lane], index = track ? which - (track.total - track.length) : -1;
    if (!track || index < 0) return;
    this.session.pin = {lane, total: which};
    const at = track.slot(index), took = duration(track.to[at]! - track.from[at]!);
    this.session.announce(`Lane ${lane + 1}, ${kindOf(track.kind[at]!) === 'run' ? `${this.#itemName()} ${track.job[at]!}` : pieces[track.kind[at]!]}, ${took.text} ${took.unit}.`);
  }

  #laneClick(e: MouseEvent) {
    const canvas = this.renderRoot.querySelector<SluiceCanvas>('.lanes')?.canvas;
    if (!canvas || !this.#lanesAt || e.composedPath()[0] !== canvas) return;
    const box = canvas.getBoundingClientRect(), hit = laneAt(this.#lanesAt, this.session.scene.tracks, this.#range, e.clientX - box.left, e.clientY - box.top);
    if (!hit) return;
    this.#laneFocus = hit.lane;
    const track = this.session.scene.tracks[hit.lane];
    if (track && hit.index !== undefined) this.#choose(hit.lane, track.total - track.length + hit.index); else this.session.pin = undefined;
    this.session.redraw();
  }
}

customElements.define('sluice-pictures', SluicePictures);
declare global { interface HTMLElementTagNameMap { 'sluice-pictures': SluicePictures } }

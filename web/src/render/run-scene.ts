// run-scene — everything the pictures of one run draw from: plain arrays, filled from the telemetry once per frame.
import {Verb, type RecordBatch, type TelemetryPoll, type TelemetrySnapshot} from '../protocol/telemetry.js';
import {mean, percentile, since, total} from '../stats/histogram.js';
import {Lately, RateWindows} from '../stats/throughput.js';
import {ChannelHistory} from '../trace/channel-history.js';
import {Endings} from '../trace/endings.js';
import {apply, shares, Track, type Steal} from '../trace/task-lanes.js';

const mostSteals = 512;

/** What a page says about a stretch of the run, in ns and items per second. */
export interface Figures {
  readonly rate: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  /** Mean time inside, and items inside on average: the two sides of Little's law, each measured by itself. */
  readonly inside: number;
  readonly meanInside: number;
  readonly busy: number;
  readonly parked: number;
  readonly retriesPerThousand: number;
  readonly dropped: number;
  readonly depth: number;
  readonly high: number;
  readonly completed: number;
}

/**
 * Lifetime  One scene follows one run at a time; a changed run number begins it anew.
 */
export class RunScene {
  tracks: Track[] = [];
  steals: Steal[] = [];
  channels: ChannelHistory[] = [];
  endings = new Endings();
  /** Operations and retries of each lane, in windows. */
  retries: RateWindows[] = [];
  readonly rates = new RateWindows(2e6, 96);
  histogram: Float64Array = new Float64Array(0);
  snapshot: TelemetrySnapshot | undefined;
  /** Ends of jobs by stage and lane change; counts pictures' versions. */
  version = 0;
  /** Records that were overwritten before they could be read. */
  lost = 0;
  now = 0;
  /** Records followed that a picture shows. */
  shown = 0;
  virtual = false;
  #run = -1;
  /** Before this moment records are missing. */
  #known = 0;
  #lately = new Lately();
  #histograms: {at: number; counts: Float64Array}[] = [];

  get run(): number { return this.#run; }
  get empty(): boolean { return this.snapshot === undefined || this.now === 0; }

  /** Forgets the run: pictures are empty until the next `take`. */
  clear(): void {
    this.tracks = []; this.steals = []; this.channels = []; this.retries = []; this.endings = new Endings();
    this.rates.clear(); this.#lately.clear();
    this.#histograms = [];
    this.histogram = new Float64Array(0);
    this.snapshot = undefined;
    this.lost = 0; this.now = 0; this.#run = -1; this.#known = 0;
    this.version++;
  }

  /** Adds what happened since the last call. Answers whether anything did. */
  take(poll: TelemetryPoll): boolean {
    const {snapshot, records} = poll;
    if (snapshot.run !== this.#run) { this.clear(); this.#run = snapshot.run; }
    const changed = snapshot.nowNs !== this.now || records.length > 0 || snapshot.state !== this.snapshot?.state;
    if (!changed && this.snapshot) return false;
    this.snapshot = snapshot;
    this.virtual = snapshot.virtualTime;
    this.lost += poll.lost;
    if (poll.lost > 0) this.#unknownUntil(records.length ? records.time[0]! : snapshot.nowNs);
    this.#grow(snapshot);
    this.#follow(records);
    this.now = Math.max(this.now, snapshot.nowNs);
    this.histogram = snapshot.histogram;
    const {itemsIn = 0, itemsOut = 0, dropped = 0, retries = 0} = snapshot.counters;
    this.rates.take(this.now, itemsOut, itemsIn + dropped);
    snapshot.lanes.forEach((lane, i) => this.retries[i]!.take(this.now, lane.items, lane.retries));
    this.#lately.take(this.now, this.#totals(itemsIn, itemsOut, dropped, retries, snapshot), this.#gap());
    const last = this.#histograms[this.#histograms.length - 1];
    if (!last || this.now - last.at >= this.#gap() * 4) {
      this.#histograms.push({at: this.now, counts: Float64Array.from(snapshot.histogram)});
      if (this.#histograms.length > 48) this.#histograms.shift();
    }
    this.version++;
    return true;
  }

  /** Remembered moments lie at least this far apart, so that a few hundred of them reach back far enough. */
  #gap(): number { return this.virtual ? 5e5 : 1e7; }

  #totals(itemsIn: number, itemsOut: number, dropped: number, retries: number, s: TelemetrySnapshot): number[] {
    const totals = [itemsIn, itemsOut, dropped, retries];
    for (const stage of s.stages) totals.push(stage.done, stage.busyNs, stage.blockedNs);
    return totals;
  }

  /** Records were lost: what was open then may have ended unseen. */
  #unknownUntil(time: number): void {
    this.#known = time;
    for (const track of this.tracks) track.open = false;
  }

  #grow(s: TelemetrySnapshot): void {
    while (this.tracks.length < s.lanes.length) { const track = new Track(s.lanes.length > 16 ? 2048 : 6144); if (s.virtualTime && this.#known === 0) track.begin(2, 0, -1, 0); this.tracks.push(track); this.retries.push(new RateWindows(2e6, 96)); }
    while (this.channels.length < s.gauges.length) this.channels.push(new ChannelHistory());
  }

  #follow(r: RecordBatch): void {
    for (let i = 0; i < r.length; i++) {
      const time = r.time[i]!, verb = r.verb[i]!, worker = r.worker[i]!, a = r.a[i]!, b = r.b[i]!;
      if (time > this.now) this.now = time;
      if (verb >= Verb.workBegun) this.shown++;
      if (verb === Verb.cancelled) this.endings.push(time, a, b);
      switch (verb) {
        case Verb.sent: case Verb.received: this.channels[a]?.depth.push(time, b); break;
        case Verb.dropped: this.channels[a]?.drops.push(time, 1); break;
        case Verb.stole:
          this.steals.push({at: time, from: a, to: worker});
          if (this.steals.length > mostSteals) this.steals.splice(0, mostSteals / 2);
          break;
        default: { const track = this.tracks[worker]; if (track) apply(track, time, verb, a, b, this.virtual); }
      }
    }
  }

  /** Infinity without a bound, 0 for a queue that only hands over. */
  capacity(channel = 0): number { const told = this.snapshot?.gauges[channel]?.capacity ?? 0; return Number.isSafeInteger(told) ? told : Infinity; }

  /** Gained per stage over about the last `span`: items, working and blocked time. */
  stagesLately(span: number): {span: number; stages: {done: number; busy: number; blocked: number}[]} {
    const s = this.snapshot;
    if (!s) return {span: 0, stages: []};
    if (span >= this.now) return {span: this.now, stages: s.stages.map((st) => ({done: st.done, busy: st.busyNs, blocked: st.blockedNs}))};
    const {itemsIn = 0, itemsOut = 0, dropped = 0, retries = 0} = s.counters;
    const lately = this.#lately.over(span, this.now, this.#totals(itemsIn, itemsOut, dropped, retries, s));
    return {span: lately.span, stages: s.stages.map((_, i) => ({done: lately.gained[4 + i * 3] ?? 0, busy: lately.gained[5 + i * 3] ?? 0, blocked: lately.gained[6 + i * 3] ?? 0}))};
  }

  /** What can be said about the last `span` ns, or about the whole run. */
  figures(span = Infinity): Figures {
    const s = this.snapshot, now = this.now;
    if (!s || !(now > 0)) return nothing;
    const {itemsIn = 0, itemsOut = 0, dropped = 0, retries = 0} = s.counters, whole = span >= now, known = this.#knownFrom();
    // One stretch for everything: what is said about the queue and about the jobs must be about the same time.
    const stretch = whole ? now : Math.max(Math.min(span, now - known), Math.min(span, 4e6));
    const lately = whole ? {span: now, gained: [itemsIn, itemsOut, dropped, retries]} : this.#lately.over(stretch, now, this.#totals(itemsIn, itemsOut, dropped, retries, s));
    let before: Float64Array | undefined;
    if (!whole) for (const h of this.#histograms) if (h.at <= now - stretch) before = h.counts;
    const counts = before ? since(this.histogram, before) : this.histogram, n = total(counts);
    const recent = Math.max(0, now - (whole ? now : lately.span), known);
    const parts = this.tracks.map((t) => shares(t, recent, now)), share = (k: number) => parts.reduce((sum, p) => sum + p[k]!, 0) / Math.max(1, parts.length);
    const level = this.channels[0]?.over(recent, now) ?? {mean: 0, high: 0};
    const busy = whole ? s.lanes.reduce((sum, l) => sum + l.busyNs, 0) / (now * Math.max(1, s.lanes.length)) : share(0) + share(3);
    const ops = lately.gained[1] ?? 0;
    return {
      rate: lately.span > 0 ? ops / lately.span * 1e9 : NaN,
      p50: percentile(counts, 50, n), p90: percentile(counts, 90, n), p99: percentile(counts, 99, n),
      inside: this.channels.reduce((sum, c) => sum + c.over(recent, now).mean, 0) + share(0) * this.tracks.length,
      meanInside: mean(counts), busy: Math.min(1, busy), parked: share(2),
      retriesPerThousand: ops > 0 ? (lately.gained[3] ?? 0) / ops * 1000 : NaN,
      dropped, depth: level.mean, high: Math.max(level.high, whole ? s.gauges[0]?.high ?? 0 : 0), completed: itemsOut,
    };
  }

  /** From when on the segments still kept tell the whole story. */
  #knownFrom(): number {
    let from = this.#known;
    for (const t of this.tracks) if (t.total > t.capacity) from = Math.max(from, t.from[t.slot(0)]!);
    for (const c of this.channels) if (c.depth.total > c.depth.capacity) from = Math.max(from, c.depth.time[c.depth.slot(0)]!);
    return from;
  }

  /** When the last worker stopped doing something, as far as is known; now, while one is at it. */
  lastWork(): number {
    let last = 0;
    for (const t of this.tracks) {
      if (t.open && t.openKind !== 2) return this.now;
      for (let i = t.length - 1; i >= 0; i--) { const at = t.slot(i); if (t.kind[at] !== 2) { last = Math.max(last, t.to[at]!); break; } }
    }
    return last > 0 ? last : this.now;
  }

  /** Typical length of what a worker does, for choosing how much time a picture should show. */
  typicalWork(): number {
    let sum = 0, n = 0;
    for (const t of this.tracks) for (let i = Math.max(0, t.length - 64); i < t.length; i++) { const at = t.slot(i); if (t.kind[at] === 0) { sum += t.to[at]! - t.from[at]!; n++; } }
    return n >= 4 ? sum / n : NaN;
  }
}

const nothing: Figures = {rate: NaN, p50: NaN, p90: NaN, p99: NaN, inside: NaN, meanInside: NaN, busy: NaN, parked: NaN, retriesPerThousand: NaN, dropped: 0, depth: NaN, high: 0, completed: 0};

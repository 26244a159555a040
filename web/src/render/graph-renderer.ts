// graph-renderer — a pipeline: stages with a ring of utilisation, queues between them as pipes that fill.
import {crisp} from '../base/geometry.js';
import {grouped, rate as rateOf} from '../base/format.js';
import {label, line, text} from './pen.js';
import type {Surface} from './surface-2d.js';

export interface GraphStage {
  readonly label: string;
  readonly parallelism: number;
  /** Share of its workers' time spent working, and spent unable to hand on; 0…1. */
  readonly busy: number;
  readonly blocked: number;
  readonly active: number;
  /** Items per second lately. */
  readonly rate: number;
}
/** `pipes[i]` leads into `stages[i]`; a first stage that takes from nowhere has none. */
export interface GraphPipe { readonly level: number; readonly capacity: number }
export interface GraphOptions { readonly quiet?: boolean }

const fullness = (p: GraphPipe | undefined): number => (p && p.capacity > 0 ? Math.min(1, p.level / p.capacity) : 0);

/** The stage that limits the others: busy, hardly blocked, and of several such the one that work queues up before. */
export function bottleneck(stages: readonly GraphStage[], pipes: readonly (GraphPipe | undefined)[] = []): number {
  let best = -1, most = 0;
  stages.forEach((st, i) => {
    if (st.busy - st.blocked * 0.5 <= 0.5) return;
    const score = st.busy - st.blocked * 0.5 + 0.3 * (fullness(pipes[i]) - fullness(pipes[i + 1]));
    if (best < 0 || score > most) { best = i; most = score; }
  });
  return best;
}

/** The same in words, for those who do not see the picture and for those who do. */
export function graphInWords(stages: readonly GraphStage[], pipes: readonly (GraphPipe | undefined)[]): string {
  const b = bottleneck(stages, pipes), at = stages[b];
  if (!at) return 'No stage limits the others yet.';
  const queues = pipes.slice(0, b + 1).filter((p) => p !== undefined), full = queues.filter((p) => fullness(p) >= 0.9).length;
  const before = queues.length === 0 ? 'It waits for nobody.' : full === 0 ? queues.length === 1 ? 'The queue before it has room.' : 'The queues before it have room.' : full === 1 ? 'The queue before it is full, so the stage upstream waits.' : `${full} queues before it are full: back-pressure reaches upstream.`;
  return `${at.label.charAt(0).toUpperCase()}${at.label.slice(1)} is the bottleneck, busy ${Math.round(at.busy * 100)} % of the time. ${before}`;
}

export function drawGraph(s: Surface, stages: readonly GraphStage[], pipes: readonly (GraphPipe | undefined)[], o: GraphOptions = {}): void {
  const {g, c, w, h} = s, n = Math.max(1, stages.length), m = Math.round(h * 0.46), gap = w / (n + 0.5), r = Math.min(26, gap * 0.2, h * 0.2), hot = bottleneck(stages, pipes);
  if (gap < 88) return drawUpright(s, stages, pipes, hot, o);
  const x = (i: number) => gap * (i + 0.95), pipeHigh = Math.min(22, r);
  line(g, c.flow, x(n - 1) + r + 2, crisp(m), w - 6, crisp(m), []);
  for (let i = 0; i < n; i++) {
    const pipe = pipes[i];
    if (!pipe && i === 0) continue;
    const left = i ? x(i - 1) + r + 5 : 10, right = x(i) - r - 5, wide = right - left;
    const full = fullness(pipe), shut = full >= 0.97, top = m - pipeHigh / 2, foot = m + pipeHigh / 2;
    g.fillStyle = c['flow-fill'];
    g.fillRect(left, foot - pipeHigh * full, wide, pipeHigh * full);
    if (full > 0) { g.fillStyle = c.flow; g.fillRect(left, foot - pipeHigh * full - 1, wide, 1.5); }
    line(g, shut ? c.danger : c.ink, left, crisp(top), right, crisp(top), shut ? [] : [4, 3]);
    line(g, c.ink, left, crisp(foot), right, crisp(foot));
    // the gate into the pipe: it comes down as the pipe fills
    const drop = pipeHigh * full;
    g.fillStyle = shut ? c.danger : c.ink;
    g.fillRect(left - 4, top - 8, 3, 8 + drop);
    if (pipe) {
      const words = pipe.capacity === Infinity ? grouped(pipe.level) : pipe.capacity > 0 ? `${grouped(pipe.level)}/${grouped(pipe.capacity)}` : 'hand to hand';
      if (g.measureText(words).width < wide + 10) label(s, shut ? c.danger : c.muted, words, (left + right) / 2, foot + 14, 'center');
    }
  }
  stages.forEach((st, i) => {
    const cx = x(i);
    ring(s, st, cx, m, r, i === hot, o.quiet ?? false);
    text(g, c.ink, st.label, cx, m - r - 18, 'center');
    const low = m + r + 20, speed = rateOf(st.rate);
    text(g, c.muted, st.parallelism > 0 ? `×${st.parallelism}` : '', cx, low, 'center');
    if (st.rate > 0) text(g, c.muted, `${speed.text}${speed.unit}/s`, cx, low + 15, 'center');
    if (i === hot) label(s, c.ink, 'bottleneck', cx, low + 30, 'center');
  });
}

/** A stage: the ring fills with the share of time at work. */
function ring(s: Surface, st: GraphStage, x: number, y: number, r: number, hot: boolean, quiet: boolean): void {
  const {g, c} = s, from = -Math.PI / 2, busy = Math.min(0.9999, Math.max(0, st.busy)), held = Math.min(1 - busy, Math.max(0, st.blocked));
  const arc = (radius: number, a: number, b: number) => { g.beginPath(); g.arc(x, y, radius, a, b); g.stroke(); };
  g.fillStyle = c.surface;
  g.beginPath(); g.arc(x, y, r, 0, 7); g.fill();
  g.lineWidth = 1; g.strokeStyle = c.idle;
  arc(r, 0, 7);
  g.lineWidth = 4.5; g.strokeStyle = quiet ? c['run-quiet'] : c.run;
  arc(r, from, from + busy * 2 * Math.PI);
  if (held > 0.005) {                                     // blocked: dashed along the ring, not only another colour
    g.strokeStyle = c.wait; g.setLineDash([2.5, 2]);
    arc(r, from + busy * 2 * Math.PI, from + (busy + held) * 2 * Math.PI);
    g.setLineDash([]);
  }
  if (hot) { g.lineWidth = 1; g.strokeStyle = c.ink; arc(r + 6, 0, 7); }
  if (st.parallelism > 0) { g.font = `600 ${r < 18 ? 11 : 13}px ${s.mono}`; text(g, c.ink, `${Math.round(st.busy * 100)}%`, x, y + 0.5, 'center'); g.font = `11px ${s.mono}`; }
}

/** On a phone the line runs downwards: each queue is a tank above its stage. */
function drawUpright(s: Surface, stages: readonly GraphStage[], pipes: readonly (GraphPipe | undefined)[], hot: number, o: GraphOptions): void {
  const {g, c, h} = s, n = stages.length, row = h / (n + 0.1), r = Math.min(19, row * 0.3), x = 62, tank = {x: x - 15, w: 30};
  stages.forEach((st, i) => {
    const top = i * row + 6, y = top + row - r - 8, foot = y - r - 4, high = Math.max(6, foot - top), pipe = pipes[i], full = fullness(pipe), shut = full >= 0.97;
    if (pipe || i > 0) {
      g.fillStyle = c['flow-fill']; g.fillRect(tank.x, foot - high * full, tank.w, high * full);
      if (full > 0) { g.fillStyle = c.flow; g.fillRect(tank.x, foot - high * full - 1, tank.w, 1.5); }
      for (const wall of [tank.x, tank.x + tank.w]) line(g, c.ink, crisp(wall), top, crisp(wall), foot);
      line(g, shut ? c.danger : c.ink, tank.x, crisp(top), tank.x + tank.w, crisp(top), shut ? [] : [4, 3]);
    }
    if (pipe) text(g, shut ? c.danger : c.muted, pipe.capacity === Infinity ? `${grouped(pipe.level)} waiting` : pipe.capacity > 0 ? `${grouped(pipe.level)} of ${grouped(pipe.capacity)} waiting` : 'hand to hand', x + 34, top + high / 2);
    ring(s, st, x, y, r, i === hot, o.quiet ?? false);
    const speed = rateOf(st.rate);
    text(g, c.ink, i === hot ? `${st.label}, bottleneck` : st.label, x + 34, y - (st.rate > 0 ? 6 : 0));
    if (st.rate > 0) text(g, c.muted, `×${st.parallelism} · ${speed.text}${speed.unit}/s`, x + 34, y + 9);
  });
}

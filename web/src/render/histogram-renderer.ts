// histogram-renderer — latency on a log axis; flags stand on the quantiles and carry their intervals.
import {crisp} from '../base/geometry.js';
import {duration, short} from '../base/format.js';
import {decades, logarithmic, niceStep} from '../base/scale.js';
import {extent, logBins, percentile, total, type Counts, type Quantile} from '../stats/histogram.js';
import {timeEdges} from './lanes-renderer.js';
import {emptyScreen, label, line, text} from './pen.js';
import type {Surface} from './surface-2d.js';

/** The ends of the axis: whole steps of 1, 2, 5 around what occurs, at least a decade and a half. */
export function axisOf(low: number, high: number): {low: number; high: number} {
  const down = (v: number) => { const p = 10 ** Math.floor(Math.log10(v)); return [5, 2, 1].map((m) => m * p).find((m) => m <= v * 1.0001) ?? p; };
  const up = (v: number) => { const p = 10 ** Math.floor(Math.log10(v)); return [1, 2, 5, 10].map((m) => m * p).find((m) => m >= v * 0.9999) ?? 10 * p; };
  let a = down(Math.max(1, low)), b = up(Math.max(2, high));
  while (b / a < 30) { b = up(b * 1.01); if (b / a < 30 && a > 1) a = down(a * 0.99); }
  return {low: a, high: b};
}

export interface HistogramOptions { readonly quiet?: boolean; readonly quantiles?: readonly Quantile[] }

export function drawHistogram(s: Surface, counts: Counts, o: HistogramOptions = {}): void {
  const {g, c, w, h} = s, box = {x: timeEdges.left, y: 44, w: w - timeEdges.left - timeEdges.right, h: h - 44 - 26}, found = extent(counts), axis = crisp(box.y + box.h);
  line(g, c.muted, box.x, axis, box.x + box.w, axis);
  if (!found || !total(counts)) return emptyScreen(s, 'no job has finished yet');
  // Half a per cent at the low end needs no room of its own: it is counted in the first bin.
  const low = Math.max(found.low, percentile(counts, 0.5) * 0.97), ends = axisOf(Math.min(low, found.high), found.high), x = logarithmic(ends.low, ends.high, box.x, box.x + box.w);
  const unit = ends.high >= 2e9 ? {size: 1e9, name: 's'} : ends.high >= 2e6 ? {size: 1e6, name: 'ms'} : ends.high >= 2e3 ? {size: 1e3, name: 'µs'} : {size: 1, name: 'ns'};
  const n = Math.max(20, Math.floor(box.w / 7)), bins = logBins(counts, ends.low, ends.high, n), most = Math.max(...bins);
  const step = niceStep(box.h / most, 28);
  for (let v = step; v <= most; v += step) {
    const y = crisp(box.y + box.h * (1 - v / most));
    line(g, c.grid, box.x, y, box.x + box.w, y);
    text(g, c.muted, short(v), box.x - 6, y, 'right');
  }
  let lastLabel = -99;
  for (const m of decades(ends.low, ends.high)) {
    const tx = crisp(x.at(m.value));
    if (m.decade) line(g, c.grid, tx, box.y, tx, axis);
    line(g, c.muted, tx, axis, tx, axis + (m.major ? 5 : 2.5));
    if (m.major && tx < box.x + box.w - 22) {
      const words = `${m.value <= ends.low * 1.001 && found.low < ends.low ? '≤' : ''}${short(m.value / unit.size)}`, half = g.measureText(words).width / 2;
      if (tx - half - lastLabel >= 7 || lastLabel < 0) { text(g, c.muted, words, tx, axis + 13, 'center'); lastLabel = tx + half; }
    }
  }
  text(g, c.muted, unit.name, box.x + box.w, axis + 13, 'right');
  g.fillStyle = o.quiet ? c['run-quiet'] : c.run;
  g.beginPath();
  for (let i = 0; i < n; i++) if (bins[i]! > 0) { const bh = Math.max(1, bins[i]! / most * box.h); g.rect(Math.round(box.x + i * box.w / n), axis - 0.5 - bh, Math.max(1, Math.ceil(box.w / n) - 1.5), bh); }
  g.fill();
  line(g, c.muted, box.x, axis, box.x + box.w, axis);
  const flags = (o.quantiles ?? []).filter((q) => Number.isFinite(q.value)), height = (i: number) => 10 + (flags.length - 1 - i) * 14;
  flags.forEach((q, i) => line(g, c.ink, crisp(x.at(q.value)), height(i), crisp(x.at(q.value)), axis));
  flags.forEach((q, i) => flag(s, q, x.at(q.value), x.at(q.low), x.at(q.high), height(i), box.x + box.w));
}

function flag(s: Surface, q: Quantile, at: number, low: number, high: number, y: number, right: number): void {
  const {g, c} = s, fx = crisp(at), d = duration(q.value), words = `p${q.p} ${d.text} ${d.unit}`, room = g.measureText(words).width + 12;
  const goRight = fx - room < 4 || (q.p >= 95 && fx + room < right);
  label(s, c.ink, words, goRight ? Math.max(fx, high) + 7 : Math.min(fx, low) - 7, y, goRight ? 'left' : 'right');
  if (high - low < 2) return;
  line(g, c.ink, low, crisp(y), high, crisp(y));
  for (const e of [low, high]) line(g, c.ink, crisp(e), y - 3, crisp(e), y + 4);
}

// throughput-renderer — completed per second in its band, offered load dashed, stalls hatched along the top.
import {crisp} from '../base/geometry.js';
import {niceStep, niceTop} from '../base/scale.js';
import type {RateWindows} from '../stats/throughput.js';
import {timeEdges} from './lanes-renderer.js';
import {emptyScreen, timeAxis, valueAxis} from './pen.js';
import type {Surface} from './surface-2d.js';

export interface ThroughputOptions { readonly quiet?: boolean; readonly virtual: boolean }

export interface RateLine { readonly done: number[]; readonly offered: number[]; readonly low: number[]; readonly high: number[]; readonly top: number; readonly stalled: boolean[] }

/** Items per second by window; the band is what counting alone would make of it: ± 1.96 √n. */
export function rateLine(windows: RateWindows): RateLine {
  const done: number[] = [], offered: number[] = [], low: number[] = [], high: number[] = [];
  const whole = windows.length > 1 && windows.now < windows.length * windows.width * 0.999 ? windows.length - 1 : windows.length;
  for (let i = 0; i < whole; i++) {
    const n = windows.done[i]!, rate = windows.rate(windows.done, i), spread = n > 0 ? 1.96 / Math.sqrt(n) : 0;
    done.push(rate); offered.push(windows.rate(windows.offered, i));
    low.push(rate * Math.max(0, 1 - spread)); high.push(rate * (1 + Math.min(1, spread)));
  }
  const sorted = [...done].sort((a, b) => a - b), middle = sorted[sorted.length >> 1] ?? 0;
  return {done, offered, low, high, top: niceTop(1.08 * Math.max(1, ...done, ...offered)), stalled: done.map((r) => r < middle * 0.5)};
}

export function drawThroughput(s: Surface, windows: RateWindows, o: ThroughputOptions): void {
  const {g, c, w, h, texture} = s, box = {x: timeEdges.left, y: 12, w: w - timeEdges.left - timeEdges.right, h: h - 12 - 26}, rates = rateLine(windows), n = rates.done.length;
  const to = Math.max(windows.width, n * windows.width);
  timeAxis(s, box, {from: 0, to, virtual: o.virtual});
  if (!n) return emptyScreen(s, 'nothing completed yet');
  const step = niceStep(box.h / rates.top, 30), marks: number[] = [];
  for (let v = 0; v <= rates.top * 1.001; v += step) marks.push(v);
  valueAxis(s, box, rates.top, marks);
  const x = (i: number) => box.x + (i + 0.5) / n * box.w, y = (v: number) => box.y + box.h * (1 - Math.min(v, rates.top) / rates.top);
  g.fillStyle = texture.wait;
  rates.stalled.forEach((stall, i) => { if (stall && i > 0) g.fillRect(x(i - 0.5), box.y, box.w / n, 5); });
  const through = (v: readonly number[]) => v.forEach((k, i) => (i ? g.lineTo(x(i), y(k)) : g.moveTo(x(i), y(k))));
  g.beginPath();
  through(rates.high);
  for (let i = n - 1; i >= 0; i--) g.lineTo(x(i), y(rates.low[i]!));
  g.fillStyle = c['flow-fill'];
  g.fill();
  g.strokeStyle = c.muted; g.lineWidth = 1; g.setLineDash([4, 3]);
  g.beginPath(); through(rates.offered); g.stroke(); g.setLineDash([]);
  g.strokeStyle = c.run; g.lineWidth = o.quiet ? 1 : 1.75; g.lineJoin = 'round';
  g.beginPath(); through(rates.done); g.stroke();
  if (n === 1) { g.fillStyle = c.run; g.fillRect(x(0) - 2, y(rates.done[0]!) - 2, 4, 4); }
  timeBase(s, box.x, box.x + box.w, box.y + box.h, o.virtual);
}

function timeBase(s: Surface, left: number, right: number, y: number, virtual: boolean): void {
  const {g, c} = s;
  g.strokeStyle = c.muted; g.lineWidth = 1; g.setLineDash(virtual ? [1, 3] : []);
  g.beginPath(); g.moveTo(left, crisp(y)); g.lineTo(right, crisp(y)); g.stroke(); g.setLineDash([]);
}

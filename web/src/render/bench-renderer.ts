// bench-renderer — tap, reservoir, gate, channels, lanes: one drawing, read from left to right.
import {crisp, type Box} from '../base/geometry.js';
import {grouped} from '../base/format.js';
import {niceStep} from '../base/scale.js';
import type {ChannelHistory} from '../trace/channel-history.js';
import type {Steal, Track} from '../trace/task-lanes.js';
import {inRows, laneRows, presentAt, type LaneLayout} from './lanes-renderer.js';
import {cutLine, dashed, dotted, line, nowLine, text, timeAxis, type TimeRange} from './pen.js';
import type {Surface} from './surface-2d.js';

export interface BenchData {
  readonly tracks: readonly Track[];
  readonly steals: readonly Steal[];
  readonly channel: ChannelHistory;
  readonly capacity: number;
  /** Which lanes do not park now. */
  readonly busy: readonly boolean[];
  /** What flows in: the words beside the tap. */
  readonly tap: string;
  /** How far the tap is open, 0…1; absent where it cannot be turned. */
  readonly turn?: number | undefined;
  readonly dropped: number;
  /** False when the sender waits instead: then there is nothing to count. */
  readonly drops: boolean;
}

export interface BenchOptions { readonly quiet?: boolean; readonly now?: boolean; readonly cut?: number | undefined; readonly lane?: number | undefined; readonly end?: number }

export interface BenchLayout { readonly tank: Box; readonly lanes: LaneLayout; readonly compact: boolean }

/** Below this width the tank lies above the lanes. */
export const compactBelow = 620;

export function benchLayout(w: number, h: number, lanes: number): BenchLayout {
  const compact = w < compactBelow;
  const tank = compact ? {x: 34, y: 30, w: w - 34 - 46, h: h < 340 ? 60 : 84} : {x: 62, y: 46, w: 118, h: h - 46 - 40};
  const box = compact ? {x: 34, y: tank.y + tank.h + 34, w: w - 34 - 8, h: h - tank.y - tank.h - 34 - 26} : {x: 292, y: 26, w: w - 292 - 10, h: h - 26 - 30};
  return {tank, lanes: inRows(box, lanes, 30), compact};
}

export function drawBench(s: Surface, d: BenchData, range: TimeRange, o: BenchOptions = {}): BenchLayout {
  const {g, c} = s, at = benchLayout(s.w, s.h, d.tracks.length), {tank, compact} = at, {box} = at.lanes;
  const end = Math.min(o.cut ?? Infinity, o.end ?? Infinity, range.to), span = range.to - range.from;
  const {high} = d.channel.over(range.from, end), level = d.channel.at(end), bounded = d.capacity > 0 && d.capacity < Infinity, top = Math.max(1, bounded ? d.capacity : high);
  const y = (n: number) => tank.y + tank.h - Math.min(1.06, n / top) * tank.h, brim = bounded && level >= d.capacity * 0.97;
  const wall = tank.x + tank.w, foot = tank.y + tank.h, notch = Math.min(12, (tank.h * 0.4) / Math.max(1, d.tracks.length)), open = notch * d.tracks.length;

  // water
  g.fillStyle = c['flow-fill'];
  g.fillRect(tank.x, y(level), tank.w, foot - y(level));
  g.fillStyle = c.flow;
  g.fillRect(tank.x, y(level) - 1, tank.w, 2);
  wallScale(s, tank, top, y, compact);
  if (high > 0) line(g, c.flow, tank.x, crisp(y(high)), wall, crisp(y(high)), dotted);   // high water in view

  // walls; the capacity line is the brim; the gate at the foot has one notch per worker
  g.strokeStyle = c.ink;
  g.lineWidth = 2;
  g.beginPath();
  g.moveTo(tank.x, tank.y - 14); g.lineTo(tank.x, foot); g.lineTo(compact ? wall : wall + 14, foot);
  g.moveTo(wall, tank.y); g.lineTo(wall, compact ? foot : foot - open);
  g.stroke();
  if (bounded) line(g, brim ? c.danger : c.ink, tank.x, crisp(tank.y), wall, crisp(tank.y), dashed);
  spill(s, d, wall, tank, d.channel.dropsBetween(range.from, end), compact);
  tap(s, d, tank, y(level), end, span, compact);

  const under = foot - y(level) < 26, ly = under ? y(level) - 14 : y(level) + 16;
  g.font = `600 13px ${s.mono}`;
  text(g, c.ink, grouped(level), tank.x + 12, ly);
  const wide = g.measureText(grouped(level)).width;
  g.font = `11px ${s.mono}`;
  if (bounded) text(g, c.muted, `of ${grouped(d.capacity)}`, tank.x + 18 + wide, ly + 0.5);

  if (compact) d.tracks.forEach((_, i) => { const x = crisp(tank.x + 8 + i * Math.min(6, (tank.w - 16) / d.tracks.length)); line(g, d.busy[i] ? c.flow : c.idle, x, foot, x, box.y - 2, d.busy[i] ? [] : [2, 3]); });
  else gate(s, d, at, wall, foot, open, notch, y(level));

  timeAxis(s, box, range);
  laneRows(s, d.tracks, d.steals, at.lanes, range, o);
  if (o.cut !== undefined && o.cut < range.to) cutLine(s, box.x + (o.cut - range.from) / (range.to - range.from) * box.w, box.y - 6, box.y + box.h, true);
  else if (o.now) nowLine(s, presentAt(box, range, o.end), box.y - 2, box.y + box.h);
  return at;
}

/** A scale engraved on the wall. */
function wallScale(s: Surface, tank: Box, top: number, y: (n: number) => number, compact: boolean): void {
  const {g, c} = s, major = top % 4 === 0 ? top / 4 : niceStep(tank.h / top, compact ? 26 : 44), minor = major / 8;
  const fine = minor * tank.h / top >= 3 ? minor : major;
  for (let i = 0; i * fine <= top * 1.0001; i++) {
    const n = i * fine, big = Math.abs(n / major - Math.round(n / major)) < 1e-6, ty = crisp(y(n));
    line(g, c.muted, tank.x - (big ? 9 : 4), ty, tank.x, ty);
    if (big && (!compact || Math.round(n / major) % 2 === 0)) text(g, c.muted, grouped(n), tank.x - 13, ty, 'right');
  }
}

function spill(s: Surface, d: BenchData, wall: number, tank: Box, recent: number, compact: boolean): void {
  if (!d.drops) return;                                // the sender waits: nothing can spill
  const {g, c} = s;
  g.strokeStyle = recent ? c.danger : c.idle;
  g.lineWidth = 1;
  g.beginPath(); g.moveTo(wall + 1, tank.y); g.quadraticCurveTo(wall + 13, tank.y, wall + 13, tank.y + 16); g.stroke();
  g.fillStyle = c.danger;
  for (let i = 0; i < Math.min(recent, 5); i++) g.fillRect(wall + 12, tank.y + 20 + i * 6, 2.5, 2.5);
  text(g, recent ? c.danger : c.muted, `${grouped(d.dropped)} dropped`, compact ? wall + 40 : wall + 20, tank.y - (compact ? 12 : 8), compact ? 'right' : 'left');
}

/** Arrivals fall as dots; their spacing is the arrival rate. */
function tap(s: Surface, d: BenchData, tank: Box, surface: number, now: number, span: number, compact: boolean): void {
  const {g, c} = s, tx = tank.x + 26, ty = compact ? 8 : 16, fall = span / 16, {depth} = d.channel;
  g.strokeStyle = c.ink;
  g.lineWidth = 2;
  g.beginPath(); g.moveTo(tank.x - 28, ty); g.lineTo(tx, ty); g.lineTo(tx, ty + 8); g.stroke();
  g.fillStyle = c.accent;
  g.fillRect(tank.x - 26 + (d.turn ?? 0.5) * 40, ty - 6, 6, 12);
  if (surface - ty > 40) {
    const height = Math.max(0, surface - ty - 16);
    let lastY = -9, before = NaN;
    g.fillStyle = c.flow;
    for (let i = Math.max(0, depth.firstAfter(now - fall) - 1); i < depth.length; i++) {
      const at = depth.slot(i), t = depth.time[at]!, n = depth.value[at]!, rose = n > before;
      before = n;
      if (!rose || t > now) continue;
      const dy = ty + 13 + (now - t) / fall * height;
      if (dy < surface - 3 && Math.abs(dy - lastY) >= 4) { g.fillRect(tx - 1.5, dy, 3, 3); lastY = dy; }
    }
  }
  text(g, c.ink, d.tap, tx + 14, ty - (compact ? 0 : 2));
}

/** The plate is lifted as far as there are workers; one channel leads from each notch to its lane. */
function gate(s: Surface, d: BenchData, at: BenchLayout, wall: number, foot: number, open: number, notch: number, surface: number): void {
  const {g, c} = s, {box, row} = at.lanes, lift = foot - open, plate = 40, n = d.tracks.length;
  g.fillStyle = c['flow-fill'];
  const wet = Math.max(0, Math.min(open, foot - surface));
  g.fillRect(wall + 1, foot - wet, 13, wet);
  g.fillStyle = c.ink;
  g.fillRect(wall + 5, lift - plate, 5, plate);
  line(g, c.ink, crisp(wall + 14), lift - plate - 10, crisp(wall + 14), foot);
  line(g, c.ink, crisp(wall + 7), lift - plate - 16, crisp(wall + 7), lift - plate);
  line(g, c.ink, wall + 2, crisp(lift - plate - 16), wall + 13, crisp(lift - plate - 16));
  for (let i = 0; i < n; i++) {
    const from = lift + (i + 0.5) * notch, to = box.y + i * row + row / 2, up = to < from, rank = up ? i : n - 1 - i, busy = d.busy[i] ?? false;
    const bend = wall + 26 + (rank + 0.5) * Math.min(11, 52 / n), r = Math.min(5, Math.abs(to - from) / 2);
    g.strokeStyle = busy ? c.flow : c.idle;
    g.lineWidth = busy ? (n > 24 ? 1 : 1.75) : 1;
    g.setLineDash(busy ? [] : [2, 3]);
    g.beginPath();
    g.moveTo(wall + 1, from); g.lineTo(bend - r, from);
    g.quadraticCurveTo(bend, from, bend, from + (up ? -r : r));
    g.lineTo(bend, to + (up ? r : -r));
    g.quadraticCurveTo(bend, to, bend + r, to);
    g.lineTo(box.x - 30, to);
    g.stroke();
  }
  g.setLineDash([]);
}

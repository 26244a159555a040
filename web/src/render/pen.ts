// pen — hairlines, labels, segments and axes: the strokes every picture shares.
import {crisp, type Box} from '../base/geometry.js';
import {niceStep} from '../base/scale.js';
import {short} from '../base/format.js';
import type {Kind} from '../trace/task-lanes.js';
import type {Surface} from './surface-2d.js';

type Context = CanvasRenderingContext2D;
const solid: number[] = [];
export const dotted = [1, 3];
export const dashed = [6, 3];

export function line(g: Context, colour: string, x1: number, y1: number, x2: number, y2: number, dash: number[] = solid): void {
  g.strokeStyle = colour;
  g.lineWidth = 1;
  g.setLineDash(dash);
  g.beginPath();
  g.moveTo(x1, y1);
  g.lineTo(x2, y2);
  g.stroke();
  g.setLineDash(solid);
}

export function text(g: Context, colour: string, words: string, x: number, y: number, align: CanvasTextAlign = 'left'): void {
  g.fillStyle = colour;
  g.textAlign = align;
  g.fillText(words, x, y);
}

/** Text that stays readable over lines: knocked out of the screen colour. */
export function label(s: Surface, colour: string, words: string, x: number, y: number, align: 'left' | 'right' | 'center' = 'left'): void {
  const {g, c} = s, wide = g.measureText(words).width + 6;
  g.fillStyle = c.surface;
  g.fillRect(align === 'left' ? x - 3 : align === 'right' ? x - wide + 3 : x - wide / 2, y - 7, wide, 14);
  text(g, colour, words, x, y, align);
}

export function arrow(g: Context, colour: string, x1: number, y1: number, x2: number, y2: number): void {
  const a = Math.atan2(y2 - y1, x2 - x1);
  g.strokeStyle = g.fillStyle = colour;
  g.lineWidth = 1;
  g.beginPath(); g.moveTo(x1, y1); g.lineTo(x2, y2); g.stroke();
  g.beginPath();
  g.moveTo(x2 + 2 * Math.cos(a), y2 + 2 * Math.sin(a));
  g.lineTo(x2 - 5 * Math.cos(a - 0.5), y2 - 5 * Math.sin(a - 0.5));
  g.lineTo(x2 - 5 * Math.cos(a + 0.5), y2 - 5 * Math.sin(a + 0.5));
  g.fill();
}

/** One segment of a lane: colour, pattern and height all say the same thing. */
export function segment(s: Surface, kind: Kind, x: number, y: number, w: number, h: number, quiet = false): void {
  const {g, c, texture} = s;
  if (kind === 'idle') return line(g, c.idle, x, crisp(y + h / 2 - 0.5), x + w, crisp(y + h / 2 - 0.5));
  if (kind === 'run') {
    g.fillStyle = quiet ? c['run-quiet'] : c.run;
    g.fillRect(x, y, Math.max(0.7, w - (w > 3 ? 1 : 0)), h);
    if (quiet && w > 3) { g.strokeStyle = c.run; g.lineWidth = 1; g.strokeRect(x + 0.5, y + 0.5, w - 2, h - 1); }
    return;
  }
  const low = kind === 'retry' ? h * 0.28 : 0;
  g.fillStyle = texture[kind];
  g.fillRect(x, y + low, Math.max(1.5, w - 0.5), h - low * 2);
  g.strokeStyle = c[kind];
  g.lineWidth = 1;
  g.strokeRect(x + 0.5, y + low + 0.5, Math.max(0.5, w - 1.5), h - low * 2 - 1);
}

/** Which stretch of time a picture shows, in ns, and whether that time was measured or is virtual. */
export interface TimeRange { readonly from: number; readonly to: number; readonly virtual: boolean }

/** The unit in which marks `step` ns apart read best. */
export function timeUnit(step: number): {size: number; name: string} {
  return step >= 1e8 ? {size: 1e9, name: 's'} : step >= 1e5 ? {size: 1e6, name: 'ms'} : step >= 100 ? {size: 1e3, name: 'µs'} : {size: 1, name: 'ns'};
}

/** Virtual time is dotted, measured time is solid. Marks slide with the time; their numbers count from `zero`. */
export function timeAxis(s: Surface, box: Box, range: TimeRange, labels = true, zero = 0): void {
  const {g, c} = s, y = crisp(box.y + box.h), {from, to} = range, px = box.w / (to - from);
  const step = niceStep(px, 56), unit = timeUnit(step);
  line(g, c.muted, box.x, y, box.x + box.w, y, range.virtual ? dotted : solid);
  const first = Math.ceil((from - zero) / (step / 5)), last = Math.floor((to - zero) / (step / 5) + 1e-9);
  for (let i = Math.max(first, Math.ceil(-zero / (step / 5))); i <= last; i++) {
    const at = zero + i * step / 5, x = crisp(box.x + (at - from) * px), major = i % 5 === 0;
    if (at < 0) continue;
    if (major) line(g, c.grid, x, box.y, x, y - 1);
    line(g, c.muted, x, y, x, y + (major ? 5 : 2.5));
    if (major && labels && x < box.x + box.w - 30) text(g, c.muted, timeLabel(i / 5 * step / unit.size, step / unit.size), x, y + 13, 'center');
  }
  if (labels) text(g, c.muted, unit.name, box.x + box.w, y + 13, 'right');
}

const timeLabel = (v: number, step: number): string =>
  step >= 1 ? String(Math.round(v)) : v.toFixed(Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)));

/** A scale of values at the left edge, with its graticule. */
export function valueAxis(s: Surface, box: Box, top: number, marks: readonly number[]): void {
  const {g, c} = s;
  for (const v of marks) {
    const y = crisp(box.y + box.h * (1 - v / top));
    if (v > 0) line(g, c.grid, box.x, y, box.x + box.w, y);
    text(g, c.muted, short(v), box.x - 6, y, 'right');
  }
}

export function nowLine(s: Surface, x: number, top: number, bottom: number): void {
  const {g, c} = s;
  line(g, c.accent, crisp(x), top, crisp(x), bottom);
  g.fillStyle = c.accent;
  g.beginPath();
  g.moveTo(x - 4, top - 5); g.lineTo(x + 5, top - 5); g.lineTo(x + 0.5, top + 1);
  g.fill();
}

/** After the break nothing is known. */
export function cutLine(s: Surface, x: number, top: number, bottom: number, words: boolean): void {
  const {g, c} = s;
  line(g, c.danger, crisp(x), top, crisp(x), bottom, [4, 3]);
  if (words) ['nothing', 'after this', 'is known'].forEach((w, i) => label(s, c.danger, w, x + 9, top + 16 + i * 15));
}

export function inside(g: Context, box: Box, paint: () => void): void {
  g.save();
  g.beginPath();
  g.rect(box.x, box.y - 6, box.w, box.h + 12);
  g.clip();
  paint();
  g.restore();
}

/** What a picture shows when there is no run to show. */
export function emptyScreen(s: Surface, words: string): void {
  text(s.g, s.c.muted, words, s.w / 2, s.h / 2, 'center');
}

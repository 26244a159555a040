// waits-renderer — tasks in a ring and what lies between them: who has it, and who waits for it.
import {arrow, dashed, line, text} from './pen.js';
import type {Surface} from './surface-2d.js';

/** What a task is doing, as the engine counts it. */
export const stands = ['away', 'one', 'one-wants-next', 'both', 'wants-both', 'sending', 'receiving'] as const;
export type Stand = (typeof stands)[number];
export const standOf = (code: number): Stand => stands[code] ?? 'away';

export interface Waits { readonly tasks: readonly Stand[]; readonly channels: boolean }
export interface Edge { readonly task: number; readonly thing: number; readonly kind: 'has' | 'wants' }

/** Between task `i` and the next lies thing `i + 1`, which task `i + 1` takes first; a channel `i` lies there that task `i` fills and the next one empties. */
export function edgesOf({tasks, channels}: Waits): Edge[] {
  const n = tasks.length, edges: Edge[] = [];
  tasks.forEach((stand, task) => {
    const own = task, next = channels ? task : (task + 1) % n;
    if (stand === 'one' || stand === 'one-wants-next' || stand === 'both') edges.push({task, thing: own, kind: 'has'});
    if (stand === 'both') edges.push({task, thing: next, kind: 'has'});
    if (stand === 'one-wants-next' || stand === 'wants-both') edges.push({task, thing: next, kind: 'wants'});
    if (stand === 'wants-both') edges.push({task, thing: own, kind: 'wants'});
    if (stand === 'sending') edges.push({task, thing: task, kind: 'wants'});
    if (stand === 'receiving') edges.push({task, thing: (task + n - 1) % n, kind: 'has'});
  });
  return edges;
}

/** True when each waits for the next: nothing will ever go on. */
export const circle = ({tasks}: Waits): boolean => tasks.length > 1 && (tasks.every((t) => t === 'one-wants-next') || tasks.every((t) => t === 'sending'));

/** What each task has and waits for, in words. */
export function waitsInWords(w: Waits): string {
  if (!w.tasks.length) return 'No run yet.';
  const edges = edgesOf(w), named = (task: number, kind: Edge['kind']) => edges.filter((e) => e.task === task && e.kind === kind).map((e) => e.thing + 1);
  const each = w.tasks.map((stand, i) => {
    const has = named(i, 'has').join(' and '), wants = named(i, 'wants').join(' and ');
    if (w.channels) return `task ${i + 1} ${stand === 'sending' ? `sends into channel ${wants}` : stand === 'receiving' ? `reads channel ${has}` : 'does something else'}`;
    return `task ${i + 1} ${has && wants ? `has mutex ${has} and wants ${wants}` : has ? `has mutex ${has}` : wants ? `wants mutex ${wants}` : 'does something else'}`;
  }).join(', ');
  return `${each.charAt(0).toUpperCase()}${each.slice(1)}.${circle(w) ? ' Each waits for the next: a deadlock.' : ''}`;
}

interface Point { readonly x: number; readonly y: number }

/** Tasks and things take turns around an oval, clockwise, the first task at its left; the ways between them are equally long. */
export function waitsLayout(w: number, h: number, {tasks, channels}: Waits): {tasks: Point[]; things: Point[]} {
  const n = tasks.length, rx = Math.min(w * 0.38, 270), ry = h * 0.37, steps = 720;
  const on = (a: number): Point => ({x: w / 2 - Math.cos(a) * rx, y: h / 2 - Math.sin(a) * ry}), way = [0];
  for (let i = 1, last = on(0); i <= steps; i++) { const p = on(i / steps * 2 * Math.PI); way.push(way[i - 1]! + Math.hypot(p.x - last.x, p.y - last.y)); last = p; }
  const at = (turn: number): Point => { const gone = ((turn % 1) + 1) % 1 * way[steps]!; return on(way.findIndex((d) => d >= gone) / steps * 2 * Math.PI); };
  return {tasks: tasks.map((_, i) => at(i / n)), things: tasks.map((_, i) => at((i + (channels ? 0.5 : -0.5)) / n))};
}

export function drawWaits(s: Surface, waits: Waits, o: {readonly quiet?: boolean} = {}): void {
  const {g, c, w, h, texture} = s, {tasks, things} = waitsLayout(w, h, waits), stuck = circle(waits), wide = 74, high = 24, box = 15;
  const edges = edgesOf(waits);
  for (const e of edges) {
    const t = tasks[e.task]!, thing = things[e.thing]!, from = e.kind === 'wants' ? t : thing, to = e.kind === 'wants' ? thing : t;
    const a = shorten(from, to, e.kind === 'wants' ? {w: wide, h: high} : {w: box * 2, h: box * 2}), b = shorten(to, from, e.kind === 'wants' ? {w: box * 2, h: box * 2} : {w: wide, h: high});
    const colour = stuck ? c.danger : e.kind === 'wants' ? c.wait : c.run;
    if (e.kind === 'wants') { g.setLineDash(dashed); arrow(g, colour, a.x, a.y, b.x, b.y); g.setLineDash([]); } else { line(g, colour, a.x, a.y, b.x, b.y); dot(s, colour, b); dot(s, colour, a); }
    if (Math.hypot(a.x - b.x, a.y - b.y) < 52) continue;      // no room for a word
    const mid = {x: (a.x + b.x) / 2, y: (a.y + b.y) / 2}, verb = e.kind === 'wants' ? (waits.channels ? 'full' : 'wants') : waits.channels ? 'reads' : 'has';
    g.fillStyle = c.surface; const k = g.measureText(verb).width + 6; g.fillRect(mid.x - k / 2, mid.y - 7, k, 14);
    text(g, colour, verb, mid.x, mid.y, 'center');
  }
  things.forEach((p, i) => {
    const held = edges.some((e) => e.thing === i && e.kind === 'has'), full = waits.channels && waits.tasks[i] === 'sending';
    g.fillStyle = held || full ? (o.quiet ? c['run-quiet'] : c['flow-fill']) : c.surface;
    g.fillRect(p.x - box, p.y - box, box * 2, box * 2);
    g.strokeStyle = c.ink; g.lineWidth = 1; g.strokeRect(Math.round(p.x - box) + 0.5, Math.round(p.y - box) + 0.5, box * 2 - 1, box * 2 - 1);
    text(g, c.ink, `${waits.channels ? 'c' : 'm'}${i + 1}`, p.x, p.y + 0.5, 'center');
  });
  tasks.forEach((p, i) => {
    const stand = waits.tasks[i]!, waiting = stand === 'one-wants-next' || stand === 'wants-both' || stand === 'sending';
    g.fillStyle = waiting ? texture.wait : c.surface;
    g.beginPath(); g.roundRect(p.x - wide / 2, p.y - high / 2, wide, high, 12); g.fill();
    g.strokeStyle = stuck ? c.danger : waiting ? c.wait : stand === 'away' ? c.idle : c.run; g.lineWidth = stand === 'both' || stand === 'receiving' ? 2 : 1;
    g.beginPath(); g.roundRect(p.x - wide / 2, p.y - high / 2, wide, high, 12); g.stroke();
    const name = `task ${i + 1}`, k = g.measureText(name).width + 8;
    g.fillStyle = c.surface; g.fillRect(p.x - k / 2, p.y - 8, k, 16);
    text(g, c.ink, name, p.x, p.y + 0.5, 'center');
  });
  if (stuck) text(g, c.danger, 'deadlock', w / 2, h / 2, 'center');
}

function dot(s: Surface, colour: string, p: Point): void { s.g.fillStyle = colour; s.g.beginPath(); s.g.arc(p.x, p.y, 2.5, 0, 7); s.g.fill(); }

/** Where the way from `from` to `to` leaves the box around `from`. */
function shorten(from: Point, to: Point, size: {w: number; h: number}): Point {
  const dx = to.x - from.x, dy = to.y - from.y, k = Math.min(dx === 0 ? Infinity : (size.w / 2 + 4) / Math.abs(dx), dy === 0 ? Infinity : (size.h / 2 + 4) / Math.abs(dy), 0.45);
  return {x: from.x + dx * k, y: from.y + dy * k};
}

// depth-renderer — the reservoir over time: step area, capacity, high water, drops.
import {crisp, type Box} from '../base/geometry.js';
import {grouped, short} from '../base/format.js';
import {niceTop} from '../base/scale.js';
import type {ChannelHistory} from '../trace/channel-history.js';
import {presentAt, timeEdges} from './lanes-renderer.js';
import {cutLine, dashed, inside, label, line, nowLine, text, timeAxis, type TimeRange} from './pen.js';
import type {Surface} from './surface-2d.js';

export interface DepthOptions { readonly quiet?: boolean; readonly now?: boolean; readonly cut?: number | undefined; readonly name?: string; readonly end?: number }

/** The outline of the water: a level for every pixel column that changed, its highest within the column kept. */
export function outline(history: ChannelHistory, range: TimeRange, width: number, end: number): {x: number; level: number}[] {
  const px = width / (range.to - range.from), {depth} = history, points = [{x: 0, level: history.at(range.from)}];
  let column = -1, last = points[0]!;
  for (let i = depth.firstAfter(range.from); i < depth.length; i++) {
    const at = depth.slot(i), t = depth.time[at]!;
    if (t > end) break;
    const x = (t - range.from) * px, level = depth.value[at]!, here = Math.floor(x * 2);
    if (here === column) { last = {x, level}; points.push(last); if (points.length > 3 && squeeze(points, here)) points.splice(points.length - 2, 1); } else { last = {x, level}; points.push(last); column = here; }
  }
  points.push({x: (end - range.from) * px, level: last.level});
  return points;
}

/** True when the middle one of the last three points of a column says nothing the others do not. */
function squeeze(points: readonly {x: number; level: number}[], column: number): boolean {
  const n = points.length, a = points[n - 3]!, b = points[n - 2]!, c = points[n - 1]!;
  return Math.floor(a.x * 2) === column && ((a.level <= b.level && b.level <= c.level) || (a.level >= b.level && b.level >= c.level));
}

export function drawDepth(s: Surface, history: ChannelHistory, capacity: number, range: TimeRange, o: DepthOptions = {}): Box {
  const {g, c, w, h} = s, box = {x: timeEdges.left, y: 18, w: w - timeEdges.left - timeEdges.right, h: h - 18 - 8}, px = box.w / (range.to - range.from);
  const end = Math.min(o.cut ?? Infinity, o.end ?? Infinity, range.to), {high, highAt} = history.over(range.from, end);
  const bounded = capacity > 0 && capacity < Infinity, top = bounded ? Math.max(capacity, high) : niceTop(Math.max(4, high * 1.1)), y = (n: number) => box.y + box.h - n / top * box.h;
  timeAxis(s, box, range, false);
  for (const n of [0, top / 2, top]) text(g, c.muted, short(n), box.x - 10, y(n), 'right');
  line(g, c.grid, box.x, crisp(y(top / 2)), box.x + box.w, crisp(y(top / 2)));
  const points = outline(history, range, box.w, end);
  const trace = () => {
    let level = points[0]!.level;
    g.beginPath();
    g.moveTo(box.x, y(level));
    for (const p of points) { g.lineTo(box.x + p.x, y(level)); g.lineTo(box.x + p.x, y(p.level)); level = p.level; }
  };
  inside(g, box, () => {
    trace();
    g.lineTo(box.x + (end - range.from) * px, y(0)); g.lineTo(box.x, y(0));
    g.fillStyle = c['flow-fill']; g.fill();
    trace();
    g.strokeStyle = c.flow; g.lineWidth = o.quiet ? 1 : 1.5; g.stroke();
  });
  if (bounded) {
    line(g, c.ink, box.x, crisp(y(capacity)), box.x + box.w, crisp(y(capacity)), dashed);
    const {drops} = history;
    let lastX = -9;
    for (let i = drops.firstAfter(range.from); i < drops.length; i++) {
      const t = drops.time[drops.slot(i)]!;
      if (t >= end) break;
      const x = crisp(box.x + (t - range.from) * px);
      if (x - lastX >= 2) { line(g, c.danger, x, y(capacity) - 9, x, y(capacity) - 3); lastX = x; }
    }
    label(s, c.ink, `${o.name ? `${o.name}, ` : ''}capacity ${grouped(capacity)}`, box.x + 6, y(capacity));
  } else label(s, c.muted, `${o.name ? `${o.name}, ` : ''}${capacity > 0 ? 'no bound' : 'no buffer'}`, box.x + 6, y(top));
  if (bounded && high > 0 && high < capacity * 0.94) {
    const x = Math.max(box.x + 4, box.x + (highAt - range.from) * px), flip = x > box.x + box.w - 120;
    g.fillStyle = c.ink;
    g.beginPath(); g.moveTo(x, y(high) - 2); g.lineTo(x - 4, y(high) - 8); g.lineTo(x + 4, y(high) - 8); g.fill();
    if (y(high) - y(capacity) > 20) label(s, c.ink, `high water ${grouped(high)}`, x + (flip ? -9 : 9), y(high) - 9, flip ? 'right' : 'left');
  }
  if (o.cut !== undefined && o.cut < range.to) cutLine(s, box.x + (o.cut - range.from) * px, box.y - 16, box.y + box.h, false);
  else if (o.now) nowLine(s, presentAt(box, range, o.end), box.y, box.y + box.h);
  return box;
}

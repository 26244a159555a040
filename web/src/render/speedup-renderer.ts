// speedup-renderer — the curve of more workers against the ideal line; a whisker from the slowest to the fastest round.
import {crisp} from '../base/geometry.js';
import type {SpeedupPoint} from '../stats/speedup.js';
import {timeEdges} from './lanes-renderer.js';
import {emptyScreen, label, line, text} from './pen.js';
import type {Surface} from './surface-2d.js';

export function drawSpeedup(s: Surface, points: readonly SpeedupPoint[], most: number, cores: number): void {
  const {g, c, w, h} = s, box = {x: timeEdges.left, y: 14, w: w - timeEdges.left - 24, h: h - 14 - 30}, top = Math.max(2, Math.min(most, cores + 1), ...points.map((p) => p.high)) * 1.08;
  const x = (n: number) => box.x + (n - 0.5) / most * box.w, y = (v: number) => box.y + box.h * (1 - v / top), axis = crisp(box.y + box.h);
  for (let v = 1; v <= top; v += Math.max(1, Math.round(top / 6))) { line(g, c.grid, box.x, crisp(y(v)), box.x + box.w, crisp(y(v))); text(g, c.muted, `${v}×`, box.x - 6, y(v), 'right'); }
  line(g, c.muted, box.x, axis, box.x + box.w, axis);
  const every = Math.max(1, Math.ceil(most / (box.w / 26)));
  for (let n = 1; n <= most; n++) { line(g, c.muted, crisp(x(n)), axis, crisp(x(n)), axis + (n % every === 0 || n === 1 ? 5 : 2.5)); if (n % every === 0 || n === 1) text(g, c.muted, String(n), x(n), axis + 13, 'center'); }
  if (cores <= most) { line(g, c.ink, crisp(x(cores)), box.y, crisp(x(cores)), axis, [1, 3]); }
  g.save();
  g.beginPath(); g.rect(box.x, box.y, box.w, box.h); g.clip();
  line(g, c.muted, x(0), y(0), x(most + 1), y(most + 1), [6, 3]);
  g.restore();
  if (!points.length) return emptyScreen(s, 'measuring');
  if (cores <= most) label(s, c.muted, cores === 1 ? '1 core' : `${cores} cores`, x(cores) + 6, box.y + box.h - 12);
  g.strokeStyle = c.run; g.lineWidth = 1.75; g.lineJoin = 'round';
  g.beginPath(); points.forEach((p, i) => (i ? g.lineTo(x(p.workers), y(p.median)) : g.moveTo(x(p.workers), y(p.median)))); g.stroke();
  for (const p of points) {
    const px = crisp(x(p.workers));
    line(g, c.ink, px, y(p.low), px, y(p.high));
    for (const e of [p.low, p.high]) line(g, c.ink, px - 3, crisp(y(e)), px + 4, crisp(y(e)));
    g.fillStyle = c.run; g.beginPath(); g.arc(px, y(p.median), 3.5, 0, 7); g.fill();
  }
}

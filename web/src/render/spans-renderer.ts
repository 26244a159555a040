// spans-renderer — a row for each item: what was done for it and when, the time it had, and where it was given up.
import {crisp, type Box} from '../base/geometry.js';
import {duration} from '../base/format.js';
import type {Span} from '../trace/spans.js';
import {dashed, emptyScreen, inside, label, line, text, timeAxis} from './pen.js';
import type {Surface} from './surface-2d.js';

/** Why something ended, as the engine counts it: because another one had failed, or by itself. */
export const byItself = 1;

export interface SpanOptions {
  readonly stages: readonly string[];
  readonly itemName: string;
  /** The time each row has, from its own beginning, ns. Without: all rows begin together. */
  readonly budget: number | undefined;
  readonly virtual: boolean;
  readonly quiet?: boolean;
}

/** How many rows fit into a height, and how high each is. */
export function rowsIn(h: number, wanted: number): {count: number; row: number} {
  const room = h - 42, least = 6, count = Math.max(1, Math.min(wanted, Math.floor(room / least)));
  return {count, row: Math.min(18, room / count)};
}

/** From when to when a picture of these rows goes: each from its own beginning, or all from that of the first. */
export function spanRange(spans: readonly Span[], budget: number | undefined): {origin: (span: Span) => number; length: number} {
  const begin = (span: Span) => span.pieces[0]?.from ?? span.ended?.at ?? Infinity, end = (span: Span) => Math.max(span.pieces[span.pieces.length - 1]?.to ?? 0, span.ended?.at ?? 0);
  const known = spans.filter((span) => begin(span) < Infinity);
  if (budget !== undefined) return {origin: begin, length: budget * 1.18};
  const first = Math.min(...known.map(begin)), last = Math.max(...known.map(end));
  return {origin: () => first, length: known.length ? Math.max(1e3, (last - first) * 1.04) : 1e6};
}

export function spansInWords(spans: readonly Span[], o: Pick<SpanOptions, 'itemName' | 'budget'>): string {
  const known = spans.filter((s) => s.pieces.length || s.ended), failed = known.filter((s) => s.ended?.why === byItself).length, spared = known.filter((s) => s.ended && s.ended.why !== byItself).length;
  if (!known.length) return 'No run yet.';
  if (o.budget !== undefined) { const b = duration(o.budget); return `The latest ${known.length} ${o.itemName}: ${failed === 0 ? 'none' : failed} ran out of time at ${b.text.replace(/\.0+$/, '')} ${b.unit}.`; }
  return `The latest ${known.length} ${o.itemName}: ${failed === 0 ? 'none' : failed} failed, ${spared === 0 ? 'none' : spared} gave up because of that.`;
}

export function drawSpans(s: Surface, spans: readonly Span[], o: SpanOptions): void {
  const {g, c, w, h} = s, left = 58, box: Box = {x: left, y: 18, w: w - left - 16, h: h - 18 - 24};
  const {origin, length} = spanRange(spans, o.budget);
  timeAxis(s, box, {from: 0, to: length, virtual: o.virtual});
  if (!spans.some((span) => span.pieces.length || span.ended)) return emptyScreen(s, `no ${o.itemName} yet`);
  const row = Math.min(18, box.h / Math.max(1, spans.length)), bar = Math.max(3, row * 0.68), px = box.w / length, every = Math.max(1, Math.ceil(12 / row)), shades = o.stages.length > 1 ? [c.muted, c.run, c['run-quiet']] : [c.run];
  // A legend of the stages, where there are several.
  if (o.stages.length > 1) {
    let x = box.x;
    o.stages.forEach((name, i) => {
      piece(s, shades, i, x, 4, 9, 8, o.quiet ?? false);
      text(g, c.muted, name, x + 14, 9);
      x += 14 + g.measureText(name).width + 16;
    });
  }
  const end = o.budget;
  inside(g, box, () => {
    spans.forEach((span, i) => {
      const from = origin(span), y = box.y + i * row + (row - bar) / 2, mid = crisp(y + bar / 2), first = span.pieces[0], last = span.pieces[span.pieces.length - 1];
      if (first && last) line(g, c.idle, box.x + (first.from - from) * px, mid, box.x + ((span.ended?.at ?? last.to) - from) * px, mid);
      for (const p of span.pieces) piece(s, shades, p.stage, box.x + (p.from - from) * px, y, (p.to - p.from) * px, bar, o.quiet ?? false);
      if (!span.ended) return;
      const x = box.x + (span.ended.at - from) * px, own = span.ended.why === byItself, k = Math.max(2.5, Math.min(4.5, bar / 2));
      g.lineWidth = own ? 2 : 1.25; g.strokeStyle = own ? c.danger : c.cancel;
      g.beginPath(); g.moveTo(x - k, mid - k); g.lineTo(x + k, mid + k); g.moveTo(x - k, mid + k); g.lineTo(x + k, mid - k); g.stroke();
    });
    if (end !== undefined) line(g, c.danger, crisp(box.x + end * px), box.y - 6, crisp(box.x + end * px), box.y + box.h, dashed);
  });
  if (end !== undefined) label(s, c.danger, 'budget', box.x + end * px, box.y - 9, 'center');
  spans.forEach((span, i) => { if (i % every === 0) text(g, c.muted, String(span.job + 1), box.x - 8, box.y + (i + 0.5) * row, 'right'); });
}

function piece(s: Surface, shades: readonly string[], stage: number, x: number, y: number, w: number, h: number, quiet: boolean): void {
  const {g, c} = s, wide = Math.max(0.8, w - (w > 3 ? 1 : 0));
  g.fillStyle = quiet ? c['run-quiet'] : shades[Math.min(stage, shades.length - 1)]!;
  g.fillRect(x, y, wide, h);
  if ((quiet || (stage >= 2 && shades.length > 2)) && w > 3) { g.strokeStyle = c.run; g.lineWidth = 1; g.strokeRect(x + 0.5, y + 0.5, wide - 1, h - 1); }
}

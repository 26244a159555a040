// lanes-renderer — a row per worker, oldest left. Layout and hit-testing are functions over arrays; the canvas comes last.
import {crisp, type Box} from '../base/geometry.js';
import {linear} from '../base/scale.js';
import {kindOf, kinds, segmentAt, type Kind, type Steal, type Track} from '../trace/task-lanes.js';
import {cutLine, inside, line, nowLine, segment, text, timeAxis, type TimeRange} from './pen.js';
import type {Surface} from './surface-2d.js';

export interface LaneLayout { readonly box: Box; readonly row: number; readonly bar: number; readonly lanes: number }

/** All pictures of time share these edges, so that a wait can be read straight down. */
export const timeEdges = {left: 34, right: 12} as const;

export function laneLayout(w: number, h: number, lanes: number): LaneLayout {
  const box = {x: timeEdges.left, y: 12, w: w - timeEdges.left - timeEdges.right, h: h - 12 - 26};
  return inRows(box, lanes, 22);
}

export function inRows(box: Box, lanes: number, most: number): LaneLayout {
  const row = box.h / Math.max(1, lanes);
  return {box, row, bar: Math.max(1, Math.min(most, row * 0.62)), lanes};
}

export interface Strip { x: number; w: number; kind: Kind; }

/**
 * What of one lane is drawn: strips in pixels from the left edge of the box. Neighbours of one kind that are narrower than
 * a pixel, with less than a pixel between them, become one strip, so nothing disappears and a million segments cost what the
 * pixels cost. A strip is never narrower than 0.7.
 */
export function stripsOf(track: Track, range: TimeRange, width: number, end = range.to): Strip[] {
  const px = width / (range.to - range.from), strips: Strip[] = [];
  let last: Strip | undefined, narrow = false;
  const add = (from: number, to: number, code: number) => {
    const kind = kindOf(code), x = Math.max(-2, (from - range.from) * px), w = Math.min(width, (to - range.from) * px) - x;
    if (last && narrow && w < 1.2 && last.kind === kind && x - (last.x + last.w) < 1) { last.w = x + w - last.x; return; }
    last = {x, w: Math.max(w, 0.7), kind};
    narrow = w < 1.2;
    strips.push(last);
  };
  for (let i = track.firstAfter(range.from); i < track.length; i++) {
    const at = track.slot(i), from = track.from[at]!;
    if (from >= end) break;
    add(from, Math.min(end, track.to[at]!), track.kind[at]!);
  }
  // A retry is a moment: it may lie just before the window's first segment, and has no width of its own.
  if (track.open && track.openFrom < end) add(track.openFrom, end, track.openKind);
  return strips;
}

export interface LanesOptions {
  readonly quiet?: boolean;
  readonly now?: boolean;
  /** Where known time ends: the picture claims nothing beyond. */
  readonly cut?: number | undefined;
  /** The segment the reader chose. */
  readonly pin?: {readonly lane: number; readonly index: number; readonly total: number} | undefined;
  /** The lane that has the keyboard. */
  readonly lane?: number | undefined;
  readonly names?: readonly string[] | undefined;
  /** The present: nothing is drawn beyond it. */
  readonly end?: number;
}

/** Where the present stands: at the right edge, or before it while the run is younger than the picture is wide. */
export const presentAt = (box: Box, range: TimeRange, now = range.to): number => box.x + Math.min(1, (now - range.from) / (range.to - range.from)) * box.w;

/** Rows, segments and steals, without axis; shared by lanes and bench. */
export function laneRows(s: Surface, tracks: readonly Track[], steals: readonly Steal[], at: LaneLayout, range: TimeRange, o: LanesOptions = {}): void {
  const {g, c} = s, {box, row, bar} = at, end = Math.min(o.cut ?? Infinity, o.end ?? Infinity, range.to);
  const every = Math.max(1, Math.ceil(13 / row));
  tracks.forEach((track, w) => {
    const y = box.y + w * row + (row - bar) / 2;
    if (w % every === 0) text(g, w === o.lane ? c.accent : c.muted, o.names?.[w] ?? `w${w + 1}`, box.x - 10, y + bar / 2, 'right');
    inside(g, box, () => paint(s, stripsOf(track, range, box.w, end), box.x, y, bar, o.quiet ?? false));
  });
  const x = linear(range.from, range.to, box.x, box.x + box.w);
  inside(g, box, () => {
    let lastX = -9;
    for (const k of steals) {
      if (k.at <= range.from || k.at >= end || k.from >= tracks.length || k.to >= tracks.length || k.from === k.to) continue;
      const sx = crisp(x.at(k.at));
      if (sx - lastX < 4) continue;
      lastX = sx;
      const mid = (w: number) => box.y + w * row + row / 2, up = k.to < k.from ? 1 : -1;
      const tail = mid(k.from) - up * (bar / 2 + 2), tip = mid(k.to) + up * (bar / 2 + 2);
      g.fillStyle = c.ink;
      g.beginPath(); g.arc(sx, tail, 2, 0, 7); g.fill();
      line(g, c.ink, sx, tail, sx, tip);
      g.beginPath(); g.moveTo(sx - 3.2, tip + up * 5); g.lineTo(sx + 3.2, tip + up * 5); g.lineTo(sx, tip - up); g.fill();
    }
  });
}

/** Strips of one kind are filled together: one path per kind and lane, however many there are. */
function paint(s: Surface, strips: readonly Strip[], left: number, y: number, h: number, quiet: boolean): void {
  const {g, c} = s;
  for (const kind of kinds) {
    if (kind === 'run' && !quiet) {
      g.fillStyle = c.run;
      g.beginPath();
      for (const k of strips) if (k.kind === 'run') g.rect(left + k.x, y, Math.max(0.7, k.w - (k.w > 3 ? 1 : 0)), h);
      g.fill();
    } else if (kind === 'idle') {
      g.strokeStyle = c.idle;
      g.lineWidth = 1;
      g.beginPath();
      const mid = crisp(y + h / 2 - 0.5);
      for (const k of strips) if (k.kind === 'idle') { g.moveTo(left + k.x, mid); g.lineTo(left + k.x + k.w, mid); }
      g.stroke();
    } else {
      for (const k of strips) if (k.kind === kind) segment(s, kind, left + k.x, y, kind === 'retry' ? Math.max(3, k.w) : k.w, h, quiet);
    }
  }
}

export function drawLanes(s: Surface, tracks: readonly Track[], steals: readonly Steal[], range: TimeRange, o: LanesOptions = {}): LaneLayout {
  const at = laneLayout(s.w, s.h, tracks.length), {box} = at;
  timeAxis(s, box, range);
  laneRows(s, tracks, steals, at, range, o);
  if (o.cut !== undefined && o.cut < range.to) cutLine(s, box.x + (o.cut - range.from) / (range.to - range.from) * box.w, box.y - 6, box.y + box.h, true);
  else if (o.now) nowLine(s, presentAt(box, range, o.end), box.y - 2, box.y + box.h);
  return at;
}

/** The chosen segment: a frame, and a card beside it. */
export function drawPin(s: Surface, at: LaneLayout, range: TimeRange, lane: number, from: number, to: number, words: readonly string[]): void {
  const {g, c, w, h} = s, {box, row, bar} = at, px = box.w / (range.to - range.from);
  const y = box.y + lane * row + (row - bar) / 2, sx = Math.max(box.x, box.x + (from - range.from) * px), sw = Math.max(2, Math.min(box.x + box.w, box.x + (to - range.from) * px) - sx);
  if (sx > box.x + box.w || sx + sw < box.x - 1) return;
  g.strokeStyle = c.surface; g.lineWidth = 4; g.strokeRect(sx - 1, y - 1, sw + 1, bar + 2);
  g.strokeStyle = c.accent; g.lineWidth = 2; g.strokeRect(sx - 1.5, y - 2, sw + 2, bar + 4);
  if (!words.length) return;
  const bw = Math.max(...words.map((t) => g.measureText(t).width)) + 18, bh = 10 + words.length * 14.5;
  const right = sx + sw + 10 + bw < w - 6, bx = Math.round(right ? sx + sw + 10 : Math.max(4, sx - bw - 10)), by = Math.round(Math.min(h - bh - 4, Math.max(2, y - bh * 0.35)));
  g.fillStyle = c.surface; g.fillRect(bx, by, bw, bh);
  g.strokeStyle = c.accent; g.lineWidth = 1; g.strokeRect(bx + 0.5, by + 0.5, bw, bh);
  line(g, c.accent, right ? sx + sw + 1 : bx + bw, crisp(y + bar / 2), right ? bx : sx - 2, crisp(y + bar / 2));
  words.forEach((t, i) => text(g, i ? c.muted : c.ink, t, bx + 9, by + 12 + i * 14.5));
}

/** Which lane and which of its segments lie under a point. */
export function laneAt(at: LaneLayout, tracks: readonly Track[], range: TimeRange, x: number, y: number): {lane: number; index: number | undefined} | undefined {
  const lane = Math.floor((y - at.box.y) / at.row);
  const track = tracks[lane];
  if (!track || x < at.box.x - 30 || x > at.box.x + at.box.w + 4) return undefined;
  const perPixel = (range.to - range.from) / at.box.w;
  return {lane, index: segmentAt(track, range.from + (x - at.box.x) * perPixel, 3 * perPixel)};
}

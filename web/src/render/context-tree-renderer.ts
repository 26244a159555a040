// context-tree-renderer — a tree of contexts: who still lives, who has been told, and how far the news has come.
import {duration} from '../base/format.js';
import type {Ending} from '../trace/endings.js';
import {label, line, text} from './pen.js';
import type {Surface} from './surface-2d.js';

export interface TreeShape { readonly levels: number; readonly width: number }
export interface TreeNode { readonly x: number; readonly y: number; readonly parent: number; readonly level: number; readonly r: number }

/** How many nodes a tree has. The children of `i` follow one another from `i · width + 1`. */
export function treeSize({levels, width}: TreeShape): number {
  let size = 1;
  for (let row = 1, l = 0; l < levels; l++) size += row *= width;
  return size;
}

/** Rows from the root down, each spread over the whole width; a parent stands above the middle of its children. */
export function treeLayout(w: number, h: number, shape: TreeShape): TreeNode[] {
  const nodes: TreeNode[] = [], left = 62, wide = w - left - 14, top = 16, gap = (h - top - 30) / Math.max(1, shape.levels);
  for (let level = 0, row = 1, first = 0; level <= shape.levels; first += row, row *= shape.width, level++) {
    const step = wide / row, r = Math.max(1.2, Math.min(8, step * 0.36, gap * 0.34));
    for (let k = 0; k < row; k++) nodes.push({x: left + (k + 0.5) * step, y: top + level * gap, parent: first + k === 0 ? -1 : Math.floor((first + k - 1) / shape.width), level, r});
  }
  return nodes;
}

/** Why a task was told, as the engine counts it: with the first that was cancelled, with the root later, or because its time was over. */
export const overdue = 2;

/** What can be said of one tree. */
export interface TreeNews {
  readonly size: number;
  readonly told: number;
  /** Where the end began: the topmost that was told in the first wave, or the first whose time was over. */
  readonly from: number | undefined;
  /** How many were told in the first wave, and within which time; of deadlines, with the first. */
  readonly wave: number;
  readonly took: number;
  readonly late: boolean;
}

export function newsOf(shape: TreeShape, told: (node: number) => Ending | undefined): TreeNews {
  const size = treeSize(shape), below = (i: number, top: number): boolean => { while (i > top) i = Math.floor((i - 1) / shape.width); return i === top; };
  const known = Array.from({length: size}, (_, i) => told(i)), all = known.flatMap((t, i) => (t ? [{...t, i}] : []));
  const late = all.some((t) => t.why === overdue), first = late ? all : all.filter((t) => t.why === 0);
  if (!first.length) return {size, told: all.length, from: undefined, wave: 0, took: 0, late};
  const from = late ? first.reduce((a, b) => (b.at < a.at ? b : a)).i : first[0]!.i, wave = first.filter((t) => below(t.i, from)), times = wave.map((t) => t.at);
  return {size, told: all.length, from, wave: wave.length, took: Math.max(...times) - Math.min(...times), late};
}

export function newsInWords(n: TreeNews): string {
  if (n.from === undefined) return n.told ? `${n.told} of ${n.size} have been told.` : `All ${n.size} contexts are alive, and a task waits at each.`;
  const took = duration(n.took), who = n.from === 0 ? 'The root' : `Context ${n.from + 1}`;
  const wave = `${who} ${n.late ? 'ran out of time first' : 'was cancelled'}: ${n.wave === 1 ? 'its task was told' : `${n.wave} tasks at and below it were told${n.took > 0 ? ` within ${took.text} ${took.unit}` : ''}`}.`;
  return n.told > n.wave ? `${wave} ${n.told === n.size ? 'By now all' : `By now ${n.told}`} of ${n.size} have been told.` : n.told < n.size ? `${wave} ${n.size - n.told} of ${n.size} live on.` : wave;
}

export function drawContextTree(s: Surface, shape: TreeShape, told: (node: number) => Ending | undefined, o: {readonly quiet?: boolean} = {}): void {
  const {g, c, h, texture} = s, nodes = treeLayout(s.w, h, shape), {from, late} = newsOf(shape, told);
  for (let level = 0; level <= shape.levels; level++) {
    const first = nodes.find((n) => n.level === level)!;
    text(g, c.muted, level === 0 ? 'root' : `level ${level}`, 8, first.y);
  }
  nodes.forEach((n, i) => {
    if (n.parent < 0) return;
    const up = nodes[n.parent]!, dead = told(i) !== undefined;
    line(g, dead ? c.cancel : c.line, up.x, up.y + up.r, n.x, n.y - n.r, dead ? [2, 2] : []);
  });
  nodes.forEach((n, i) => {
    const end = told(i), dead = end !== undefined, later = end?.why === 1;
    g.beginPath(); g.arc(n.x, n.y, n.r, 0, 7);
    g.fillStyle = later ? c.surface : dead ? (n.r > 3 ? texture.cancel : c['cancel-fill']) : o.quiet ? c['run-quiet'] : c.run;
    g.fill();
    if (n.r < 1.5) return;
    g.lineWidth = 1; g.strokeStyle = dead ? c.cancel : c.run;
    g.beginPath(); g.arc(n.x, n.y, n.r, 0, 7); g.stroke();
    if (dead && n.r > 3) {                              // crossed out: not only another colour
      const k = n.r * 0.6;
      line(g, c.cancel, n.x - k, n.y + k, n.x + k, n.y - k);
      if (!later) line(g, c.cancel, n.x - k, n.y - k, n.x + k, n.y + k);
    }
  });
  const at = from === undefined ? undefined : nodes[from];
  if (!at) return;
  g.lineWidth = 1.5; g.strokeStyle = c.danger;
  g.beginPath(); g.arc(at.x, at.y, at.r + 4, 0, 7); g.stroke();
  const words = late ? 'out of time first' : 'cancelled', wide = g.measureText(words).width, right = at.x + at.r + 10 + wide < s.w - 6, beside = at.r + 20 + wide < (s.w - 76) / shape.width ** at.level;
  if (beside || at.level === 0) return label(s, c.danger, words, right ? at.x + at.r + 9 : at.x - at.r - 9, at.y, right ? 'left' : 'right');
  label(s, c.danger, words, Math.min(Math.max(at.x, wide / 2 + 4), s.w - wide / 2 - 4), at.y + at.r + 12, 'center');      // its neighbours stand where the words would
}

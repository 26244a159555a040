// spans — what was done for one item, wherever it was done: the segments of all lanes, sorted by item.
import type {Endings} from './endings.js';
import type {Track} from './task-lanes.js';

export interface Piece { readonly from: number; readonly to: number; readonly stage: number }
export interface Span {
  readonly job: number;
  readonly pieces: readonly Piece[];
  /** When it was given up, or failed, and whether that was its own doing. */
  readonly ended: {readonly at: number; readonly why: number} | undefined;
}

const run = 0;

/** The newest item that somebody works or worked for; -1 before there is one. */
export function newestJob(tracks: readonly Track[]): number {
  let newest = -1;
  for (const t of tracks) {
    if (t.open && t.openKind === run) newest = Math.max(newest, t.openJob);
    for (let i = t.length - 1, seen = 0; i >= 0 && seen < 64; i--) {
      const at = t.slot(i);
      if (t.kind[at] !== run) continue;
      newest = Math.max(newest, t.job[at]!);
      seen++;
    }
  }
  return newest;
}

/** The items `[first, first + count)` as far as they are known, each with its pieces by time; up to `now` where one is still open. */
export function spansOf(tracks: readonly Track[], endings: Endings, first: number, count: number, now: number): Span[] {
  const pieces = Array.from({length: count}, () => [] as Piece[]);
  for (const t of tracks) {
    if (t.open && t.openKind === run) pieces[t.openJob - first]?.push({from: t.openFrom, to: Math.max(now, t.openFrom), stage: t.openStage});
    for (let i = t.length - 1, older = 0; i >= 0 && older < 256; i--) {
      const at = t.slot(i);
      if (t.kind[at] !== run) continue;
      const row = pieces[t.job[at]! - first];
      if (row) { row.push({from: t.from[at]!, to: t.to[at]!, stage: t.stage[at]!}); older = 0; } else older++;
    }
  }
  return pieces.map((row, i) => ({job: first + i, pieces: row.sort((a, b) => a.from - b.from), ended: endings.of(first + i)}));
}

// interleaving-arrows — lines from a store to the load that got its value, drawn where the table has nothing.
import type {ReadsFrom} from '../trace/interleaving.js';

/** A row holds one step only, so a line along it crosses empty cells; between columns it runs in the gutter. */
export interface Route {
  readonly arrow: ReadsFrom;
  /** Columns from 1; 0 is a row across all of them. */
  readonly fromColumn: number;
  readonly toColumn: number;
  /** The gutter at the right of so many columns. */
  readonly gutter: number;
  /** Which of the tracks in the gutter, from 0. */
  readonly track: number;
}

/** Where things lie, in pixels. `rows` by step; `columns` from 1, left and right edge. */
export interface TableGeometry {
  row(step: number): {readonly top: number; readonly height: number} | undefined;
  readonly columns: readonly {readonly left: number; readonly right: number}[];
  readonly gutterWidth: number;
}

export const tracks = 4;

/** The gutter at whose side the load stands. */
export function gutterOf(from: number, to: number, columns: number): number {
  if (to > from && from > 0) return to - 1;
  if (to < from) return to;
  return to < columns ? to : Math.max(1, to - 1);
}

/** Gives every arrow a track of its own where others pass in the same gutter at the same height; the last track takes what is left. */
export function routes(arrows: readonly ReadsFrom[], columnOf: (step: number) => number, columns: number): readonly Route[] {
  const busy = new Map<number, number[]>();
  return [...arrows].sort((a, b) => a.from - b.from || a.to - b.to).map((arrow) => {
    const fromColumn = columnOf(arrow.from), toColumn = columnOf(arrow.to), gutter = gutterOf(fromColumn, toColumn, columns);
    const until = busy.get(gutter) ?? [];
    busy.set(gutter, until);
    let track = 0;
    while (track < tracks - 1 && (until[track] ?? -1) >= arrow.from) track++;
    until[track] = Math.max(until[track] ?? -1, arrow.to);
    return {arrow, fromColumn, toColumn, gutter, track};
  });
}

export interface DrawnArrow { readonly path: string; readonly head: string; readonly start: {readonly x: number; readonly y: number} }

/** The line as SVG paths; nothing when one of its rows is not there. */
export function draw(route: Route, at: TableGeometry): DrawnArrow | undefined {
  const {arrow, fromColumn, toColumn, gutter, track} = route, a = at.row(arrow.from), b = at.row(arrow.to), to = at.columns[toColumn], edge = at.columns[gutter];
  if (!a || !b || !to || !edge) return undefined;
  const x = Math.round(edge.right + at.gutterWidth * ((track + 1) / (tracks + 1) - 0.5)) + 0.5;
  const right = gutter >= toColumn, half = at.gutterWidth / 2, tip = right ? to.right - half + 1 : to.left + half - 1;
  const y2 = Math.round(b.top + b.height / 2) + 0.5, from = at.columns[fromColumn];
  // Out of a row across all columns the line comes from below.
  const start = fromColumn === 0 || !from ? {x, y: Math.round(a.top + a.height) - 0.5}
    : {x: gutter >= fromColumn ? from.right - half + 1 : from.left + half - 1, y: Math.round(a.top + a.height / 2) + 0.5};
  const dir = right ? -1 : 1, head = `M${tip} ${y2}l${-5 * dir} -3v6z`;
  return {path: `M${start.x} ${start.y}H${x}V${y2}H${tip - 4 * dir}`, head, start};
}

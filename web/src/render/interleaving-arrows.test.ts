import {describe, expect, it} from 'vitest';

import type {ReadsFrom} from '../trace/interleaving.js';
import {draw, gutterOf, routes, tracks, type TableGeometry} from './interleaving-arrows.js';

const arrow = (from: number, to: number): ReadsFrom => ({from, to, stale: false, across: true});
/** Rows of 20 px; a column of numbers, then three of 100 px. */
const table: TableGeometry = {
  row: (step) => (step < 40 ? {top: step * 20, height: 20} : undefined),
  columns: [{left: 0, right: 40}, {left: 40, right: 140}, {left: 140, right: 240}, {left: 240, right: 340}], gutterWidth: 30,
};

describe('gutters', () => {
  it('lie at the side of the load from which the store comes', () => {
    expect(gutterOf(1, 2, 2)).toBe(1);
    expect(gutterOf(2, 1, 2)).toBe(1);
    expect(gutterOf(1, 3, 3)).toBe(2);
    expect(gutterOf(3, 1, 3)).toBe(1);
    expect(gutterOf(1, 1, 3)).toBe(1);
    expect(gutterOf(3, 3, 3)).toBe(2);
    expect(gutterOf(0, 2, 2)).toBe(1);
    expect(gutterOf(1, 1, 1)).toBe(1);
  });
});

describe('tracks', () => {
  it('keep arrows apart that pass each other, and are used again after them', () => {
    const found = routes([arrow(0, 6), arrow(2, 8), arrow(9, 12)], (step) => (step % 2 ? 1 : 2), 2);
    expect(found.map((r) => r.track)).toEqual([0, 1, 0]);
  });
  it('are few: what does not fit shares the last', () => {
    const many = routes(Array.from({length: 9}, (_, i) => arrow(i, 20 + i)), () => 1, 2);
    expect(Math.max(...many.map((r) => r.track))).toBe(tracks - 1);
  });
});

describe('an arrow', () => {
  it('leaves the store, runs down the gutter, and ends at the load', () => {
    const [route] = routes([arrow(1, 5)], (step) => (step === 1 ? 1 : 3), 3), drawn = draw(route!, table)!;
    expect(drawn.start).toEqual({x: 126, y: 30.5});
    expect(drawn.path).toMatch(/^M126 30\.5H\d+\.5V110\.5H\d/);
    expect(drawn.head).toMatch(/^M254 110\.5l-5 -3/);
  });
  it('points the other way when the store stands at the right', () => {
    const [route] = routes([arrow(1, 5)], (step) => (step === 1 ? 2 : 1), 2), drawn = draw(route!, table)!;
    expect(drawn.start.x).toBe(154);
    expect(drawn.head).toMatch(/^M126 110\.5l5 -3/);
  });
  it('comes from below out of a row across all columns', () => {
    const [route] = routes([arrow(0, 5)], (step) => (step === 0 ? 0 : 2), 2), drawn = draw(route!, table)!;
    expect(drawn.start.y).toBe(19.5);
  });
  it('is not drawn to rows that are not there', () => {
    const [route] = routes([arrow(1, 50)], () => 1, 2);
    expect(draw(route!, table)).toBeUndefined();
  });
});

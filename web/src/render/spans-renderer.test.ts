import {describe, expect, it} from 'vitest';
import type {Span} from '../trace/spans.js';
import {byItself, rowsIn, spanRange, spansInWords} from './spans-renderer.js';

const spans: Span[] = [
  {job: 0, pieces: [{from: 100, to: 200, stage: 0}, {from: 300, to: 400, stage: 1}], ended: undefined},
  {job: 1, pieces: [{from: 150, to: 250, stage: 0}], ended: {at: 5150, why: byItself}},
  {job: 2, pieces: [], ended: {at: 900, why: 0}},
];

describe('spans', () => {
  it('begins each row for itself where each has a budget, else all together', () => {
    const each = spanRange(spans, 5000);
    expect(spans.map(each.origin)).toEqual([100, 150, 900]);
    expect(each.length).toBeGreaterThan(5000);
    const together = spanRange(spans, undefined);
    expect(spans.map(together.origin)).toEqual([100, 100, 100]);
    expect(together.length).toBeGreaterThan(5050);
    expect(spanRange([], undefined).length).toBeGreaterThan(0);
  });
  it('says how many ran out of time, failed, or gave up', () => {
    expect(spansInWords(spans, {itemName: 'requests', budget: 5e6})).toBe('The latest 3 requests: 1 ran out of time at 5 ms.');
    expect(spansInWords(spans, {itemName: 'functions', budget: undefined})).toBe('The latest 3 functions: 1 failed, 1 gave up because of that.');
    expect(spansInWords([], {itemName: 'functions', budget: undefined})).toBe('No run yet.');
  });
  it('shows as many rows as there is room for', () => {
    expect(rowsIn(242, 12)).toEqual({count: 12, row: 200 / 12});
    expect(rowsIn(242, 500).count).toBe(33);
    expect(rowsIn(20, 5).count).toBe(1);
  });
});

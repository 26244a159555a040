import {describe, expect, it} from 'vitest';
import {newsInWords, newsOf, overdue, treeLayout, treeSize} from './context-tree-renderer.js';

const shape = {levels: 2, width: 3};
const told = (at: Record<number, number>) => (i: number) => (at[i] === undefined ? undefined : {at: at[i]!, why: 0});

describe('context tree', () => {
  it('knows how many contexts there are, also in a chain', () => {
    expect(treeSize(shape)).toBe(13);
    expect(treeSize({levels: 5, width: 1})).toBe(6);
    expect(treeSize({levels: 5, width: 3})).toBe(364);
  });
  it('stands each parent above the middle of its children, and no two on one place', () => {
    const nodes = treeLayout(700, 230, shape);
    expect(nodes).toHaveLength(13);
    const children = nodes.filter((n) => n.parent === 2);
    expect(children.reduce((sum, n) => sum + n.x, 0) / children.length).toBeCloseTo(nodes[2]!.x);
    expect(new Set(nodes.map((n) => `${n.x}/${n.y}`)).size).toBe(13);
    for (const n of nodes) { expect(n.y + n.r).toBeLessThan(230); expect(n.x + n.r).toBeLessThan(700); }
  });
  it('says which one was cancelled, whichever task is told first, and who lives on', () => {
    expect(newsOf(shape, told({}))).toMatchObject({told: 0, from: undefined});
    const branch = newsOf(shape, told({2: 1020, 7: 1000, 8: 1040, 9: 1060}));
    expect(branch).toMatchObject({told: 4, from: 2, wave: 4, took: 60});
    expect(newsInWords(branch)).toBe('Context 3 was cancelled: 4 tasks at and below it were told within 60 ns. 9 of 13 live on.');
  });
  it('tells those who end with the root from the first', () => {
    const news = newsOf(shape, (i) => ({at: i === 5 ? 1000 : 900_000 + i, why: i === 5 ? 0 : 1}));
    expect(news).toMatchObject({told: 13, from: 5, wave: 1});
    expect(newsInWords(news)).toBe('Context 6 was cancelled: its task was told. By now all of 13 have been told.');
  });
  it('begins with the first whose time is over', () => {
    const news = newsOf(shape, (i) => (i === 4 || i === 12 ? {at: i === 12 ? 100 : 200, why: overdue} : undefined));
    expect(newsInWords(news)).toBe('Context 13 ran out of time first: its task was told. By now 2 of 13 have been told.');
  });
});

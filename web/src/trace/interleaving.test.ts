import {describe, expect, it} from 'vitest';

import type {Interleaving} from '../protocol/explore.js';
import {bothReadNothing, useAfterFree} from '../protocol/testing/fake-explorer.js';
import {
  explainStep, insideCalls, memoryAfter, newerStore, readsFrom, rowKind, sayInterleaving, sayStep, setupLength, standingAt, switches, switchFrom, windowAround,
} from './interleaving.js';

describe('columns', () => {
  it('set up first, then the threads', () => { expect(setupLength(useAfterFree)).toBe(7); });
  it('know who is inside a call, from the call to its return', () => {
    const inside = insideCalls(useAfterFree);
    expect(inside[6]).toEqual([true, false, false]);           // the setup returns
    expect(inside[7]).toEqual([false, true, false]);           // T1 calls pop
    expect(inside[12]).toEqual([false, true, true]);           // both are in their pop
    expect(inside[15]).toEqual([false, true, true]);           // T2 returns
    expect(inside[16]).toEqual([false, true, false]);
  });
  it('of a litmus test have no calls', () => { expect(insideCalls(bothReadNothing).flat().some(Boolean)).toBe(false); });
});

describe('who reads whose store', () => {
  it('goes from store to load, and says which cross between threads', () => {
    expect(readsFrom(useAfterFree)).toContainEqual({from: 5, to: 8, stale: false, across: false});
    expect(readsFrom(bothReadNothing).every((a) => a.stale && !a.across)).toBe(true);
    const across: Interleaving = {...bothReadNothing, steps: bothReadNothing.steps.map((s, k) => (k === 4 ? {...s, from: 3, stale: false} : s))};
    expect(readsFrom(across)[0]).toEqual({from: 3, to: 4, stale: false, across: true});
  });
  it('says what newer store an old value passed over', () => {
    expect(newerStore(bothReadNothing, 4)).toBe(3);
    expect(newerStore(useAfterFree, 8)).toBeUndefined();
    expect(explainStep(bothReadNothing, 4)).toEqual(['Reads what the setup stored at step 2.', 'An old value: T2 had stored 1 at step 4.']);
  });
});

describe('memory', () => {
  it('holds what was stored last, and knows what was before', () => {
    expect(memoryAfter(useAfterFree, 0)).toEqual([]);
    expect(memoryAfter(useAfterFree, 5).find((h) => h.object === 'head')).toEqual({object: 'head', value: 'node 1', past: [], by: 5, freed: false, changed: true});
    expect(memoryAfter(useAfterFree, 12).find((h) => h.object === 'head')).toMatchObject({value: 'null', past: ['node 1'], changed: true});
    expect(memoryAfter(useAfterFree, 13).find((h) => h.object === 'head')).toMatchObject({changed: false});
  });
  it('that was freed holds nothing, from that step on', () => {
    const node = (at: number) => memoryAfter(useAfterFree, at).filter((h) => h.object.startsWith('node 1.')).map((h) => [h.freed, h.changed]);
    expect(node(13)).toEqual([[false, false], [false, false]]);
    expect(node(14)).toEqual([[true, true], [true, true]]);
    expect(node(16)).toEqual([[true, false], [true, false]]);
  });
  it('allocated again at the same place is alive again', () => {
    const again = {...useAfterFree, memory: [...useAfterFree.memory, {step: 15, object: 'node 1.value', value: '7'}]};
    expect(memoryAfter(again, 16).find((h) => h.object === 'node 1.value')).toMatchObject({value: '7', freed: false});
  });
  it('goes forwards and backwards alike', () => {
    for (let k = 0; k < useAfterFree.steps.length; k++) {
      const memory = memoryAfter(useAfterFree, k);
      expect(memory.length).toBeLessThanOrEqual(memoryAfter(useAfterFree, k + 1).length);
      for (const h of memory) expect(h.by).toBeLessThanOrEqual(k);
    }
  });
});

describe('the sources', () => {
  it('have every thread where it made its last step; one that has returned is nowhere', () => {
    const line = (k: number) => useAfterFree.steps[k]!.line, file = 'treiber_stack.hpp';
    expect(standingAt(useAfterFree, 12)).toEqual([{thread: 2, file, line: line(12)}, {thread: 1, file, line: line(8)}]);
    expect(standingAt(useAfterFree, 16)).toEqual([{thread: 1, file, line: line(16)}]);
    expect(standingAt(bothReadNothing, 6).map((s) => s.thread)).toEqual([2, 1, 0]);
  });
});

describe('switches', () => {
  it('are found in both directions, and end at the ends', () => {
    expect(switchFrom(useAfterFree, 0, 1)).toBe(7);
    expect(switchFrom(useAfterFree, 7, 1)).toBe(9);
    expect(switchFrom(useAfterFree, 9, 1)).toBe(16);
    expect(switchFrom(useAfterFree, 16, 1)).toBe(16);
    expect(switchFrom(useAfterFree, 16, -1)).toBe(9);
    expect(switchFrom(useAfterFree, 3, -1)).toBe(0);
  });
  it('are counted without the setup', () => { expect(switches(useAfterFree)).toBe(2); });
});

describe('words', () => {
  it('tell a step whole', () => {
    expect(sayStep(useAfterFree, 8)).toBe('Step 9 of 17, T1: head.load(acquire) = node 1. Reads what the setup stored at step 6.');
    expect(sayStep(useAfterFree, 7)).toBe('Step 8 of 17, T1: calls pop.');
    expect(sayStep(useAfterFree, 16)).toContain('T1 reads node 1.next after T2 has freed node 1.');
    expect(sayStep(useAfterFree, 99)).toBe('');
  });
  it('sum up the execution', () => {
    expect(sayInterleaving(useAfterFree)).toBe('10 steps after the setup, 2 switches between threads. T1 reads node 1.next after T2 has freed node 1.');
    expect(sayInterleaving(bothReadNothing)).toContain('2 old values read');
  });
  it('have three kinds of rows', () => { expect(useAfterFree.steps.slice(7, 10).map(rowKind)).toEqual(['call', 'access', 'call']); });
});

describe('a long execution', () => {
  it('is shown around the step in view, without moving at every step', () => {
    expect(windowAround(100, 50, 400)).toEqual({from: 0, to: 100});
    for (let at = 0; at < 5000; at++) {
      const {from, to} = windowAround(5000, at, 400);
      expect(to - from).toBe(400);
      expect(from <= at && at < to).toBe(true);
    }
    expect(windowAround(5000, 1001, 400)).toEqual(windowAround(5000, 1050, 400));
  });
});

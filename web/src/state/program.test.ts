import {describe, expect, it} from 'vitest';

import {parseExploreCatalogue} from '../protocol/explore.js';
import {fakeCatalogue} from '../protocol/testing/fake-explorer.js';
import {
  addCall, addThread, allowedAt, callsAt, destinations, findSubject, firstSubject, freshArgument, moveCall, parseOperation, presetOf, printOperation, removeCall, removeThread,
  replaceCall, roleOf, sayProgram, shiftCall, threadRange, usualProgram,
} from './program.js';

const catalogue = parseExploreCatalogue(JSON.stringify(fakeCatalogue));
const subject = (id: string) => findSubject(catalogue, id)!;
const stack = subject('naive-stack'), aba = usualProgram(stack, stack.presets[1]), ids = (id: string, place: number) => allowedAt(subject(id), place).map((o) => o.id);

describe('operations', () => {
  it.each(['pop', 'push 2', 'try_push 10'])('%s is read and printed', (text) => { expect(printOperation(parseOperation(text)!)).toBe(text); });
  it.each(['', 'push(1)', 'push -1', 'push 1 2', '__proto__', 'Push'])('%s is none', (text) => { expect(parseOperation(text)).toBeUndefined(); });
});

describe('the first page', () => {
  it('opens with what goes wrong, and with its first preset', () => {
    expect(firstSubject(catalogue).id).toBe('naive-stack');
    expect(presetOf(stack, usualProgram(stack))?.id).toBe('use-after-free');
    expect(firstSubject({...catalogue, subjects: [subject('treiber-stack')]}).id).toBe('treiber-stack');
  });
  it('takes the example where there is no preset', () => {
    expect(usualProgram(subject('treiber-stack'))).toMatchObject({setup: ['push 1'], threads: [['push 2', 'pop'], ['pop']], mode: 'all', stop: 'first'});
  });
  it('gives every variant a choice', () => { expect(usualProgram(subject('store-buffering'))).toMatchObject({choices: {orders: 'relaxed'}, threads: []}); });
});

describe('roles', () => {
  it('are those of the structure', () => {
    expect([1, 2].map((p) => roleOf(subject('spsc-ring'), p))).toEqual(['producer', 'consumer']);
    expect([1, 2, 3].map((p) => roleOf(subject('work-stealing-deque'), p))).toEqual(['owner', 'thief', 'thief']);
    expect([1, 2, 3].map((p) => roleOf(subject('mpsc-queue'), p))).toEqual(['producer', 'producer', 'consumer']);
    expect(threadRange(subject('spsc-ring'), catalogue)).toEqual({least: 2, most: 2});
  });
  it('decide what may be called; before the threads begin everything may', () => {
    expect(ids('spsc-ring', 1)).toEqual(['push']);
    expect(ids('spsc-ring', 2)).toEqual(['pop']);
    expect(ids('work-stealing-deque', 1)).toEqual(['push', 'take']);
    expect(ids('work-stealing-deque', 2)).toEqual(['steal']);
    expect(ids('spsc-ring', 0)).toEqual(['push', 'pop']);
  });
});

describe('a change', () => {
  it('adds a call with a value of its own, up to the limit', () => {
    expect(freshArgument(aba)).toBe(4);
    let program = addCall(aba, stack, catalogue, 1, 'push');
    expect(callsAt(program, 1)).toEqual(['pop', 'push 4']);
    for (let i = 0; i < 10; i++) program = addCall(program, stack, catalogue, 1, 'pop');
    expect(callsAt(program, 1)).toHaveLength(catalogue.limits.operations);
    expect(callsAt(aba, 1)).toEqual(['pop']);
  });
  it('that the role forbids changes nothing', () => {
    const ring = subject('spsc-ring'), program = usualProgram(ring);
    expect(addCall(program, ring, catalogue, 2, 'push')).toBe(program);
    expect(moveCall(program, ring, catalogue, 1, 0, 2)).toBe(program);
    expect(replaceCall(program, ring, 2, 0, {id: 'push', argument: 1})).toBe(program);
  });
  it('moves a call to where there is room for it', () => {
    expect(destinations(aba, stack, catalogue, 2, 2)).toEqual([0, 1]);
    expect(moveCall(aba, stack, catalogue, 2, 2, 1)).toMatchObject({threads: [['pop', 'push 3'], ['pop', 'pop']]});
    expect(moveCall(aba, stack, catalogue, 2, 2, 0)).toMatchObject({setup: ['push 1', 'push 2', 'push 3'], threads: [['pop'], ['pop', 'pop']]});
    expect(moveCall(aba, stack, catalogue, 2, 9, 1)).toBe(aba);
  });
  it('shifts, replaces and removes', () => {
    expect(callsAt(shiftCall(aba, 2, 2, -1), 2)).toEqual(['pop', 'push 3', 'pop']);
    expect(shiftCall(aba, 2, 2, 1)).toBe(aba);
    expect(callsAt(replaceCall(aba, stack, 2, 2, {id: 'push', argument: 500}), 2)).toEqual(['pop', 'pop', 'push 99']);
    expect(callsAt(replaceCall(aba, stack, 2, 0, {id: 'push', argument: undefined}), 2)).toEqual(['push 4', 'pop', 'push 3']);
    expect(callsAt(replaceCall(aba, stack, 2, 2, {id: 'pop', argument: 3}), 2)).toEqual(['pop', 'pop', 'pop']);
    expect(callsAt(removeCall(aba, 0, 0), 0)).toEqual(['push 2']);
  });
  it('adds and takes away threads, within what the structure can have', () => {
    let program = aba;
    for (let i = 0; i < 9; i++) program = addThread(program, stack, catalogue);
    expect(program.threads).toHaveLength(4);
    for (let i = 0; i < 9; i++) program = removeThread(program, stack, catalogue);
    expect(program.threads).toEqual([['pop']]);
    const ring = usualProgram(subject('spsc-ring'));
    expect(addThread(ring, subject('spsc-ring'), catalogue)).toBe(ring);
    expect(removeThread(ring, subject('spsc-ring'), catalogue)).toBe(ring);
  });
  it('makes it a program of the reader’s own', () => {
    expect(presetOf(stack, addThread(aba, stack, catalogue))).toBeUndefined();
    expect(sayProgram(aba)).toBe('Setup: push 1, push 2. Thread 1: pop. Thread 2: pop, pop, push 3.');
  });
});

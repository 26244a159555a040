import * as v from 'valibot';
import {describe, expect, it} from 'vitest';

import {parseAnswer, parseExploreCatalogue, parseInterleaving, parseProgress, programSchema, programText, type Program} from './explore.js';
import {bothReadNothing, fakeCatalogue, FakeExplorer, useAfterFree} from './testing/fake-explorer.js';

const program = {v: 1, subject: 'naive-stack', choices: {}, setup: ['push 1'], threads: [['pop'], ['push 2', 'pop']], mode: 'all', seed: '7', limit: 0, stop: 'first'};

describe('what the explorer says', () => {
  it('is read whole', () => {
    expect(parseExploreCatalogue(JSON.stringify(fakeCatalogue)).subjects.map((s) => s.id)).toContain('naive-stack');
    expect(parseProgress(new FakeExplorer().progress())).toMatchObject({executions: 0, violation: null});
    for (const shown of [useAfterFree, bothReadNothing]) expect(parseInterleaving(JSON.stringify(shown))).toEqual(shown);
    expect(parseAnswer('{"ok":true}')).toEqual({ok: true});
  });

  it('fills in what is usual', () => {
    const {subjects} = parseExploreCatalogue('{"version":1,"limits":{"threads":4,"operations":5,"setup":5},"subjects":[{"id":"x","title":"X","kind":"litmus","healthy":true}]}');
    expect(subjects[0]).toMatchObject({operations: [], presets: [], choices: [], columns: [], roles: 'any'});
  });

  it('is refused with the place that does not fit', () => {
    expect(() => parseExploreCatalogue(JSON.stringify({...fakeCatalogue, version: 2}))).toThrow(/version/);
    expect(() => parseExploreCatalogue(JSON.stringify({...fakeCatalogue, subjects: [{id: '__proto__'}]}))).toThrow(/subjects\.0\.id/);
    expect(() => parseProgress('{"state":"bored"}')).toThrow(/state/);
    expect(() => parseProgress('nonsense')).toThrow(SyntaxError);
  });

  it.each([
    ['a thread that is not there', {fault: null, memory: [], steps: [{...useAfterFree.steps[0], thread: 3}]}],
    ['a store that comes later', {fault: null, memory: [], steps: [{...useAfterFree.steps[0], from: 0}]}],
    ['a fault outside', {fault: 17}],
    ['memory outside', {memory: [{step: 17, object: 'head', value: '0'}]}],
    ['choices that are no choices', {choices: '<script>'}],
  ])('cannot be an execution with %s', (_, wrong) => {
    expect(() => parseInterleaving(JSON.stringify({...useAfterFree, ...wrong}))).toThrow(TypeError);
  });
});

describe('a program', () => {
  const reads = (more: object) => v.safeParse(programSchema, {...program, ...more}).success;
  it('is told to the explorer in lines', () => {
    expect(programText({...program, choices: {memory: 'reused'}, threads: [['pop'], [], ['push 2', 'pop']]} as Program).split('\n')).toEqual([
      'subject naive-stack', 'choice memory reused', 'setup push 1', 'thread pop', 'thread', 'thread push 2, pop', 'mode all', 'seed 7', 'limit 0', 'stop first',
    ]);
  });
  it('is read as it is', () => { expect(reads({})).toBe(true); });
  it.each([
    ['another version', {v: 2}], ['an unknown key', {extra: 1}], ['a call that is no call', {setup: ['push(1)']}], ['a second argument', {setup: ['push 1 2']}],
    ['too many calls', {setup: Array(17).fill('pop')}], ['too many threads', {threads: Array(9).fill([])}], ['a seed that is none', {seed: 'xyz'}], ['half an execution', {limit: 0.5}],
    ['a mode nobody knows', {mode: 'some'}], ['a subject like the prototype', {subject: '__proto__'}],
  ])('is refused with %s', (_, more) => { expect(reads(more)).toBe(false); });
});

import {describe, expect, it} from 'vitest';

import {parseInterleaving, parseProgress, programText, type ExplorerMessage, type Program} from '../protocol/explore.js';
import {FakeExplorer} from '../protocol/testing/fake-explorer.js';
import {ExploreRun, exploreSliceMs} from './explore-run.js';

const program = (subject: string, more: Partial<Program> = {}) =>
  programText({v: 1, subject, choices: {}, setup: [], threads: [['pop'], ['pop']], mode: 'all', seed: '7', limit: 0, stop: 'first', ...more});

/** An explorer whose slices each take `sliceMs` by its clock, turned by hand. */
function make(sliceMs = exploreSliceMs) {
  const explorer = new FakeExplorer(), heard: ExplorerMessage[] = [];
  let now = 0, next: (() => void) | undefined;
  const run = new ExploreRun(explorer, (m) => heard.push(m), {now: () => now, after: (_, then) => { next = then; return () => { next = undefined; }; }});
  const turn = (times = 1) => { for (let i = 0; i < times && next; i++) { const then = next; next = undefined; now += sliceMs; then(); } };
  const reports = () => heard.flatMap((m) => (m.kind === 'progress' ? [parseProgress(m.json)] : []));
  return {explorer, run, turn, reports, waiting: () => next !== undefined};
}

describe('exploring', () => {
  it('goes on in short slices until everything is explored, and then rests', () => {
    const {explorer, run, turn, reports, waiting} = make();
    expect(run.start(program('treiber-stack'), 1e6)).toEqual({ok: true});
    turn(50);
    expect(waiting()).toBe(false);
    expect(explorer.calls.filter((c) => c.startsWith('advance'))).toEqual(Array(3).fill(`advance ${exploreSliceMs}`));
    expect(reports().at(-1)).toMatchObject({state: 'complete', executions: 36, violations: 0});
  });

  it('ends at the first violation, unless told to count them', () => {
    const first = make();
    first.run.start(program('naive-stack'), 1e6);
    first.turn(50);
    expect(first.reports().at(-1)).toMatchObject({state: 'violated', violations: 1, violation: {kind: 'use after free'}});
    const never = make();
    never.run.start(program('naive-stack', {stop: 'never'}), 1e6);
    never.turn(50);
    expect(never.reports().at(-1)!.state).toBe('complete');
  });

  it('reports at most twenty times a second, and always at the end', () => {
    const {explorer, run, turn, reports} = make(10);
    explorer.wanted = 1200;
    run.start(program('treiber-stack'), 1e6);
    turn(500);
    expect(explorer.calls.filter((c) => c.startsWith('advance'))).toHaveLength(100);
    expect(reports().length).toBeGreaterThan(10);
    expect(reports().length).toBeLessThanOrEqual(21);
    expect(reports().at(-1)!.executions).toBe(1200);
  });

  it('stops when told, and says how far it came', () => {
    const {explorer, run, turn, reports, waiting} = make();
    explorer.wanted = 1e9;
    run.start(program('treiber-stack'), 1e6);
    turn(2);
    run.stop();
    expect(waiting()).toBe(false);
    expect(reports().at(-1)).toMatchObject({state: 'stopped', executions: 24});
    const {length} = reports();
    run.stop();
    expect(reports()).toHaveLength(length);
  });

  it('stops by itself when its time is up', () => {
    const {explorer, run, turn, reports, waiting} = make(100);
    explorer.wanted = 1e9;
    run.start(program('treiber-stack'), 1000);
    turn(1000);
    expect(waiting()).toBe(false);
    expect(explorer.calls.at(-1)).toBe('stop');
    expect(reports().at(-1)!.state).toBe('stopped');
  });

  it('passes a refusal on, with its code', () => {
    const {run, waiting} = make();
    expect(run.start(program('no-such-thing'), 1e6)).toMatchObject({ok: false, failure: {code: 'E_PARAM', message: expect.stringContaining('no-such-thing') as string}});
    expect(waiting()).toBe(false);
  });
});

describe('replaying', () => {
  it('needs no exploration, and starts the program only once', () => {
    const {explorer, run} = make();
    const shown = run.replay(program('naive-stack'), '0210');
    expect(shown.ok && parseInterleaving(shown.json).fault).toBe(16);
    run.replay(program('naive-stack'), '00');
    expect(explorer.calls).toEqual(['start naive-stack', 'replay 0210', 'replay 00']);
  });

  it('stops what is being explored', () => {
    const {explorer, run, turn, reports} = make();
    explorer.wanted = 1e9;
    run.start(program('naive-stack', {stop: 'never'}), 1e6);
    turn(1);
    run.replay(program('naive-stack', {stop: 'never'}), '0210');
    expect(reports().at(-1)!.state).toBe('stopped');
    expect(run.exploring).toBe(false);
  });

  it('of a program that is refused is refused', () => {
    const {run} = make();
    expect(run.replay(program('no-such-thing'), '0')).toMatchObject({ok: false});
    expect(run.replay(program('no-such-thing'), '0')).toMatchObject({ok: false});
  });
});

import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';

import type {ExplorerClient, ExplorerStatus} from '../client/explorer-client.js';
import {parseExploreCatalogue, parseProgress, type Program, type Progress} from '../protocol/explore.js';
import {EngineError} from '../protocol/run.js';
import {bothReadNothing, fakeCatalogue, FakeExplorer, useAfterFree} from '../protocol/testing/fake-explorer.js';
import {parseExplore} from '../state/explore-url.js';
import {addCall, callsAt} from '../state/program.js';
import {ExploreSession} from './explore-session.js';

const catalogue = parseExploreCatalogue(JSON.stringify(fakeCatalogue));

/** Says yes to everything; `become` is what the explorer would tell. */
class FakeClient extends EventTarget {
  status: ExplorerStatus = {phase: 'idle'};
  readonly asked: string[] = [];
  loads = 0;
  async load() { this.loads++; this.become({phase: 'ready', catalogue}); return catalogue; }
  async start(program: Program) { this.asked.push(`start ${program.subject} ${program.mode}`); this.become({phase: 'exploring', program}); }
  async stop() { this.asked.push('stop'); this.become({phase: 'ended', progress: progress({state: 'stopped', executions: 5})}); }
  async replay(_: Program, choices: string) {
    this.asked.push(`replay ${choices}`);
    if (choices === '999') throw new EngineError({code: 'E_PARAM', message: 'There is no such execution.', retryable: false});
    return choices === bothReadNothing.choices ? bothReadNothing : useAfterFree;
  }
  clear() { this.asked.push('clear'); this.status = {phase: 'ready', catalogue}; this.dispatchEvent(new Event('change')); }
  dispose() { this.asked.push('dispose'); }
  become(status: ExplorerStatus) { this.status = {catalogue, ...status}; this.dispatchEvent(new Event('change')); }
}

const progress = (more: Partial<Progress>): Progress => ({...parseProgress(new FakeExplorer().progress()), elapsedMs: 1000, ...more});
const violation = {kind: 'use after free', message: 'T1 reads freed memory.', choices: '0210'};

async function open(search = '?explore') {
  const client = new FakeClient(), session = new ExploreSession(client as unknown as ExplorerClient, 120_000), said: string[] = [];
  session.announce = (words) => said.push(words);
  await session.open(await parseExplore({search, hash: ''}));
  return {client, session, said};
}

beforeEach(() => { vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout', 'performance']}); });
afterEach(() => { vi.useRealTimers(); });

describe('opening', () => {
  it('chooses something that goes wrong, and explores nothing by itself', async () => {
    const {client, session} = await open();
    expect(session.subject?.id).toBe('naive-stack');
    expect(session.phase).toBe('ready');
    expect(client.asked).toEqual([]);
    expect(session.verdict).toBe('Does any execution of this program go wrong?');
  });
  it('shows the execution a link names, at its step', async () => {
    const {client, session} = await open('?explore=naive-stack&run=0210&at=9');
    expect(client.asked).toEqual(['replay 0210']);
    expect([session.shown?.choices, session.at, session.phase]).toEqual(['0210', 9, 'ready']);
  });
  it('says when there is no such execution', async () => {
    const {session} = await open('?explore=naive-stack&run=999');
    expect(session.trouble).toMatchObject({code: 'E_PARAM'});
    expect(session.state).toMatchObject({run: undefined, at: 0});
  });
  it('keeps what is wrong with the link', async () => {
    const {session} = await open('?explore=nothing');
    expect(session.notes[0]).toContain('“nothing”');
  });
  it('that is closed before the link is read loads nothing', async () => {
    const client = new FakeClient(), session = new ExploreSession(client as unknown as ExplorerClient, 1000);
    const opening = session.open(parseExplore({search: '?explore', hash: ''}));
    session.close();
    await opening;
    expect([client.loads, client.asked]).toEqual([0, ['dispose']]);
  });
  it('tells why nothing could be loaded, and can be asked again', async () => {
    const client = new FakeClient(), session = new ExploreSession(client as unknown as ExplorerClient, 1000), load = client.load.bind(client);
    client.load = async () => { client.become({phase: 'failed', failure: {code: 'E_NET', message: 'no net', retryable: true}}); throw new Error('no net'); };
    await session.open(await parseExplore({search: '?explore', hash: ''}));
    expect([session.phase, session.failure?.code]).toEqual(['failed', 'E_NET']);
    client.load = load;
    await session.again();
    expect(session.phase).toBe('ready');
  });
});

describe('exploring', () => {
  it('ends with the first violation in view, where it goes wrong', async () => {
    const {client, session, said} = await open();
    await session.toggle();
    client.become({phase: 'exploring', progress: progress({state: 'exploring', executions: 10})});
    expect(session.verdict).toBe('10 executions so far. None of them goes wrong.');
    client.become({phase: 'ended', progress: progress({state: 'violated', executions: 24, violations: 1, violation})});
    await vi.advanceTimersByTimeAsync(0);
    expect(session.verdict).toBe('Use after free, in execution 24.');
    expect([session.shown?.choices, session.at]).toEqual(['0210', 16]);
    expect(session.state?.run).toBe('0210');
    await vi.advanceTimersByTimeAsync(2000);
    expect(said).toEqual(['Exploring every execution of Naive stack.', 'Use after free, in execution 24.']);
  });
  it('speaks at most once in two seconds', async () => {
    const {client, session, said} = await open();
    await session.run();
    for (let i = 0; i < 100; i++) {
      client.become({phase: 'exploring', progress: progress({state: 'exploring', executions: i})});
      await vi.advanceTimersByTimeAsync(50);
    }
    expect(said.length).toBeLessThanOrEqual(1 + 5 / 2);
  });
  it.each<[Partial<Progress>, string]>([
    [{state: 'complete', executions: 1234}, 'Every one of 1\u202f234 executions is fine.'],
    [{state: 'complete', executions: 1}, 'The only execution is fine.'],
    [{state: 'bounded', executions: 9, bound: '5000 steps in one execution'}, 'Explored up to a bound, 5000 steps in one execution: 9 executions. None goes wrong within it.'],
    [{state: 'stopped', executions: 9}, 'Stopped after 9 executions. None goes wrong; the rest is unknown.'],
    [{state: 'stopped', executions: 9, elapsedMs: 120_003}, 'Stopped after 120 seconds and 9 executions. None goes wrong; the rest is unknown.'],
  ])('%o is told in a sentence', async (found, words) => {
    const {client, session} = await open();
    await session.run();
    client.become({phase: 'ended', progress: progress(found)});
    expect(session.verdict).toBe(words);
  });
  it.each(['complete', 'violated'] as const)('counts what goes wrong to the end when told to, whatever the end is called (%s)', async (state) => {
    const {client, session} = await open('?explore=naive-stack&stop=never');
    await session.run();
    client.become({phase: 'ended', progress: progress({state, executions: 40, violations: 12, violation})});
    expect(session.verdict).toBe('All 40 executions are known. 12 go wrong: use after free.');
  });
  it('a sample proves nothing, and says so', async () => {
    const {client, session} = await open();
    session.setMode('random');
    expect(session.state?.program.limit).toBe(10_000);
    await session.run();
    client.become({phase: 'ended', progress: progress({state: 'complete', executions: 10_000})});
    expect(session.verdict).toContain('a sample proves nothing');
  });
  it('shows what only weak memory can do, when a litmus test has such an outcome', async () => {
    const {client, session} = await open('?explore=store-buffering');
    await session.run();
    client.become({phase: 'ended', progress: progress({state: 'complete', executions: 4, outcomes: [{text: 'a=1', count: 3, choices: '00', weak: false}, {text: 'a=0', count: 1, choices: '11', weak: true}]})});
    await vi.advanceTimersByTimeAsync(0);
    expect([session.shown?.choices, session.at]).toEqual(['11', 4]);      // where the old value is read
    expect(session.verdict).toBe('All 4 executions are known: 2 outcomes, one of them by weak memory only.');
  });
  it('one button starts and stops', async () => {
    const {client, session} = await open();
    await session.toggle();
    await session.toggle();
    expect(client.asked).toEqual(['start naive-stack all', 'stop']);
  });
  it('is refused for a program that does nothing, with a reason', async () => {
    const {client, session} = await open();
    session.change({...session.state!.program, threads: [[], []]});
    expect(session.unready).toMatch(/add an operation/);
    await session.run();
    expect(client.asked).toEqual(['clear']);
  });
});

describe('a change of the program', () => {
  it('starts nothing, and takes away what was said of the program before', async () => {
    const {client, session} = await open('?explore=naive-stack&run=0210');
    session.change(addCall(session.state!.program, session.subject!, catalogue, 1, 'push'));
    expect(client.asked).toEqual(['replay 0210', 'clear']);
    expect(session.shown).toBeUndefined();
    expect(session.state).toMatchObject({run: undefined, at: 0});
    expect(session.preset).toBeUndefined();
  });
  it('keeps how it is explored when the subject changes', async () => {
    const {session} = await open('?explore=naive-stack&mode=random&seed=ab&stop=never');
    session.chooseSubject('treiber-stack');
    expect(session.state?.program).toMatchObject({subject: 'treiber-stack', mode: 'random', seed: 'ab', stop: 'never', threads: [['push 2', 'pop'], ['pop']]});
    session.chooseSubject('naive-stack');
    session.choosePreset('aba');
    expect(session.preset?.id).toBe('aba');
    expect(callsAt(session.state!.program, 2)).toEqual(['pop', 'pop', 'push 3']);
  });
  it('of the seed needs a seed', async () => {
    const {session} = await open();
    expect(session.setSeed('xyz')).toMatch(/1 to 16 hex digits; 7 is kept/);
    expect(session.setSeed('00AB')).toBe('');
    expect(session.state?.program.seed).toBe('ab');
  });
});

describe('stepping', () => {
  it('goes both ways, ends at the ends, and keeps the step in the state', async () => {
    const {session} = await open('?explore=naive-stack&run=0210&at=8');
    session.step(1);
    expect(session.state?.at).toBe(9);
    session.step(-2);
    session.switch(1);
    expect(session.at).toBe(9);
    session.switch(1);
    expect(session.at).toBe(16);
    session.step(1);
    expect(session.at).toBe(16);
    session.first();
    expect(session.at).toBe(7);
    session.first();
    expect(session.at).toBe(0);
    session.last();
    expect(session.at).toBe(16);
  });
  it('is told where the reader comes to rest', async () => {
    const {session, said} = await open('?explore=naive-stack&run=0210&at=7');
    for (let i = 0; i < 5; i++) session.step(1);
    expect(said).toEqual([]);
    await vi.advanceTimersByTimeAsync(400);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/^Step 13 of 17, T2/);
  });
});

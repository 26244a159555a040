import {describe, expect, it} from 'vitest';

import {parseExploreCatalogue, type Program} from '../protocol/explore.js';
import {fakeCatalogue} from '../protocol/testing/fake-explorer.js';
import {parseExplore, printExplore, resolveExplore, shareExplore, type ExploreHome, type ExploreState} from './explore-url.js';
import {pack} from './packing.js';
import {allowedAt, findSubject, printOperation, threadRange, usualProgram, type Place} from './program.js';

const catalogue = parseExploreCatalogue(JSON.stringify(fakeCatalogue));
const stack = findSubject(catalogue, 'naive-stack')!;

/** A small repeatable source of chance. */
function chance(seed: number): () => number {
  let s = seed >>> 0;
  return () => {
    s = (s + 0x6d2b79f5) >>> 0;
    let t = Math.imul(s ^ (s >>> 15), 1 | s);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function anyState(next: () => number): ExploreState {
  const pick = <T>(all: readonly T[]): T => all[Math.floor(next() * all.length)]!;
  const upTo = (n: number) => Math.floor(next() * (n + 1));
  const subject = pick(catalogue.subjects), usual = usualProgram(subject, pick([...subject.presets, undefined]));
  const calls = (place: Place, most: number) => Array.from({length: upTo(most)}, () => pick(allowedAt(subject, place)))
    .map((o) => printOperation({id: o.id, argument: o.argument ? upTo(99) : undefined}));
  const {least, most} = threadRange(subject, catalogue);
  const program: Program = next() < 0.3 || subject.kind === 'litmus' ? usual : {
    ...usual, setup: calls(0, catalogue.limits.setup), threads: Array.from({length: least + upTo(most - least)}, (_, i) => calls(i + 1, catalogue.limits.operations)),
  };
  const mode = pick(['all', 'random'] as const), long = next() < 0.1;
  const run = next() < 0.5 ? undefined : Array.from({length: upTo(long ? 9000 : 60)}, () => pick([...'0123456789.-_~,()aZ'])).join('');
  return {
    program: {
      ...program, choices: Object.assign(Object.create(null) as Record<string, string>, Object.fromEntries(subject.choices.map((c) => [c.id, pick(c.options).id]))), mode,
      seed: Math.floor(next() * 2 ** 48).toString(16), limit: pick([0, 1000, 10_000, 1_000_000]), stop: pick(['first', 'never'] as const),
    },
    run, at: run === undefined ? 0 : upTo(400),
  };
}

const split = (link: string) => { const url = new URL(link, 'https://x/play/'); return {search: url.search, hash: url.hash}; };
const open = async (link: string, home?: ExploreHome) => resolveExplore(await parseExplore(split(link)), catalogue, home);
const plain = (state: ExploreState) => JSON.parse(JSON.stringify(state)) as unknown;

const cases = process.env['SLUICE_DEEP'] ? 20_000 : 1000;

describe('a link', () => {
  it(`says what was shared, ${cases} times, in the query or in the fragment`, async () => {
    const next = chance(28);
    let fragments = 0;
    for (let i = 0; i < cases; i++) {
      const state = anyState(next), link = await shareExplore(state, findSubject(catalogue, state.program.subject)!);
      if (link.includes('#s=')) fragments++;
      const read = await open(link);
      expect(read.notes).toEqual([]);
      expect(plain(read.state)).toEqual(plain(state));
    }
    expect(fragments).toBeGreaterThan(cases / 100);
  }, 120_000);

  it('in an address reads back as it was printed', async () => {
    const next = chance(7);
    for (let i = 0; i < 500; i++) {
      const state = anyState(next);
      if ((state.run?.length ?? 0) > 1000) continue;
      const read = await open(printExplore(state, findSubject(catalogue, state.program.subject)!));
      expect(plain(read.state)).toEqual(plain(state));
    }
  });

  it('in the address of a page about one subject keeps that page', async () => {
    const home: ExploreHome = {key: 'scenario', value: 'aba', subject: 'naive-stack', preset: 'aba'}, usual = usualProgram(stack, stack.presets[1]);
    expect(printExplore({program: usual, run: undefined, at: 0}, stack, home)).toBe('?scenario=aba');
    const other = {program: {...usual, threads: [['pop'], ['pop', 'push 9']]}, run: '021', at: 3};
    const link = printExplore(other, stack, home);
    expect(link).toBe('?scenario=aba&setup=push.1%2Cpush.2&t1=pop&t2=pop%2Cpush.9&run=021&at=3');
    expect(plain((await open(link, home)).state)).toEqual(plain(other));
  });

  it('is short for what is usual, and empty for the first page', async () => {
    const first = await open('?explore');
    expect(first).toMatchObject({subject: {id: 'naive-stack'}, notes: [], state: {run: undefined, at: 0, program: {threads: [['pop'], ['pop']]}}});
    expect(printExplore(first.state, stack)).toBe('?explore=naive-stack');
    expect((await open('?explore=naive-stack&preset=aba')).state.program.threads).toEqual([['pop'], ['pop', 'pop', 'push 3']]);
    expect(printExplore((await open('?explore=naive-stack&preset=aba')).state, stack)).toBe('?explore=naive-stack&preset=aba');
  });

  it('of version 1 opens for ever', async () => {
    const {state, notes} = await open('?explore=naive-stack&setup=push.1%2Cpush.2&t1=pop&t2=pop%2Cpop%2Cpush.3&mode=random&seed=c0ffee&limit=500&stop=never&run=0210&at=12');
    expect(notes).toEqual([]);
    expect(plain(state)).toEqual({
      program: {v: 1, subject: 'naive-stack', choices: {}, setup: ['push 1', 'push 2'], threads: [['pop'], ['pop', 'pop', 'push 3']], mode: 'random', seed: 'c0ffee', limit: 500, stop: 'never'},
      run: '0210', at: 12,
    });
  });

  it.each([
    ['?explore=nonsense', /nothing called “nonsense”/],
    ['?explore=__proto__', /nothing called/],
    ['?explore=naive-stack&preset=none', /no example called “none”/],
    ['?explore=naive-stack&t1=fly,pop&t2=pop', /“fly” cannot be called in thread 1/],
    ['?explore=naive-stack&t1=pop,pop,pop,pop,pop,pop,pop&t2=pop', /5 operations are the most thread 1/],
    ['?explore=naive-stack&t1=pop&t2=pop&t3=pop&t4=pop&t5=pop', /4 threads are the most/],
    ['?explore=spsc-ring&t1=pop&t2=pop', /“pop” cannot be called in thread 1/],
    ['?explore=naive-stack&t1=push&t2=pop', /needs a number; 1 is used/],
    ['?explore=naive-stack&mode=some', /mode is one of all, random/],
    ['?explore=naive-stack&seed=zz', /A seed is 1 to 16 hex digits/],
    ['?explore=naive-stack&limit=-1', /limit is a number/],
    ['?explore=naive-stack&run=<img>', /cannot be read/],
    ['?explore=store-buffering&c.orders=wild', /Orders is one of relaxed/],
    ['?explore=naive-stack&colour=red', /Ignored: colour/],
  ])('%s is fitted, and says so', async (link, sentence) => {
    const {notes, state} = await open(link);
    expect(notes.join(' ')).toMatch(sentence);
    expect(findSubject(catalogue, state.program.subject)).toBeDefined();
  });

  it('holds nothing that is too long to look at', async () => {
    const many = `?explore=naive-stack&${Array.from({length: 100}, (_, i) => `x${i}=1`).join('&')}&t1=${'fly,'.repeat(50)}&t2=pop`;
    const {notes} = await open(many);
    expect(notes.length).toBeLessThanOrEqual(16);
    expect((await parseExplore(split(`?explore=naive-stack&x=${'y'.repeat(5000)}`))).failure?.code).toBe('E_PARAM');
  });
});

describe('a packed link', () => {
  const whole = {v: 1, explore: {...usualProgram(stack), choices: {}}, run: '021'};
  const read = async (data: unknown) => parseExplore({search: '?explore=naive-stack', hash: `#s=${await pack(JSON.stringify(data))}`});
  it('is read', async () => { expect((await read(whole)).packed?.run).toBe('021'); });
  it.each<[string, unknown, string]>([
    ['of a newer version', {...whole, v: 2}, 'E_VERSION'], ['with an unknown key', {...whole, extra: 1}, 'E_PARAM'], ['with calls that are none', {...whole, explore: {...whole.explore, setup: ['push(1)']}}, 'E_PARAM'],
    ['too long', {...whole, run: '0'.repeat(20_000)}, 'E_PARAM'], ['that is no object', 7, 'E_PARAM'],
  ])('%s is refused', async (_, data, code) => { expect((await read(data)).failure?.code).toBe(code); });
  it('that aims at the prototype, is damaged or too long is refused', async () => {
    const poisoned = JSON.stringify(whole).replace('"choices":{}', '"choices":{"__proto__":{"polluted":1}}');
    expect(poisoned).toContain('__proto__');
    for (const hash of [`#s=${await pack(poisoned)}`, '#s=%%%', '#s=AAAA', `#s=${'A'.repeat(70_000)}`, `#s=${await pack(JSON.stringify({...whole, junk: ' '.repeat(2_000_000)}))}`])
      expect((await parseExplore({search: '', hash})).failure?.code).toBe('E_PARAM');
    expect(({} as {polluted?: number}).polluted).toBeUndefined();
  });
});

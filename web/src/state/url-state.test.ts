import {describe, expect, it} from 'vitest';

import {smallCatalogue} from '../protocol/testing/catalogue.js';
import {engineWishes, views, type Settings} from '../protocol/settings.js';
import type {ParameterValue} from '../protocol/schema.js';
import {parseLocation, parseQuery, parseShared, printQuery, shareFragment} from './url-state.js';

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

function anySettings(next: () => number): Settings {
  const pick = <T>(all: readonly T[]): T => all[Math.floor(next() * all.length)]!;
  const scenario = pick(smallCatalogue.scenarios);
  const params: Record<string, ParameterValue> = Object.create(null) as Record<string, ParameterValue>;
  for (const p of scenario.params)
    params[p.id] = p.type === 'flag' ? next() < 0.5
      : p.type === 'choice' ? pick(p.choices).id
      : p.type === 'integer' ? Math.round(p.min + next() * (p.max - p.min))
      : p.min + next() * (p.max - p.min);
  return {
    scenario: scenario.id, params,
    seed: Math.floor(next() * 2 ** 48).toString(16),
    engine: pick(engineWishes), theme: 'auto',
    speed: next() < 0.2 ? 'max' : Math.max(0.001, next() * 10),
    view: views.filter(() => next() < 0.3),
    controls: pick(['full', 'mini', 'none'] as const), autorun: pick(['never', 'visible', 'hover'] as const),
    height: next() < 0.5 ? undefined : 160 + Math.floor(next() * 1040),
  };
}

const cases = process.env['SLUICE_DEEP'] ? 100_000 : 2000;

describe('a share link', () => {
  it(`says what was shared, ${cases} times`, async () => {
    const next = chance(20);
    for (let i = 0; i < cases; i++) {
      const settings = anySettings(next);
      const read = await parseShared(await shareFragment(settings), smallCatalogue);
      expect(read.failure).toBeUndefined();
      expect(read.notes).toEqual([]);
      expect(read.settings).toEqual(settings);
    }
  }, 120_000);

  it('of version 1 opens for ever', async () => {
    const golden = '#s=LYxBbgIxEMD-4vO0StVWgvlK1UO0DBCxO9lOkuWA-HsF4mhb8o0N_RDaZJ6jVJRrjYvF21rrjLDmyEtDby_f0J0QuRu6379_y9OjnykJOaJseUapqzlCjYOFHdAew-5CswcwpePRDMH8VNxQWlkQ2vrs6bHdil3RH-bs1hD-hg3jV5iq96hzQ1mKF4Q8eo3hKG6bBcLZyunc0a9duv8D';
    const read = await parseShared(golden, smallCatalogue);
    expect(read).toMatchObject({
      notes: [],
      settings: {
        scenario: 'worker-pool', params: {workers: 8, rate: 99.5, work: 300, arrival: 'open', ordered: true}, seed: 'c0ffee',
        engine: 'sim', speed: 0.5, view: ['lanes', 'queue'], height: 480,
      },
    });
    expect(read.failure).toBeUndefined();
  });

  it('fits into a fragment and names nobody', async () => {
    const fragment = await shareFragment(anySettings(chance(1)));
    expect(fragment).toMatch(/^#s=[A-Za-z0-9_-]+$/);
    expect(fragment.length).toBeLessThan(600);
  });

  const pack = async (json: string) => {
    const stream = new Blob([json]).stream().pipeThrough(new CompressionStream('deflate-raw'));
    return `#s=${Buffer.from(await new Response(stream).arrayBuffer()).toString('base64url')}`;
  };
  const whole = {v: 1, scenario: 'worker-pool', params: {}, seed: '7', engine: 'auto', speed: 1, view: [], controls: 'mini', autorun: 'never'};

  it.each<[string, string | Promise<string>, string]>([
    ['that is no base64', '#s=%%%', 'E_PARAM'],
    ['that is no deflate', '#s=AAAA', 'E_PARAM'],
    ['cut short', '#s=q1bKU7', 'E_PARAM'],
    ['longer than 64 kB', `#s=${'A'.repeat(70_000)}`, 'E_PARAM'],
    ['that inflates without end', pack(JSON.stringify({...whole, junk: ' '.repeat(2_000_000)})), 'E_PARAM'],
    ['with an unknown key', pack(JSON.stringify({...whole, extra: 1})), 'E_PARAM'],
    ['nested too deep', pack('{"v":1,"params":{"a":{"b":{"c":{"d":{"e":1}}}}}}'), 'E_PARAM'],
    ['that aims at the prototype', pack('{"v":1,"__proto__":{"polluted":1}}'), 'E_PARAM'],
    ['with invalid UTF-8', '#s=-z8A', 'E_PARAM'],
    ['of a newer version', pack(JSON.stringify({...whole, v: 2})), 'E_VERSION'],
    ['to no scenario', pack(JSON.stringify({...whole, scenario: 'worker-pol'})), 'E_SCENARIO'],
  ])('%s is refused', async (_, hash, code) => {
    const read = await parseShared(await hash, smallCatalogue);
    expect(read.failure?.code).toBe(code);
    expect(({} as {polluted?: number}).polluted).toBeUndefined();
  });

  it('with values out of range is clamped and says so', async () => {
    const read = await parseShared(await pack(JSON.stringify({...whole, params: {workers: 900}})), smallCatalogue);
    expect(read.settings.params['workers']).toBe(64);
    expect(read.notes).toHaveLength(1);
  });
});

describe('a query', () => {
  it('reads back as it was printed', () => {
    const next = chance(7);
    for (let i = 0; i < 500; i++) {
      const settings = anySettings(next);
      expect(parseQuery(printQuery(settings, smallCatalogue), smallCatalogue).settings).toEqual(settings);
    }
  });

  it('leaves out what is usual, and is empty for the home page', () => {
    const {settings} = parseQuery('?scenario=worker-pool&p.workers=8&seed=7', smallCatalogue);
    expect(printQuery(settings, smallCatalogue)).toBe('?scenario=worker-pool&p.workers=8');
    expect(printQuery(parseQuery('', smallCatalogue).settings, smallCatalogue)).toBe('');
  });

  it('longer than 4 kB is refused', () => {
    expect(parseQuery(`?scenario=worker-pool&x=${'y'.repeat(5000)}`, smallCatalogue).failure?.code).toBe('E_PARAM');
  });

  it('gives way to a share link in the same location', async () => {
    const {settings} = parseQuery('?scenario=pipeline', smallCatalogue);
    const read = await parseLocation({search: '?scenario=worker-pool', hash: await shareFragment(settings)}, smallCatalogue);
    expect(read.settings.scenario).toBe('pipeline');
  });
});

import {describe, expect, it} from 'vitest';

import {smallCatalogue} from './testing/catalogue.js';
import {readSettings} from './settings.js';

const read = (query: string) => readSettings(new URLSearchParams(query), smallCatalogue);

describe('settings from text', () => {
  it('start from the scenario and its defaults', () => {
    expect(read('scenario=worker-pool')).toMatchObject({
      settings: {scenario: 'worker-pool', params: {workers: 4, arrival: 'closed'}, seed: '7', engine: 'auto', speed: 1, view: []},
      notes: [], ignored: [],
    });
  });

  it('say each value that had to be moved', () => {
    const {settings, notes} = read('scenario=worker-pool&p.workers=1000&seed=xyz&engine=gpu&speed=99&height=20&view=lanes,cake');
    expect(settings).toMatchObject({params: {workers: 64}, seed: '7', engine: 'auto', speed: 10, height: 160, view: ['lanes']});
    expect(notes.map((n) => n.id).sort()).toEqual(['engine', 'height', 'seed', 'speed', 'view', 'workers']);
  });

  it('list the keys that mean nothing, and stay quiet about those of later versions', () => {
    expect(read('scenario=worker-pool&p.colour=red&utm_source=x&t=5&lang=de').ignored).toEqual(['utm_source', 'p.colour']);
  });

  it('let the first of several win', () => {
    expect(read('scenario=worker-pool&p.workers=2&p.workers=8&seed=a&seed=b').settings).toMatchObject({params: {workers: 2}, seed: 'a'});
  });

  it('name the nearest scenarios when there is no such one', () => {
    expect(read('scenario=worker-pol').failure).toMatchObject({code: 'E_SCENARIO', message: expect.stringContaining('worker-pool') as string});
  });

  it.each([['2', 'E_VERSION'], ['x', 'E_VERSION'], ['1', undefined]])('of version %s are %s', (v, code) => {
    expect(read(`scenario=worker-pool&v=${v}`).failure?.code).toBe(code);
  });

  it('survive names that would reach a prototype', () => {
    const {settings, ignored} = read('scenario=worker-pool&p.__proto__=1&p.constructor=2&__proto__=3');
    expect(ignored).toEqual(['__proto__', 'p.__proto__', 'p.constructor']);
    expect(Object.keys(settings.params)).not.toContain('__proto__');
  });

  it('lower a seed and drop its leading zeros', () => {
    expect(read('scenario=worker-pool&seed=000ABC').settings.seed).toBe('abc');
    expect(read('scenario=worker-pool&seed=0').settings.seed).toBe('0');
  });
});

import {describe, expect, it} from 'vitest';

import {smallCatalogue} from './testing/catalogue.js';
import {clampParameters, defaultsOf, encodeParameters, nearestScenarios, parseCatalogue} from './schema.js';

const pool = smallCatalogue.scenarios[0]!;

describe('a catalogue', () => {
  it('is refused with the place that does not fit', () => {
    expect(() => parseCatalogue('{"format":"sluice-schema","version":1,"scenarios":[{"id":"x","family":"tasks"}]}'))
      .toThrow(/scenarios\.0\.title/);
    expect(() => parseCatalogue('{"format":"other","version":1,"scenarios":[]}')).toThrow(/format/);
  });

  it('says where a scenario can be explored, or nothing', () => {
    const read = (more: object) => parseCatalogue({format: 'sluice-schema', version: 1, scenarios: [{id: 'aba', family: 'lock-free', title: 'ABA', params: [], ...more}]}).scenarios[0]!.explore;
    expect(read({})).toBeUndefined();
    expect(read({explore: {subject: 'naive-stack', preset: 'aba'}})).toEqual({subject: 'naive-stack', preset: 'aba'});
    expect(() => read({explore: {subject: 'naive-stack'}})).toThrow(/explore\.preset/);
    expect(() => read({explore: {subject: '../x', preset: 'aba'}})).toThrow(/explore\.subject/);
  });

  it('never lets a parameter be called after the prototype', () => {
    const json = JSON.stringify({format: 'sluice-schema', version: 1, scenarios: [{id: 'a', family: 'tasks', title: 'A', params: [{id: '__proto__', label: '', type: 'flag', default: false}]}]});
    expect(() => parseCatalogue(json)).toThrow(/params\.0\.id/);
  });
});

describe('parameters from outside', () => {
  it.each([
    ['workers', '0', 1], ['workers', '1e9', 64], ['workers', '-1', 1], ['workers', 'NaN', 4], ['workers', '∞', 4],
    ['workers', 'Infinity', 4], ['workers', '1.5', 2], ['workers', '', 4], ['workers', '0x10', 4], ['rate', '5', 10],
    ['arrival', 'sometimes', 'closed'], ['ordered', 'perhaps', false],
  ])('%s=%s becomes %s, with a note', (id, text, used) => {
    const {values, notes} = clampParameters(pool, [[id, text]]);
    expect(values[id]).toBe(used);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatchObject({id, given: text, used});
    expect(notes[0]!.text).toMatch(/\.$/);
  });

  it.each([['workers', '8', 8], ['rate', '99.5', 99.5], ['arrival', 'open', 'open'], ['ordered', 'true', true], ['ordered', '', true]])(
    '%s=%s is taken as it is', (id, text, used) => {
      expect(clampParameters(pool, [[id, text]])).toMatchObject({values: {[id]: used}, notes: [], unknown: []});
    });

  it('says the limit in words a reader can use', () => {
    const {notes} = clampParameters(pool, [['rate', '5']]);
    expect(notes[0]!.text).toBe('10 jobs/s is the least rate can be.');
  });

  it('keeps the first of two values, and lists what it does not know', () => {
    const {values, unknown} = clampParameters(pool, [['workers', '2'], ['workers', '3'], ['colour', 'red'], ['__proto__', '1']]);
    expect(values['workers']).toBe(2);
    expect(unknown).toEqual(['colour', '__proto__']);
    expect(Object.getPrototypeOf(values)).toBeNull();
  });

  it('encode as the engine reads them', () => {
    expect(encodeParameters(defaultsOf(pool))).toBe('workers=4&rate=12500&work=300&arrival=closed&ordered=0');
  });
});

describe('a misspelt scenario', () => {
  it('is answered with the nearest one first', () => {
    expect(nearestScenarios(smallCatalogue, 'worker-pol')[0]!.id).toBe('worker-pool');
    expect(nearestScenarios(smallCatalogue, 'lockfree')[0]!.id).toBe('lock-free-queue');
  });
});

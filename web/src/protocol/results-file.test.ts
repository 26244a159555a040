import {readFileSync} from 'node:fs';

import {describe, expect, it} from 'vitest';

import {outcomeJson} from './testing/fake-engine.js';
import {parseResultsFile, resultsOf} from './results-file.js';
import {parseOutcome} from './run.js';

const good = resultsOf([parseOutcome(outcomeJson('finished'))], {cores: 2}, {version: '0.1.0'});

describe('a results file', () => {
  it('of a run reads back as it was written', () => {
    expect(parseResultsFile(JSON.stringify(good))).toEqual({ok: true, file: good});
  });

  it.each([
    ['not JSON', '{', /not JSON/],
    ['another format', JSON.stringify({...good, format: 'x'}), /format: not a Sluice/],
    ['another version', JSON.stringify({...good, version: 2}), /version/],
    ['a seed that is none', JSON.stringify({...good, seed: 'zz'}), /seed: a seed is/],
    ['a negative sample', JSON.stringify({...good, samples: [{ns: -1, items: 1}]}), /samples\.0\.ns/],
    ['three megabytes', ' '.repeat(3e6), /larger than 2 MB/],
  ])('with %s is refused with the reason', (_, json, reason) => {
    const result = parseResultsFile(json);
    expect(result.ok ? '' : result.message).toMatch(reason);
  });

  it('cannot reach a prototype', () => {
    const json = JSON.stringify(good).replace('"params":{', '"params":{"__proto__":{"polluted":1},');
    parseResultsFile(json);
    expect(({} as {polluted?: number}).polluted).toBeUndefined();
  });

  it('has a JSON Schema that names the same required fields', () => {
    const schema = JSON.parse(readFileSync(new URL('./results-file.schema.json', import.meta.url), 'utf8')) as {required: string[]};
    for (const field of schema.required) {
      const {[field as keyof typeof good]: _, ...without} = good;
      expect(parseResultsFile(JSON.stringify(without)).ok, field).toBe(false);
    }
  });
});

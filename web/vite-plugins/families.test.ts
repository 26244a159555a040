import {existsSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

import {describe, expect, it} from 'vitest';

import {parseCatalogue} from '../src/protocol/schema.js';
import {readCatalogue} from './catalogue.js';

const engineFolder = fileURLToPath(new URL('../engine/', import.meta.url));

describe.skipIf(!existsSync(`${engineFolder}catalogue.json`))('the engine of a family', () => {
  it.each(['engine', 'engine-sim'])('has the scenarios of its family and none of another (%s)', async (prefix) => {
    const {scenarios} = parseCatalogue(await readCatalogue());
    const families = [...new Set(scenarios.map((s) => s.family))];
    expect(families.length).toBeGreaterThan(1);
    for (const family of families) {
      const module = readFileSync(`${engineFolder}${prefix}-${family}.wasm`);
      const inside = scenarios.filter((s) => module.includes(s.promise)).map((s) => s.id);
      expect(inside, family).toEqual(scenarios.filter((s) => s.family === family).map((s) => s.id));
    }
  });
});

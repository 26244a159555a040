import {describe, expect, it} from 'vitest';

import {findCapability, plausibleCores, type Surroundings} from './capability.js';

const all: Surroundings = {isolated: true, sharedArrayBuffer: true, cores: 4, compiles: () => true, workerAnswers: async () => true};

describe('the capability chain', () => {
  it('gives threads when every link holds', async () => {
    expect(await findCapability(all)).toMatchObject({threads: true, wasm: true, reason: 'ok', cores: 4, threadCap: 16});
  });

  it.each<[string, Partial<Surroundings>, string]>([
    ['isolation', {isolated: false}, 'not-isolated'],
    ['SharedArrayBuffer', {sharedArrayBuffer: false}, 'no-shared-memory'],
    ['a worker that answers', {workerAnswers: async () => false}, 'no-answer'],
    ['a worker that can be made', {workerAnswers: async () => { throw new DOMException('no', 'SecurityError'); }}, 'no-answer'],
  ])('without %s gives sim, and says so in a sentence', async (_, missing, reason) => {
    const found = await findCapability({...all, ...missing});
    expect(found).toMatchObject({threads: false, wasm: true, reason});
    expect(found.text).toMatch(/simulated scheduler runs instead\.$/);
  });

  it('without WebAssembly gives nothing to run', async () => {
    expect(await findCapability({...all, compiles: () => false})).toMatchObject({threads: false, wasm: false, reason: 'no-wasm'});
  });

  it.each([[undefined, 1], [0, 1], [NaN, 1], [1, 1], [2.5, 2], [1e9, 1024]])('believes %s cores to be %i', (claimed, cores) => {
    expect(plausibleCores(claimed)).toBe(cores);
  });
});

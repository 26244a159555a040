import {expect, it} from 'vitest';

import {messageOf, whyNotStarted} from './why-not.js';

it.each<[unknown, string, RegExp]>([
  [new Error("Refused to compile because 'unsafe-eval' is not allowed by the Content Security Policy"), 'E_WASM_BLOCKED', /policy of this page/],
  [new RangeError('WebAssembly.Memory(): could not allocate memory'), 'E_MEMORY', /32 MB of memory that the explorer reserves/],
  [new TypeError('both async and sync fetching of the wasm failed'), 'E_NET', /explorer could not be fetched/],
  [new Error('function import requires a callable'), 'E_WORKER', /explorer did not start\. function import/],
  ['just text', 'E_WORKER', /just text/],
])('%s has the code %s', (error, code, words) => {
  const why = whyNotStarted(error, 'explorer', '32 MB');
  expect(why.code).toBe(code);
  expect(why.message).toMatch(words);
});

it('whatever was thrown has words', () => { expect([messageOf(new Error('x')), messageOf(undefined), messageOf(7)]).toEqual(['x', 'undefined', '7']); });

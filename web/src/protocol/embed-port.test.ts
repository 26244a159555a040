import * as v from 'valibot';
import {describe, expect, it} from 'vitest';

import {hostMessage, RateLimit, tokenAllowed} from './embed-port.js';

const yes = () => true;

describe('messages of a host', () => {
  it.each([
    {type: 'run', id: 1}, {type: 'set', values: {seed: '7', 'p.workers': '4'}}, {type: 'step', id: 2, count: 10},
    {type: 'visible', visible: false}, {type: 'tokens', tokens: {'--sluice-bg': '#fff'}}, {type: 'autorun'},
  ])('%j are understood', (message) => {
    expect(v.safeParse(hostMessage, message).success).toBe(true);
  });

  it.each([
    null, 'run', {}, {type: 'eval'}, {type: 'run', id: 'x'}, {type: 'step', count: 1e9}, {type: 'seek', t: NaN},
    {type: 'set', values: {a: 'x'.repeat(257)}}, {type: 'set', values: {a: {b: 1}}}, {type: 'visible', visible: 'yes'},
  ])('%j are dropped', (message) => {
    expect(v.safeParse(hostMessage, message).success).toBe(false);
  });
});

describe('a flood', () => {
  it('is noticed at the fifty-first message of a second, and forgiven after it', () => {
    const limit = new RateLimit(50);
    const answers = Array.from({length: 51}, (_, i) => limit.allow(i));
    expect(answers.indexOf(false)).toBe(50);
    expect(limit.allow(2000)).toBe(true);
  });
});

describe('tokens', () => {
  it('are colours, fonts and lengths', () => {
    expect(tokenAllowed('--sluice-bg', '#102030', yes)).toBe(true);
    expect(tokenAllowed('--sluice-font', 'Georgia, "Times New Roman", serif', yes)).toBe(true);
    expect(tokenAllowed('--sluice-radius', '2px', yes)).toBe(true);
  });

  it.each([
    ['--sluice-bg', 'url(https://evil.test/x)'], ['--sluice-bg', 'red; background: blue'], ['--sluice-bg', 'var(--x)'],
    ['--other', 'red'], ['__proto__', 'red'], ['--sluice-font', 'x</style>'], ['--sluice-bg', 'x'.repeat(200)],
  ])('%s: %s is not one', (name, value) => {
    expect(tokenAllowed(name, value, yes)).toBe(false);
  });
});

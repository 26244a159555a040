import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';

import {describe, expect, it} from 'vitest';
import {colour, cut, goFormOf, sources} from './scenario-code.js';

const source = ['#include <x>', 'namespace a {', '  // [show]', '  auto run(int n) -> task<int> {', '    co_return n;  // done', '  }', '  // [/show]', 'hidden', '  // [show]', '  "text";', '  // [/show]', '}'].join('\n');

describe('scenario code', () => {
  it('cuts what lies between the markers and keeps line numbers', () => {
    expect(cut(source).map((l) => [l.number, l.text])).toEqual([[4, 'auto run(int n) -> task<int> {'], [5, '  co_return n;  // done'], [6, '}'], [10, '"text";']]);
  });
  it('names the line of a marker without partner', () => {
    expect(() => cut('// [show]\nx', 'a.cpp')).toThrow('a.cpp:1');
    expect(() => cut('x\n// [/show]', 'a.cpp')).toThrow('a.cpp:2');
    expect(() => cut('// [show]\n// [show]\n', 'a.cpp')).toThrow('a.cpp:2');
  });
  it('colours without changing a character', async () => {
    const lines = cut(source), coloured = await colour(lines);
    expect(coloured.map(([n, tokens]) => [n, tokens.map((t) => t[1]).join('')])).toEqual(lines.map((l) => [l.number, l.text]));
    const all = coloured.flatMap(([, tokens]) => tokens);
    expect(all.find((t) => t[1].includes('// done'))?.[0]).toBe('c');
    expect(all.find((t) => t[1].includes('"text"'))?.[0]).toBe('s');
    expect(all.find((t) => t[1].includes('co_return'))?.[0]).toBe('k');
  }, 60_000);
  it('colours Go as Go', async () => {
    const [line] = await colour([{number: 1, text: 'for got := range there { // all of them'}], 'go');
    expect(line![1].find((t) => t[1].includes('range'))?.[0]).toBe('k');
    expect(line![1].find((t) => t[1].includes('// all'))?.[0]).toBe('c');
  }, 60_000);
  it('has a Go form beside its C++, by the name of the file', () => {
    expect(goFormOf('ping_pong.cpp')).toBe(join('go', 'ping_pong.go'));
    const forms = readdirSync(join(sources, 'go'));
    expect(forms.length).toBeGreaterThan(5);
    for (const form of forms) {
      expect(existsSync(join(sources, form.replace(/\.go$/, '.cpp'))), form).toBe(true);
      expect(cut(readFileSync(join(sources, 'go', form), 'utf8'), form).length, form).toBeGreaterThan(5);
    }
  });
});

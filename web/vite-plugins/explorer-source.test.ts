import {readFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';

import {explorerSource, sources} from './explorer-source.js';

const plugin = explorerSource(), load = (id: string) => plugin.load.call({addWatchFile: () => undefined}, id);

describe('the sources of what is explored', () => {
  it('are found by the name that steps carry', () => {
    expect([...sources().keys()]).toEqual(expect.arrayContaining(['treiber_stack.hpp', 'spsc_ring.hpp', 'hazard_domain.hpp']));
    expect([...sources().keys()].some((f) => /_all\.hpp$/.test(f))).toBe(false);
  });
  it('are fetched one by one, whole, with the numbers of their lines', async () => {
    const text = (await load('\0virtual:explorer-source/spsc_ring.hpp'))!, {lines} = JSON.parse(text.slice('export default '.length, -1)) as {lines: [number, [string, string][]][]};
    const source = readFileSync(sources().get('spsc_ring.hpp')!, 'utf8').trimEnd().split('\n');
    expect(lines.map(([n, tokens]) => [n, tokens.map((t) => t[1]).join('')])).toEqual(source.map((line, i) => [i + 1, line.trimEnd()]));
  }, 60_000);
  it('are those only', async () => {
    expect(await load('\0virtual:explorer-source/../../secret')).toBeUndefined();
    expect(await load('other')).toBeUndefined();
    expect(await load('\0virtual:explorer-source')).toContain('"spsc_ring.hpp": () => import("virtual:explorer-source/spsc_ring.hpp")');
  });
});

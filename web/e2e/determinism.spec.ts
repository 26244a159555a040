import {readFileSync} from 'node:fs';
import {fileURLToPath, pathToFileURL} from 'node:url';

import {describe, expect, inject, it} from 'vitest';

import type {EngineClient} from '../src/client/engine-client.js';
import type {Outcome} from '../src/protocol/run.js';
import type {Catalogue} from '../src/protocol/schema.js';
import type {EngineModule} from '../src/worker/engine-api.js';
import {Pages, waitForPhase} from './support/browser.js';

interface GoldenRun { readonly scenario: string; readonly params: string; readonly seed: string; readonly hash: string }

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const {runs} = JSON.parse(readFileSync(at('../../tests/golden/sim-hashes.json'), 'utf8')) as {runs: GoldenRun[]};
const {site, bare} = inject('sites');
const pages = new Pages();
const name = (run: GoldenRun) => `${run.scenario} ${run.params} seed ${run.seed}`;
const golden = Object.fromEntries(runs.map((run) => [name(run), run.hash]));

describe('a simulated run leaves the trace that the native build leaves', () => {
  it('knows at least two seeds of every scenario', () => {
    for (const scenario of ['worker-pool', 'pipeline', 'lock-free-queue'])
      expect(new Set(runs.filter((run) => run.scenario === scenario).map((run) => run.seed)).size).toBeGreaterThanOrEqual(2);
  });

  it.each(['engine-sim', 'engine'])('in node, with %s.mjs', async (module) => {
    const {default: create} = await import(pathToFileURL(at(`../engine/node/${module}.mjs`)).href) as {default: () => Promise<EngineModule>};
    const engine = await create();
    const found: Record<string, string> = {};
    for (const run of runs) {
      expect(JSON.parse(engine.start('sim', run.scenario, run.params, run.seed))).toEqual({ok: true});
      while (engine.slice(Infinity, 50) < 3);
      const outcome = JSON.parse(engine.outcomeJson()) as Outcome;
      expect(outcome.state).toBe('finished');
      found[name(run)] = outcome.traceHash;
    }
    expect(found).toEqual(golden);
  });

  it.each([['the module with threads', site], ['the module without', bare]])('in Chromium, with %s', async (_, base) => {
    const page = await pages.open(`${base}/?scenario=worker-pool`);
    await waitForPhase(page, 'idle');
    const found = await page.evaluate(async (runs) => {
      const {client, catalogue} = document.querySelector('sluice-app') as HTMLElement & {client: EngineClient; catalogue: Catalogue};
      const families = Object.fromEntries(catalogue.scenarios.map((s) => [s.id, s.family]));
      const found: Record<string, string> = {};
      for (const [i, run] of runs.entries()) {
        const ended = new Promise<void>((resolve) => {
          const look = () => {
            const {phase} = client.status;
            if (phase !== 'finished' && phase !== 'failed') return;
            client.removeEventListener('change', look);
            resolve();
          };
          queueMicrotask(() => client.addEventListener('change', look));
        });
        const params = Object.fromEntries(new URLSearchParams(run.params));
        // Every other run in small portions: how it is sliced must not show in the trace.
        await client.start({scenario: run.scenario, family: families[run.scenario]!, params, seed: run.seed, engine: 'sim', prefers: 'sim', speed: i % 2 ? 10 : 'max'});
        await ended;
        found[`${run.scenario} ${run.params} seed ${run.seed}`] = client.status.outcome?.traceHash ?? client.status.failure?.message ?? '';
      }
      return found;
    }, runs);
    expect(found).toEqual(golden);
  });
});

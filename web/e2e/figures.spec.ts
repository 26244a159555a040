import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

import {describe, expect, inject, it} from 'vitest';

import type {EngineClient} from '../src/client/engine-client.js';
import {expectSound, Pages, waitForPhase} from './support/browser.js';

// Times depend on the machine: they are taken on request, `SLUICE_DEEP=1`, and told with their spread.
const {site} = inject('sites');
const pages = new Pages();
const rounds = 9;
const nativeBench = fileURLToPath(new URL('../../build/native/native-bench', import.meta.url));

const median = (all: readonly number[]): number => [...all].sort((a, b) => a - b)[all.length >> 1]!;
const told = (all: readonly number[]): string => `median ${median(all).toFixed(0)}, from ${Math.min(...all).toFixed(0)} to ${Math.max(...all).toFixed(0)}`;

type App = HTMLElement & {client: EngineClient};

describe.runIf(process.env['SLUICE_DEEP'])('figures', () => {
  it('from navigation to an engine with four threads at work', async () => {
    const ready = () => {
      const {client} = document.querySelector('sluice-app') as App;
      return client.start({scenario: 'worker-pool', family: 'pools', params: {workers: 4, jobs: 10_000_000, work: 200}, seed: '7', engine: 'threads', prefers: 'threads'})
        .then(() => performance.now());
    };
    const cold: number[] = [];
    for (let i = 0; i < rounds; i++) {
      const page = await pages.open(`${site}/?scenario=worker-pool`);
      await waitForPhase(page, 'idle');
      cold.push(await page.evaluate(ready));
      await page.evaluate(() => (document.querySelector('sluice-app') as App).client.dispose());
      await page.close();
    }
    const page = await pages.open(`${site}/?scenario=worker-pool`);
    const warm: number[] = [];
    for (let i = 0; i < rounds; i++) {
      await page.reload();
      await waitForPhase(page, 'idle');
      warm.push(await page.evaluate(ready));
      await page.evaluate(() => (document.querySelector('sluice-app') as App).client.stop());
    }
    console.info(`engine at work after navigation: cold ${told(cold)} ms; warm ${told(warm)} ms`);
    expect(warm.length + cold.length).toBe(2 * rounds);
  }, 180_000);

  it.runIf(existsSync(nativeBench))('two workers and jobs of a millisecond: within 15 % of the native program', async () => {
    const page = await pages.open(`${site}/?scenario=worker-pool`);
    await waitForPhase(page, 'idle');
    const params = {workers: 2, work: 1000, jobs: 300, arrival: 'closed', spread: 'constant', 'when-full': 'wait'};
    const native: number[] = [];
    const browser: number[] = [];
    // Short samples with rests between them: shared machines slow down whoever keeps two cores busy for long.
    const rest = () => new Promise((resolve) => setTimeout(resolve, 1500));
    for (let i = 0; i < rounds; i++) {
      await rest();
      const flags = Object.entries(params).map(([id, value]) => `--${id}=${value}`);
      const summary = JSON.parse(execFileSync(nativeBench, ['--scenario=worker-pool', ...flags, '--seed=7', '--engine=threads', '--rounds=1', '--json'], {stdio: ['ignore', 'pipe', 'ignore']}).toString()) as {itemsPerSecond: {median: number}};
      native.push(summary.itemsPerSecond.median);
      await rest();
      await page.evaluate((params) => (document.querySelector('sluice-app') as App).client.start({scenario: 'worker-pool', family: 'pools', params, seed: '7', engine: 'threads', prefers: 'threads'}), params);
      const {outcome} = await waitForPhase(page, 'finished', 'failed');
      expectSound(outcome);
      browser.push(outcome.itemsOut / (outcome.elapsedNs / 1e9));
    }
    const ratio = median(browser) / median(native);
    console.info(`jobs a second: native ${told(native)}; Chromium ${told(browser)}; ratio ${ratio.toFixed(3)}`);
    expect(ratio).toBeGreaterThan(0.85);
    expect(ratio).toBeLessThan(1.15);
  }, 180_000);
});

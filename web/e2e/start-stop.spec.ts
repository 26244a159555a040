import type {Page} from 'playwright-core';
import {describe, expect, inject, it} from 'vitest';

import type {EngineClient} from '../src/client/engine-client.js';
import {expectSound, Pages, pressRun, statusOf, waitForPhase} from './support/browser.js';

const {site} = inject('sites');
const pages = new Pages();
/** Long enough not to end by itself. */
const long = 'p.jobs=10000000&p.work=1000';

interface App extends HTMLElement { client: EngineClient }

/** Milliseconds from the click on Stop to the page knowing that nothing runs. */
function stopTime(page: Page): Promise<{ms: number; acknowledged: boolean}> {
  return page.evaluate(async () => {
    const {client} = document.querySelector('sluice-app') as App;
    const before = performance.now();
    await client.stop();
    return {ms: performance.now() - before, acknowledged: client.status.outcome !== undefined};
  });
}

const median = (all: number[]): number => [...all].sort((a, b) => a - b)[all.length >> 1]!;

describe('stop', () => {
  it.each(['threads', 'sim'] as const)('takes less than 100 ms in %s, wherever the run is', async (engine) => {
    const page = await pages.open(`${site}/?scenario=worker-pool&${long}&engine=${engine}`);
    const times = [];
    for (let round = 0; round < 5; round++) {
      await pressRun(page);
      await waitForPhase(page, 'running');
      times.push(await stopTime(page));
      expect((await statusOf(page)).phase).toBe('cancelled');
    }
    console.info(`stop in ${engine}: ${times.map((t) => `${t.ms.toFixed(0)}${t.acknowledged ? '' : ' (discarded)'}`).join(', ')} ms`);
    expect(median(times.map((t) => t.ms))).toBeLessThan(100);
    // Mostly because the engine obeyed, not because it was thrown away.
    expect(times.filter((t) => t.acknowledged).length).toBeGreaterThanOrEqual(3);
  });

  it('by the button ends the run and keeps the picture', async () => {
    const page = await pages.open(`${site}/?scenario=worker-pool&${long}&engine=threads`);
    await pressRun(page);
    await waitForPhase(page, 'running');
    await page.getByRole('button', {name: 'Stop'}).click();
    await waitForPhase(page, 'cancelled');
    await page.getByRole('button', {name: 'Run', exact: true}).first().waitFor();
  });

  it('frees a run that is paused', async () => {
    const page = await pages.open(`${site}/?scenario=worker-pool&${long}&engine=threads`);
    await pressRun(page);
    await waitForPhase(page, 'running');
    await page.getByRole('button', {name: 'Pause'}).first().click();
    await waitForPhase(page, 'paused');
    expect((await stopTime(page)).ms).toBeLessThan(250);
    expect((await statusOf(page)).phase).toBe('cancelled');
  });
});

describe('fifty times start and stop', () => {
  it.each(['threads', 'sim'] as const)('in %s leave no more workers and no more memory than the first few', async (engine) => {
    const page = await pages.open(`${site}/?scenario=worker-pool&${long}&engine=${engine}`);
    const rounds = (count: number) => page.evaluate(async ({count, engine}) => {
      const {client} = document.querySelector('sluice-app') as App;
      for (let i = 0; i < count; i++) {
        await client.start({scenario: 'worker-pool', family: 'pools', params: {workers: 2, jobs: 10_000_000, work: 1000}, seed: '7', engine, prefers: engine});
        client.poll();
        await client.stop();
      }
    }, {count, engine});
    // Page and workers together, after collecting garbage; the engine's own memory has a fixed size.
    const heap = async () => {
      const cdp = await page.context().newCDPSession(page);
      for (let i = 0; i < 3; i++) await cdp.send('HeapProfiler.collectGarbage');
      await cdp.detach();
      // A worker that ends while it is asked may leave the question open for ever: then it is put again.
      return page.evaluate(async () => {
        const {measureUserAgentSpecificMemory: measure} = performance as unknown as {measureUserAgentSpecificMemory(): Promise<{bytes: number}>};
        for (let tries = 0; tries < 3; tries++) {
          const answer = await Promise.race([measure.call(performance), new Promise<undefined>((resolve) => setTimeout(resolve, 5000))]);
          if (answer) return answer.bytes;
        }
        throw new Error('the browser does not say how much memory is in use');
      });
    };
    await rounds(5);
    const workersBefore = (await pages.workers()).length;
    const heapBefore = await heap();
    await rounds(50);
    expect((await pages.workers()).length).toBeLessThanOrEqual(workersBefore + 1);
    const growth = await heap() - heapBefore;
    console.info(`fifty rounds in ${engine}: ${(growth / 1000).toFixed(0)} kB more than ${(heapBefore / 1e6).toFixed(1)} MB`);
    expect(growth).toBeLessThan(3e6);
    const bytes = await page.evaluate(() => (document.querySelector('sluice-app') as App).client.module?.memoryBytes);
    expect(bytes).toBeLessThanOrEqual(256 * 1024 * 1024);
  });
});

describe('one page', () => {
  it.each(['threads', 'sim'] as const)('that goes from one family of scenarios to another has one engine at a time, and both run (%s)', async (engine) => {
    const page = await pages.open(`${site}/?scenario=worker-pool`);
    await waitForPhase(page, 'idle');
    for (const [scenario, family, params] of [['worker-pool', 'pools', {jobs: 200, work: 50}], ['pipeline', 'flow', {items: 200}], ['worker-pool', 'pools', {jobs: 200, work: 50}]] as const) {
      await page.evaluate(async (request) => {
        await (document.querySelector('sluice-app') as App).client.start({...request, seed: '7', speed: 'max', prefers: request.engine});
      }, {scenario, family, params, engine});
      expectSound((await waitForPhase(page, 'finished', 'failed')).outcome);
      expect(await page.evaluate(() => (document.querySelector('sluice-app') as App).client.module?.family)).toBe(family);
      expect((await pages.workers()).filter((w) => w.includes('sluice-engine'))).toHaveLength(1);
    }
  });

  it('takes the engine over from another when a reader presses Run there', async () => {
    const first = await pages.open(`${site}/?scenario=worker-pool&${long}&engine=sim`);
    await pressRun(first);
    await waitForPhase(first, 'running');
    const second = await first.context().newPage();
    await second.goto(`${site}/?scenario=worker-pool&${long}&engine=sim`);
    await pressRun(second);
    await waitForPhase(second, 'running');
    expect((await waitForPhase(first, 'failed')).failure?.code).toBe('E_INTERRUPTED');
    expect((await pages.workers()).filter((w) => w.includes('sluice-engine'))).toHaveLength(1);
  });
});

import type {Page} from 'playwright-core';
import {describe, expect, inject, it} from 'vitest';

import {expectSound, Pages, pressRun, statusOf, waitForPhase} from './support/browser.js';

const {site} = inject('sites');
const pages = new Pages();
const long = 'scenario=worker-pool&p.jobs=10000000&p.work=1000';
const short = 'scenario=worker-pool&p.jobs=300&p.work=100&speed=max';
const provoked = /provoked|worker sent an error|ERR_FAILED|ERR_CONNECTION|Failed to load resource|wasm|fetch|Aborted|falling back/i;

const engineWorker = (page: Page) => page.workers().find((w) => /main\.worker/.test(w.url()))!;

/** The next run works, with a new engine. */
async function runsAgain(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const {client} = document.querySelector('sluice-app') as HTMLElement & {client: import('../src/client/engine-client.js').EngineClient};
    await client.start({scenario: 'worker-pool', family: 'pools', params: {jobs: 200, work: 50}, seed: '7', engine: 'auto', prefers: 'threads', speed: 'max'});
  });
  expectSound((await waitForPhase(page, 'finished', 'failed')).outcome);
}

describe('when the engine breaks', () => {
  it.each(['threads', 'sim'])('an error in its worker becomes E_ABORT, said on the page, and the next run works (%s)', async (engine) => {
    const page = await pages.open(`${site}/?${long}&engine=${engine}`, {provoked});
    await pressRun(page);
    await waitForPhase(page, 'running');
    await engineWorker(page).evaluate(() => { setTimeout(() => { throw new Error('provoked'); }); });
    const {failure} = await waitForPhase(page, 'failed');
    expect(failure).toMatchObject({code: 'E_ABORT', message: expect.stringContaining('provoked') as string});
    await page.getByText('E_ABORT').first().waitFor();
    await expect.poll(async () => (await pages.workers()).filter((w) => /em-pthread|sluice-engine/.test(w)), {timeout: 5000}).toEqual([]);
    await runsAgain(page);
  });

  it('an error in one of its threads does the same', async () => {
    const page = await pages.open(`${site}/?${short}&engine=threads`, {provoked});
    await pressRun(page);
    await waitForPhase(page, 'finished');
    const before = await pages.workers();
    const thread = page.workers().find((w) => w !== engineWorker(page))!;
    await thread.evaluate(() => { setTimeout(() => { throw new Error('provoked'); }); });
    await expect.poll(async () => (await pages.workers()).length, {timeout: 5000}).toBeLessThan(before.length);
    await runsAgain(page);
  });

  it('a worker that falls silent is noticed, and no promise is left waiting', async () => {
    const page = await pages.open(`${site}/?${long}&engine=sim`, {provoked});
    await pressRun(page);
    await waitForPhase(page, 'running');
    await engineWorker(page).evaluate(() => { setTimeout(() => { for (;;); }); });
    const {failure} = await waitForPhase(page, 'failed');
    expect(failure?.code).toBe('E_HANG');
    await runsAgain(page);
  });

  it('a hanging engine can be stopped at once', async () => {
    const page = await pages.open(`${site}/?${long}&engine=sim`, {provoked});
    await pressRun(page);
    await waitForPhase(page, 'running');
    await engineWorker(page).evaluate(() => { setTimeout(() => { for (;;); }); });
    await page.getByRole('button', {name: 'Stop'}).click();
    await waitForPhase(page, 'cancelled');
    await runsAgain(page);
  });
});

describe('when the engine cannot be had', () => {
  it.each([
    ['its WebAssembly is missing', '**/*.wasm', 'E_NET'],
    ['its script is missing', '**/main.worker*', 'E_WORKER'],
  ])('because %s, the page says so and lives', async (_, pattern, code) => {
    const page = await pages.open(`${site}/?${short}&engine=sim`, {provoked});
    await page.context().route(pattern, (route) => route.abort());
    await pressRun(page);
    const {failure} = await waitForPhase(page, 'failed');
    expect(failure?.code).toBe(code);
    await page.getByText(code).first().waitFor();
    await page.context().unroute(pattern);
    await runsAgain(page);
  });

  it('because its WebAssembly is cut short, nothing of it runs', async () => {
    const page = await pages.open(`${site}/?${short}&engine=sim`, {provoked});
    await page.context().route('**/*.wasm', async (route) => {
      const response = await route.fetch();
      await route.fulfill({response, body: (await response.body()).subarray(0, 2000)});
    });
    await pressRun(page);
    const {failure} = await waitForPhase(page, 'failed');
    expect(failure?.code).toMatch(/^E_(WORKER|NET)$/);
  });

  it('because the device has no memory for it, the page says how much was asked for', async () => {
    const page = await pages.open(`${site}/?${short}&engine=threads`, {provoked});
    await page.context().route('**/main.worker*', async (route) => {
      const response = await route.fetch();
      const refuse = 'WebAssembly.Memory = class { constructor() { throw new RangeError("could not allocate memory"); } };';
      await route.fulfill({response, body: `${refuse}${await response.text()}`});
    });
    await pressRun(page);
    expect((await waitForPhase(page, 'failed')).failure).toMatchObject({code: 'E_MEMORY', message: expect.stringContaining('256 MB') as string});
  });

  it('because there is no WebAssembly, the page names the reason', async () => {
    const page = await pages.open(`${site}/?${short}`, {provoked, script: () => { Reflect.deleteProperty(globalThis, 'WebAssembly'); }});
    await pressRun(page);
    expect((await waitForPhase(page, 'failed')).failure?.code).toBe('E_WASM_BLOCKED');
  });
});

it('a run that needs more threads than the browser version allows is refused with the number', async () => {
  const page = await pages.open(`${site}/?scenario=worker-pool&p.workers=64&engine=threads`, {script: () => {
    Object.defineProperty(navigator, 'hardwareConcurrency', {value: 2});
  }});
  await pressRun(page);
  const status = await waitForPhase(page, 'failed', 'finished', 'running');
  // The cap is 4 per core: 64 where there are 16.
  const cores = await engineWorker(page).evaluate(() => navigator.hardwareConcurrency);
  if (cores * 4 < 64) expect(status.failure).toMatchObject({code: 'E_LIMIT', message: expect.stringContaining(`${4 * cores} is the most`) as string});
  else expect((await statusOf(page)).failure).toBeUndefined();
});

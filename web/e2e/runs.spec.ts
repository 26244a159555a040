import {describe, expect, inject, it} from 'vitest';

import {expectSound, Pages, pressRun, statusOf, waitForPhase} from './support/browser.js';

const {site} = inject('sites');
const pages = new Pages();

/** Small enough to end within a second or two on one core. */
const small = [
  ['worker-pool', 'p.jobs=400&p.work=100'],
  ['pipeline', 'p.items=400'],
  ['lock-free-queue', 'p.operations=20000'],
] as const;

describe('every scenario runs to a sound end', () => {
  for (const engine of ['threads', 'sim'] as const)
    for (const [scenario, params] of small)
      it(`${scenario} in ${engine}`, async () => {
        const page = await pages.open(`${site}/?scenario=${scenario}&${params}&engine=${engine}&speed=max&seed=7`);
        await pressRun(page);
        const status = await waitForPhase(page, 'finished', 'failed');
        expect(status.failure).toBeUndefined();
        expect(status.engine).toBe(engine);
        expectSound(status.outcome);
        expect(status.outcome.engine).toContain(engine);
      });
});

it('a run waits for the reader: nothing starts by itself on a scenario page', async () => {
  const page = await pages.open(`${site}/?scenario=worker-pool`);
  await page.getByRole('button', {name: 'Run', exact: true}).first().waitFor();
  expect((await statusOf(page)).phase).toBe('idle');
  expect((await pages.workers()).filter((w) => /em-pthread/.test(w))).toEqual([]);
});

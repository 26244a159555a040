import {createRequire} from 'node:module';
import {readFileSync} from 'node:fs';

import type {AxeResults, RunOptions} from 'axe-core';
import type {Frame, Page} from 'playwright-core';
import {describe, expect, inject, it} from 'vitest';

import {Pages, pressRun, waitForPhase} from './support/browser.js';

const {site} = inject('sites');
const pages = new Pages();
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

async function expectAccessible(page: Page | Frame): Promise<void> {
  // A colour on its way to another is neither.
  await page.evaluate(() => {
    for (const duration of ['--quick', '--settle']) document.documentElement.style.setProperty(duration, '0ms');
    const roots: (Document | ShadowRoot)[] = [document];
    for (const root of roots) for (const element of root.querySelectorAll('*')) if (element.shadowRoot) roots.push(element.shadowRoot);
    return Promise.all(roots.flatMap((root) => root.getAnimations()).filter((animation) => animation.effect?.getComputedTiming().endTime !== Infinity).map((animation) => animation.finished.catch(() => undefined)));
  });
  await page.evaluate(axeSource);
  const found = await page.evaluate(() => (globalThis as unknown as {axe: {run(options: RunOptions): Promise<AxeResults>}}).axe.run({
    resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }));
  expect(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')} ${v.nodes[0]?.failureSummary ?? ''}`)).toEqual([]);
}

for (const theme of ['light', 'dark'] as const)
  describe(`in ${theme}, axe finds nothing`, () => {
    const open = (path: string, provoked?: RegExp) => pages.open(`${site}/${path}`, {colorScheme: theme, bypassCSP: true, ...(provoked ? {provoked} : {})});

    it('on the home page', async () => {
      const page = await open('');
      await page.getByRole('button', {name: /^(Run|Pause|Resume)$/}).first().waitFor();
      await expectAccessible(page);
    });

    it.each(['worker-pool', 'pipeline', 'lock-free-queue'])('on the page of %s, idle', async (scenario) => {
      const page = await open(`?scenario=${scenario}`);
      await page.getByRole('button', {name: 'Run', exact: true}).first().waitFor();
      await expectAccessible(page);
    });

    it('on a scenario page while it runs, paused, and finished', async () => {
      const page = await open('?scenario=worker-pool&p.jobs=10000000&p.work=200&engine=sim');
      await pressRun(page);
      await waitForPhase(page, 'running');
      await expectAccessible(page);
      await page.getByRole('button', {name: 'Pause'}).first().click();
      await waitForPhase(page, 'paused');
      await expectAccessible(page);
      await page.getByRole('button', {name: 'Stop'}).first().click();
      await waitForPhase(page, 'cancelled');
      await page.goto(`${site}/?scenario=worker-pool&p.jobs=200&p.work=50`);
      await pressRun(page);
      await waitForPhase(page, 'finished');
      await expectAccessible(page);
    });

    it('on a scenario page whose engine broke, and on one that does not exist', async () => {
      const page = await open('?scenario=worker-pool&p.jobs=10000000&p.work=200&engine=sim', /provoked/);
      await pressRun(page);
      await waitForPhase(page, 'running');
      await page.workers().find((w) => /main\.worker/.test(w.url()))!.evaluate(() => { setTimeout(() => { throw new Error('provoked'); }); });
      await page.getByText('E_ABORT').first().waitFor();
      await expectAccessible(page);
      await page.goto(`${site}/?scenario=worker-pol`);
      await page.getByText('E_SCENARIO').first().waitFor();
      await expectAccessible(page);
    });

    it('in the frame of an embed: idle, running, finished, with notes, lost', async () => {
      const page = await open('embed.html?scenario=worker-pool&p.workers=900&p.jobs=10000000&p.work=200&engine=sim');
      await page.getByText(/64 is the most/).first().waitFor();
      await expectAccessible(page);
      await page.getByRole('button', {name: 'Run', exact: true}).click();
      await page.getByRole('button', {name: 'Pause'}).waitFor();
      await expectAccessible(page);
      await page.getByRole('button', {name: 'Stop'}).click();
      await page.getByRole('button', {name: 'Run', exact: true}).waitFor();
      await expectAccessible(page);
      await page.goto(`${site}/embed.html?scenario=pipeline&controls=full`);
      await page.getByRole('button', {name: 'Run', exact: true}).waitFor();
      await expectAccessible(page);
      await page.goto(`${site}/embed.html?scenario=nothing`);
      await page.getByText('E_SCENARIO').waitFor();
      await expectAccessible(page);
    });
  });

describe('a keyboard', () => {
  it('is enough to run, stop and read a scenario', async () => {
    const page = await pages.open(`${site}/?scenario=worker-pool&p.jobs=10000000&p.work=200&engine=sim`);
    await page.getByRole('button', {name: 'Run', exact: true}).first().waitFor();
    const reach = async (name: RegExp) => {
      for (let i = 0; i < 60; i++) {
        await page.keyboard.press('Tab');
        const at = await page.evaluate(() => {
          let element: Element | null = document.activeElement;
          while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
          return element?.textContent?.trim() ?? '';
        });
        if (name.test(at)) return;
      }
      throw new Error(`${String(name)} cannot be reached`);
    };
    await reach(/^Run$/);
    await page.keyboard.press('Enter');
    await waitForPhase(page, 'running');
    await reach(/^Stop$/);
    await page.keyboard.press('Enter');
    await waitForPhase(page, 'cancelled');
  });
});

describe('a narrow page', () => {
  it.each(['/', '/?scenario=worker-pool', '/?scenario=pipeline', '/embed.html?scenario=worker-pool'])('of 360 px scrolls in one direction only: %s', async (path) => {
    const page = await pages.open(site + path, {viewport: {width: 360, height: 740}});
    await page.getByRole('button', {name: /^(Run|Pause)/}).first().waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  });
});

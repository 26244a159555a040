import {createRequire} from 'node:module';
import {readFileSync} from 'node:fs';

import type {AxeResults, RunOptions} from 'axe-core';
import type {Page} from 'playwright-core';
import {describe, expect, inject, it} from 'vitest';

import type {ExploreSession} from '../src/views/explore-session.js';
import {Pages, pressRun} from './support/browser.js';

const {site, bare, host} = inject('sites');
const pages = new Pages();
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Explorer extends HTMLElement { session: ExploreSession }

/** Enough executions not to be over before the reader has looked. */
const long = 'explore=treiber-stack&setup=push.1&t1=push.2,pop,push.3&t2=pop,push.4,pop&t3=push.5,pop,pop&stop=never';

const verdict = (page: Page) => page.locator('sluice-explore .verdict');
/** The exploration has come to an end: Run is there again, and the sentence speaks of executions. */
async function ended(page: Page): Promise<string> {
  await page.getByRole('button', {name: 'Run', exact: true}).waitFor({timeout: 30_000});
  return (await verdict(page).textContent()) ?? '';
}
const count = async (page: Page, label: string): Promise<number> =>
  Number(((await page.locator('sluice-explore sluice-figures .head', {hasText: label}).locator('dd').textContent()) ?? '').replace(/\D/g, ''));
const current = (page: Page) => page.locator('sluice-interleaving tr[aria-current=step]');
const stepNumber = async (page: Page): Promise<number> => Number(await current(page).getAttribute('data-step'));
const query = (page: Page) => new URL(page.url()).searchParams;

describe('the explorer', () => {
  it('opens with something that goes wrong, and explores nothing by itself', async () => {
    const page = await pages.open(`${site}/?explore`);
    await page.getByRole('button', {name: 'Run', exact: true}).waitFor();
    await page.getByText('wrong on purpose', {exact: true}).first().waitFor();
    expect(await verdict(page).textContent()).toContain('go wrong?');
    expect(await page.locator('sluice-interleaving').count()).toBe(0);
    await page.getByRole('link', {name: 'Explore'}).and(page.locator('[aria-current=page]')).waitFor();
  });

  it('is loaded by this view and by nothing else', async () => {
    const page = await pages.open(`${site}/`), asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.getByRole('button', {name: /^(Run|Pause)$/}).first().waitFor();
    expect(asked.filter((url) => /explore/.test(url))).toEqual([]);
    await page.getByRole('link', {name: 'Explore'}).click();
    await page.locator('sluice-explore').getByRole('button', {name: 'Run', exact: true}).waitFor();
    expect(asked.filter((url) => /explorer.*\.wasm$/.test(url))).toHaveLength(1);
  });

  it('finds the first execution that goes wrong, and shows where', async () => {
    const page = await pages.open(`${site}/?explore`);
    await pressRun(page);
    expect(await ended(page)).toMatch(/, in execution [\d\u202f]+\.$/);
    expect(await count(page, 'executions')).toBeGreaterThan(0);
    const fault = page.locator('sluice-interleaving tr.fault');
    await fault.getByText('goes wrong').waitFor();
    expect(await fault.getAttribute('aria-current')).toBe('step');
    await page.locator('sluice-step').getByText('Memory after this step').waitFor();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.locator('sluice-code li[aria-current=step]').waitFor();
  });

  it('keeps the execution and the step in the address; the link shows the same elsewhere', async () => {
    const page = await pages.open(`${site}/?explore`);
    await pressRun(page);
    await ended(page);
    await page.keyboard.press('ArrowLeft');
    await page.waitForFunction(() => new URL(location.href).searchParams.has('run'));
    await page.waitForTimeout(400);
    const rows = await page.locator('sluice-interleaving tbody').innerText(), at = await stepNumber(page);
    expect(Number(query(page).get('at'))).toBe(at);
    const again = await pages.open(page.url());
    await current(again).waitFor();
    expect(await again.locator('sluice-interleaving tbody').innerText()).toBe(rows);
    expect(await stepNumber(again)).toBe(at);
    expect(await count(again, 'executions')).toBe(0);
  });

  it('shares a link that spells out the program', async () => {
    const page = await pages.open(`${site}/?explore`, {permissions: ['clipboard-read', 'clipboard-write']});
    await pressRun(page);
    await ended(page);
    await page.getByRole('button', {name: 'Share'}).click();
    await page.getByRole('button', {name: /^Link/}).waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText().catch(() => location.href)), shared = new URL(link).searchParams;
    expect([...shared.keys()]).toEqual(expect.arrayContaining(['explore', 't1', 't2', 'mode', 'run']));
    const again = await pages.open(link);
    await current(again).waitFor();
    expect(await stepNumber(again)).toBe(await stepNumber(page));
  });

  it('visits every execution of what is right, and says so', async () => {
    const page = await pages.open(`${site}/?explore=treiber-stack&setup=push.1&t1=pop&t2=push.2`);
    await pressRun(page);
    expect(await ended(page)).toMatch(/^(Every one of [\d\u202f]+ executions|The only execution) is fine\.$/);
    const show = page.locator('sluice-outcomes').getByRole('button', {name: /^Show/}).first();
    await show.click();
    await current(page).waitFor();
    await page.locator('sluice-outcomes').getByRole('button', {name: /^In view/}).waitFor();
  });

  it('shows what only weak memory can do, and that stronger orders forbid it', async () => {
    const page = await pages.open(`${site}/?explore=store-buffering`);
    await pressRun(page);
    expect(await ended(page)).toContain('weak memory only');
    await page.locator('sluice-interleaving').getByText('old value').first().waitFor();
    await page.getByText('all seq_cst', {exact: true}).click();
    await pressRun(page);
    expect(await ended(page)).not.toContain('weak memory only');
  });

  it('gives the same figures every time', async () => {
    const figures = [];
    for (let i = 0; i < 2; i++) {
      const page = await pages.open(`${site}/?explore=treiber-stack&setup=push.1&t1=pop,push.2&t2=pop`);
      await pressRun(page);
      figures.push([await ended(page), await count(page, 'executions'), await count(page, 'pruned')]);
    }
    expect(figures[0]).toEqual(figures[1]);
  });

  it('counts while it explores, stops within a blink, and keeps the page at the hand', async () => {
    const page = await pages.open(`${site}/?${long}`);
    await pressRun(page);
    await page.getByText(/executions so far/).waitFor();
    const before = await count(page, 'executions');
    await page.waitForFunction((n) => ((document.querySelector('sluice-explore') as Explorer).session.progress?.executions ?? 0) > n, before);
    const frames = await page.evaluate(async () => {
      const between: number[] = [];
      await new Promise<void>((resolve) => {
        const begun = performance.now();
        let last = begun;
        const frame = (now: number) => { between.push(now - last); last = now; if (now - begun < 1500) requestAnimationFrame(frame); else resolve(); };
        requestAnimationFrame(frame);
      });
      return between.sort((a, b) => a - b);
    });
    expect(frames[frames.length >> 1]).toBeLessThan(34);
    const ms = await page.evaluate(async () => {
      const {session} = document.querySelector('sluice-explore') as Explorer, begun = performance.now();
      await session.stop();
      return performance.now() - begun;
    });
    console.info(`stop: ${ms.toFixed(0)} ms`);
    expect(ms).toBeLessThan(250);
    expect(await ended(page)).toMatch(/^Stopped after [\d\u202f]+ executions\./);
  });

  it('needs no isolation', async () => {
    const page = await pages.open(`${bare}/?explore`);
    await pressRun(page);
    expect(await ended(page)).toContain('in execution');
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
  });

  it('leaves nothing behind when the reader goes elsewhere', async () => {
    const page = await pages.open(`${site}/?${long}`);
    await pressRun(page);
    await page.getByText(/executions so far/).waitFor();
    await page.getByRole('link', {name: 'Bench'}).click();
    await page.locator('sluice-home').waitFor();
    await page.waitForTimeout(200);
    expect((await pages.workers()).filter((w) => /explorer/.test(w))).toEqual([]);
  });

  it('says what broke, keeps what is known, and runs again', async () => {
    const page = await pages.open(`${site}/?${long}`, {provoked: /provoked/});
    await pressRun(page);
    await page.getByText(/executions so far/).waitFor();
    await page.workers().find((w) => /explorer/.test(w.url()))!.evaluate(() => { setTimeout(() => { throw new Error('provoked'); }); });
    await page.getByText('E_ABORT').first().waitFor();
    expect(await count(page, 'executions')).toBeGreaterThan(0);
    await page.getByRole('button', {name: 'Run again'}).click();
    await page.getByText(/executions so far/).waitFor();
  });

  it('says why it could not be fetched, and tries again', async () => {
    const page = await pages.open('about:blank', {provoked: /explorer|ERR_FAILED|Failed to load/});
    await page.route(/explorer.*\.wasm$/, (route) => route.abort());
    await page.goto(`${site}/?explore`);
    await page.locator('sluice-strip[data-code^=E_]').first().waitFor();
    await page.unroute(/explorer.*\.wasm$/);
    await page.getByRole('button', {name: 'Try again'}).click();
    await page.getByRole('button', {name: 'Run', exact: true}).waitFor();
  });

  it('fits a link that asks for what cannot be, and says so', async () => {
    const page = await pages.open(`${site}/?explore=naive-stack&t1=fly,pop&t2=pop&limit=many`);
    await page.getByText(/“fly” cannot be called/).waitFor();
    await page.getByRole('button', {name: 'Understood'}).click();
    expect(await page.getByText(/cannot be called/).count()).toBe(0);
  });
});

describe('a keyboard', () => {
  it('steps both ways, from switch to switch, and to both ends', async () => {
    const page = await pages.open(`${site}/?explore`);
    await page.getByRole('button', {name: 'Run', exact: true}).focus();
    await page.keyboard.press('Space');
    await ended(page);
    await current(page).waitFor();
    const fault = await stepNumber(page);
    await page.keyboard.press('Home');
    const first = await stepNumber(page);
    expect(first).toBeLessThan(fault);
    await page.keyboard.press('ArrowRight');
    expect(await stepNumber(page)).toBe(first + 1);
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    expect(await stepNumber(page)).toBe(first - 1);
    await page.keyboard.press('.');
    expect(await stepNumber(page)).toBe(first);
    await page.keyboard.press('.');
    expect(await stepNumber(page)).toBeGreaterThan(first);
    await page.keyboard.press('End');
    expect(await stepNumber(page)).toBe(fault);
  });

  it('is enough to change the program; the limits are said in words', async () => {
    const page = await pages.open(`${site}/?explore=treiber-stack&setup=&t1=push.1&t2=pop`);
    await page.getByRole('button', {name: 'push 1, call 1 of Thread 1'}).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('spinbutton').fill('500');
    await page.keyboard.press('Tab');
    await page.getByText('99 is the most a value can be.').waitFor();
    await page.getByRole('button', {name: 'To thread 2', exact: true}).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', {name: 'push 99, call 2 of Thread 2'}).and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Delete');
    for (let i = 0; i < 4; i++) { await page.getByRole('button', {name: 'Add pop to Thread 2'}).focus(); await page.keyboard.press('Enter'); }
    await page.locator('section[aria-label="Thread 2"]').getByText('5 operations are the most.').waitFor();
    await page.waitForFunction(() => new URL(location.href).searchParams.get('t2') === 'pop,pop,pop,pop,pop');
  });

  it('that changes the program starts nothing, and takes the result away', async () => {
    const page = await pages.open(`${site}/?explore`);
    await pressRun(page);
    await ended(page);
    await current(page).waitFor();
    await page.getByRole('button', {name: /^Add pop to Thread 1/}).click();
    await page.getByText('Not explored yet.').waitFor();
    expect(await page.locator('sluice-interleaving').count()).toBe(0);
    await page.waitForFunction(() => !new URL(location.href).searchParams.has('run'));
  });
});

describe('scenarios that are explored', () => {
  it('have the explorer in place of the run, on their page', async () => {
    const page = await pages.open(`${site}/?scenario=aba`);
    await page.locator('sluice-explore').getByRole('button', {name: 'Run', exact: true}).click();
    expect(await ended(page)).toContain('in execution');
    expect(query(page).get('scenario')).toBe('aba');
    expect(await page.locator('sluice-runbar, sluice-pictures').count()).toBe(0);
    await page.locator('sluice-explored > *, sluice-code').first().waitFor();
  });

  it('and in an embed, which its host can start and stop', async () => {
    const page = await pages.open(`${host}/element?scenario=aba`);
    await page.evaluate(() => (document.querySelector('sluice-demo') as HTMLElement & {run(): Promise<void>}).run());
    const frame = page.frameLocator('iframe');
    await frame.locator('sluice-interleaving tr.fault').waitFor();
    await page.waitForFunction(() => (document.querySelector('sluice-demo') as HTMLElement & {state: string}).state === 'done');
  });
});

async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const duration of ['--quick', '--settle']) document.documentElement.style.setProperty(duration, '0ms');
    return Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => undefined)));
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

    it('before a run, while an operation is changed', async () => {
      const page = await open('?explore');
      await page.getByRole('button', {name: /call 1 of Setup$/}).click();
      await expectAccessible(page);
    });
    it('while it explores, and stopped', async () => {
      const page = await open(`?${long}`);
      await pressRun(page);
      await page.getByText(/executions so far/).waitFor();
      await expectAccessible(page);
      await page.getByRole('button', {name: 'Stop'}).click();
      await ended(page);
      await expectAccessible(page);
    });
    it('with an execution that goes wrong, its setup in view', async () => {
      const page = await open('?explore');
      await pressRun(page);
      await ended(page);
      await current(page).waitFor();
      await expectAccessible(page);
      await page.locator('sluice-interleaving').getByRole('button', {name: 'Show'}).click();
      await expectAccessible(page);
    });
    it('with a litmus test, and a link with errors', async () => {
      const page = await open('?explore=store-buffering');
      await pressRun(page);
      await ended(page);
      await expectAccessible(page);
      await page.goto(`${site}/?explore=nonsense`);
      await page.getByText('E_PARAM').first().waitFor();
      await expectAccessible(page);
    });
  });

describe('a narrow page', () => {
  it.each(['/?explore', '/?explore=work-stealing-deque&mode=random', '/?explore=store-buffering', '/?scenario=aba'])('of 360 px scrolls in one direction only: %s', async (path) => {
    const page = await pages.open(site + path, {viewport: {width: 360, height: 740}});
    await pressRun(page);
    await ended(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  });
});

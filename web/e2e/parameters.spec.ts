import {describe, expect, inject, it} from 'vitest';

import {expectSound, Pages, pressRun, waitForPhase} from './support/browser.js';

const {site} = inject('sites');
const pages = new Pages();

describe('a link with bad parameters', () => {
  it.each([
    ['p.workers=1000', /64 is the most/], ['p.workers=0', /1 is the least/], ['p.workers=NaN', /needs a number/], ['p.workers=1.5', /whole number/],
    ['p.arrival=never', /is one of/], ['seed=xyz', /hex digits/], ['engine=gpu', /engine is one of/], ['utm_source=x&p.colour=red', /Ignored: utm_source, p\.colour/],
  ])('%s is shown with a sentence, and still runs', async (query, sentence) => {
    const page = await pages.open(`${site}/?scenario=worker-pool&p.jobs=100&p.work=50&${query}`);
    await page.getByText(sentence).first().waitFor();
    await page.getByRole('button', {name: 'Run', exact: true}).first().waitFor();
  });

  it('that holds a value twice takes the first', async () => {
    const page = await pages.open(`${site}/?scenario=worker-pool&p.workers=2&p.workers=3&p.jobs=100&p.work=50`);
    await pressRun(page);
    expect((await waitForPhase(page, 'finished')).request!.params['workers']).toBe(2);
  });

  it('to no scenario shows the nearest, as links that work', async () => {
    const page = await pages.open(`${site}/?scenario=worker-pol`);
    await page.getByText('E_SCENARIO').waitFor();
    await page.getByRole('main').getByRole('link', {name: 'Worker pool'}).click();
    await page.getByRole('heading', {level: 1, name: 'Worker pool'}).waitFor();
  });

  it.each([
    ['damaged', '#s=AAAA', 'E_PARAM'], ['too long', `#s=${'A'.repeat(70_000)}`, 'E_PARAM'], ['no link at all', '#s=<script>', 'E_PARAM'],
    ['a query too long', `?scenario=worker-pool&x=${'y'.repeat(5000)}`, 'E_PARAM'], ['of a newer version', '?scenario=worker-pool&v=99', 'E_VERSION'],
  ])('that is %s says so instead of showing nothing', async (_, rest, code) => {
    const page = await pages.open(`${site}/${rest}`);
    await page.getByText(code).first().waitFor();
  });

  it('cannot put a script into the page', async () => {
    const payloads = ['<img src=x onerror=alert(1)>', '"><svg onload=alert(1)>', 'javascript:alert(1)', '{{constructor.constructor("alert(1)")()}}', '\u0000<script>alert(1)</script>', '${alert(1)}'];
    const page = await pages.open(`${site}/`);
    let alerted = false;
    page.on('dialog', (dialog) => { alerted = true; void dialog.dismiss(); });
    for (const payload of payloads) {
      const p = encodeURIComponent(payload);
      await page.goto(`${site}/?scenario=worker-pool&seed=${p}&engine=${p}&view=${p}&p.workers=${p}&p.${p}=1&${p}=${p}`);
      await page.getByRole('heading', {level: 1}).first().waitFor();
      expect(await page.evaluate(() => [...document.querySelectorAll('a')].filter((a) => a.protocol === 'javascript:').length)).toBe(0);
    }
    expect(alerted).toBe(false);
  });
});

it('a share link reproduces the run: same parameters, same seed, same trace', async () => {
  const page = await pages.open(`${site}/?scenario=pipeline&p.items=200&seed=c0ffee&engine=sim&speed=max`, {permissions: ['clipboard-read', 'clipboard-write']});
  await pressRun(page);
  const first = (await waitForPhase(page, 'finished', 'failed')).outcome;
  expectSound(first);
  await page.getByRole('button', {name: /Share/}).first().click();
  await page.getByRole('button', {name: /copied/i}).first().waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toMatch(/#s=[\w-]+$/);
  const again = await pages.open(link);
  await pressRun(again);
  const second = (await waitForPhase(again, 'finished', 'failed')).outcome;
  expectSound(second);
  expect(second.params).toEqual(first.params);
  expect(second.traceHash).toBe(first.traceHash);
});

// browser — a Chromium with nothing to say to the outside, and pages that remember what went wrong in them.
import {existsSync} from 'node:fs';

import {chromium, type Browser, type BrowserContextOptions, type CDPSession, type Page} from 'playwright-core';
import {afterAll, afterEach, beforeAll, expect} from 'vitest';

import type {EngineClient, EnginePhase, EngineStatus} from '../../src/client/engine-client.js';
import type {Outcome} from '../../src/protocol/run.js';

const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/snap/bin/chromium'];

export async function launch(): Promise<Browser> {
  const executablePath = process.env['CHROME_PATH'] ?? candidates.find((path) => existsSync(path));
  if (!executablePath) throw new Error('No Chromium was found: set CHROME_PATH.');
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run',
      '--enable-blink-features=ForceEagerMeasureMemory'],
  });
}

/** One browser per file; every page gets its own context, and must end without an error nobody expected. */
export class Pages {
  browser!: Browser;
  #open: {page: Page; errors: string[]}[] = [];

  constructor() {
    beforeAll(async () => { this.browser = await launch(); });
    afterEach(async () => {
      const pages = this.#open.splice(0);
      for (const {page} of pages) await page.context().close();
      for (const {errors} of pages) expect(errors, 'errors on the console').toEqual([]);
    });
    afterAll(async () => { await this.browser?.close(); });
  }

  /** `provoked` are errors this test means to cause. */
  async open(url: string, options: BrowserContextOptions & {provoked?: RegExp; script?: () => void} = {}): Promise<Page> {
    const {provoked, script, ...context} = options;
    const page = await (await this.browser.newContext(context)).newPage();
    page.setDefaultTimeout(10_000);
    const errors: string[] = [];
    const note = (text: string) => { if (!provoked?.test(text)) errors.push(text); };
    page.on('console', (message) => { if (message.type() === 'error') note(message.text()); });
    page.on('pageerror', (error) => note(String(error)));
    page.on('requestfailed', (request) => {
      const why = request.failure()?.errorText ?? '';
      if (!/ERR_ABORTED/.test(why)) note(`${request.url()}: ${why}`);
    });
    this.#open.push({page, errors});
    if (script) await page.addInitScript(script);
    await page.goto(url);
    return page;
  }

  /** What the browser itself counts, pthreads and engine workers included. */
  async workers(): Promise<string[]> {
    const cdp: CDPSession = await this.browser.newBrowserCDPSession();
    try {
      const {targetInfos} = await cdp.send('Target.getTargets', {filter: [{}]} as never) as {targetInfos: {type: string; title: string; url: string}[]};
      return targetInfos.filter((target) => target.type === 'worker').map((target) => `${target.title} ${target.url}`);
    } finally {
      await cdp.detach();
    }
  }
}

interface App extends HTMLElement { client: EngineClient }

/** The state of the engine behind a page of the playground. */
export function statusOf(page: Page): Promise<EngineStatus> {
  return page.evaluate(() => (document.querySelector('sluice-app') as App).client.status);
}

export async function waitForPhase(page: Page, ...phases: EnginePhase[]): Promise<EngineStatus> {
  const handle = await page.waitForFunction((wanted) => {
    const status = (document.querySelector('sluice-app') as App | null)?.client?.status;
    return status && (wanted as string[]).includes(status.phase) ? status : false;
  }, phases);
  return await handle.jsonValue() as EngineStatus;
}

/** Starts what the page shows, as a reader does. */
export async function pressRun(page: Page): Promise<void> {
  await page.getByRole('button', {name: 'Run', exact: true}).first().click();
}

/** What holds after every finished run, whichever engine it was. */
export function expectSound(outcome: Outcome | undefined): asserts outcome is Outcome {
  expect(outcome, 'an outcome').toBeDefined();
  const o = outcome!;
  expect(o.state, o.failure).toBe('finished');
  expect(o.invariants.length).toBeGreaterThan(0);
  expect(o.invariants.filter((i) => !i.held)).toEqual([]);
  expect(o.itemsIn).toBeGreaterThan(0);
  // What a full queue refused never came in; what a leaving consumer left behind did, and counts as dropped.
  expect([o.itemsIn, o.itemsIn - o.dropped]).toContain(o.itemsOut);
  expect(o.elapsedNs).toBeGreaterThan(0);
  expect(o.itemsOut / o.elapsedNs).toBeGreaterThan(0);
  expect(o.latency.p50).toBeLessThanOrEqual(o.latency.p90);
  expect(o.latency.p90).toBeLessThanOrEqual(o.latency.p99);
  expect(o.utilisation).toBeGreaterThanOrEqual(0);
  expect(o.utilisation).toBeLessThanOrEqual(1);
  expect(o.traceHash).toMatch(/^[0-9a-f]{16}$/);
}

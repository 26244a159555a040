import {fileURLToPath} from 'node:url';

import type {Page} from 'playwright-core';
import {createServer} from 'vite';
import {describe, expect, inject, it} from 'vitest';

import {everyFile, headersFor} from '../hosting/headers.js';
import type {} from '../src/app/sluice-demo.js';
import type {EngineClient} from '../src/client/engine-client.js';
import type {Outcome} from '../src/protocol/run.js';
import {expectSound, Pages, pressRun, waitForPhase} from './support/browser.js';

const {site, bare, host} = inject('sites');
const pages = new Pages();
const demo = 'scenario=worker-pool&jobs=300&work=100';

/** Runs the demo of a host page through its element. */
function runElement(page: Page): Promise<{isolated: boolean; engine: string; outcome: Outcome}> {
  return page.evaluate(async () => {
    const element = document.querySelector('sluice-demo')!;
    await customElements.whenDefined('sluice-demo');
    const result = new Promise<Outcome>((resolve) => element.addEventListener('sluice-result', (e) => resolve((e as CustomEvent<Outcome>).detail)));
    await element.run();
    return {isolated: element.isolated, engine: element.engineInUse, outcome: await result};
  });
}

describe('the headers', () => {
  it('of the built pages are all there, on pages, scripts, workers and WebAssembly', async () => {
    const page = await pages.open(`${site}/?scenario=worker-pool&p.jobs=100&p.work=50&engine=threads`);
    const seen = new Map<string, Record<string, string>>();
    page.context().on('response', (response) => seen.set(new URL(response.url()).pathname, response.headers()));
    await page.reload();
    await pressRun(page);
    await waitForPhase(page, 'finished');
    const files = [...seen.keys()];
    for (const kind of [/^\/$/, /\.js$/, /\.css$/]) expect(files.some((f) => kind.test(f)), String(kind)).toBe(true);
    for (const path of ['/embed.html', '/sluice-demo.js', ...files]) {
      const headers = (await page.request.get(site + path)).headers();
      for (const [name, value] of Object.entries(headersFor(path))) expect(headers[name.toLowerCase()], `${path} ${name}`).toBe(value);
    }
    const wasm = files.find((f) => f.endsWith('.wasm'));
    if (wasm) expect((await page.request.get(site + wasm)).headers()['content-type']).toBe('application/wasm');
  });

  it('of the dev server are there too: it serves the loader by its promised name, and threads run', async () => {
    const web = fileURLToPath(new URL('..', import.meta.url));
    const server = await createServer({root: web, configFile: `${web}vite.config.ts`, logLevel: 'silent', server: {port: 0, hmr: false, watch: null}});
    await server.listen();
    try {
      const base = server.resolvedUrls!.local[0]!;
      for (const path of ['', 'embed.html', 'sluice-demo.js', 'src/app/main.ts', 'src/worker/main.worker.ts?worker_file&type=module', 'no-such-file.js']) {
        const response = await fetch(base + path);
        for (const [name, value] of Object.entries(everyFile)) expect(response.headers.get(name), `${path} ${name}`).toBe(value);
      }
      expect(await (await fetch(`${base}sluice-demo.js`)).text()).toContain('sluice-demo');
      // What a cold dev server optimises for the first time makes it reload a page once.
      const page = await pages.open(`${base}?scenario=worker-pool&p.jobs=300&p.work=100&engine=threads`, {provoked: /504|Outdated Optimize Dep|dynamically imported/});
      const outcome = await page.waitForFunction(() => {
        const client = (document.querySelector('sluice-app') as HTMLElement & {client?: EngineClient} | null)?.client;
        if (client?.status.phase === 'idle')
          void client.start({scenario: 'worker-pool', family: 'pools', params: {jobs: 300, work: 100}, seed: '7', engine: 'threads', prefers: 'threads'}).catch(() => undefined);
        return client?.status.phase === 'finished' && client.status.outcome;
      }, undefined, {timeout: 40_000, polling: 200});
      expectSound(await outcome.jsonValue() as Outcome);
    } finally {
      await server.close();
    }
  });
});

it('nothing is asked of anybody else: no foreign request, no cookie, no stored trace of the reader', async () => {
  const page = await pages.open(`${host}/element?${demo}`);
  const asked: {url: string; referer: string | undefined}[] = [];
  page.context().on('request', (request) => asked.push({url: request.url(), referer: request.headers()['referer']}));
  await runElement(page);
  for (const path of ['/', '/?scenario=worker-pool&p.jobs=100&p.work=50']) {
    await page.goto(site + path);
    await page.waitForLoadState('networkidle');
  }
  const mine = [site, host];
  expect(asked.length).toBeGreaterThan(10);
  expect(asked.map((a) => a.url).filter((url) => /^https?:/.test(url) && !mine.includes(new URL(url).origin))).toEqual([]);
  // The host page learns nothing, and we learn of the host no more than its origin.
  expect(asked.filter((a) => a.url.startsWith(site) && a.referer && new URL(a.referer).origin === host && new URL(a.referer).pathname !== '/')).toEqual([]);
  expect(await page.context().cookies()).toEqual([]);
});

describe('a page', () => {
  it('with our headers has threads', async () => {
    const page = await pages.open(`${site}/?scenario=worker-pool&p.jobs=300&p.work=100`);
    await pressRun(page);
    expect(await waitForPhase(page, 'finished')).toMatchObject({engine: 'threads', capability: {threads: true, reason: 'ok'}});
    await page.getByText(/^Real threads/).first().waitFor();
  });

  it('without them runs simulated, says so, and is complete', async () => {
    const page = await pages.open(`${bare}/?scenario=worker-pool&p.jobs=300&p.work=100&speed=max`);
    await pressRun(page);
    const status = await waitForPhase(page, 'finished', 'failed');
    expect(status).toMatchObject({engine: 'sim', capability: {threads: false, reason: 'not-isolated'}});
    expectSound(status.outcome);
    await page.getByText(/^Simulated/).first().waitFor();
  });

  it('whose browser hides shared memory runs simulated', async () => {
    const page = await pages.open(`${site}/?scenario=worker-pool&p.jobs=300&p.work=100&speed=max`, {
      script: () => { Reflect.deleteProperty(globalThis, 'SharedArrayBuffer'); },
    });
    await pressRun(page);
    expect(await waitForPhase(page, 'finished', 'failed')).toMatchObject({phase: 'finished', engine: 'sim', capability: {reason: 'no-shared-memory'}});
  });

  it('without Web Locks and without Atomics.waitAsync still runs', async () => {
    const page = await pages.open(`${site}/?scenario=worker-pool&p.jobs=300&p.work=100`, {
      script: () => {
        Reflect.deleteProperty(Navigator.prototype, 'locks');
        Reflect.deleteProperty(Atomics, 'waitAsync');
      },
    });
    await pressRun(page);
    expectSound((await waitForPhase(page, 'finished', 'failed')).outcome);
  });
});

describe('an embed on another site', () => {
  it.each([
    ['in an ordinary page', '', true],
    ['in an isolated page', '&isolated', true],
    ['in a page with a strict policy', '&csp', true],
    ['from a server without our headers', '&bare', false],
  ])('%s', async (_, how, threads) => {
    const page = await pages.open(`${host}/element?${demo}${how}`);
    const {isolated, engine, outcome} = await runElement(page);
    expect({isolated, engine}).toEqual({isolated: threads, engine: threads ? 'threads' : 'sim'});
    expectSound(outcome);
  });

  it('as a plain iframe has threads and works by its own buttons', async () => {
    const page = await pages.open(`${host}/iframe?scenario=worker-pool&p.jobs=300&p.work=100&v=1`);
    const frame = page.frameLocator('iframe');
    await frame.getByRole('button', {name: 'Run', exact: true}).click();
    await frame.getByText(/Real threads · 4 workers/).waitFor();
    await frame.getByRole('status').filter({hasText: /^Finished/}).waitFor({state: 'attached'});
  });

  it('with isolation denied in an isolated page cannot be blocked into an error: it is simulated', async () => {
    const page = await pages.open(`${host}/iframe?bare&scenario=worker-pool&p.jobs=300&p.work=100&speed=max`);
    const frame = page.frameLocator('iframe');
    await frame.getByRole('button', {name: 'Run', exact: true}).click();
    await frame.getByRole('status').filter({hasText: /^Finished/}).waitFor({state: 'attached'});
    await frame.getByText(/^Simulated/).first().waitFor();
  });
});

import type {Page} from 'playwright-core';
import {describe, expect, inject, it} from 'vitest';

import type {} from '../src/app/sluice-demo.js';
import {Pages} from './support/browser.js';

const {site, host} = inject('sites');
const pages = new Pages();
const short = 'scenario=worker-pool&jobs=300&work=100&engine=sim&speed=10';
const long = 'scenario=worker-pool&jobs=10000000&work=1000&engine=sim';

const frameOf = (page: Page) => page.frameLocator('sluice-demo iframe');

describe('the element', () => {
  it('loads nothing but itself until somebody wants the demo', async () => {
    const page = await pages.open(`${host}/element?${short}`);
    await page.waitForFunction(() => customElements.get('sluice-demo'));
    const requests = await page.evaluate(() => performance.getEntriesByType('resource').map((r) => r.name));
    expect(requests.filter((r) => !r.endsWith('/sluice-demo.js') && !r.endsWith('/favicon.ico'))).toEqual([]);
    expect(await page.locator('iframe').count()).toBe(0);
    expect(await page.evaluate(() => document.querySelector('sluice-demo')!.state)).toBe('idle');
    await page.getByText('A pool of workers.').waitFor();
  });

  it('runs at a click, and tells its story in events', async () => {
    const page = await pages.open(`${host}/element?${short}`);
    await page.evaluate(() => {
      const story: string[] = [];
      (globalThis as {story?: string[]}).story = story;
      for (const name of ['ready', 'statechange', 'start', 'result', 'error'])
        document.addEventListener(`sluice-${name}`, (e) => {
          const {detail} = e as CustomEvent<{state?: string}>;
          story.push(detail.state && name === 'statechange' ? detail.state : name);
          if (!Object.isFrozen(detail)) story.push('not frozen');
        });
    });
    await page.getByRole('button', {name: 'Run the demo'}).click();
    await page.waitForFunction(() => document.querySelector('sluice-demo')!.state === 'done' && document.querySelector('sluice-demo')!.result);
    const story = await page.evaluate(() => (globalThis as {story?: string[]}).story!);
    const milestones = story.filter((s, i) => ['ready', 'start', 'running', 'done', 'result', 'error', 'not frozen'].includes(s) && story.indexOf(s) === i);
    expect([...milestones].sort()).toEqual(['done', 'ready', 'result', 'running', 'start']);
    expect(story.indexOf('start')).toBeGreaterThan(story.indexOf('ready'));
    expect(await page.evaluate(() => document.querySelector('sluice-demo')!.result!.params['jobs'])).toBe(300);
  });

  it('answers every method, and refuses with a code', async () => {
    const page = await pages.open(`${host}/element?${long}`);
    const said = await page.evaluate(async () => {
      const demo = document.querySelector('sluice-demo')!;
      await customElements.whenDefined('sluice-demo');
      const out: Record<string, unknown> = {};
      await demo.run();
      out['running'] = demo.matches(':state(running)');
      await demo.pause();
      out['paused'] = demo.state;
      await demo.step(3);
      out['share'] = await demo.share();
      await demo.stop();
      await new Promise<void>((resolve) => {
        const look = () => (demo.result ? resolve() : void requestAnimationFrame(look));
        look();
      });
      out['stopped'] = [demo.state, demo.result!.state];
      out['json'] = JSON.parse(await (await demo.export('json')).text());
      out['pdf'] = await demo.export('pdf').catch((e: {code: string}) => e.code);
      out['seek'] = await demo.seek(5).catch((e: {code: string}) => e.code);
      return out;
    });
    expect(said).toMatchObject({running: true, paused: 'paused', stopped: ['done', 'cancelled'], pdf: 'E_PARAM', seek: 'E_PARAM'});
    expect(said['share']).toMatch(new RegExp(`^${site}/index\\.html#s=[\\w-]+$`));
    expect(said['json']).toMatchObject({format: 'sluice-results', version: 1, scenario: 'worker-pool', engine: 'wasm-sim'});
  });

  it('takes parameters as attributes and as a property, before and after it is known', async () => {
    const page = await pages.open(`${host}/element?scenario=worker-pool&workers=2&engine=sim`);
    const frame = frameOf(page);
    await page.evaluate(async () => {
      await customElements.whenDefined('sluice-demo');
      const demo = document.querySelector('sluice-demo')!;
      demo.loading = 'eager';
      demo.params = {jobs: 123};
      demo.remove();
      document.querySelector('main')!.append(demo);
    });
    await frame.getByText('2 workers. Seed 7.').waitFor();
    await page.evaluate(() => document.querySelector('sluice-demo')!.setAttribute('workers', '5'));
    await page.evaluate(() => { document.querySelector('sluice-demo')!.seed = 'c0ffee'; });
    await frame.getByText('5 workers. Seed c0ffee.').waitFor();
  });

  it('keeps what was set on it before its class was known, and works inside a shadow root', async () => {
    const page = await pages.open(`${host}/element?scenario=worker-pool&engine=sim`, {
      script: () => {
        document.addEventListener('readystatechange', () => {
          const demo = document.querySelector('sluice-demo');
          if (document.readyState !== 'interactive' || !demo) return;
          Object.assign(demo, {params: {workers: 3}, loading: 'eager'});
          const root = Object.assign(document.createElement('div'), {id: 'shadowed'});
          document.body.append(root);
          const inner = document.createElement('sluice-demo');
          inner.setAttribute('scenario', 'pipeline');
          inner.setAttribute('loading', 'eager');
          root.attachShadow({mode: 'open'}).append(inner);
        });
      },
    });
    await page.locator('main > sluice-demo').frameLocator('iframe').getByText('3 workers. Seed 7.').waitFor();
    await page.locator('#shadowed sluice-demo').frameLocator('iframe').getByRole('heading', {name: 'Pipeline'}).waitFor();
  });

  it('gives way to one that is already there', async () => {
    const page = await pages.open(`${host}/element?scenario=worker-pool`);
    await page.waitForFunction(() => customElements.get('sluice-demo'));
    const warning = page.waitForEvent('console', (message) => message.text().includes('already on this page'));
    await page.evaluate((src) => {
      const script = Object.assign(document.createElement('script'), {type: 'module', src});
      document.head.append(script);
    }, `${site}/sluice-demo.js?again`);
    expect((await warning).type()).toBe('warning');
  });

  it('that leaves the page takes its workers with it', async () => {
    const page = await pages.open(`${host}/element?${long}`);
    await page.evaluate(async () => { await customElements.whenDefined('sluice-demo'); await document.querySelector('sluice-demo')!.run(); });
    expect((await pages.workers()).length).toBeGreaterThan(0);
    const pending = page.evaluate(() => document.querySelector('sluice-demo')!.step(1).then(() => 'ok', (e: {code: string}) => e.code));
    await page.evaluate(() => document.querySelector('sluice-demo')!.remove());
    expect(['ok', 'E_INTERRUPTED']).toContain(await pending);
    await expect.poll(async () => (await pages.workers()).length, {timeout: 5000}).toBe(0);
  });

  it('shares the page with others: one runs at a time', async () => {
    const page = await pages.open(`${host}/element?${long}`);
    const states = await page.evaluate(async () => {
      const first = document.querySelector('sluice-demo')!;
      const second = first.cloneNode(true) as typeof first;
      document.querySelector('main')!.append(second);
      await customElements.whenDefined('sluice-demo');
      await first.run();
      await second.run();
      await new Promise<void>((resolve) => {
        const look = () => (first.state !== 'running' ? resolve() : void setTimeout(look, 10));
        look();
      });
      return [first.state, second.state];
    });
    expect(states[0]).toMatch(/^(done|error)$/);
    expect(states[1]).toBe('running');
    await expect.poll(async () => (await pages.workers()).filter((w) => w.includes('sluice-engine')).length, {timeout: 5000}).toBe(1);
  });

  it('keeps the room it was given, and grows only when told', async () => {
    const page = await pages.open(`${host}/element?scenario=worker-pool&height=480`);
    const box = () => page.evaluate(() => document.querySelector('sluice-demo')!.getBoundingClientRect().height);
    await page.waitForFunction(() => customElements.get('sluice-demo'));
    const before = await box();
    expect(before).toBeGreaterThanOrEqual(480);
    await page.getByRole('button', {name: 'Run the demo'}).click();
    await page.waitForFunction(() => document.querySelector('sluice-demo')!.state === 'running');
    expect(await box()).toBe(before);
    const shift = await page.evaluate(() => new Promise<number>((resolve) => {
      let sum = 0;
      new PerformanceObserver((list) => { for (const e of list.getEntries()) sum += (e as unknown as {value: number}).value; }).observe({type: 'layout-shift', buffered: true});
      requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)));
    }));
    expect(shift).toBeLessThanOrEqual(0.02);
  });

  it('hands on theme and colours, and nothing that is no colour', async () => {
    const page = await pages.open(`${host}/element?scenario=worker-pool&theme=dark&loading=eager`);
    await page.waitForFunction(() => document.querySelector('sluice-demo')?.state === 'ready');
    const frame = page.frames().find((f) => f.url().includes('/embed.html'))!;
    expect(await frame.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
    await page.evaluate(() => {
      const demo = document.querySelector('sluice-demo')!;
      demo.style.setProperty('--sluice-bg', 'rgb(1, 2, 3)');
      demo.style.setProperty('--sluice-fg', 'url(https://example.test/x)');
    });
    await frame.waitForFunction(() => document.documentElement.style.getPropertyValue('--bg') === 'rgb(1, 2, 3)');
    expect(await frame.evaluate(() => document.documentElement.style.getPropertyValue('--ink'))).toBe('');
  });

  it('pauses what is simulated while it is out of sight', async () => {
    const page = await pages.open(`${host}/element?${long}`);
    await page.evaluate(async () => {
      await customElements.whenDefined('sluice-demo');
      document.body.append(Object.assign(document.createElement('div'), {id: 'far'}));
      document.querySelector<HTMLElement>('#far')!.style.height = '5000px';
      await document.querySelector('sluice-demo')!.run();
    });
    await page.evaluate(() => scrollTo(0, 4000));
    await page.waitForFunction(() => document.querySelector('sluice-demo')!.state === 'paused');
    await page.evaluate(() => scrollTo(0, 0));
    await page.waitForFunction(() => document.querySelector('sluice-demo')!.state === 'running');
  });

  it('runs by itself when half of it is seen and that was asked for, but not under reduced motion', async () => {
    const page = await pages.open(`${host}/element?${long}&autorun=visible`);
    await page.waitForFunction(() => document.querySelector('sluice-demo')?.state === 'running');
    const still = await pages.open(`${host}/element?${long}&autorun=visible`, {reducedMotion: 'reduce'});
    await still.waitForFunction(() => customElements.get('sluice-demo'));
    await still.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    expect(await still.evaluate(() => document.querySelector('sluice-demo')!.state)).toBe('idle');
  });
});

describe('what can go wrong', () => {
  it('an unknown scenario is answered with the nearest names, on the frame and as an error', async () => {
    const page = await pages.open(`${host}/element?scenario=worker-pol&loading=eager`);
    await page.waitForFunction(() => document.querySelector('sluice-demo')?.state === 'error');
    const frame = frameOf(page);
    await frame.getByText('E_SCENARIO').waitFor();
    await frame.getByRole('link', {name: /worker pool/i}).first().waitFor();
    const code = await page.evaluate(() => document.querySelector('sluice-demo')!.run().catch((e: {code: string}) => e.code));
    expect(code).toBe('E_SCENARIO');
  });

  it('values out of range are clamped, and the note says so', async () => {
    const page = await pages.open(`${host}/element?scenario=worker-pool&workers=1e9&colour=red&loading=eager`);
    const frame = frameOf(page);
    await frame.getByText('64 workers. Seed 7.').waitFor();
    await frame.getByText(/64 is the most/).first().waitFor();
    await frame.getByText(/Ignored: p\.colour/).waitFor();
  });

  it('a frame that never answers leaves the poster, a sentence and a link', async () => {
    const page = await pages.open(`${host}/element?${short}`, {provoked: /./});
    await page.context().route('**/embed.html*', (route) => route.fulfill({status: 200, contentType: 'text/html', body: '<!doctype html><title>x</title>'}));
    await page.clock.install();
    const run = page.evaluate(() => customElements.whenDefined('sluice-demo').then(() => document.querySelector('sluice-demo')!.run()).catch((e: {code: string}) => e.code));
    await page.waitForFunction(() => document.querySelector('sluice-demo')?.state === 'loading');
    await page.clock.fastForward(16_000);
    expect(await run).toMatch(/^E_(NET|WORKER)$/);
    await page.getByRole('link', {name: 'Open it in Sluice'}).waitFor();
    await page.getByText('A pool of workers.').waitFor();
  });

  it('strangers cannot talk to the frame: not without its nonce, not twice, not with nonsense, not in floods', async () => {
    const page = await pages.open(`${host}/iframe?scenario=worker-pool&v=1`);
    const frame = page.frames().find((f) => f.url().includes('/embed.html'))!;
    const heard = await page.evaluate(async () => {
      const window_ = document.querySelector('iframe')!.contentWindow!;
      const next = (port: MessagePort, type: string) => new Promise<{type: string; code?: string}>((resolve) => {
        port.addEventListener('message', ({data}: MessageEvent<{type: string; code?: string}>) => { if (data.type === type) resolve(data); });
        port.start();
      });
      const hello = await new Promise<{nonce: string}>((resolve) => {
        addEventListener('message', (e) => { if ((e.data as {type?: string}).type === 'hello') resolve(e.data as {nonce: string}); });
      });
      const wrong = new MessageChannel();
      window_.postMessage({sluice: 1, type: 'connect', nonce: 'guess'}, '*', [wrong.port2]);
      const first = new MessageChannel();
      const state = next(first.port1, 'state');
      window_.postMessage({sluice: 1, type: 'connect', nonce: hello.nonce}, '*', [first.port2]);
      await state;
      const second = new MessageChannel();
      let secondHeard = false;
      second.port1.onmessage = () => { secondHeard = true; };
      window_.postMessage({sluice: 1, type: 'connect', nonce: hello.nonce}, '*', [second.port2]);
      second.port1.postMessage({type: 'run'});
      for (const nonsense of [null, 1, 'run', {type: 'eval', code: 'x'}, {type: 'set', values: {a: {}}}]) first.port1.postMessage(nonsense);
      const error = next(first.port1, 'error');
      for (let i = 0; i < 100; i++) first.port1.postMessage({type: 'visible', visible: true});
      return {flood: (await error).code, secondHeard};
    });
    expect(heard).toEqual({flood: 'E_PROTO', secondHeard: false});
    expect(await frame.getByRole('button', {name: 'Run', exact: true}).isEnabled()).toBe(true);
  });

  it('words from outside stay words', async () => {
    const payload = '"><img src=x onerror=alert(1)><script>alert(2)</script>';
    const query = new URLSearchParams({scenario: payload, seed: payload, theme: payload, view: payload, workers: payload, loading: 'eager'});
    const page = await pages.open(`${host}/element?${query}`);
    let alerted = false;
    page.on('dialog', (dialog) => { alerted = true; void dialog.dismiss(); });
    await page.waitForFunction(() => document.querySelector('sluice-demo')?.state === 'error');
    const frame = page.frames().find((f) => f.url().includes('/embed.html'))!;
    expect(await frame.evaluate(() => document.querySelectorAll('img, script:not([src])').length)).toBe(0);
    expect(alerted).toBe(false);
  });
});

import {describe, expect, inject, it} from 'vitest';

import type {EngineClient} from '../src/client/engine-client.js';
import type {Catalogue} from '../src/protocol/schema.js';
import {expectSound, Pages, pressRun, statusOf, waitForPhase} from './support/browser.js';

const {site} = inject('sites');
const pages = new Pages();

/** Small enough to end within a second or two on one core. */
const small = [
  ['worker-pool', 'p.jobs=400&p.work=100&p.when-full=wait', 400],
  ['semaphore-limit', 'p.items=400&p.work=50', 400],
  ['producer-consumer', 'p.items=400&p.produce=50&p.consume=50', 400],
  ['pipeline', 'p.items=400', 400],
  ['ping-pong', 'p.items=400', 400],
  ['select-fairness', 'p.items=100&p.work=20', 400],
  ['context-tree', 'p.trees=10', 400],
  ['deadlines', 'p.requests=200', 200],
  ['deadlock', 'p.way=lock-all&p.turns=100&p.work=20', 200],
  ['million-tasks', 'p.tasks=20000', 20_000],
  ['error-group', 'p.groups=20', 240],
  ['once-race', 'p.values=20', 640],
  ['safe-counter', 'p.items=400&p.work=20', 400],
  ['mutex-vs-rwmutex', 'p.operations=400&p.inside=30', 400],
  ['condition-variable', 'p.items=400&p.gap=30&p.work=50', 400],
  ['lock-free-queue', 'p.operations=20000', 20_000],
  ['lock-free-stack', 'p.operations=20000', 20_000],
  ['work-stealing-deque', 'p.items=20000', 20_000],
  ['counter', 'p.operations=20000', 20_000],
  ['atomic-vs-mutex', 'p.operations=20000', 20_000],
] as const;

describe('every scenario runs to a sound end', () => {
  for (const engine of ['threads', 'sim'] as const)
    for (const [scenario, params, items] of small)
      it(`${scenario} in ${engine}`, async () => {
        const page = await pages.open(`${site}/?scenario=${scenario}&${params}&engine=${engine}&speed=max&seed=7`);
        await pressRun(page);
        const status = await waitForPhase(page, 'finished', 'failed');
        expect(status.failure).toBeUndefined();
        expect(status.engine).toBe(engine);
        expectSound(status.outcome);
        expect([status.outcome.itemsIn, status.outcome.itemsOut]).toEqual([items, items]);
        expect(status.outcome.engine).toContain(engine);
      });
});

it('knows every scenario that is run', async () => {
  const page = await pages.open(`${site}/?scenario=worker-pool`);
  await waitForPhase(page, 'idle');
  const run = await page.evaluate(() => (document.querySelector('sluice-app') as HTMLElement & {catalogue: Catalogue}).catalogue.scenarios.filter((s) => !s.explore).map((s) => s.id));
  expect(small.map(([id]) => id as string).sort()).toEqual([...run].sort());
});

it('what a run found out stands beside what was checked', async () => {
  const page = await pages.open(`${site}/?scenario=work-stealing-deque&p.items=20000&engine=sim&speed=max`);
  await pressRun(page);
  await waitForPhase(page, 'finished');
  await page.getByText('share of the owner').waitFor();
});

it.each([['linked', /Now .*, without a bound; at most/], ['ring', /Now .* of 1\D?024; at most/]])('a queue (%s) says what bounds it', async (kind, words) => {
  const page = await pages.open(`${site}/?scenario=lock-free-queue&p.implementation=${kind}&p.operations=20000&engine=sim&speed=max`);
  await pressRun(page);
  await waitForPhase(page, 'finished');
  await page.getByText(words).first().waitFor({state: 'attached'});
});

it('the C++ of a scenario stands beside its Go form, by mouse and by keyboard', async () => {
  const page = await pages.open(`${site}/?scenario=ping-pong`);
  const cpp = page.getByRole('tab', {name: 'C++'}), go = page.getByRole('tab', {name: 'Go'});
  await page.getByText('ping_pong.cpp').waitFor();
  await page.getByLabel('C++ source of this scenario').getByText('co_await').first().waitFor();
  await go.click();
  await page.getByText('ping_pong.go').waitFor();
  await page.getByLabel('Go source of this scenario').getByText('range').first().waitFor();
  await go.press('ArrowLeft');
  expect(await cpp.getAttribute('aria-selected')).toBe('true');
  await page.getByText('ping_pong.cpp').waitFor();
});

it('a run waits for the reader: nothing starts by itself on a scenario page', async () => {
  const page = await pages.open(`${site}/?scenario=worker-pool`);
  await page.getByRole('button', {name: 'Run', exact: true}).first().waitFor();
  expect((await statusOf(page)).phase).toBe('idle');
  expect((await pages.workers()).filter((w) => /em-pthread/.test(w))).toEqual([]);
});

describe('on real threads', () => {
  it('four workers are four lanes, all of them busy, and four pthreads beside their supervisor', async () => {
    const page = await pages.open(`${site}/?scenario=worker-pool&p.workers=4&p.jobs=10000000&p.work=500&engine=threads`);
    await pressRun(page);
    await waitForPhase(page, 'running');
    await page.getByText('Real threads · 4 workers').first().waitFor();
    // Each lane completes jobs while the run goes on.
    const lanes = await page.waitForFunction(() => {
      const {client} = document.querySelector('sluice-app') as HTMLElement & {client: EngineClient};
      const lanes = client.poll()?.snapshot.lanes ?? [];
      return lanes.length > 0 && lanes.every((lane) => lane.items > 20 && lane.busyNs > 5e6) ? lanes : false;
    });
    expect(await lanes.jsonValue()).toHaveLength(4);
    expect((await pages.workers()).filter((w) => w.includes('em-pthread'))).toHaveLength(4 + 1);
    await page.evaluate(() => (document.querySelector('sluice-app') as HTMLElement & {client: EngineClient}).client.stop());
  });

  it('the page stays at the hand: frames keep coming, and no task of its own takes 50 ms', async () => {
    const page = await pages.open(`${site}/?scenario=worker-pool&p.workers=4&p.jobs=10000000&p.work=200&engine=threads`);
    await pressRun(page);
    await waitForPhase(page, 'running');
    await pages.browser.startTracing(page, {categories: ['toplevel', 'devtools.timeline', '__metadata']});
    const frames = await page.evaluate(async () => {
      const between: number[] = [];
      await new Promise<void>((resolve) => {
        const begun = performance.now();
        let last = begun;
        const frame = (now: number) => {
          between.push(now - last);
          last = now;
          if (now - begun < 3000) requestAnimationFrame(frame);
          else resolve();
        };
        requestAnimationFrame(frame);
      });
      return between.sort((a, b) => a - b);
    });
    const tasks = mainThreadTasks(await pages.browser.stopTracing());
    const median = frames[frames.length >> 1]!;
    console.info(`frames in 3 s: ${frames.length}, median ${median.toFixed(1)} ms; tasks: ${tasks.length}, the longest ${tasks[0]!.toFixed(1)} ms of processor time`);
    // By the clock a frame may be late because four threads and other programs share few cores; most must not be.
    expect(median).toBeLessThan(25);
    // By its own processor time no task may be long, whatever else goes on in the machine.
    expect(tasks.length).toBeGreaterThan(100);
    expect(tasks[0]).toBeLessThan(50);
    await page.evaluate(() => (document.querySelector('sluice-app') as HTMLElement & {client: EngineClient}).client.stop());
  });
});

interface TraceEvent { readonly name: string; readonly ph: string; readonly pid: number; readonly tid: number; readonly tdur?: number; readonly args?: {name?: string} }

/** Processor time of each task on the pages' main threads, in ms, longest first. */
function mainThreadTasks(trace: Buffer): number[] {
  const {traceEvents} = JSON.parse(trace.toString()) as {traceEvents: TraceEvent[]};
  const main = new Set(traceEvents.filter((e) => e.name === 'thread_name' && e.args?.name === 'CrRendererMain').map((e) => `${e.pid}/${e.tid}`));
  return traceEvents
    .filter((e) => /RunTask$/.test(e.name) && e.ph === 'X' && main.has(`${e.pid}/${e.tid}`) && e.tdur !== undefined)
    .map((e) => e.tdur! / 1000)
    .sort((a, b) => b - a);
}

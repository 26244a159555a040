import {describe, expect, it} from 'vitest';

import {FakeEngine, smallLayout} from '../protocol/testing/fake-engine.js';
import type {WorkerMessage} from '../protocol/engine-host.js';
import {EngineRun} from './engine-run.js';
import type {Hands} from './hands.js';

const request = {scenario: 'worker-pool', params: {workers: 2}, seed: '7', engine: 'sim'} as const;

/** A worker whose time passes when the test says so. */
function rig(engine: FakeEngine, kind: 'threads' | 'sim' = 'sim', cores = 2) {
  const posted: WorkerMessage[] = [];
  let timers: {at: number; then: () => void}[] = [];
  let time = 0;
  const hands: Hands = {
    now: () => time,
    after(ms, then) {
      const timer = {at: time + ms, then};
      timers.push(timer);
      return () => { timers = timers.filter((t) => t !== timer); };
    },
    cores,
  };
  const run = new EngineRun(engine, {kind, family: 'pools'}, (message) => posted.push(message), hands);
  const pass = (ms: number) => {
    const until = time + ms;
    for (;;) {
      const next = timers.filter((t) => t.at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      timers = timers.filter((t) => t !== next);
      time = Math.max(time, next.at);
      next.then();
    }
    time = until;
  };
  const states = () => posted.flatMap((m) => (m.kind === 'state' ? [m.state] : []));
  return {run, posted, pass, states, pending: () => timers.length};
}

describe('a simulated run', () => {
  it('keeps virtual time in step with ours, in slices of at most 8 ms', async () => {
    const engine = new FakeEngine(40e6);
    const {run, pass, states} = rig(engine);
    expect(await run.start(request)).toEqual({ok: true, threads: 0});
    pass(34);
    expect(engine.calls).toEqual(['start sim worker-pool workers=2 7', 'slice 16000000 8', 'slice 32000000 8']);
    pass(16);
    expect(states()).toEqual(['running', 'finished']);
  });

  it('at "max" asks for everything', async () => {
    const engine = new FakeEngine(1e15);
    engine.pace = 1e15;
    const {run, pass, states} = rig(engine);
    await run.start({...request, speed: 'max'});
    pass(0);
    expect(engine.calls.at(-1)).toBe('slice Infinity 8');
    expect(states()).toEqual(['running', 'finished']);
  });

  it('slower than asked for does not run up a debt', async () => {
    const engine = new FakeEngine(1e12);
    engine.pace = 1e6;
    const {run, pass} = rig(engine);
    await run.start({...request, speed: 10});
    pass(16 * 200);
    const last = Number(engine.calls.at(-1)!.split(' ')[1]);
    expect(last - engine.now).toBeLessThan(1.3e9);
  });

  it('waits out a long stretch without events, however slow the clock', async () => {
    const engine = new FakeEngine(1e9), events = [1e5, 9e6, 1e9], slice = engine.slice.bind(engine);
    // The clock of an engine stands at its last event.
    engine.slice = (until, budget) => slice(events.filter((at) => at <= until).at(-1) ?? 0, budget);
    const {run, pass} = rig(engine);
    await run.start({...request, speed: 0.002});
    pass(16 * 400);
    expect(engine.now).toBe(9e6);
  });

  it('posts what is new when memory is not shared', async () => {
    const engine = new FakeEngine(1e9);
    const {run, pass, posted} = rig(engine);
    await run.start(request);
    pass(32);
    const telemetry = posted.filter((m) => m.kind === 'telemetry');
    expect(telemetry).toHaveLength(2);
    expect(telemetry.map((m) => m.records.byteLength / 32)).toEqual([1, 1]);
    expect(telemetry[0]!.header.byteLength).toBe(smallLayout.ring.offset);
  });

  it('posts nothing when it is', async () => {
    const {run, pass, posted} = rig(new FakeEngine(1e9, true), 'threads');
    await run.start(request);
    pass(32);
    expect(posted.filter((m) => m.kind === 'telemetry')).toHaveLength(0);
    expect(run.describe().memory).toBeInstanceOf(WebAssembly.Memory);
  });

  it('stands still while paused, steps, and goes on where it was', async () => {
    const engine = new FakeEngine(1e9);
    const {run, pass, states, pending} = rig(engine);
    await run.start(request);
    pass(16);
    run.pause();
    pass(1000);
    expect(engine.calls.filter((c) => c.startsWith('slice'))).toHaveLength(1);
    run.step(3);
    expect(engine.calls.at(-1)).toBe('step 3');
    run.resume();
    pass(16);
    expect(engine.calls.at(-1)).toBe('slice 32000000 8');
    expect(states()).toEqual(['running', 'paused', 'running']);
    expect(pending()).toBe(1);
  });

  it('ends at once when stopped, running or paused', async () => {
    for (const paused of [false, true]) {
      const {run, pass, states, pending} = rig(new FakeEngine(1e9));
      await run.start(request);
      pass(16);
      if (paused) run.pause();
      run.stop();
      pass(1);
      expect(states().at(-1)).toBe('cancelled');
      expect(pending()).toBe(0);
    }
  });
});

describe('a run on threads', () => {
  const threads = {...request, engine: 'threads'} as const;

  it('warms its threads one by one, then only watches', async () => {
    const engine = new FakeEngine(1, true);
    const {run, pass, posted, states} = rig(engine, 'threads');
    expect(await run.start(threads)).toEqual({ok: true, threads: 3});
    expect(engine.calls).toEqual(['warm', 'warm', 'warm', 'start threads worker-pool workers=2 7']);
    expect(posted.filter((m) => m.kind === 'warming').map((m) => m.ready)).toEqual([1, 2, 3]);
    pass(100);
    expect(engine.calls.some((c) => c.startsWith('slice'))).toBe(false);
    engine.code = 3;
    pass(20);
    expect(states()).toEqual(['running', 'finished']);
  });

  it('that ends behind the closed gate of a pause is seen to end', async () => {
    const engine = new FakeEngine(1, true);
    const {run, pass, states, pending} = rig(engine, 'threads');
    await run.start(threads);
    run.pause();
    engine.code = 3;
    pass(20);
    expect(states()).toEqual(['running', 'paused', 'finished']);
    expect(pending()).toBe(0);
  });

  it('does not warm what is warm already', async () => {
    const engine = new FakeEngine(1, true);
    const {run, pass} = rig(engine, 'threads');
    await run.start(threads);
    engine.code = 3;
    pass(20);
    await run.start(threads);
    expect(engine.calls.filter((c) => c === 'warm')).toHaveLength(3);
  });

  it.each([[1, 4, 5], [2, 8, 9], [32, 64, 65]])('with %i cores has at most %i workers', async (cores, cap, wanted) => {
    const engine = new FakeEngine(1, true);
    engine.wanted = wanted;
    expect((await rig(engine, 'threads', cores).run.start(threads)).ok).toBe(true);
    engine.code = 0;
    engine.wanted = wanted + 1;
    const answer = await rig(engine, 'threads', cores).run.start(threads);
    expect(answer).toMatchObject({ok: false, failure: {code: 'E_LIMIT', message: expect.stringContaining(`${cap} is the most`) as string}});
  });

  it('is refused by the module without threads', async () => {
    expect(await rig(new FakeEngine(), 'sim').run.start(threads)).toMatchObject({ok: false, failure: {code: 'E_WORKER'}});
  });

  it('passes a refusal of the core on, and a second start while one runs', async () => {
    const engine = new FakeEngine(1e9);
    engine.refusal = '{"ok":false,"code":"E_PARAM","message":"workers is 1 to 64"}';
    const {run} = rig(engine);
    expect(await run.start(request)).toMatchObject({ok: false, failure: {code: 'E_PARAM', message: 'workers is 1 to 64'}});
    engine.refusal = '';
    expect((await run.start(request)).ok).toBe(true);
    expect(await run.start(request)).toMatchObject({ok: false, failure: {code: 'E_BUSY'}});
    expect(run.setLive('workers', '3')).toMatchObject({ok: false});
  });
});

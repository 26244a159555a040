import * as Comlink from 'comlink';
import {afterEach, describe, expect, it, vi} from 'vitest';

import {base, outcomeJson, smallLayout} from '../protocol/testing/fake-engine.js';
import type {Capability} from '../protocol/capability.js';
import type {EngineHost, WorkerMessage} from '../protocol/engine-host.js';
import type {EngineWorker} from './engine-connection.js';
import {chooseEngine, EngineClient} from './engine-client.js';

const able: Capability = {threads: true, wasm: true, reason: 'ok', text: '', cores: 2, threadCap: 8};
const unable: Capability = {...able, threads: false, reason: 'not-isolated'};
const request = {scenario: 'worker-pool', params: {workers: 4}, family: 'pools', seed: '7', engine: 'auto', prefers: 'threads'} as const;

/** An engine worker at the other end of a channel, in this thread. */
class FakeWorker implements EngineWorker {
  static made: FakeWorker[] = [];
  readonly #near: MessagePort;
  readonly #far: MessagePort;
  terminated = false;
  onStop = () => this.say({kind: 'state', state: 'cancelled', outcomeJson: outcomeJson('cancelled')});
  readonly started: unknown[] = [];
  beat: ReturnType<typeof setInterval>;

  constructor(host: Partial<EngineHost> = {}) {
    const {port1, port2} = new MessageChannel();
    this.#near = port1;
    this.#far = port2;
    port1.start();
    port2.start();
    const usual: EngineHost = {
      load: async (kind, family) => ({ok: true, module: {kind, family, schemaJson: '{}', layoutJson: JSON.stringify(smallLayout), buildJson: '{}', telemetryAddress: base, memoryBytes: 1}}),
      start: async (run) => {
        this.started.push(run);
        this.say({kind: 'state', state: 'running', outcomeJson: ''});
        return {ok: true, threads: 0};
      },
      pause: () => this.say({kind: 'state', state: 'paused', outcomeJson: ''}),
      resume: () => this.say({kind: 'state', state: 'running', outcomeJson: ''}),
      stop: () => this.onStop(),
      step: () => undefined,
      setSpeed: () => undefined,
      setLive: () => ({ok: true, threads: 0}),
      ...host,
    };
    Comlink.expose(usual, port2 as unknown as Comlink.Endpoint);
    this.beat = setInterval(() => this.say({kind: 'heartbeat', state: 'running'}), 500);
    FakeWorker.made.push(this);
  }

  say(message: WorkerMessage): void {
    if (!this.terminated) this.#far.postMessage(message);
  }
  postMessage(message: unknown, transfer?: unknown): void { this.#near.postMessage(message, transfer as Transferable[]); }
  addEventListener(...args: Parameters<EngineWorker['addEventListener']>): void { this.#near.addEventListener(args[0] as 'message', args[1] as EventListener); }
  removeEventListener(...args: Parameters<EngineWorker['removeEventListener']>): void { this.#near.removeEventListener(args[0] as 'message', args[1] as EventListener); }
  terminate(): void {
    this.terminated = true;
    clearInterval(this.beat);
    this.#near.close();
    this.#far.close();
  }
}

function client(spawn: () => FakeWorker = () => new FakeWorker(), capability = able) {
  return new EngineClient({spawn, capability: async () => capability});
}

function until(engine: EngineClient, done: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => { if (done()) { engine.removeEventListener('change', look); resolve(); } };
    engine.addEventListener('change', look);
    look();
  });
}

afterEach(() => {
  vi.useRealTimers();
  for (const worker of FakeWorker.made.splice(0)) worker.terminate();
});

describe('choosing an engine', () => {
  it.each([
    ['auto', 'threads', able, 'threads'], ['auto', 'sim', able, 'sim'], ['sim', 'threads', able, 'sim'],
    ['threads', 'sim', able, 'threads'], ['auto', 'threads', unable, 'sim'], ['threads', 'threads', unable, 'sim'],
  ] as const)('%s, preferring %s', (engine, prefers, capability, expected) => {
    expect(chooseEngine({engine, prefers}, capability)).toBe(expected);
  });
});

describe('an engine client', () => {
  it('loads late, runs, and tells how it ended', async () => {
    const engine = client();
    expect(FakeWorker.made).toHaveLength(0);
    const phases: string[] = [];
    engine.addEventListener('change', () => { if (phases.at(-1) !== engine.status.phase) phases.push(engine.status.phase); });
    await engine.start(request);
    expect(engine.status).toMatchObject({phase: 'running', engine: 'threads'});
    FakeWorker.made[0]!.say({kind: 'state', state: 'finished', outcomeJson: outcomeJson('finished')});
    await until(engine, () => engine.status.phase === 'finished');
    expect(engine.status.outcome?.itemsOut).toBe(10);
    expect(phases).toEqual(['idle', 'loading', 'warming', 'running', 'finished']);
    await engine.start(request);
    expect(FakeWorker.made).toHaveLength(1);
    engine.dispose();
    expect(FakeWorker.made[0]!.terminated).toBe(true);
  });

  it('keeps its engine within a family, and puts it away for one of another', async () => {
    const engine = client();
    await engine.start(request);
    await engine.start({...request, scenario: 'adaptive-pool'});
    expect(FakeWorker.made).toHaveLength(1);
    await engine.start({...request, scenario: 'pipeline', family: 'flow'});
    expect(FakeWorker.made.map((worker) => worker.terminated)).toEqual([true, false]);
    expect(engine.module?.family).toBe('flow');
    expect(FakeWorker.made[1]!.started).toMatchObject([{scenario: 'pipeline'}]);
    expect(engine.status.phase).toBe('running');
  });

  it('stops when the engine does', async () => {
    const engine = client();
    await engine.start(request);
    await engine.stop();
    expect(engine.status.phase).toBe('cancelled');
    expect(FakeWorker.made[0]!.terminated).toBe(false);
  });

  it('discards an engine that does not stop within 100 ms, and starts another', async () => {
    const engine = client();
    await engine.start(request);
    FakeWorker.made[0]!.onStop = () => undefined;
    const asked = performance.now();
    await engine.stop();
    expect(performance.now() - asked).toBeLessThan(200);
    expect(engine.status.phase).toBe('cancelled');
    expect(FakeWorker.made[0]!.terminated).toBe(true);
    await engine.start(request);
    expect(engine.status.phase).toBe('running');
    expect(FakeWorker.made).toHaveLength(2);
  });

  it('turns a crash into a failure with a code, and the next start works', async () => {
    const engine = client();
    await engine.start(request);
    FakeWorker.made[0]!.say({kind: 'crashed', failure: {code: 'E_ABORT', message: 'unreachable', retryable: true}});
    await until(engine, () => engine.status.phase === 'failed');
    expect(engine.status.failure).toMatchObject({code: 'E_ABORT', message: 'unreachable'});
    expect(FakeWorker.made[0]!.terminated).toBe(true);
    await engine.start(request);
    expect(engine.status).toMatchObject({phase: 'running'});
    expect(engine.status.failure).toBeUndefined();
  });

  it('rejects every waiting call when the engine dies', async () => {
    const never = new Promise<never>(() => undefined);
    const engine = client(() => new FakeWorker({step: () => never}));
    await engine.start(request);
    const step = engine.step();
    FakeWorker.made[0]!.say({kind: 'crashed', failure: {code: 'E_ABORT', message: 'trap', retryable: true}});
    await expect(step).rejects.toMatchObject({code: 'E_ABORT'});
  });

  it('does not wait for ever: not for an answer, not for a heartbeat', async () => {
    vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance']});
    const engine = client(() => {
      const worker = new FakeWorker();
      clearInterval(worker.beat);
      return worker;
    });
    await engine.start(request);
    for (let i = 0; i < 9; i++) vi.advanceTimersByTime(500);
    expect(engine.status).toMatchObject({phase: 'failed', failure: {code: 'E_HANG'}});
  });

  it('forgives silence when the page itself slept', async () => {
    vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval']});
    let now = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
    const engine = client(() => {
      const worker = new FakeWorker();
      clearInterval(worker.beat);
      return worker;
    });
    await engine.start(request);
    now += 60_000;
    vi.advanceTimersByTime(500);
    expect(engine.status.phase).toBe('running');
    for (let i = 0; i < 9; i++) {
      now += 500;
      vi.advanceTimersByTime(500);
    }
    expect(engine.status.failure?.code).toBe('E_HANG');
    clock.mockRestore();
  });

  it('tells a broken invariant with both figures', async () => {
    const engine = client();
    await engine.start(request);
    FakeWorker.made[0]!.say({kind: 'state', state: 'failed', outcomeJson: outcomeJson('failed', {
      invariants: [{name: 'items in = items out', held: false, expected: '10', actual: '9'}],
    })});
    await until(engine, () => engine.status.phase === 'failed');
    expect(engine.status.failure).toMatchObject({code: 'E_INVARIANT', message: 'items in = items out: expected 10, found 9.'});
  });

  it('passes refusals on', async () => {
    const engine = client(() => new FakeWorker({start: async () => ({ok: false, failure: {code: 'E_LIMIT', message: '8 is the most', retryable: true}})}));
    await expect(engine.start(request)).rejects.toMatchObject({code: 'E_LIMIT'});
    expect(engine.status).toMatchObject({phase: 'failed', failure: {code: 'E_LIMIT'}});
  });

  it('says when WebAssembly is off without trying', async () => {
    const engine = client(undefined, {...unable, wasm: false, reason: 'no-wasm'});
    await expect(engine.start(request)).rejects.toMatchObject({code: 'E_WASM_BLOCKED'});
    expect(FakeWorker.made).toHaveLength(0);
  });

  it('can be stopped while it loads', async () => {
    const engine = client(() => new FakeWorker({load: () => new Promise<never>(() => undefined)}));
    const start = engine.start(request);
    await until(engine, () => engine.status.phase === 'loading');
    await new Promise((resolve) => setTimeout(resolve, 0));
    await engine.stop();
    await expect(start).rejects.toMatchObject({code: 'E_INTERRUPTED'});
    expect(engine.status.phase).toBe('cancelled');
  });
});

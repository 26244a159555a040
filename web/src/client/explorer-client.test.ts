import * as Comlink from 'comlink';
import {afterEach, describe, expect, it, vi} from 'vitest';

import {programText, type ExplorerHost, type ExplorerMessage, type Program} from '../protocol/explore.js';
import {fakeCatalogue, FakeExplorer, useAfterFree} from '../protocol/testing/fake-explorer.js';
import type {EngineWorker} from './engine-connection.js';
import {ExplorerClient} from './explorer-client.js';

const program: Program = {v: 1, subject: 'naive-stack', choices: {}, setup: ['push 1'], threads: [['pop'], ['pop']], mode: 'all', seed: '7', limit: 0, stop: 'first'};

/** An explorer's worker at the other end of a channel, in this thread; it reports when told to. */
class FakeWorker implements EngineWorker {
  static made: FakeWorker[] = [];
  readonly explorer = new FakeExplorer();
  readonly #near: MessagePort;
  readonly #far: MessagePort;
  terminated = false;
  beat: ReturnType<typeof setInterval>;

  constructor(host: Partial<ExplorerHost> = {}) {
    const {port1, port2} = new MessageChannel();
    this.#near = port1;
    this.#far = port2;
    port1.start();
    port2.start();
    const usual: ExplorerHost = {
      load: async () => ({ok: true, catalogueJson: JSON.stringify(fakeCatalogue)}),
      start: (json) => { const answer = JSON.parse(this.explorer.start(json)) as {ok?: true}; return answer.ok ? {ok: true} : {ok: false, failure: {code: 'E_PARAM', message: 'no', retryable: false}}; },
      stop: () => { this.explorer.stop(); this.report(); },
      replay: (json, choices) => { this.explorer.start(json); this.explorer.replay(choices); return {ok: true, json: this.explorer.interleaving()}; },
      ...host,
    };
    Comlink.expose(usual, port2 as unknown as Comlink.Endpoint);
    this.beat = setInterval(() => this.say({kind: 'heartbeat'}), 500);
    FakeWorker.made.push(this);
  }

  advance(): void { this.explorer.advance(12); this.report(); }
  report(): void { this.say({kind: 'progress', json: this.explorer.progress()}); }
  say(message: ExplorerMessage): void { if (!this.terminated) this.#far.postMessage(message); }
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

function until(client: ExplorerClient, done: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => { if (done()) { client.removeEventListener('change', look); resolve(); } };
    client.addEventListener('change', look);
    look();
  });
}

afterEach(() => {
  vi.useRealTimers();
  for (const worker of FakeWorker.made.splice(0)) worker.terminate();
});

describe('an explorer client', () => {
  it('loads once, however often it is asked', async () => {
    const client = new ExplorerClient(() => new FakeWorker());
    expect(FakeWorker.made).toHaveLength(0);
    const [catalogue] = await Promise.all([client.load(), client.load()]);
    expect(catalogue.subjects.length).toBeGreaterThan(3);
    expect(client.status.phase).toBe('ready');
    expect(FakeWorker.made).toHaveLength(1);
  });

  it('explores, tells how far it is, and how it ended', async () => {
    const client = new ExplorerClient(() => new FakeWorker()), phases: string[] = [];
    client.addEventListener('change', () => { if (phases.at(-1) !== client.status.phase) phases.push(client.status.phase); });
    await client.start(program, 1000);
    const [worker] = FakeWorker.made;
    worker!.advance();
    await until(client, () => client.status.progress?.executions === 12);
    worker!.advance();
    await until(client, () => client.status.phase === 'ended');
    expect(client.status.progress).toMatchObject({state: 'violated', violation: {choices: useAfterFree.choices}});
    expect(phases).toEqual(['loading', 'exploring', 'ended']);
    expect((await client.replay(program, '0210')).fault).toBe(16);
  });

  it('stops when the explorer does, and by force when it does not', async () => {
    const client = new ExplorerClient(() => new FakeWorker());
    await client.start(program, 1000);
    await client.stop();
    expect(client.status).toMatchObject({phase: 'ended', progress: {state: 'stopped'}});
    expect(FakeWorker.made[0]!.terminated).toBe(false);

    const deaf = new ExplorerClient(() => new FakeWorker({stop: () => undefined}));
    await deaf.start(program, 1000);
    FakeWorker.made[1]!.advance();
    await until(deaf, () => deaf.status.progress !== undefined);
    await deaf.stop();
    expect(deaf.status).toMatchObject({phase: 'ended', progress: {state: 'stopped', executions: 12}});
    expect(FakeWorker.made[1]!.terminated).toBe(true);
    expect((await deaf.replay(program, '0210')).steps).toHaveLength(17);
    expect(FakeWorker.made).toHaveLength(3);
  });

  it('does not take what an earlier exploration reports for the present one', async () => {
    let accept!: () => void;
    const client = new ExplorerClient(() => new FakeWorker({start: (async () => { await new Promise<void>((resolve) => { accept = resolve; }); return {ok: true}; }) as never}));
    await client.load();
    const started = client.start(program, 1000);
    await until(client, () => client.status.phase === 'exploring');
    const [worker] = FakeWorker.made;
    worker!.explorer.start(programText({...program, subject: 'treiber-stack'}));
    worker!.advance();
    await new Promise((resolve) => { setTimeout(resolve, 20); });
    expect(client.status.progress).toBeUndefined();
    accept();
    await started;
    worker!.advance();
    await until(client, () => client.status.progress !== undefined);
  });

  it('turns a crash into a failure with a code, keeps the counts, and the next start works', async () => {
    const client = new ExplorerClient(() => new FakeWorker());
    await client.start(program, 1000);
    FakeWorker.made[0]!.advance();
    await until(client, () => client.status.progress !== undefined);
    FakeWorker.made[0]!.say({kind: 'crashed', failure: {code: 'E_ABORT', message: 'unreachable', retryable: true}});
    await until(client, () => client.status.phase === 'failed');
    expect(client.status).toMatchObject({failure: {code: 'E_ABORT'}, progress: {executions: 12}});
    await client.start(program, 1000);
    expect(client.status).toMatchObject({phase: 'exploring'});
    expect(client.status.progress).toBeUndefined();
    expect(FakeWorker.made).toHaveLength(2);
  });

  it('says why it could not be loaded, and tries again when asked', async () => {
    let tries = 0;
    const client = new ExplorerClient(() => new FakeWorker(tries++ === 0 ? {load: async () => ({ok: false, failure: {code: 'E_NET', message: 'no net', retryable: true}})} : {}));
    await expect(client.load()).rejects.toMatchObject({code: 'E_NET'});
    expect(client.status).toMatchObject({phase: 'failed', failure: {code: 'E_NET'}});
    await client.load();
    expect(client.status.phase).toBe('ready');
  });

  it('passes a refusal on', async () => {
    const client = new ExplorerClient(() => new FakeWorker());
    await expect(client.start({...program, subject: 'nothing'}, 1000)).rejects.toMatchObject({code: 'E_PARAM'});
    expect(client.status.phase).toBe('failed');
  });

  it('says when there is no such execution', async () => {
    const none = JSON.stringify({choices: '', threads: ['setup'], steps: [], message: 'these are no choices of an execution'});
    const client = new ExplorerClient(() => new FakeWorker({replay: () => ({ok: true, json: none})}));
    await expect(client.replay(program, '9')).rejects.toMatchObject({code: 'E_PARAM', message: 'There is no such execution of this program: these are no choices of an execution.'});
  });

  it('does not wait for ever for an answer', async () => {
    const client = new ExplorerClient(() => new FakeWorker({replay: (() => new Promise(() => undefined)) as never}));
    await client.load();
    vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout']});
    const shown = client.replay(program, '0');
    const refused = expect(shown).rejects.toMatchObject({code: 'E_HANG'});
    await vi.advanceTimersByTimeAsync(10_000);
    await refused;
  });

  it('put away, leaves no worker and no failure behind', async () => {
    const client = new ExplorerClient(() => new FakeWorker({load: () => new Promise(() => undefined)}));
    const loading = client.load();
    client.dispose();
    await expect(loading).rejects.toMatchObject({code: 'E_INTERRUPTED'});
    expect(client.status).toEqual({phase: 'idle'});
    expect(FakeWorker.made[0]!.terminated).toBe(true);
  });
});

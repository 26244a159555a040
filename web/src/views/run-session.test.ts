import {describe, expect, it} from 'vitest';

import type {EngineClient, EngineStatus} from '../client/engine-client.js';
import {parseCatalogue} from '../protocol/schema.js';
import {defaultSettings} from '../protocol/settings.js';
import {badgeOf, fillNotice, RunSession} from './run-session.js';

const scenario = parseCatalogue({format: 'sluice-schema', version: 1, scenarios: [{
  id: 'pool', family: 'pools', title: 'Pool', prefers: 'threads', itemName: 'jobs',
  params: [{id: 'workers', label: 'Workers', type: 'integer', min: 1, max: 8, default: 4}, {id: 'rate', label: 'Rate', type: 'integer', min: 1, max: 100, default: 10, unit: '/s', live: true}],
}]}).scenarios[0]!;

/** Says yes to everything; `become` is what the engine would tell. */
class FakeClient extends EventTarget {
  status: EngineStatus;
  readonly asked: string[] = [];
  constructor(threads = true) {
    super();
    this.status = {phase: 'idle', capability: {threads, wasm: true, reason: threads ? 'ok' : 'not-isolated', text: threads ? 'Real threads.' : 'This page cannot share memory.', cores: 2, threadCap: 8}};
  }
  async capability() { return this.status.capability!; }
  async start(r: {engine: string; speed: number}) { this.asked.push(`start ${r.engine} ${r.speed}`); }
  async stop() { this.asked.push('stop'); }
  async pause() { this.asked.push('pause'); }
  async resume() { this.asked.push('resume'); }
  async step(n: number) { this.asked.push(`step ${n}`); }
  async setSpeed(s: number) { this.asked.push(`speed ${s}`); }
  async setLive(id: string, text: string) { this.asked.push(`live ${id}=${text}`); }
  poll() { return undefined; }
  become(status: Partial<EngineStatus>) { this.status = {...this.status, ...status}; this.dispatchEvent(new Event('change')); }
}

Object.assign(globalThis, {
  document: Object.assign(new EventTarget(), {hidden: false}), requestAnimationFrame: () => 1, innerWidth: 1280,
});

const session = (client: FakeClient, more = {}) => {
  const s = new RunSession(client as unknown as EngineClient, scenario, {...defaultSettings(scenario), ...more});
  s.open();
  return s;
};

describe('run session', () => {
  it('ignores an engine that runs for somebody else', () => {
    const client = new FakeClient(), s = session(client);
    client.become({phase: 'running', engine: 'sim'});
    expect(s.phase).toBe('idle');
    expect(s.status.request).toBeUndefined();
  });
  it('follows the run it started, and says so aloud', async () => {
    const client = new FakeClient(), s = session(client), said: string[] = [];
    s.announce = (words) => said.push(words);
    await s.run();
    client.become({phase: 'running', engine: 'threads'});
    expect([s.phase, s.engine]).toEqual(['running', 'threads']);
    client.become({phase: 'finished'});
    expect(said[0]).toContain('on real threads');
    expect(said).toHaveLength(1);                                 // the next is spoken two seconds later
    await new Promise((resolve) => { setTimeout(resolve, 2100); });
    expect(said[1]).toContain('Finished.');
  });
  it('one button runs, pauses and resumes', async () => {
    const client = new FakeClient(), s = session(client);
    await s.toggle();
    client.become({phase: 'running', engine: 'threads'});
    await s.toggle();
    client.become({phase: 'paused'});
    await s.toggle();
    expect(client.asked).toEqual(['start auto 1', 'pause', 'resume']);
  });
  it('does not call a run stopped that only makes way for the next', async () => {
    const client = new FakeClient(), s = session(client), phases: string[] = [];
    await s.run();
    client.become({phase: 'running', engine: 'sim'});
    s.addEventListener('change', () => phases.push(s.phase));
    client.start = async () => { for (const phase of ['cancelled', 'loading', 'running'] as const) client.become({phase}); };
    await s.run();
    expect(phases).not.toContain('cancelled');
    expect(s.phase).toBe('running');
  });
  it('hands live parameters to a run under way, and keeps others for the next', async () => {
    const client = new FakeClient(), s = session(client);
    await s.run();
    client.become({phase: 'running', engine: 'sim'});
    s.set('rate', 20); s.set('workers', 8);
    expect(client.asked.slice(1)).toEqual(['live rate=20']);
    expect(s.params).toMatchObject({rate: 20, workers: 8});
  });
  it('marks where knowledge ends when a promise is broken', async () => {
    const client = new FakeClient(), s = session(client);
    await s.run();
    client.become({phase: 'running', engine: 'sim'});
    client.become({phase: 'failed', failure: {code: 'E_INVARIANT', message: 'expected 2, found 1', retryable: true}});
    expect(s.cut).toBe(s.scene.now);
    expect(s.report).toContain('E_INVARIANT');
  });
  it('explains its engine', () => {
    expect(badgeOf(session(new FakeClient(true))).engine).toBe('threads');
    const alone = badgeOf(session(new FakeClient(false)));
    expect(alone.engine).toBe('sim');
    expect(alone.why).toContain('cannot share memory');
  });
  it('fills sentences with what was read, and with a dash before there is anything', () => {
    const s = session(new FakeClient());
    expect(fillNotice('With {workers} workers {rate}.', s).map((p) => p.text).join('')).toBe('With – workers –.');
    expect(fillNotice('{nonsense}', s)).toEqual([{text: '–', read: true}]);
  });
});

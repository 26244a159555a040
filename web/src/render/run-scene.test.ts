import {describe, expect, it} from 'vitest';
import {Verb, type RecordBatch, type TelemetryPoll, type TelemetrySnapshot} from '../protocol/telemetry.js';
import {bucketOf} from '../protocol/telemetry.js';
import {RunScene} from './run-scene.js';

const batch = (rows: (readonly [number, number, number, number, number])[]): RecordBatch => ({
  length: rows.length,
  time: Float64Array.from(rows, (r) => r[0]), verb: Uint16Array.from(rows, (r) => r[1]), worker: Uint16Array.from(rows, (r) => r[2]),
  a: Float64Array.from(rows, (r) => r[3]), b: Float64Array.from(rows, (r) => r[4]), task: new Uint32Array(rows.length),
});
const snapshot = (run: number, nowNs: number, itemsOut: number, latency: number[] = []): TelemetrySnapshot => {
  const histogram = new Float64Array(1200);
  for (const v of latency) histogram[bucketOf(v)]!++;
  return {
    run, state: 1, virtualTime: true, nowNs, traceHash: '0', traceCount: 0, counters: {itemsIn: itemsOut, itemsOut, dropped: 0, retries: 0}, stages: [], histogram,
    lanes: [{state: 'running', busyNs: 0, items: itemsOut, retries: 0, sinceNs: 0}, {state: 'parked', busyNs: 0, items: 0, retries: 0, sinceNs: 0}],
    gauges: [{value: 0, high: 3, capacity: 64, sent: 0}],
  };
};
const poll = (s: TelemetrySnapshot, rows: Parameters<typeof batch>[0] = []): TelemetryPoll => ({snapshot: s, records: batch(rows), lost: 0});

describe('run scene', () => {
  it('follows lanes and channels', () => {
    const scene = new RunScene();
    scene.take(poll(snapshot(1, 1e6, 1, [5e5]), [[0, Verb.sent, 0, 0, 1], [1e5, Verb.received, 0, 0, 0], [1e5, Verb.workBegun, 0, 7, 0], [6e5, Verb.workEnded, 0, 7, 0]]));
    expect(scene.tracks).toHaveLength(2);
    expect(scene.tracks[0]!.length).toBe(2);
    expect(scene.channels[0]!.at(5e4)).toBe(1);
    const f = scene.figures();
    expect(f.rate).toBeCloseTo(1000);
    expect(f.p50).toBeGreaterThan(4.9e5);
  });
  it('remembers what was given up, of this run only', () => {
    const scene = new RunScene();
    scene.take(poll(snapshot(1, 1e6, 1), [[2e5, Verb.cancelled, 0, 7, 1]]));
    expect(scene.endings.of(7)).toEqual({at: 2e5, why: 1});
    scene.take(poll(snapshot(2, 1e5, 0)));
    expect(scene.endings.of(7)).toBeUndefined();
  });
  it('begins anew with a new run', () => {
    const scene = new RunScene();
    scene.take(poll(snapshot(1, 5e6, 10), [[0, Verb.workBegun, 0, 7, 0], [6e5, Verb.workEnded, 0, 7, 0]]));
    scene.take(poll(snapshot(2, 1e6, 0)));
    expect(scene.tracks[0]!.length).toBe(0);
    expect(scene.now).toBe(1e6);
  });
  it('claims nothing about the time whose records are lost', () => {
    const scene = new RunScene();
    scene.take(poll(snapshot(1, 1e6, 1), [[0, Verb.workBegun, 0, 1, 0]]));
    scene.take({...poll(snapshot(1, 10e6, 9), [[8e6, Verb.workBegun, 0, 5, 0], [9e6, Verb.workEnded, 0, 5, 0]]), lost: 40});
    const f = scene.figures(5e6);
    expect(f.busy).toBeCloseTo(0.25);
    expect(scene.tracks[0]!.from[0]).toBe(8e6);
  });
  it('knows a queue without a bound from one that only hands over', () => {
    const told = (capacity: number) => { const scene = new RunScene(), s = snapshot(1, 1e6, 1); scene.take(poll({...s, gauges: [{...s.gauges[0]!, capacity}]})); return scene.capacity(); };
    expect([64, 0, 2 ** 64].map(told)).toEqual([64, 0, Infinity]);
  });
  it('knows when the last worker stopped doing something', () => {
    const scene = new RunScene(), begun: [number, number, number, number, number] = [2e5, Verb.workBegun, 1, 8, 0];
    scene.take(poll(snapshot(1, 9e5, 1), [[1e5, Verb.workBegun, 0, 7, 0], begun]));
    expect(scene.lastWork()).toBe(9e5);
    scene.take(poll(snapshot(1, 5e6, 2), [[6e5, Verb.workEnded, 0, 7, 0], [7e5, Verb.parked, 0, 0, 0], [8e5, Verb.workEnded, 1, 8, 0], [8e5, Verb.parked, 1, 0, 0]]));
    expect(scene.lastWork()).toBe(8e5);
  });
  it('says whether anything happened', () => {
    const scene = new RunScene();
    expect(scene.take(poll(snapshot(1, 1e6, 1)))).toBe(true);
    expect(scene.take(poll(snapshot(1, 1e6, 1)))).toBe(false);
  });
  it('speaks of the last stretch, and of nothing when nothing ran', () => {
    const scene = new RunScene();
    expect(scene.figures().rate).toBeNaN();
    for (let t = 1; t <= 100; t++) scene.take(poll(snapshot(1, t * 1e6, t <= 50 ? t * 10 : 500 + (t - 50) * 20)));
    expect(scene.figures(20e6).rate).toBeCloseTo(20_000, -2);
    expect(scene.figures().rate).toBeCloseTo(15_000, -2);
  });
});

import {describe, expect, it} from 'vitest';
import {Verb} from '../protocol/telemetry.js';
import {replay, type Recording} from './recording.js';

const lane = {state: 'running', busyNs: 5, items: 9, retries: 0, sinceNs: 0} as const;
const recording: Recording = {
  seed: '7',
  snapshot: {run: 0, state: 1, virtualTime: true, nowNs: 200, traceHash: '0', traceCount: 3, counters: {itemsOut: 9}, lanes: [lane], gauges: [], stages: [], histogram: [[70, 9]], size: 100},
  checkpoints: [[100, 4, 3, 0, 0, 3, 0], [200, 9, 9, 1, 2, 9, 2]],
  records: [[150, Verb.workBegun, 0, 1, 0], [190, Verb.workEnded, 0, 1, 0]],
};

describe('recording', () => {
  it('is told again moment by moment, with its records at the end', () => {
    const polls = [...replay(recording)];
    expect(polls.map((p) => [p.snapshot.nowNs, p.snapshot.counters['itemsOut'], p.snapshot.lanes[0]!.items, p.records.length])).toEqual([[100, 3, 3, 0], [200, 9, 9, 2]]);
    expect(polls[1]!.snapshot.histogram[70]).toBe(9);
    expect(polls[1]!.snapshot.lanes[0]!.retries).toBe(2);
  });
});

import {describe, expect, it} from 'vitest';
import {Verb} from '../protocol/telemetry.js';
import {apply, kindOf, segmentAt, shares, Track} from './task-lanes.js';

const list = (track: Track) => Array.from({length: track.length}, (_, i) => {
  const at = track.slot(i);
  return [kindOf(track.kind[at]!), track.from[at], track.to[at]];
});

describe('task lanes', () => {
  it('turns work and parking into segments', () => {
    const track = new Track();
    apply(track, 10, Verb.workBegun, 1, 0);
    apply(track, 40, Verb.workEnded, 1, 0);
    apply(track, 45, Verb.parked, 0, 0);
    apply(track, 60, Verb.unparked, 0, 0);
    apply(track, 61, Verb.workBegun, 2, 0);
    expect(list(track)).toEqual([['run', 10, 40], ['idle', 45, 60]]);
    expect(track.open).toBe(true);
    expect(track.openFrom).toBe(61);
  });
  it('parks whoever does not work, where nobody is parked expressly', () => {
    const track = new Track();
    apply(track, 10, Verb.workBegun, 1, 0, true);
    apply(track, 40, Verb.workEnded, 1, 0, true);
    apply(track, 40, Verb.workBegun, 2, 0, true);
    apply(track, 50, Verb.workEnded, 2, 0, true);
    apply(track, 70, Verb.workBegun, 3, 0, true);
    expect(list(track)).toEqual([['run', 10, 40], ['run', 40, 50], ['idle', 50, 70]]);
  });
  it('splits running work around a retry, so nothing overlaps', () => {
    const track = new Track();
    apply(track, 0, Verb.workBegun, 7, 0);
    apply(track, 5, Verb.retried, 3, 0);
    apply(track, 9, Verb.workEnded, 7, 0);
    expect(list(track)).toEqual([['run', 0, 5], ['retry', 5, 5], ['run', 5, 9]]);
  });
  it('marks the job that was cancelled', () => {
    const track = new Track();
    apply(track, 0, Verb.workBegun, 7, 0);
    apply(track, 5, Verb.cancelled, 7, 0);
    expect(list(track)).toEqual([['cancel', 0, 5]]);
  });
  it('survives records whose beginning was lost', () => {
    const track = new Track();
    apply(track, 5, Verb.workEnded, 7, 0);
    apply(track, 6, Verb.unparked, 0, 0);
    apply(track, 7, 99, 0, 0);
    expect(track.length).toBe(0);
    expect(track.open).toBe(false);
  });
  it('keeps the latest segments only', () => {
    const track = new Track(4);
    for (let i = 0; i < 10; i++) { apply(track, i * 10, Verb.workBegun, i, 0); apply(track, i * 10 + 8, Verb.workEnded, i, 0); }
    expect(list(track).map((s) => s[1])).toEqual([60, 70, 80, 90]);
    expect(track.total).toBe(10);
    expect(track.firstAfter(75)).toBe(1);
  });
  it('measures shares, open segments included', () => {
    const track = new Track();
    apply(track, 0, Verb.workBegun, 1, 0);
    apply(track, 50, Verb.workEnded, 1, 0);
    apply(track, 75, Verb.parked, 0, 0);
    const [run, , idle] = shares(track, 0, 100);
    expect(run).toBeCloseTo(0.5);
    expect(idle).toBeCloseTo(0.25);
    expect(shares(track, 5, 5)).toEqual([0, 0, 0, 0, 0]);
  });
  it('finds what lies under a moment', () => {
    const track = new Track();
    track.push(0, 10, 0, 1, 0); track.push(20, 30, 0, 2, 0);
    expect(segmentAt(track, 25, 3)).toBe(1);
    expect(segmentAt(track, 12, 3)).toBe(0);
    expect(segmentAt(track, 15, 3)).toBeUndefined();
  });
});

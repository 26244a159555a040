import {describe, expect, it} from 'vitest';
import {Track} from '../trace/task-lanes.js';
import {laneAt, laneLayout, stripsOf} from './lanes-renderer.js';

const range = {from: 0, to: 1000, virtual: true};

describe('lanes', () => {
  it('keeps a segment that is narrower than a pixel', () => {
    const track = new Track();
    track.push(500, 500.1, 0, 1, 0);
    const strips = stripsOf(track, range, 100);
    expect(strips).toHaveLength(1);
    expect(strips[0]!.w).toBeGreaterThanOrEqual(0.7);
  });
  it('costs what the pixels cost, not what the segments cost', () => {
    const track = new Track(50_000);
    for (let i = 0; i < 50_000; i++) track.push(i / 50, i / 50 + 0.015, 0, i, 0);
    expect(stripsOf(track, range, 600).length).toBeLessThan(700);
  });
  it('never merges what differs', () => {
    const track = new Track();
    for (let i = 0; i < 10; i++) track.push(i, i + 0.5, i % 2 ? 1 : 0, i, 0);
    expect(stripsOf(track, range, 100).map((s) => s.kind)).toEqual(Array.from({length: 10}, (_, i) => (i % 2 ? 'wait' : 'run')));
  });
  it('keeps wide neighbours apart', () => {
    const track = new Track();
    track.push(0, 100, 0, 1, 0); track.push(100, 200, 0, 2, 0);
    expect(stripsOf(track, range, 100)).toHaveLength(2);
  });
  it('draws what is still open up to the end, and nothing after a cut', () => {
    const track = new Track();
    track.begin(0, 800, 1, 0);
    expect(stripsOf(track, range, 100)).toMatchObject([{x: 80, w: 20}]);
    expect(stripsOf(track, range, 100, 900)).toMatchObject([{x: 80, w: 10}]);
    expect(stripsOf(track, range, 100, 700)).toEqual([]);
  });
  it('finds lane and segment under a point', () => {
    const tracks = [new Track(), new Track()];
    tracks[1]!.push(400, 600, 0, 1, 0);
    const at = laneLayout(1000, 238, 2);
    const hit = laneAt(at, tracks, range, at.box.x + at.box.w / 2, at.box.y + at.row * 1.5);
    expect(hit).toEqual({lane: 1, index: 0});
    expect(laneAt(at, tracks, range, at.box.x + 5, at.box.y + at.row * 5)).toBeUndefined();
  });
});

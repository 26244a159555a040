import {describe, expect, it} from 'vitest';
import {Endings} from './endings.js';
import {newestJob, spansOf} from './spans.js';
import {Track} from './task-lanes.js';

describe('spans', () => {
  const lanes = () => {
    const tracks = [new Track(), new Track()], endings = new Endings();
    tracks[0]!.push(0, 10, 0, 3, 0); tracks[0]!.push(10, 20, 2, -1, 0); tracks[0]!.push(20, 30, 0, 4, 1);
    tracks[1]!.push(5, 15, 0, 3, 2); tracks[1]!.begin(0, 25, 5, 1);
    endings.push(16, 3, 1);
    return {tracks, endings};
  };
  it('brings together what several lanes did for one item, in the order of time', () => {
    const {tracks, endings} = lanes(), [three, four, five] = spansOf(tracks, endings, 3, 3, 40);
    expect(three!.pieces).toEqual([{from: 0, to: 10, stage: 0}, {from: 5, to: 15, stage: 2}]);
    expect(three!.ended).toEqual({at: 16, why: 1});
    expect(four!.pieces).toHaveLength(1);
    expect(four!.ended).toBeUndefined();
    expect(five!.pieces).toEqual([{from: 25, to: 40, stage: 1}]);
  });
  it('knows the newest item, and that there is none yet', () => {
    expect(newestJob(lanes().tracks)).toBe(5);
    expect(newestJob([new Track()])).toBe(-1);
  });
});

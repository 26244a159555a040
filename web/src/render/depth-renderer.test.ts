import {describe, expect, it} from 'vitest';
import {ChannelHistory} from '../trace/channel-history.js';
import {outline} from './depth-renderer.js';

const range = {from: 0, to: 1000, virtual: true};

describe('depth', () => {
  it('begins with the level in force and ends at the edge', () => {
    const h = new ChannelHistory();
    h.depth.push(-50, 7); h.depth.push(500, 3);
    expect(outline(h, range, 100, 1000)).toEqual([{x: 0, level: 7}, {x: 50, level: 3}, {x: 100, level: 3}]);
  });
  it('keeps peaks when there are more steps than pixels', () => {
    const h = new ChannelHistory();
    for (let i = 0; i < 10_000; i++) h.depth.push(i / 10, i % 100 === 50 ? 60 : i % 7);
    const points = outline(h, range, 100, 1000);
    expect(Math.max(...points.map((p) => p.level))).toBe(60);
    for (let i = 1; i < points.length; i++) expect(points[i]!.x).toBeGreaterThanOrEqual(points[i - 1]!.x);
  });
  it('draws a ramp with few points', () => {
    const h = new ChannelHistory();
    for (let i = 0; i < 10_000; i++) h.depth.push(i / 10, i);
    expect(outline(h, range, 100, 1000).length).toBeLessThan(700);
  });
});

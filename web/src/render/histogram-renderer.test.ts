import {describe, expect, it} from 'vitest';
import {axisOf} from './histogram-renderer.js';

describe('histogram axis', () => {
  it('contains what occurs and ends on 1, 2 or 5', () => {
    for (const [low, high] of [[180_000, 9_400_000], [1, 3], [64, 65], [900, 1_100], [3e6, 8e9]] as const) {
      const ends = axisOf(low, high);
      expect(ends.low).toBeLessThanOrEqual(low);
      expect(ends.high).toBeGreaterThanOrEqual(high);
      expect(ends.high / ends.low).toBeGreaterThanOrEqual(30);
      for (const e of [ends.low, ends.high]) expect(['1', '2', '5']).toContain(e.toExponential(6)[0]);
    }
  });
});

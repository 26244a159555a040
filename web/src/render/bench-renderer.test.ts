import {describe, expect, it} from 'vitest';
import {benchLayout} from './bench-renderer.js';

describe('bench layout', () => {
  it('reads from left to right when wide and from top to bottom on a phone', () => {
    const wide = benchLayout(960, 384, 4), phone = benchLayout(326, 400, 4);
    expect(wide.lanes.box.x).toBeGreaterThan(wide.tank.x + wide.tank.w);
    expect(phone.lanes.box.y).toBeGreaterThan(phone.tank.y + phone.tank.h);
  });
  it('stays inside its canvas for every number of workers', () => {
    for (const [w, h] of [[960, 384], [326, 400], [620, 260]] as const) for (const n of [1, 4, 8, 64]) {
      const {tank, lanes} = benchLayout(w, h, n);
      for (const box of [tank, lanes.box]) { expect(box.x + box.w).toBeLessThanOrEqual(w); expect(box.y + box.h).toBeLessThanOrEqual(h); expect(box.w).toBeGreaterThan(100); }
      expect(lanes.bar).toBeGreaterThan(0);
    }
  });
});

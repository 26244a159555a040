import {describe, expect, it} from 'vitest';
import {decades, fromPlace, linear, logarithmic, niceStep, niceTop, toPlace} from './scale.js';

describe('scale', () => {
  it('goes there and back', () => {
    for (const scale of [linear(0, 64, 10, 110), logarithmic(0.1, 20, 34, 300)])
      for (const v of [0.2, 1, 7.4, 19]) expect(scale.value(scale.at(v))).toBeCloseTo(v, 9);
  });
  it('steps by 1, 2 and 5', () => {
    expect(niceStep(56 / 2, 56)).toBe(2);
    expect(niceStep(1, 56)).toBe(100);
    expect(niceStep(1000, 56)).toBeCloseTo(0.1);
    expect(niceStep(0, 56)).toBe(1);
  });
  it('ends an axis on a round number at or above', () => {
    for (const n of [0.3, 1, 13, 12480, 999]) expect(niceTop(n)).toBeGreaterThanOrEqual(n);
    expect(niceTop(12480)).toBe(16000);
  });
  it('marks decades', () => {
    expect(decades(0.1, 20).filter((m) => m.major).map((m) => +m.value.toFixed(3))).toEqual([0.1, 0.2, 0.5, 1, 2, 5, 10, 20]);
  });
  it('places a slider and reads it back, linear and logarithmic', () => {
    for (const [min, max, log, step] of [[1, 64, false, 1], [1, 10_000_000, true, 1], [0, 4096, true, 1], [10, 1_000_000, true, 10]] as const) {
      expect(fromPlace(0, min, max, log, step)).toBe(min);
      expect(fromPlace(1, min, max, log, step)).toBe(max);
      for (let i = 0; i <= 20; i++) {
        const v = fromPlace(i / 20, min, max, log, step);
        expect(v).toBeGreaterThanOrEqual(min);
        expect(v).toBeLessThanOrEqual(max);
        expect(Math.abs(toPlace(v, min, max, log) - i / 20)).toBeLessThan(0.12);
      }
    }
  });
  it('is monotone along the slider', () => {
    let last = -1;
    for (let i = 0; i <= 1000; i++) { const v = fromPlace(i / 1000, 0, 4096, true, 1); expect(v).toBeGreaterThanOrEqual(last); last = v; }
  });
});

import {describe, expect, it} from 'vitest';
import {TimeView} from './time-view.js';

describe('time view', () => {
  it('slides when it can be read', () => {
    const v = new TimeView();
    expect(v.range(100e6, 0, 1 / 500, true, true)).toEqual({from: 82e6, to: 100e6, virtual: true});
    expect(v.strobe).toBe(false);
  });
  it('takes stills, twice a second, when it could not be read', () => {
    const v = new TimeView();
    const first = v.range(100e6, 0, 1, false, true);
    expect(v.strobe).toBe(true);
    expect(v.range(300e6, 200, 1, false, true)).toEqual(first);
    expect(v.range(700e6, 600, 1, false, true).to).toBe(700e6);
  });
  it('stands at the end once nothing moves', () => {
    const v = new TimeView();
    v.range(100e6, 0, 1, false, true);
    expect(v.range(123e6, 10, 1, false, false).to).toBe(123e6);
  });
  it('never begins before the run', () => {
    const v = new TimeView();
    expect(v.range(1e6, 0, 1, true, true)).toEqual({from: 0, to: 18e6, virtual: true});
    expect(v.range(10e6, 0, 1, true, false)).toEqual({from: 0, to: 18e6, virtual: true});
    v.pan(-5, 40e6);
    expect(v.behind).toBeLessThanOrEqual(22e6);
    v.pan(99, 40e6);
    expect(v.behind).toBe(0);
  });
  it('is filled by a young run that stands still', () => {
    expect(new TimeView().range(1e5, 0, 1, true, false)).toEqual({from: 0, to: 1.2e5, virtual: true});
  });
  it('chooses a width once, and leaves the reader theirs', () => {
    const v = new TimeView();
    v.suit(300e3, 700);
    expect(v.span).toBe(20e6);
    v.zoom(0.5); v.suit(1e6, 700);
    expect(v.span).toBe(10e6);
  });
});

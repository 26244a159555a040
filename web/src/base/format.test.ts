import {describe, expect, it} from 'vitest';
import {brief, count, duration, figure, grouped, milliseconds, percent, rate, short, withUnit} from './format.js';

describe('format', () => {
  it('groups digits with a narrow no-break space', () => {
    expect(grouped(12480)).toBe('12\u202f480');
    expect(grouped(1234567)).toBe('1\u202f234\u202f567');
    expect(grouped(-1234)).toBe('−1\u202f234');
    expect(grouped(999)).toBe('999');
  });
  it('never shows a number it does not have', () => {
    for (const say of [grouped, figure, percent, milliseconds]) expect(say(NaN)).toBe('–');
    expect(duration(Infinity).text).toBe('–');
    expect(rate(NaN).text).toBe('–');
  });
  it('keeps three digits', () => {
    expect(figure(0.824)).toBe('0.82');
    expect(figure(41.26)).toBe('41.3');
    expect(figure(12480.4)).toBe('12\u202f480');
    expect(figure(0)).toBe('0');
  });
  it('chooses the unit of a duration', () => {
    expect(duration(640)).toEqual({text: '640', unit: 'ns'});
    expect(duration(300_000)).toEqual({text: '300', unit: 'µs'});
    expect(duration(7_400_000)).toEqual({text: '7.40', unit: 'ms'});
    expect(duration(1.3e9)).toEqual({text: '1.30', unit: 's'});
  });
  it('keeps milliseconds in milliseconds', () => {
    expect(milliseconds(7.4e6)).toBe('7.40');
    expect(milliseconds(40_000)).toBe('0.0400');
    expect(milliseconds(1_300e6)).toBe('1\u202f300');
  });
  it('shortens for an axis', () => {
    expect([0, 500, 15_000, 2_500_000].map(short)).toEqual(['0', '500', '15k', '2.5M']);
  });
  it('says rates, shares, units and counts', () => {
    expect(rate(3.42e6)).toEqual({text: '3.42', unit: 'M'});
    expect(rate(12480)).toEqual({text: '12\u202f480', unit: ''});
    expect(percent(0.0412)).toBe('4.1');
    expect(withUnit('7', 'ms')).toBe('7\u00a0ms');
    expect(count(1, 'worker')).toBe('1\u00a0worker');
    expect(count(4, 'worker')).toBe('4\u00a0workers');
  });
  it('cuts between words, and says that there is more', () => {
    expect(brief('short')).toBe('short');
    expect(brief('not linearizable: T1 pop, T2 pop', 20)).toBe('not linearizable …');
    expect(brief('x'.repeat(30), 20)).toBe(`${'x'.repeat(19)} …`);
  });
});

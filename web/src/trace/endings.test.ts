import {describe, expect, it} from 'vitest';
import {Endings} from './endings.js';

describe('endings', () => {
  it('knows when something ended, and only the first time counts', () => {
    const endings = new Endings();
    endings.push(5, 7, 1);
    endings.push(9, 7, 0);
    expect(endings.of(7)).toEqual({at: 5, why: 1});
    expect(endings.of(8)).toBeUndefined();
  });
  it('forgets the oldest first', () => {
    const endings = new Endings(3);
    for (let job = 0; job < 5; job++) endings.push(job, job, 0);
    expect(endings.size).toBe(3);
    expect([0, 1, 2, 3, 4].map((job) => endings.of(job)?.at)).toEqual([undefined, undefined, 2, 3, 4]);
  });
});

import {describe, expect, it} from 'vitest';
import {bottleneck, graphInWords, type GraphStage} from './graph-renderer.js';

const stage = (label: string, busy: number, blocked = 0): GraphStage => ({label, busy, blocked, parallelism: 1, active: 1, rate: 10});

describe('pipeline graph', () => {
  it('names the busiest stage, not the one that is merely blocked', () => {
    const stages = [stage('parse', 0.3, 0.7), stage('resize', 0.98), stage('store', 0.4)];
    expect(bottleneck(stages)).toBe(1);
    expect(graphInWords(stages, [{level: 1, capacity: 8}, {level: 8, capacity: 8}, {level: 0, capacity: 8}])).toContain('Resize is the bottleneck, busy 98 %');
    expect(graphInWords(stages, [{level: 8, capacity: 8}, {level: 8, capacity: 8}])).toContain('2 queues before it are full');
  });
  it('of two that are always busy names the one that work queues up before', () => {
    const stages = [stage('read', 1), stage('parse', 0.96), stage('store', 1), stage('send', 0.4)];
    expect(bottleneck(stages, [{level: 3, capacity: 16}, {level: 10, capacity: 16}, {level: 16, capacity: 16}, {level: 0, capacity: 16}])).toBe(2);
  });
  it('of two stages names the second when the one queue between them is full', () => {
    expect(graphInWords([stage('producing', 0.6, 0.4), stage('consuming', 0.99)], [undefined, {level: 32, capacity: 32}])).toBe('Consuming is the bottleneck, busy 99 % of the time. The queue before it is full, so the stage upstream waits.');
  });
  it('counts only the queues there are', () => {
    const two = [stage('producing', 0.99), stage('consuming', 0.3)];
    expect(graphInWords(two, [undefined, {level: 0, capacity: 32}])).toContain('It waits for nobody.');
    expect(graphInWords([stage('producing', 0.3), stage('consuming', 0.99)], [undefined, {level: 3, capacity: 32}])).toContain('The queue before it has room.');
  });
  it('accuses nobody while nothing runs', () => {
    expect(bottleneck([stage('a', 0.1), stage('b', 0)])).toBe(-1);
    expect(graphInWords([], [])).toContain('No stage');
  });
});

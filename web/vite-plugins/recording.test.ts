import {describe, expect, it} from 'vitest';

import {parseCatalogue} from '../src/protocol/schema.js';
import {replay} from '../src/trace/recording.js';
import {load, record} from './recording.js';

const engine = await load();

describe.skipIf(!engine)('recordings of the built engine', () => {
  it('hold, for every scenario, a run in its middle', () => {
    for (const scenario of parseCatalogue(engine!.schemaJson()).scenarios.filter((s) => !s.explore)) {
      const recording = record(engine!, scenario), polls = [...replay(recording)], last = polls[polls.length - 1]!;
      expect(last.snapshot.counters['itemsOut'], scenario.id).toBeGreaterThan(0);
      expect(last.records.length, scenario.id).toBeGreaterThan(10);
      expect(polls.map((p) => p.snapshot.nowNs), scenario.id).toEqual(polls.map((p) => p.snapshot.nowNs).sort((a, b) => a - b));
    }
  }, 120_000);

  it('are the same each time', () => {
    const [scenario] = parseCatalogue(engine!.schemaJson()).scenarios;
    expect(JSON.stringify(record(engine!, scenario!))).toBe(JSON.stringify(record(engine!, scenario!)));
  }, 120_000);
});

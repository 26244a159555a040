// catalogue — a small catalogue with every type of parameter, for tests that need no engine.
import {parseCatalogue} from '../schema.js';

const number = (id: string, type: string, fallback: number, min: number, max: number, more: object = {}) =>
  ({id, label: id, type, unit: '', min, max, default: fallback, step: 1, ...more});

export const smallCatalogue = parseCatalogue({
  format: 'sluice-schema', version: 1,
  scenarios: [
    {
      id: 'worker-pool', family: 'pools', title: 'Worker pool', prefers: 'threads',
      params: [
        number('workers', 'integer', 4, 1, 64),
        number('rate', 'real', 12_500, 10, 1_000_000, {live: true, unit: 'jobs/s'}),
        number('work', 'duration', 300, 1, 10_000, {unit: 'µs'}),
        {...number('arrival', 'choice', 0, 0, 0), default: 'closed', choices: [{id: 'closed', label: 'Closed'}, {id: 'open', label: 'Open'}]},
        {...number('ordered', 'flag', 0, 0, 0), default: false},
      ],
    },
    {id: 'pipeline', family: 'flow', title: 'Pipeline', params: [number('stages', 'integer', 4, 3, 5)]},
    {id: 'lock-free-queue', family: 'lock-free', title: 'Lock-free queue', params: []},
  ],
});

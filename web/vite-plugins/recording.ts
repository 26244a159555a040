// recording — the run that a scenario page shows before the reader has made one: recorded from the engine while the page is built.
import {existsSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';

import type {Plugin} from 'vite';

import {TelemetryReader} from '../src/client/telemetry-reader.js';
import {defaultsOf, encodeParameters, parseCatalogue, type ScenarioSchema} from '../src/protocol/schema.js';
import type {Recording} from '../src/trace/recording.js';
import {parseLayout, Verb, type TelemetryPoll} from '../src/protocol/telemetry.js';
import type {EngineModule} from '../src/worker/engine-api.js';

const index = 'virtual:scenario-recording', one = `${index}/`;
const engineFolder = fileURLToPath(new URL('../engine/node/', import.meta.url));
const seed = '7';
/** How much of the end of the recording is kept record by record. */
const keptRecords = 1600;
const moments = 48;
const ended = 3;
const shownVerbs: ReadonlySet<number> = new Set([Verb.parked, Verb.unparked, Verb.workBegun, Verb.workEnded, Verb.sent, Verb.received, Verb.dropped, Verb.retried, Verb.stole, Verb.cancelled]);

type Engine = Pick<EngineModule, 'schemaJson' | 'layoutJson' | 'start' | 'slice' | 'stop' | 'telemetryAddress' | 'HEAPU8'>;

/** The engine as built for node; nothing where there is none yet. */
export async function load(): Promise<Engine | undefined> {
  const file = ['engine-sim.mjs', 'engine.mjs'].map((name) => join(engineFolder, name)).find((f) => existsSync(f));
  if (!file) return undefined;
  const module = await import(`${pathToFileURL(file).href}?${statSync(file).mtimeMs}`) as {default: () => Promise<Engine>};
  return module.default();
}

/** Runs a scenario with its defaults up to about two thirds, and keeps what its pictures need. */
export function record(engine: Engine, scenario: ScenarioSchema): Recording {
  const params = encodeParameters(defaultsOf(scenario));
  const begin = () => {
    const answer = JSON.parse(engine.start('sim', scenario.id, params, seed)) as {ok: boolean; message?: string};
    if (!answer.ok) throw new Error(`${scenario.id}: ${answer.message}`);
    return new TelemetryReader(parseLayout(engine.layoutJson()), {memory: engine.HEAPU8.buffer, address: engine.telemetryAddress()});
  };
  const whole = begin();
  while (engine.slice(Infinity, 500) < ended);
  const until = whole.poll().snapshot.nowNs * 0.66, reader = begin(), checkpoints: number[][] = [];
  let last: TelemetryPoll | undefined, rows: number[][] = [];
  for (let i = 1; i <= moments; i++) {
    engine.slice(until * i / moments, 10_000);
    last = reader.poll();
    const {snapshot: s, records: r} = last;
    checkpoints.push([Math.round(s.nowNs), s.counters['itemsIn'] ?? 0, s.counters['itemsOut'] ?? 0, s.counters['dropped'] ?? 0, s.counters['retries'] ?? 0, ...s.lanes.flatMap((l) => [l.items, l.retries])]);
    if (last.lost > 0) rows = [];                          // what is kept has no hole in it
    for (let k = 0; k < r.length; k++) if (shownVerbs.has(r.verb[k]!)) rows.push([r.time[k]!, r.verb[k]!, r.worker[k]!, r.a[k]!, r.b[k]!]);
    rows = rows.slice(-keptRecords);
  }
  engine.stop();
  while (engine.slice(Infinity, 500) < ended);
  const s = last!.snapshot, counts: [number, number][] = [];
  s.histogram.forEach((n, i) => { if (n) counts.push([i, n]); });
  return {seed, snapshot: {...s, run: 0, histogram: counts, size: s.histogram.length}, checkpoints, records: rows};
}

/** Vite: `virtual:scenario-recording` is a record from scenario to a function that fetches its recording. Empty without an engine; what is explored needs none. */
export function scenarioRecording(): Plugin {
  let engine: Promise<Engine | undefined> | undefined;
  return {
    name: 'sluice-scenario-recording',
    resolveId: (id) => (id === index || id.startsWith(one) ? `\0${id}` : undefined),
    async load(id) {
      if (id !== `\0${index}` && !id.startsWith(`\0${one}`)) return undefined;
      const loaded = await (engine ??= load()), {scenarios} = loaded ? parseCatalogue(loaded.schemaJson()) : {scenarios: []};
      if (id === `\0${index}`) return `export default {${scenarios.filter((s) => !s.explore).map((s) => `${JSON.stringify(s.id)}: () => import(${JSON.stringify(one + s.id)}).then((m) => m.default)`).join(',')}};`;
      const scenario = scenarios.find((s) => s.id === id.slice(one.length + 1));
      return loaded && scenario ? `export default JSON.parse(${JSON.stringify(JSON.stringify(record(loaded, scenario)))});` : undefined;
    },
  };
}

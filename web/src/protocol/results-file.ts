// results-file — the file that carries a run between the page, the native bench and other pages.
import * as v from 'valibot';

import {normaliseSeed, type Outcome} from './run.js';
import {parameterId} from './schema.js';

export const resultsEngines = ['native-threads', 'native-sim', 'wasm-threads', 'wasm-sim'] as const;

/** Largest file that is looked at. */
export const maxResultsBytes = 2 * 1024 * 1024;

const text = v.pipe(v.string(), v.maxLength(256));
const count = v.pipe(v.number(), v.finite(), v.minValue(0));
const scalar = v.union([v.pipe(v.number(), v.finite()), v.boolean(), text]);

const resultsFile = v.object({
  format: v.literal('sluice-results', 'not a Sluice results file'),
  version: v.literal(1, 'a results file of another version'),
  scenario: v.pipe(text, v.regex(parameterId)),
  params: v.record(v.pipe(text, v.regex(parameterId)), scalar),
  seed: v.pipe(text, v.check((s) => normaliseSeed(s) !== undefined, 'a seed is 1 to 16 hex digits')),
  engine: v.picklist(resultsEngines),
  machine: v.record(text, scalar),
  build: v.record(text, scalar),
  samples: v.pipe(v.array(v.object({ns: count, items: count})), v.maxLength(100_000)),
  histogram: v.optional(v.object({encoding: v.literal('hdr-v2'), data: v.pipe(v.string(), v.maxLength(256 * 1024))})),
});

export type ResultsFile = v.InferOutput<typeof resultsFile>;

/**
 * Reads a results file.
 * Fails     with a sentence that names the first place that does not fit.
 */
export function parseResultsFile(
    json: string): {readonly ok: true; readonly file: ResultsFile} | {readonly ok: false; readonly message: string} {
  if (json.length > maxResultsBytes) return {ok: false, message: 'The file is larger than 2 MB.'};
  let data: unknown;
  try {
    data = JSON.parse(json, (key, value: unknown) => (key === '__proto__' || key === 'constructor' ? undefined : value));
  } catch {
    return {ok: false, message: 'The file is not JSON.'};
  }
  const result = v.safeParse(resultsFile, data);
  if (result.success) return {ok: true, file: result.output};
  const issue = result.issues[0];
  return {ok: false, message: `${v.getDotPath(issue) ?? 'The file'}: ${issue.message}`};
}

/** The results file of runs made on this page: one sample per run, the histogram of the last. */
export function resultsOf(
    runs: readonly [Outcome, ...Outcome[]], machine: ResultsFile['machine'], build: ResultsFile['build']): ResultsFile {
  const last = runs[runs.length - 1]!;
  return {
    format: 'sluice-results',
    version: 1,
    scenario: last.scenario,
    params: last.params,
    seed: last.seed,
    engine: last.engine === 'threads' ? 'wasm-threads' : 'wasm-sim',
    machine,
    build,
    samples: runs.map((run) => ({ns: run.elapsedNs, items: run.itemsOut})),
    ...(last.histogram?.encoding === 'hdr-v2'
        ? {histogram: {encoding: 'hdr-v2' as const, data: last.histogram.data}} : {}),
  };
}

// explore — the words of the explorer: what can be explored, a program, what was found, and one execution step by step.
import * as v from 'valibot';

import type {EngineFailure} from './run.js';

export const programVersion = 1;

/** Ids of subjects, operations, presets and choices; also keeps `__proto__` out. */
export const exploreId = /^[a-z][a-z0-9_-]{0,63}$/;
/** How an execution is named: which branch was taken at each place where there was more than one. */
export const choicesPattern = /^[0-9A-Za-z().,_~-]*$/;
export const maxChoices = 16_384;
/** `push 2`, `pop`. */
export const operationPattern = /^([a-z][a-z0-9_-]{0,31})(?: (\d{1,3}))?$/;
export const argumentRange = {least: 0, most: 99} as const;

const id = v.pipe(v.string(), v.regex(exploreId));
const words = (most: number) => v.pipe(v.string(), v.maxLength(most));
const count = v.pipe(v.number(), v.finite(), v.minValue(0));
const list = <T extends v.GenericSchema>(of: T, most: number) => v.pipe(v.array(of), v.maxLength(most));
const choices = v.pipe(v.string(), v.maxLength(maxChoices), v.regex(choicesPattern));

const operations = list(words(64), 16);
const roles = ['any', 'owner', 'thief', 'producer', 'consumer'] as const;
/** What a thread is to a structure; an operation names the roles that may call it. */
export type Role = (typeof roles)[number];

const subject = v.object({
  id,
  title: words(80),
  kind: v.picklist(['structure', 'litmus']),
  group: v.optional(words(80), ''),
  summary: v.optional(words(400), ''),
  source: v.optional(words(80), ''),
  healthy: v.boolean(),
  operations: v.optional(list(v.object({id, label: words(40), argument: v.boolean(), roles: v.optional(list(v.picklist(roles), 5), ['any'])}), 24), []),
  roles: v.optional(v.picklist(['any', 'spsc', 'deque', 'mpsc']), 'any'),
  example: v.optional(v.object({setup: operations, threads: list(operations, 8)}), {setup: [], threads: []}),
  presets: v.optional(list(v.object({
    id, title: words(80), setup: v.optional(operations, []), threads: v.optional(list(operations, 8), []), notice: v.optional(words(600), ''),
    choices: v.optional(v.record(id, id), {}),
  }), 24), []),
  choices: v.optional(list(v.object({id, label: words(40), options: list(v.object({id, label: words(60)}), 12)}), 6), []),
  columns: v.optional(list(v.object({title: words(40), lines: list(words(120), 24)}), 6), []),
});

const exploreCatalogue = v.object({
  version: v.literal(1),
  limits: v.object({threads: v.pipe(count, v.integer()), operations: v.pipe(count, v.integer()), setup: v.pipe(count, v.integer())}),
  subjects: v.pipe(list(subject, 200), v.minLength(1)),
});

export type ExploreCatalogue = v.InferOutput<typeof exploreCatalogue>;
/** Something with executions: a structure and its operations, or a litmus test whose code is fixed. */
export type Subject = v.InferOutput<typeof subject>;
export type SubjectOperation = Subject['operations'][number];
export type Preset = Subject['presets'][number];

export const modes = ['all', 'random'] as const;
export const stops = ['first', 'never'] as const;

/** Strict: programs come out of links. */
export const programSchema = v.strictObject({
  v: v.literal(programVersion),
  subject: id,
  choices: v.record(id, id),
  setup: list(v.pipe(words(64), v.regex(operationPattern)), 16),
  threads: list(list(v.pipe(words(64), v.regex(operationPattern)), 16), 8),
  mode: v.picklist(modes),
  seed: v.pipe(v.string(), v.regex(/^[0-9a-f]{1,16}$/)),
  /** Executions after which to stop; 0 for none. */
  limit: v.pipe(count, v.integer(), v.maxValue(1e9)),
  stop: v.picklist(stops),
});

/** What is explored: who calls what, and how. */
export type Program = v.InferOutput<typeof programSchema>;

/** The form in which the explorer reads a program: a line for each thing it says. */
export function programText(program: Program): string {
  return [
    `subject ${program.subject}`, ...Object.entries(program.choices).map(([id, option]) => `choice ${id} ${option}`),
    ...(program.setup.length ? [`setup ${program.setup.join(', ')}`] : []), ...program.threads.map((calls) => `thread ${calls.join(', ')}`.trimEnd()),
    `mode ${program.mode}`, `seed ${program.seed}`, `limit ${program.limit}`, `stop ${program.stop}`,
  ].join('\n');
}

export const exploreStates = ['exploring', 'complete', 'violated', 'bounded', 'stopped'] as const;

const progress = v.object({
  state: v.picklist(exploreStates),
  executions: count,
  pruned: count,
  violations: count,
  elapsedMs: count,
  reduction: v.optional(words(200), ''),
  bound: v.optional(v.nullable(words(200)), null),
  outcomes: v.optional(list(v.object({text: words(400), count, choices, weak: v.optional(v.boolean(), false)}), 64), []),
  /** Executions whose outcome is not among those listed. */
  furtherOutcomes: v.optional(count, 0),
  violation: v.optional(v.nullable(v.object({kind: words(80), message: words(1000), choices})), null),
});

/** How far an exploration has come. */
export type Progress = v.InferOutput<typeof progress>;
/** What the threads saw in some of the executions; `choices` names the first of them. */
export type SeenOutcome = Progress['outcomes'][number];
export type Violation = NonNullable<Progress['violation']>;

export const stepKinds = [
  'call', 'return', 'load', 'store', 'rmw', 'fence', 'read', 'write', 'allocate', 'free', 'lock', 'unlock', 'park', 'unpark', 'spin', 'fault', 'note',
] as const;
export type StepKind = (typeof stepKinds)[number];

const place = v.pipe(v.number(), v.integer(), v.minValue(0));
const step = v.object({
  thread: place,
  call: v.optional(v.nullable(words(120)), null),
  /** A kind that a newer explorer has is a line like any other. */
  kind: v.fallback(v.picklist(stepKinds), 'note'),
  text: words(300),
  object: v.optional(v.nullable(words(120)), null),
  order: v.optional(v.nullable(words(40)), null),
  value: v.optional(v.nullable(words(120)), null),
  from: v.optional(v.nullable(place), null),
  stale: v.optional(v.boolean(), false),
  file: v.optional(v.nullable(words(120)), null),
  line: v.optional(v.nullable(place), null),
});

export const maxSteps = 20_000;

const interleaving = v.pipe(
  v.object({
    choices,
    threads: v.pipe(list(words(40), 9), v.minLength(1)),
    steps: list(step, maxSteps),
    memory: v.optional(list(v.object({step: place, object: words(120), value: words(120)}), 2 * maxSteps), []),
    fault: v.optional(v.nullable(place), null),
    message: v.optional(words(1000), ''),
  }),
  v.check((i) => i.steps.every((s) => s.thread < i.threads.length), 'a step names a thread there is not'),
  v.check((i) => i.steps.every((s, at) => s.from === null || s.from < at), 'a step reads from a later one'),
  v.check((i) => (i.fault ?? 0) < Math.max(1, i.steps.length) && i.memory.every((m) => m.step < i.steps.length), 'a place lies outside the execution'),
);

/** One execution, step by step. Thread 0 sets up and looks at the end; the others run side by side. */
export type Interleaving = v.InferOutput<typeof interleaving>;
export type Step = Interleaving['steps'][number];

const answer = v.union([
  v.object({ok: v.literal(true)}),
  v.object({error: v.object({code: words(40), message: words(600)})}),
]);

/** The most that is read of anything the explorer says. */
const maxJson = 16 * 1024 * 1024;

function read<T extends v.GenericSchema>(what: string, schema: T, json: string): v.InferOutput<T> {
  if (json.length > maxJson) throw new TypeError(`${what}: longer than 16 MB`);
  const result = v.safeParse(schema, JSON.parse(json));
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new TypeError(`${what}: ${v.getDotPath(issue) ?? 'top level'}: ${issue.message}`);
}

/** Each reads what the explorer said. Throws a `TypeError` that names the first place that does not fit. */
export const parseExploreCatalogue = (json: string): ExploreCatalogue => read('catalogue', exploreCatalogue, json);
export const parseProgress = (json: string): Progress => read('progress', progress, json);
export const parseInterleaving = (json: string): Interleaving => read('interleaving', interleaving, json);
export const parseAnswer = (json: string): v.InferOutput<typeof answer> => read('answer', answer, json);

export type ExplorerLoaded = {readonly ok: true; readonly catalogueJson: string} | {readonly ok: false; readonly failure: EngineFailure};
export type ExplorerAccepted = {readonly ok: true} | {readonly ok: false; readonly failure: EngineFailure};
export type ExplorerReplayed = {readonly ok: true; readonly json: string} | {readonly ok: false; readonly failure: EngineFailure};

/** The calls of the explorer's worker, made through Comlink. */
export interface ExplorerHost {
  load(): Promise<ExplorerLoaded>;
  /** `program` as `programText` has it. Returns once it is accepted; the rest is told by `progress` messages. `limitMs` ends what takes too long. */
  start(program: string, limitMs: number): ExplorerAccepted;
  stop(): void;
  /** One execution of a program. What is being explored is stopped first. */
  replay(program: string, choices: string): ExplorerReplayed;
}

/** Posted by the worker beside Comlink's own messages. */
export type ExplorerMessage =
  | {readonly kind: 'heartbeat'}
  | {readonly kind: 'progress'; readonly json: string}
  | {readonly kind: 'crashed'; readonly failure: EngineFailure};

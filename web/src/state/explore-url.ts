// explore-url — a page's program and the execution in view as a readable query, and as a share link where that is too long.
import * as v from 'valibot';

import {
  choicesPattern, maxChoices, modes, programSchema, stops, type ExploreCatalogue, type Program, type Subject,
} from '../protocol/explore.js';
import {failure, normaliseSeed, type EngineFailure} from '../protocol/run.js';
import {hasForbiddenKey, maxFragmentBytes, pack, unpack} from './packing.js';
import {
  allowedAt, clampArgument, findSubject, firstSubject, parseOperation, placeName, presetOf, printOperation, roomAt, sameCalls, threadRange, usualProgram, usualSample,
  type Place,
} from './program.js';

/** What an explore view shows. */
export interface ExploreState {
  readonly program: Program;
  /** The execution in view. */
  readonly run: string | undefined;
  /** The step the reader looks at, from 0. */
  readonly at: number;
}

/** A page that is about one subject has it in its address under another key. */
export interface ExploreHome { readonly key: string; readonly value: string; readonly subject: string; readonly preset: string }

/** A link as it was written, before the catalogue is known: bounded, and no more than that. */
export interface ExploreRequest {
  readonly pairs: ReadonlyMap<string, string>;
  readonly packed?: Program & {readonly run?: string | undefined; readonly at?: number | undefined};
  readonly failure?: EngineFailure;
}

export interface ReadExplore {
  readonly state: ExploreState;
  readonly subject: Subject;
  /** Sentences: what could not be as the link said. */
  readonly notes: readonly string[];
}

const maxQueryBytes = 4 * 1024;
const maxNotes = 16;
const silent: ReadonlySet<string> = new Set(['theme', 'lang', 'v', 'still', 'scenario', 'controls', 'height', 'autorun', 'engine', 'view', 'speed', 'src', 'resize', 't']);

const shared = v.strictObject({
  v: v.literal(1),
  explore: programSchema,
  run: v.optional(v.pipe(v.string(), v.maxLength(maxChoices), v.regex(choicesPattern))),
  at: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1e6))),
});

/** Never throws. */
export async function parseExplore(at: {readonly search: string; readonly hash: string}): Promise<ExploreRequest> {
  if (at.search.length > maxQueryBytes) return refused('The query of this link is longer than 4 kB.');
  const pairs = new Map<string, string>();
  for (const [key, value] of new URLSearchParams(at.search)) if (!pairs.has(key)) pairs.set(key, value);
  if (!at.hash.startsWith('#s=')) return {pairs};
  if (at.hash.length > maxFragmentBytes) return refused('This link is longer than 64 kB.', pairs);
  const unpacked = await unpack(at.hash.slice('#s='.length));
  if (!unpacked || hasForbiddenKey(unpacked.data, 5)) return refused('This link is damaged.', pairs);
  const version = (unpacked.data as {v?: unknown} | null)?.v;
  if (typeof version === 'number' && version > 1)
    return {pairs, failure: failure('E_VERSION', 'This link was made by a newer version of Sluice.', false)};
  const read = v.safeParse(shared, unpacked.data);
  if (!read.success) return refused('This link does not hold what a Sluice link holds.', pairs);
  const {explore, run, at: step} = read.output;
  return {pairs, packed: {...explore, run, at: step}};
}

function refused(message: string, pairs: ReadonlyMap<string, string> = new Map()): ExploreRequest {
  return {pairs, failure: failure('E_PARAM', message, false)};
}

/** Fits a request to what there is. Nothing is refused: what cannot be is left out or moved, and a sentence says so. */
export function resolveExplore(request: ExploreRequest, catalogue: ExploreCatalogue, home?: ExploreHome): ReadExplore {
  const {pairs, packed} = request, notes: string[] = [];
  const note = (sentence: string) => { if (notes.length < maxNotes) notes.push(sentence); };
  const asked = packed?.subject ?? home?.subject ?? pairs.get('explore') ?? '';
  const found = findSubject(catalogue, asked), subject = found ?? firstSubject(catalogue);
  if (!found && asked !== '') note(`There is nothing called “${asked.slice(0, 64)}” to explore; ${subject.title} is shown.`);
  const wanted = (found && pairs.get('preset')) || (found && home?.preset) || '', preset = subject.presets.find((p) => p.id === wanted);
  if (wanted && !preset) note(`${subject.title} has no example called “${wanted.slice(0, 64)}”.`);
  const usual = usualProgram(subject, preset);
  // The calls of another subject mean nothing to this one.
  if (!found) return {state: {program: usual, run: undefined, at: 0}, subject, notes};

  const lists = packed ? [packed.setup, ...packed.threads] : explicitLists(pairs, usual);
  const range = threadRange(subject, catalogue), fitted = lists.slice(0, 1 + range.most).map((calls, place) => fitCalls(calls, subject, catalogue, place, note));
  if (lists.length > 1 + range.most && subject.kind === 'structure') note(`${range.most} threads are the most; the others are left out.`);
  while (subject.kind === 'structure' && fitted.length < 1 + range.least) fitted.push([]);

  const choices: Record<string, string> = {...usual.choices};
  for (const c of subject.choices) {
    const given = packed ? (Object.hasOwn(packed.choices, c.id) ? packed.choices[c.id] : undefined) : pairs.get(`c.${c.id}`);
    if (given === undefined) continue;
    if (c.options.some((o) => o.id === given)) choices[c.id] = given;
    else note(`${c.label} is one of ${c.options.map((o) => o.label).join(', ')}; ${c.options.find((o) => o.id === choices[c.id])?.label ?? ''} is used.`);
  }
  const mode = packed?.mode ?? oneOf(pairs, 'mode', modes, 'all', note), stop = packed?.stop ?? oneOf(pairs, 'stop', stops, 'first', note);
  const seed = packed?.seed ?? normaliseSeed(pairs.get('seed') ?? usual.seed);
  if (seed === undefined) note(`A seed is 1 to 16 hex digits; ${usual.seed} is used.`);
  const limit = packed?.limit ?? readLimit(pairs.get('limit'), mode === 'random' ? usualSample : 0, note);

  const run = packed ? packed.run : pairs.get('run'), known = run !== undefined && run.length <= maxChoices && choicesPattern.test(run);
  if (run !== undefined && !known) note('The execution this link asks for cannot be read.');
  const step = packed ? packed.at ?? 0 : /^\d{1,6}$/.test(pairs.get('at') ?? '') ? Number(pairs.get('at')) : 0;
  const ignored = [...pairs.keys()].filter((key) => !silent.has(key) && !own(key) && key !== home?.key);
  if (ignored.length) note(`Ignored: ${ignored.slice(0, 8).map((k) => k.slice(0, 40)).join(', ')}.`);
  return {
    state: {
      program: {v: 1, subject: subject.id, choices, setup: fitted[0] ?? [], threads: subject.kind === 'litmus' ? [] : fitted.slice(1), mode, seed: seed ?? usual.seed, limit, stop},
      run: known ? run : undefined, at: known ? step : 0,
    },
    subject, notes,
  };
}

const own = (key: string): boolean => /^(explore|preset|setup|t[1-9]|mode|seed|limit|stop|run|at|c\.[a-z0-9_-]+)$/.test(key);

/** The calls a query spells out; where it spells out none, the usual ones. */
function explicitLists(pairs: ReadonlyMap<string, string>, usual: Program): string[][] {
  const threads: string[][] = [];
  for (let i = 1; pairs.has(`t${i}`) && i < 10; i++) threads.push(splitCalls(pairs.get(`t${i}`)!));
  if (threads.length === 0) return [pairs.has('setup') ? splitCalls(pairs.get('setup')!) : usual.setup, ...usual.threads];
  return [splitCalls(pairs.get('setup') ?? ''), ...threads];
}

const splitCalls = (text: string): string[] => text.split(',').filter(Boolean).map((c) => c.replace('.', ' '));
const joinCalls = (calls: readonly string[]): string => calls.map((c) => c.replace(' ', '.')).join(',');

function fitCalls(calls: readonly string[], subject: Subject, catalogue: ExploreCatalogue, place: Place, note: (s: string) => void): string[] {
  const kept: string[] = [], room = roomAt(catalogue, place), allowed = allowedAt(subject, place), where = place === 0 ? 'the setup' : placeName(place).toLowerCase();
  for (const text of calls) {
    const call = parseOperation(text), operation = allowed.find((o) => o.id === call?.id);
    if (!call || !operation) { note(`“${text.slice(0, 40)}” cannot be called in ${where}; it is left out.`); continue; }
    if (kept.length >= room) { note(`${room} operations are the most ${where} can hold; the others are left out.`); break; }
    if (operation.argument && call.argument === undefined) note(`“${text.slice(0, 40)}” in ${where} needs a number; 1 is used.`);
    if (!operation.argument && call.argument !== undefined) note(`“${call.id}” takes no number.`);
    kept.push(printOperation({id: call.id, argument: operation.argument ? clampArgument(call.argument ?? 1) : undefined}));
  }
  return kept;
}

function oneOf<T extends string>(pairs: ReadonlyMap<string, string>, key: string, all: readonly T[], usual: T, note: (s: string) => void): T {
  const given = pairs.get(key);
  if (given === undefined) return usual;
  if ((all as readonly string[]).includes(given)) return given as T;
  note(`${key} is one of ${all.join(', ')}; ${usual} is used.`);
  return usual;
}

function readLimit(given: string | undefined, usual: number, note: (s: string) => void): number {
  if (given === undefined) return usual;
  if (/^\d{1,9}$/.test(given)) return Number(given);
  note(`limit is a number of executions; ${usual} is used.`);
  return usual;
}

/** The readable form, leaving out what is usual. */
export function printExplore({program, run, at}: ExploreState, subject: Subject, home?: ExploreHome): string {
  const query = new URLSearchParams(home ? {[home.key]: home.value} : {explore: subject.id});
  const preset = presetOf(subject, program), first = subject.presets.find((p) => p.id === home?.preset) ?? subject.presets[0], usual = usualProgram(subject, first);
  if (preset && preset !== first) query.set('preset', preset.id);
  if (!preset && !sameCalls(program, usual)) {
    for (const c of subject.choices) if (program.choices[c.id] !== usual.choices[c.id]) query.set(`c.${c.id}`, program.choices[c.id] ?? '');
    if (subject.kind === 'structure') {
      query.set('setup', joinCalls(program.setup));
      program.threads.forEach((t, i) => query.set(`t${i + 1}`, joinCalls(t)));
    }
  }
  if (program.mode !== 'all') query.set('mode', program.mode);
  if (program.seed !== usual.seed) query.set('seed', program.seed);
  if (program.limit !== (program.mode === 'random' ? usualSample : 0)) query.set('limit', String(program.limit));
  if (program.stop !== 'first') query.set('stop', program.stop);
  if (run !== undefined) query.set('run', run);
  if (run !== undefined && at > 0) query.set('at', String(at));
  return `?${query.toString()}`;
}

/** A link that says the same for ever: it spells out every call, in the query or, where that is too long, in the fragment. */
export async function shareExplore(state: ExploreState, subject: Subject): Promise<string> {
  const {program, run, at} = state, query = new URLSearchParams({explore: subject.id});
  for (const [id, value] of Object.entries(program.choices)) query.set(`c.${id}`, value);
  if (subject.kind === 'structure') {
    query.set('setup', joinCalls(program.setup));
    program.threads.forEach((t, i) => query.set(`t${i + 1}`, joinCalls(t)));
  }
  query.set('mode', program.mode);
  query.set('seed', program.seed);
  query.set('limit', String(program.limit));
  query.set('stop', program.stop);
  if (run !== undefined) query.set('run', run);
  if (run !== undefined && at > 0) query.set('at', String(at));
  const text = `?${query.toString()}`;
  if (text.length <= 2000) return text;
  return `?explore=${subject.id}#s=${await pack(JSON.stringify({v: 1, explore: program, ...(run === undefined ? {} : {run, ...(at > 0 ? {at} : {})})}))}`;
}

/** Whether an address asks for an explore page. */
export const asksToExplore = (search: string): boolean => new URLSearchParams(search).has('explore');


// schema — what the engine says about its scenarios, checked once at the door.
import * as v from 'valibot';

/** Every name that can become a parameter: also keeps `__proto__` and reserved words out. */
export const parameterId = /^[a-z][a-z0-9-]*$/;

/** Attributes and query keys that are never scenario parameters. */
export const reservedNames: ReadonlySet<string> = new Set([
  'seed', 'engine', 'view', 'controls', 'speed', 't', 'theme', 'height', 'src', 'lang', 'loading', 'title', 'id',
  'class', 'scenario', 'autorun', 'compare', 'results', 'expect',
]);

const choice = v.object({id: v.string(), label: v.string()});

const parameter = v.object({
  id: v.pipe(v.string(), v.regex(parameterId)),
  label: v.string(),
  type: v.picklist(['integer', 'real', 'duration', 'choice', 'flag']),
  unit: v.optional(v.string(), ''),
  min: v.optional(v.number(), 0),
  max: v.optional(v.number(), 0),
  default: v.union([v.number(), v.boolean(), v.string()]),
  step: v.optional(v.number(), 1),
  live: v.optional(v.boolean(), false),
  log: v.optional(v.boolean(), false),
  help: v.optional(v.string(), ''),
  choices: v.optional(v.array(choice), []),
});

/** What the explorer calls its subjects and presets. */
const exploreId = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_-]{0,63}$/));

const scenario = v.object({
  id: v.pipe(v.string(), v.regex(parameterId)),
  /** The engine's modules are one for each. */
  family: v.pipe(v.string(), v.regex(parameterId)),
  title: v.string(),
  promise: v.optional(v.string(), ''),
  question: v.optional(v.string(), ''),
  group: v.optional(v.string(), ''),
  groupNote: v.optional(v.string(), ''),
  level: v.optional(v.number(), 1),
  prefers: v.optional(v.picklist(['threads', 'sim']), 'sim'),
  source: v.optional(v.string(), ''),
  itemName: v.optional(v.string(), 'items'),
  notice: v.optional(v.array(v.string()), []),
  simNote: v.optional(v.string(), ''),
  params: v.array(parameter),
  series: v.optional(
    v.array(v.object({id: v.string(), label: v.string(), unit: v.string(), capacity: v.optional(v.string(), '')})), []),
  stages: v.optional(v.array(v.object({id: v.string(), label: v.string()})), []),
  pictures: v.optional(v.array(v.string()), []),
  hero: v.optional(v.array(v.string()), []),
  /** What the Explore view shows of it: every interleaving of what a run does once. */
  explore: v.optional(v.object({subject: exploreId, preset: exploreId})),
});

const catalogue = v.object({
  format: v.literal('sluice-schema'),
  version: v.literal(1),
  scenarios: v.array(scenario),
});

export type ParameterSchema = v.InferOutput<typeof parameter>;
export type ScenarioSchema = v.InferOutput<typeof scenario>;
export type Catalogue = v.InferOutput<typeof catalogue>;
export type ParameterType = ParameterSchema['type'];
/** Number for integer, real and duration (in the parameter's unit); id of the choice; boolean for a flag. */
export type ParameterValue = number | boolean | string;
/** All parameters of one scenario by id. Never has a prototype worth speaking of. */
export type ParameterValues = Readonly<Record<string, ParameterValue>>;

/**
 * Reads the catalogue an engine published.
 * Fails     with a `TypeError` naming the first place that does not fit.
 */
export function parseCatalogue(json: string | object): Catalogue {
  const result = v.safeParse(catalogue, typeof json === 'string' ? JSON.parse(json) : json);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new TypeError(`schema: ${v.getDotPath(issue) ?? 'top level'}: ${issue.message}`);
}

export function findScenario(from: Catalogue, id: string): ScenarioSchema | undefined {
  return from.scenarios.find((s) => s.id === id);
}

/** The ids closest to a misspelt one, nearest first. */
export function nearestScenarios(from: Catalogue, id: string, count = 3): ScenarioSchema[] {
  return from.scenarios
    .map((s) => ({s, d: editDistance(id.slice(0, 64), s.id)}))
    .sort((a, b) => a.d - b.d)
    .slice(0, count)
    .map((x) => x.s);
}

export function defaultsOf(scenario: ScenarioSchema): Record<string, ParameterValue> {
  const values = bare<ParameterValue>();
  for (const p of scenario.params) values[p.id] = p.default;
  return values;
}

/** What happened to one value on its way in; `text` is a sentence that can stand beside the field. */
export interface ParameterNote {
  readonly id: string;
  readonly given: string;
  readonly used: ParameterValue;
  readonly text: string;
}

export interface ClampedParameters {
  readonly values: Record<string, ParameterValue>;
  readonly notes: ParameterNote[];
  /** Keys that are no parameter of this scenario. */
  readonly unknown: string[];
}

/**
 * Turns raw text into values the scenario accepts. Nothing is refused: what does not fit is
 * moved to the nearest value that does, and a note says so.
 */
export function clampParameters(
    scenario: ScenarioSchema, raw: Iterable<readonly [string, string]>): ClampedParameters {
  const values = defaultsOf(scenario);
  const notes: ParameterNote[] = [];
  const unknown: string[] = [];
  const seen = new Set<string>();
  for (const [id, text] of raw) {
    if (seen.has(id)) continue;  // duplicates: the first wins
    seen.add(id);
    const p = scenario.params.find((q) => q.id === id);
    if (!p) {
      unknown.push(id);
      continue;
    }
    const {value, note} = clampValue(p, text);
    values[id] = value;
    if (note) notes.push({id, given: text.slice(0, 64), used: value, text: note});
  }
  return {values, notes, unknown};
}

/** One value, with a sentence when it is not the one that was given. */
export function clampValue(p: ParameterSchema, text: string): {value: ParameterValue; note?: string} {
  const given = text.trim();
  switch (p.type) {
    case 'flag':
      if (/^(1|true|yes|on|)$/i.test(given)) return {value: true};
      if (/^(0|false|no|off)$/i.test(given)) return {value: false};
      return {value: p.default, note: `${p.label} is either on or off; ${p.default ? 'on' : 'off'} is used.`};
    case 'choice': {
      if (p.choices.some((c) => c.id === given)) return {value: given};
      const names = p.choices.map((c) => c.id).join(', ');
      return {value: p.default, note: `${p.label} is one of ${names}; ${String(p.default)} is used.`};
    }
    default: {
      const unit = p.unit ? ` ${p.unit}` : '';
      if (given === '' || !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(given))
        return {value: p.default, note: `${p.label} needs a number; ${String(p.default)}${unit} is used.`};
      const number = Number(given);
      if (number < p.min) return {value: p.min, note: `${p.min}${unit} is the least ${p.label} can be.`};
      if (number > p.max) return {value: p.max, note: `${p.max}${unit} is the most ${p.label} can be.`};
      if (p.type === 'integer' && !Number.isInteger(number)) {
        const value = Math.min(p.max, Math.max(p.min, Math.round(number)));
        return {value, note: `${p.label} is a whole number; ${value}${unit} is used.`};
      }
      return {value: number === 0 ? 0 : number};
    }
  }
}

/** `workers=4&queue=64`: the form the engine reads. */
export function encodeParameters(values: ParameterValues): string {
  return Object.entries(values)
    .map(([id, value]) => `${id}=${value === true ? '1' : value === false ? '0' : String(value)}`)
    .join('&');
}

/** An object without a prototype, so that no key has a meaning of its own. */
export function bare<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>;
}

/** Letters left out count for less than letters that are wrong: people abbreviate. */
function editDistance(given: string, whole: string): number {
  const leftOut = 0.4;
  let row = Array.from({length: whole.length + 1}, (_, i) => i * leftOut);
  for (let i = 1; i <= given.length; i++) {
    const next = [i];
    for (let j = 1; j <= whole.length; j++)
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + leftOut, row[j - 1]! + (given[i - 1] === whole[j - 1] ? 0 : 1));
    row = next;
  }
  return row[whole.length]!;
}

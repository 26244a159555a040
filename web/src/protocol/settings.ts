// settings — what a link, an attribute or a message may ask of a page; all of it is text from strangers.
import {failure, normaliseSeed, type EngineFailure, type EngineWish, type PlaybackSpeed} from './run.js';
import {
  bare, clampParameters, clampValue, defaultsOf, findScenario, nearestScenarios, type Catalogue, type ParameterNote,
  type ParameterValues, type ScenarioSchema,
} from './schema.js';

export const settingsVersion = 1;
export const defaultSeed = '7';

export const engineWishes = ['auto', 'threads', 'sim'] as const;
export const themes = ['auto', 'light', 'dark', 'contrast'] as const;
export const controlSets = ['full', 'mini', 'none'] as const;
export const autoruns = ['never', 'visible', 'hover'] as const;
export const views = [
  'bench', 'lanes', 'queue', 'hist', 'rate', 'graph', 'heat', 'tree', 'ctx', 'spans', 'waits', 'code', 'narration',
] as const;

export type Theme = (typeof themes)[number];
export type Controls = (typeof controlSets)[number];
export type Autorun = (typeof autoruns)[number];
export type View = (typeof views)[number];

/** Everything that decides what a scenario page or an embed shows. */
export interface Settings {
  /** Empty on the home page. */
  readonly scenario: string;
  /** Complete: every parameter of the scenario has a value. */
  readonly params: ParameterValues;
  readonly seed: string;
  readonly engine: EngineWish;
  readonly speed: PlaybackSpeed;
  readonly theme: Theme;
  /** Pictures in order; empty means the scenario's own. */
  readonly view: readonly View[];
  readonly controls: Controls;
  readonly autorun: Autorun;
  /** Pixels, or nothing for what the content needs. */
  readonly height: number | undefined;
}

/** One value that is not what was asked for. `id` is the key as it was written, without `p.` for parameters. */
export type SettingNote = ParameterNote;

export interface ReadSettings {
  readonly settings: Settings;
  /** The scenario, when there is such a one. */
  readonly scenario: ScenarioSchema | undefined;
  readonly notes: readonly SettingNote[];
  /** Keys that mean nothing here. */
  readonly ignored: readonly string[];
  /** Why the page cannot show what was asked for: unknown scenario, newer version, malformed link. */
  readonly failure?: EngineFailure;
}

export function defaultSettings(scenario?: ScenarioSchema): Settings {
  return {
    scenario: scenario?.id ?? '', params: scenario ? defaultsOf(scenario) : bare(), seed: defaultSeed, engine: 'auto',
    speed: 1, theme: 'auto', view: [], controls: 'mini', autorun: 'never', height: undefined,
  };
}

/** Keys that belong to others, or to a later version of the element, and are passed over without a word. */
const silent: ReadonlySet<string> = new Set(['t', 'lang', 'cmp', 'r', 'v', 'resize', 'src', 'still']);
const maxNoted = 32;

/**
 * Reads `key, value` pairs as a query has them: parameters under `p.`, the rest by name.
 * The first of several values for one key wins; nothing is refused that can be clamped.
 */
export function readSettings(pairs: Iterable<readonly [string, string]>, catalogue: Catalogue): ReadSettings {
  const first = new Map<string, string>();
  for (const [key, value] of pairs) if (!first.has(key)) first.set(key, value.slice(0, 256));

  const id = first.get('scenario') ?? '';
  const scenario = id === '' ? undefined : findScenario(catalogue, id);
  const fallback = defaultSettings(scenario);
  const notes: SettingNote[] = [];
  const ignored: string[] = [];
  const params: [string, string][] = [];
  const settings: {-readonly [K in keyof Settings]: Settings[K]} = {...fallback};

  const keep = (key: string, given: string, used: string | number, text: string) =>
    void notes.push({id: key, given: given.slice(0, 64), used, text});
  const oneOf = <T extends string>(key: string, given: string, all: readonly T[], otherwise: T): T => {
    if ((all as readonly string[]).includes(given)) return given as T;
    keep(key, given, otherwise, `${key} is one of ${all.join(', ')}; ${otherwise} is used.`);
    return otherwise;
  };

  for (const [key, value] of first) {
    if (key.startsWith('p.')) {
      params.push([key.slice(2), value]);
      continue;
    }
    switch (key) {
      case 'scenario': break;
      case 'seed': {
        const seed = normaliseSeed(value);
        if (seed === undefined) keep(key, value, defaultSeed, `A seed is 1 to 16 hex digits; ${defaultSeed} is used.`);
        settings.seed = seed ?? defaultSeed;
        break;
      }
      case 'engine': settings.engine = oneOf(key, value, engineWishes, 'auto'); break;
      case 'theme': settings.theme = oneOf(key, value, themes, 'auto'); break;
      case 'controls': settings.controls = oneOf(key, value, controlSets, 'mini'); break;
      case 'autorun': settings.autorun = oneOf(key, value, autoruns, 'never'); break;
      case 'speed': settings.speed = readSpeed(value, keep); break;
      case 'height': settings.height = readHeight(value, keep); break;
      case 'view': {
        const asked = value.split(/[\s,]+/).filter(Boolean);
        settings.view = [...new Set(asked)].filter((name): name is View => (views as readonly string[]).includes(name));
        for (const name of asked)
          if (!(views as readonly string[]).includes(name)) keep(key, name, '', `There is no picture called ${name.slice(0, 64)}.`);
        break;
      }
      default:
        if (!silent.has(key)) ignored.push(key);
    }
  }

  if (scenario) {
    const clamped = clampParameters(scenario, params);
    settings.params = clamped.values;
    notes.push(...clamped.notes);
    ignored.push(...clamped.unknown.map((name) => `p.${name}`));
  }
  const version = Number(first.get('v') ?? settingsVersion);
  const problem = !(version <= settingsVersion)
    ? failure('E_VERSION', 'This link was made by a newer version of Sluice.', false)
    : id !== '' && !scenario ? unknownScenario(catalogue, id) : undefined;
  return {
    settings, scenario,
    notes: notes.slice(0, maxNoted),
    ignored: ignored.slice(0, maxNoted).map((key) => key.slice(0, 64)),
    ...(problem ? {failure: problem} : {}),
  };
}

/** One changed field of a page: the value, and a sentence when it had to be moved. */
export {clampValue};

function unknownScenario(catalogue: Catalogue, id: string): EngineFailure {
  const near = nearestScenarios(catalogue, id).map((s) => s.id).join(', ');
  return failure('E_SCENARIO', `There is no scenario called "${id.slice(0, 64)}". The nearest: ${near}.`, false);
}

type Keep = (key: string, given: string, used: string | number, text: string) => void;

function readSpeed(value: string, keep: Keep): PlaybackSpeed {
  if (value === 'max') return 'max';
  const number = value.trim() === '' ? NaN : Number(value);
  if (!Number.isFinite(number)) {
    keep('speed', value, 1, 'speed is a number from 0.001 to 10, or max; 1 is used.');
    return 1;
  }
  const used = Math.min(10, Math.max(0.001, number));
  if (used !== number) keep('speed', value, used, `speed goes from 0.001 to 10; ${used} is used.`);
  return used;
}

function readHeight(value: string, keep: Keep): number | undefined {
  if (value === 'auto') return undefined;
  const number = /^\d+(px)?$/.test(value) ? parseInt(value, 10) : NaN;
  if (!Number.isFinite(number)) {
    keep('height', value, 'auto', 'height is a number of pixels or auto; auto is used.');
    return undefined;
  }
  const used = Math.min(1200, Math.max(160, number));
  if (used !== number) keep('height', value, used, `height goes from 160 to 1200 pixels; ${used} is used.`);
  return used;
}

// url-state — a page's settings as a readable query and as a share link, both ways.
import * as v from 'valibot';

import {failure, normaliseSeed} from '../protocol/run.js';
import {findScenario, type Catalogue, type ParameterValue} from '../protocol/schema.js';
import {
  autoruns, controlSets, defaultSettings, engineWishes, readSettings, settingsVersion, views, type ReadSettings,
  type Settings,
} from '../protocol/settings.js';
import {hasForbiddenKey, maxFragmentBytes, pack, unpack} from './packing.js';

export const maxQueryBytes = 4 * 1024;

/** Reads a location: a share link when the fragment is one, else the query. Never throws. */
export async function parseLocation(
    at: {readonly search: string; readonly hash: string}, catalogue: Catalogue): Promise<ReadSettings> {
  return at.hash.startsWith('#s=') ? parseShared(at.hash, catalogue) : parseQuery(at.search, catalogue);
}

export function parseQuery(search: string, catalogue: Catalogue): ReadSettings {
  if (search.length > maxQueryBytes) return malformed('The query of this link is longer than 4 kB.');
  return readSettings(new URLSearchParams(search), catalogue);
}

/** The readable form, with its question mark, leaving out what is the default. Empty for the home page. */
export function printQuery(settings: Settings, catalogue: Catalogue): string {
  const scenario = findScenario(catalogue, settings.scenario);
  if (!scenario) return '';
  const usual = defaultSettings(scenario);
  const query = new URLSearchParams({scenario: scenario.id});
  for (const p of scenario.params) {
    const value = settings.params[p.id];
    if (value !== undefined && value !== usual.params[p.id]) query.set(`p.${p.id}`, printValue(value));
  }
  if (settings.seed !== usual.seed) query.set('seed', settings.seed);
  if (settings.engine !== usual.engine) query.set('engine', settings.engine);
  if (settings.speed !== usual.speed) query.set('speed', String(settings.speed));
  if (settings.theme !== usual.theme) query.set('theme', settings.theme);
  if (settings.view.length > 0) query.set('view', settings.view.join(' '));
  if (settings.controls !== usual.controls) query.set('controls', settings.controls);
  if (settings.autorun !== usual.autorun) query.set('autorun', settings.autorun);
  if (settings.height !== undefined) query.set('height', String(settings.height));
  return `?${query.toString()}`;
}

/**
 * The fragment of a share link. It holds every parameter, so that it still says the same when a default has
 * changed, and nothing about who shared it; the theme stays with the reader.
 */
export async function shareFragment(settings: Settings): Promise<string> {
  const {scenario, params, seed, engine, speed, view, controls, autorun, height} = settings;
  const json = JSON.stringify({v: settingsVersion, scenario, params, seed, engine, speed, view, controls, autorun, height});
  return `#s=${await pack(json)}`;
}

const text = v.pipe(v.string(), v.maxLength(256));
const sharedState = v.strictObject({
  v: v.literal(settingsVersion),
  scenario: text,
  params: v.record(text, v.union([v.pipe(v.number(), v.finite()), v.boolean(), text])),
  seed: v.pipe(text, v.check((s) => normaliseSeed(s) !== undefined)),
  engine: v.picklist(engineWishes),
  speed: v.union([v.pipe(v.number(), v.finite()), v.literal('max')]),
  view: v.pipe(v.array(v.picklist(views)), v.maxLength(1000)),
  controls: v.picklist(controlSets),
  autorun: v.picklist(autoruns),
  height: v.optional(v.pipe(v.number(), v.finite())),
});

export async function parseShared(hash: string, catalogue: Catalogue): Promise<ReadSettings> {
  if (hash.length > maxFragmentBytes) return malformed('This link is longer than 64 kB.');
  const unpacked = await unpack(hash.slice('#s='.length));
  if (unpacked === undefined) return malformed('This link is damaged.');
  const {data} = unpacked, version = (data as {v?: unknown} | null)?.v;
  if (typeof version === 'number' && version > settingsVersion)
    return {...malformed(''), failure: failure('E_VERSION', 'This link was made by a newer version of Sluice.', false)};
  if (hasForbiddenKey(data, 4)) return malformed('This link is damaged.');
  const result = v.safeParse(sharedState, data);
  if (!result.success) return malformed('This link does not hold what a Sluice link holds.');
  const s = result.output;
  // Through the same door as a query, so that every value is clamped and every change is said.
  const pairs: [string, string][] = [
    ['scenario', s.scenario], ['seed', s.seed], ['engine', s.engine], ['speed', String(s.speed)],
    ['view', s.view.join(' ')], ['controls', s.controls], ['autorun', s.autorun],
    ...Object.entries(s.params).map(([id, value]): [string, string] => [`p.${id}`, printValue(value)]),
  ];
  if (s.height !== undefined) pairs.push(['height', String(Math.round(s.height))]);
  return readSettings(pairs, catalogue);
}

function printValue(value: ParameterValue): string {
  return value === true ? '1' : value === false ? '0' : String(value);
}

function malformed(message: string): ReadSettings {
  return {settings: defaultSettings(), scenario: undefined, notes: [], ignored: [], failure: failure('E_PARAM', message, false)};
}

// rules — which rule of the library has how many tests; ends with 1 when one has none that should.
//
//     npm run rules
//
// tests/rules.json lists the rules. A rule with a `room`, or a header of one, is required once that
// exists; one under `open` is not built, or not tested, for the reason that stands there. A test
// claims a rule by its tag, such as [C7].
import {existsSync, readFileSync, readdirSync} from 'node:fs';
import {join, posix} from 'node:path';
import {fileURLToPath} from 'node:url';
import {root} from './lib/steps.mjs';

const skipped = new Set(['node_modules', 'dist', 'engine', 'build']);
const tests = [{folder: 'tests', pattern: /\.(cpp|mjs)$/}, {folder: 'web', pattern: /\.(test|spec)\.(ts|mjs)$/}];

function filesOf(base, folder, pattern) {
  if (!existsSync(join(base, folder))) return [];
  return readdirSync(join(base, folder), {withFileTypes: true}).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : filesOf(base, path, pattern);
    return pattern.test(entry.name) ? [path] : [];
  });
}

/** How often each tag stands in the tests below `base`: id → count. */
export function tagsOf(base) {
  const count = new Map();
  for (const {folder, pattern} of tests) {
    for (const path of filesOf(base, folder, pattern)) {
      for (const [, id] of readFileSync(join(base, path), 'utf8').matchAll(/\[([A-Z]\d+)\]/g)) count.set(id, (count.get(id) ?? 0) + 1);
    }
  }
  return count;
}

/** Each rule with its tests and how it stands (tested, open, absent: its room does not exist, missing), and the tags that name no rule. */
export function examine(list, count, exists) {
  const rules = list.rules.map((rule) => {
    const number = count.get(rule.id) ?? 0;
    const reason = list.open[rule.id];
    if (reason !== undefined) return {...rule, number, state: 'open', reason};
    if (number > 0) return {...rule, number, state: 'tested'};
    if (rule.room && !exists(rule.room)) return {...rule, number, state: 'absent', reason: `there is no ${rule.room}`};
    return {...rule, number, state: 'missing'};
  });
  const known = new Set(list.rules.map((rule) => rule.id));
  return {rules, unknown: [...count.keys(), ...Object.keys(list.open)].filter((id) => !known.has(id)).sort()};
}

function print({rules, unknown}) {
  const mark = {tested: ' ', open: 'o', absent: '-', missing: '!'};
  for (const {id, says, number, state, reason} of rules) {
    console.log(`${mark[state]} ${id.padEnd(4)}${String(number || '').padStart(4)}  ${says}${reason ? `  (${state}: ${reason})` : ''}`);
  }
  const having = (state) => rules.filter((rule) => rule.state === state);
  const missing = having('missing').map((rule) => rule.id);
  if (missing.length > 0) console.log(`\nNo test for ${missing.join(', ')}.`);
  const early = having('open').filter((rule) => rule.number > 0).map((rule) => rule.id);
  if (early.length > 0) console.log(`\nListed as open, and tested: ${early.join(', ')}.`);
  if (unknown.length > 0) console.log(`\nNo such rule: ${unknown.join(', ')}.`);
  console.log(`\nrules ${having('tested').length}/${rules.length - having('absent').length - having('open').length} tested, ${having('open').length} open, ${having('absent').length} of what does not exist yet`);
  return missing.length === 0 && unknown.length === 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const list = JSON.parse(readFileSync(join(root, 'tests/rules.json'), 'utf8'));
  process.exitCode = print(examine(list, tagsOf(root), (room) => existsSync(join(root, 'core/sluice', room)))) ? 0 : 1;
}

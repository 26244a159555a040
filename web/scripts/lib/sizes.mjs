// sizes — what the page weighs, against its budgets.
import {existsSync, readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {Problem, root} from './steps.mjs';

const dist = join(root, 'web/dist');
const gz = (file) => gzipSync(readFileSync(file), {level: 9}).length;
const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

/** The scripts a page loads before anyone touches it: those its HTML names and, through static imports, their own. */
function initialScripts(page) {
  const seen = new Set();
  const visit = (file) => {
    if (seen.has(file) || !existsSync(file)) return;
    seen.add(file);
    const text = readFileSync(file, 'utf8');
    for (const m of text.matchAll(/(?:\bimport|\bfrom)\s*["'](\.{1,2}\/[^"']+\.js)["']/g)) visit(join(file, '..', m[1]));
  };
  const html = readFileSync(join(dist, page), 'utf8');
  for (const m of html.matchAll(/<(?:script|link)\b[^>]*?(?:src|href)="([^"]+\.js)"/g)) visit(join(dist, m[1]));
  return [...seen];
}

/** The scripts that a lazy chunk brings beside those the page has already. */
function lazyScripts(name, page) {
  const before = new Set(initialScripts(page)), seen = new Set();
  const visit = (file) => {
    if (seen.has(file) || before.has(file) || !existsSync(file)) return;
    seen.add(file);
    for (const m of readFileSync(file, 'utf8').matchAll(/(?:\bimport|\bfrom)\s*["'](\.{1,2}\/[^"']+\.js)["']/g)) visit(join(file, '..', m[1]));
  };
  for (const file of find(new RegExp(`^${name}-.*\\.js$`))) {
    if (before.has(file)) throw new Problem(`${name} is loaded with ${page}.`, 'import it where it is needed, with import().');
    visit(file);
  }
  return [...seen];
}

/** Everything below a folder whose name matches. */
function find(pattern, folder = dist) {
  return readdirSync(folder, {withFileTypes: true}).flatMap((entry) =>
    entry.isDirectory() ? find(pattern, join(folder, entry.name)) : pattern.test(entry.name) ? [join(folder, entry.name)] : []);
}

/** The families that have engines in a folder; each that the catalogue names must be among them. */
export function enginesOf(folder, catalogue) {
  const found = (pattern) => readdirSync(folder).map((name) => pattern.exec(name)?.[1]).filter(Boolean).sort();
  const threads = found(/^engine-(?!sim(?:-|\.))(.+)\.wasm$/), sim = found(/^engine-sim-(.+)\.wasm$/);
  const named = [...new Set(catalogue.scenarios.map((scenario) => scenario.family))];
  const missing = named.filter((family) => !threads.includes(family) || !sim.includes(family));
  if (missing.length > 0) throw new Problem(`The scenarios of ${missing.join(', ')} have no engine with threads or none without in ${folder}.`, 'build the module of every family, see wasm/CMakeLists.txt.');
  const lonely = [...threads, ...sim].filter((family) => !threads.includes(family) || !sim.includes(family));
  if (lonely.length > 0) throw new Problem(`${folder} has only one of the two engines of ${lonely.join(', ')}.`, 'delete the folder and build again.');
  return threads;
}

/** Budgets: gzip -9, in bytes. A page loads the engine of one family of scenarios at a time. */
export async function checkSizes(step) {
  const engine = join(root, 'web/engine');
  const module = (name) => [join(engine, `${name}.wasm`), join(engine, `${name}.mjs`)];
  const families = enginesOf(engine, JSON.parse(readFileSync(join(engine, 'catalogue.json'), 'utf8')));
  const budgets = [
    ...families.map((family) => [`engine ${family}, threads (wasm and glue)`, module(`engine-${family}`), 140_000]),
    ...families.map((family) => [`engine ${family}, sim (wasm and glue)`, module(`engine-sim-${family}`), 120_000]),
    ['explorer (wasm and glue)', module('explorer'), 140_000],
    ['explore view, scripts beside the home page’s', lazyScripts('sluice-explore', 'index.html'), 40_000],
    ['home page, scripts before interaction', initialScripts('index.html'), 120_000],
    ['embed frame, scripts before interaction', initialScripts('embed.html'), 120_000],
    ['sluice-demo.js', find(/^sluice-demo\.js$/), 6_000],
  ];
  const over = [];
  for (const [what, files, budget] of budgets) {
    if (files.length === 0 || files.some((file) => !existsSync(file))) throw new Problem(`Nothing was found to weigh for "${what}".`, 'adapt web/scripts/lib/sizes.mjs to where it lies now.');
    const size = files.reduce((sum, file) => sum + gz(file), 0);
    const good = size <= budget;
    step.close(`${what}: ${kB(size)} gz of ${kB(budget)}${good ? '' : '  TOO BIG'}`);
    step.count(good ? {passed: 1} : {failed: 1});
    if (!good) over.push(what);
  }
  if (over.length > 0) throw new Problem(`Over budget: ${over.join('; ')}.`, 'move what is not needed at once into a lazy chunk, or a scenario into another family.');
}

// build — the steps that start, test and bench share.
import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {ensureToolchain} from '../toolchain.mjs';
import {Problem, root} from './steps.mjs';

const read = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');
const sha = (...texts) => createHash('sha256').update(texts.join('\0')).digest('hex').slice(0, 16);

/** The packages of package-lock.json, installed again only when that file changed. */
export async function ensurePackages(step) {
  const stamp = join(root, 'node_modules/.sluice-stamp');
  const key = sha(read(join(root, 'package-lock.json')), process.versions.modules);
  if (read(stamp) === key) return;
  step.progress('npm packages');
  const {output} = await step.exec('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=http'], {
    onLine: (line) => step.progress(line.replace(/^npm http \w+ \w+ \d* ?\S*\/([^/]+\/?)/, 'npm $1').slice(0, 80)),
    fails: 'The npm packages could not be installed.', remedy: 'check the network and the npm registry setting, then run the same command again.'});
  writeFileSync(stamp, key);
  step.say(`npm packages: ${/^added .*/m.exec(output)?.[0] ?? 'installed'}`);
}

/** The set-up part of every command. */
export async function setUp(step, needs) {
  const found = await ensureToolchain(step, needs);
  if (needs?.packages !== false) await ensurePackages(step);
  return found;
}

/** Configures a preset; anew from nothing when the toolchain has changed since. */
export async function configure(step, preset, extra = []) {
  const folder = join(root, 'build', preset === 'bench' ? 'native' : preset);  // it shares the libraries
  const stamp = join(folder, 'sluice-toolchain.txt');
  // CXX was heard by the set-up: what it chose stands in .toolchain/native.cmake.
  const key = sha(read(join(root, '.toolchain', preset.startsWith('wasm') ? 'emscripten.cmake' : 'native.cmake')));
  const fresh = existsSync(join(folder, 'CMakeCache.txt')) && read(stamp) !== key ? ['--fresh'] : [];
  await step.exec('cmake', ['--preset', preset, ...fresh, ...extra], {env: {CXX: undefined, CC: undefined}, fails: `Configuring the preset ${preset} failed.`});
  mkdirSync(folder, {recursive: true});
  writeFileSync(stamp, key);
}

/** Builds with the build preset `build`, by default the one named like the configure preset. */
export async function build(step, preset, {buildPreset = preset, targets = []} = {}) {
  await step.exec('cmake', ['--build', '--preset', buildPreset, ...(targets.length > 0 ? ['--target', ...targets] : [])], {fails: `Building ${buildPreset} failed.`});
}

/** The two engines and the explorer, into web/engine/. */
export async function buildModules(step) {
  for (const preset of ['wasm-threads', 'wasm-sim', 'wasm-explorer']) {
    await configure(step, preset);
    await build(step, preset);
  }
}

/** The program of an npm package of the project. */
export function tool(name) {
  const manifest = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'));
  const bin = typeof manifest.bin === 'string' ? manifest.bin : manifest.bin?.[name === 'typescript' ? 'tsc' : name];
  if (!bin) throw new Problem(`The package ${name} has no program.`, 'delete node_modules and run the same command again.');
  return join(root, 'node_modules', name, bin);
}

/** Counts what ctest ran, in the words of Catch2, and shows both closing lines. */
export async function ctest(step, preset, {extra = [], env = {}} = {}) {
  const result = await step.exec('ctest', ['--preset', preset, '--verbose', ...extra], {env, ok: () => true});
  const sum = {passed: 0, failed: 0, skipped: 0};
  let seen = 0;
  for (const raw of result.output.split('\n')) {
    // ctest prints what a failed program said a second time, without the number in front.
    const said = /^\d+: (.*)/.exec(raw)?.[1];
    if (said === undefined) {
      if (/^\d+% tests passed/.test(raw)) step.close(raw.trim());
      continue;
    }
    const line = said.trim();
    const all = /^All tests passed \(.* in (\d+) test cases?\)/.exec(line);
    const some = /^test cases:\s+(\d+)\s*\|(.*)/.exec(line);
    if (all) sum.passed += Number(all[1]);
    if (some) for (const [, count, word] of some[2].matchAll(/(\d+) (passed|failed|skipped)/g)) sum[word] += Number(count);
    if (all || some) seen++;
    if (all || some || /^assertions:/.test(line)) step.close(line);
  }
  step.count(sum);
  if (result.code !== 0 || seen === 0) {
    if (sum.failed === 0) step.count({failed: 1});
    throw new Problem(`The tests of the preset ${preset} failed.`, `run ctest --preset ${preset} to see them alone.`, step.logFile);
  }
}

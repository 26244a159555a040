// test — everything that has to hold before a change is a good one; with --deep also what takes long.
//
//     npm test                       all of it
//     npm test -- --only=tsan        the steps whose name contains the word
import {existsSync, mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {build, buildModules, configure, ctest, setUp, tool} from './lib/build.mjs';
import {checkReadme} from './lib/readme.mjs';
import {checkSizes} from './lib/sizes.mjs';
import {Problem, Steps, isCi, root} from './lib/steps.mjs';
import {ensureChromium} from './toolchain.mjs';

const deep = process.argv.includes('--deep');
const only = process.argv.find((argument) => argument.startsWith('--only='))?.slice('--only='.length);
const steps = new Steps(deep ? 'npm run test:deep' : 'npm test');
const begun = new Map();  // name of a build → the promise of its end
const ended = new Map();  // name → the step
let builds = Promise.resolve();

/** A step that counts. It runs when those it needs have ended, and not failed; a failure is told and the rest goes on. */
async function check(name, body, {needs = [], ...how} = {}) {
  if (only && !name.toLowerCase().includes(only.toLowerCase())) return;
  for (const other of needs) await begun.get(other);
  await steps.step(name, async (step) => {
    const broken = needs.find((other) => ended.get(other)?.state === 'failed');
    if (broken) throw new Problem(`Not run: it needs the step "${broken}", which failed.`);
    return body(step);
  }, {keepGoing: true, counts: true, ...how});
  ended.set(name, steps.done.findLast((step) => step.name === name));
}

/**
 * Builds go ahead of the tests, one after another, for a program of tests keeps one processor busy at most. They step back
 * for it, so that it is not slower than alone.
 */
function ahead(name, body) {
  builds = builds.then(() => check(name, body, {counts: false, yields: true}));
  begun.set(name, builds);
}

/** A runner of Node's own tests. */
async function nodeTest(step, files) {
  const {code, output} = await step.exec(process.execPath, ['--test', '--test-reporter=spec', ...files], {ok: () => true});
  const number = (word) => Number(new RegExp(`^ℹ ${word} (\\d+)`, 'm').exec(output)?.[1] ?? 0);
  step.count({passed: number('pass'), failed: number('fail') + number('cancelled'), skipped: number('skipped') + number('todo')});
  step.close(`tests ${number('tests')}, pass ${number('pass')}, fail ${number('fail')}, skipped ${number('skipped')}`);
  if (code !== 0) throw new Problem('The checks did not pass.', '', step.logFile);
}

async function vitest(step, args, env = {}) {
  const {code, output} = await step.exec(process.execPath, [tool('vitest'), 'run', ...args], {env: {...env, NO_COLOR: '1'}, ok: () => true, closing: /^\s*(Test Files|Tests)\s+\d/});
  const line = /^\s*Tests\s+(.*)$/m.exec(output)?.[1] ?? '';
  const number = (word) => Number(new RegExp(`(\\d+) ${word}`).exec(line)?.[1] ?? 0);
  step.count({passed: number('passed'), failed: number('failed'), skipped: number('skipped') + number('todo')});
  if (code !== 0) throw new Problem('Vitest reports a failure.', '', step.logFile);
  if (number('passed') === 0) throw new Problem('Vitest found no test.', '', step.logFile);
}

const found = await steps.step('set-up', (step) => setUp(step));
const symbolizer = join(root, '.toolchain/bin/llvm-symbolizer');
const sanitizerEnv = existsSync(symbolizer) && found.native.local ? {LLVM_SYMBOLIZER_PATH: symbolizer, ASAN_SYMBOLIZER_PATH: symbolizer, TSAN_SYMBOLIZER_PATH: symbolizer} : {};
const hasStress = deep && readdirSync(join(root, 'tests'), {recursive: true}).some((name) => name.endsWith('_stress.cpp'));
const options = ['-DSLUICE_TEST_UNITS=ON', `-DSLUICE_BUILD_DEEP=${deep ? 'ON' : 'OFF'}`];

async function buildTests(step, preset, buildPreset, {extra = [], targets = []} = {}) {
  await configure(step, preset, [...options, ...extra]);
  await build(step, preset, {buildPreset, targets});
}
const sanitized = {targets: ['sluice_tests', ...(hasStress ? ['sluice_stress'] : [])]};

// What the page needs comes first: its own tests take longest. The benchmarks are built with the libraries they measure.
ahead('WebAssembly engines', buildModules);
ahead('build native and native-bench', (step) => buildTests(step, 'native', 'native', {extra: ['-DSLUICE_BUILD_BENCH=ON']}));
ahead('build native, ASan and UBSan', (step) => buildTests(step, 'native-asan', 'native-asan', sanitized));
ahead('build native, TSan', (step) => buildTests(step, 'native-tsan', 'native-tsan', sanitized));
ahead('build WebAssembly tests, threads', (step) => buildTests(step, 'wasm-threads', 'wasm-threads-tests'));
ahead('build WebAssembly tests, sim', (step) => buildTests(step, 'wasm-sim', 'wasm-sim-tests'));
ahead('build WebAssembly explorer, litmus', (step) => buildTests(step, 'wasm-explorer', 'wasm-explorer-tests'));

await check('architecture', (step) => nodeTest(step, ['tests/architecture/floors.test.mjs', 'tests/architecture/policy.test.mjs', 'tests/codegen/same_code.test.mjs', 'tests/mutants/orders.test.mjs']));
await check('build scripts', (step) => nodeTest(step, ['web/scripts/lib/scripts.test.mjs']));
await check('palette', (step) => step.exec(process.execPath, ['web/scripts/check-palette.mjs'], {fails: 'The palette check did not pass.', closing: /hold/}).then(() => undefined));
await check('rules', (step) => step.exec(process.execPath, ['web/scripts/rules.mjs'], {fails: 'A rule of the library has no test, or a tag names no rule.', closing: /^(rules|No) /}).then(() => undefined));
await check('type check', async (step) => {
  for (const project of ['web/tsconfig.page.json', 'web/tsconfig.worker.json', 'web/tsconfig.node.json']) {
    await step.exec(process.execPath, [tool('typescript'), '--noEmit', '-p', project], {fails: `${project} does not type-check.`});
    step.close(`${project}: no errors`);
    step.count({passed: 1});
  }
}, {needs: ['WebAssembly engines']});
await check('TypeScript unit tests', (step) => vitest(step, ['--root', 'web']), {needs: ['WebAssembly engines']});
await check('page', (step) => step.exec(process.execPath, [tool('vite'), 'build', 'web'], {fails: 'The page could not be built.', closing: /built in/}).then(() => undefined), {needs: ['WebAssembly engines']});
await check('size budgets', checkSizes, {needs: ['page']});
await check('browser', async (step) => {
  const chromium = await ensureChromium(step);
  if (chromium.missing) {
    if (isCi) throw new Problem(`The browser tests must run here, but ${chromium.missing}.`);
    return {skipped: chromium.missing};
  }
  step.say(`driving ${chromium.path}`);
  return vitest(step, ['--config', 'web/e2e/vitest.config.ts'], {CHROME_PATH: chromium.path});
}, {needs: ['page']});
await check('native', (step) => ctest(step, 'native'), {needs: ['build native and native-bench']});
await check('consumer project', consumer, {needs: ['build native and native-bench']});
await check('native-bench', (step) => nodeTest(step, ['tests/native_bench/command_line.test.mjs']), {needs: ['build native and native-bench']});
await check('native, ASan and UBSan', (step) => ctest(step, 'native-asan', {env: sanitizerEnv}), {needs: ['build native, ASan and UBSan']});
await check('native, TSan', (step) => ctest(step, 'native-tsan', {env: sanitizerEnv}), {needs: ['build native, TSan']});
await check('WebAssembly tests, threads', (step) => ctest(step, 'wasm-threads'), {needs: ['build WebAssembly tests, threads']});
await check('WebAssembly tests, sim', (step) => ctest(step, 'wasm-sim'), {needs: ['build WebAssembly tests, sim']});
await check('WebAssembly explorer, litmus', async (step) => {
  const {output} = await step.exec(process.execPath, ['build/wasm-explorer/tests/sluice_litmus.cjs'], {fails: 'The checker in WebAssembly does not reproduce the litmus table.', closing: /^litmus|a second$/});
  step.count({passed: Number(/^litmus (\d+)\//m.exec(output)?.[1] ?? 0)});
}, {needs: ['build WebAssembly explorer, litmus']});
await builds;
if (deep) await check('mutants', async (step) => {
  const {output} = await step.exec(process.execPath, ['tests/mutants/run_mutants.mjs'], {fails: 'A weakened order was not caught.', closing: /^mutants/});
  step.count({passed: Number(/^mutants (\d+)\//m.exec(output)?.[1] ?? 0)});
}, {needs: ['build native and native-bench']});
await check('README', (step) => checkReadme(step, {cxx: found.native.cxx}), {needs: ['build native and native-bench', 'WebAssembly engines']});

/** Installs the libraries into an empty folder and builds a small program against them, as a stranger would. */
async function consumer(step) {
  const place = mkdtempSync(join(tmpdir(), 'sluice-consumer-'));
  try {
    await step.exec('cmake', ['--install', 'build/native', '--prefix', join(place, 'installed')], {fails: 'cmake --install failed.'});
    await step.exec('cmake', ['-S', 'tests/consumer', '-B', join(place, 'build'), '-G', 'Ninja', `-DCMAKE_PREFIX_PATH=${join(place, 'installed')}`, `-DCMAKE_CXX_COMPILER=${found.native.cxx}`, '-DCMAKE_BUILD_TYPE=Release'],
      {fails: 'find_package(Sluice) does not work against the installed tree.'});
    await step.exec('cmake', ['--build', join(place, 'build')], {fails: 'The consumer project does not build.'});
    await step.exec('ctest', ['--test-dir', join(place, 'build'), '--output-on-failure', '--no-tests=error'], {fails: 'The consumer program fails.', closing: /tests passed/});
  } finally {
    rmSync(place, {recursive: true, force: true});
  }
}

steps.summary({withCount: true});
process.exit(steps.failed ? 1 : 0);

// What a person at a prompt meets: native-bench lists, runs, refuses and writes what it promised.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {after, test} from 'node:test';
import {fileURLToPath} from 'node:url';

const program = process.env.SLUICE_NATIVE_BENCH ?? join(dirname(fileURLToPath(import.meta.url)), '../../build/bench/native-bench');
const place = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
after(() => rmSync(place, {recursive: true, force: true}));

const bench = (...args) => {
  const {status, stdout, stderr, error} = spawnSync(program, args, {encoding: 'utf8', cwd: place, timeout: 120_000});
  if (error) throw error;
  return {status, stdout, stderr, all: stdout + stderr};
};
const small = {
  'worker-pool': ['--workers=2', '--jobs=200', '--work=20'],
  pipeline: ['--items=200'],
  'lock-free-queue': ['--operations=2000'],
};

test('--list shows every scenario with its parameters and ranges', () => {
  const {status, stdout} = bench('--list');
  assert.equal(status, 0);
  for (const word of [...Object.keys(small), 'workers', '64', 'ping-pong', 'spawn']) assert.ok(stdout.includes(word), `${word} is not in the list`);
});

for (const [id, parameters] of Object.entries(small)) {
  for (const engine of ['threads', 'sim']) {
    test(`${id} runs in ${engine} and reports as JSON`, () => {
      const {status, stdout, stderr} = bench(`--scenario=${id}`, ...parameters, `--engine=${engine}`, '--rounds=2', '--json');
      assert.equal(status, 0, stderr);
      assert.equal(typeof JSON.parse(stdout), 'object');
    });
  }
}

test('a value outside its range is refused with the range, and with exit status 2', () => {
  const {status, all} = bench('--scenario=worker-pool', '--workers=99');
  assert.equal(status, 2);
  assert.match(all, /workers/);
  assert.match(all, /99/);
  assert.match(all, /64/);
});

test('a misspelt flag is refused with the nearest one', () => {
  const {status, all} = bench('--scenario=worker-pool', '--wrokers=2');
  assert.equal(status, 2);
  assert.match(all, /--workers/);
});

test('an unknown scenario is refused', () => assert.equal(bench('--scenario=nobody').status, 2));

test('--results writes a file that names its format', () => {
  const file = join(place, 'here.json');
  const {status, stderr} = bench('--scenario=worker-pool', ...small['worker-pool'], '--seed=7', '--rounds=3', `--results=${file}`);
  assert.equal(status, 0, stderr);
  const results = JSON.parse(readFileSync(file, 'utf8'));
  assert.equal(results.format, 'sluice-results');
  assert.equal(results.version, 1);
  assert.equal(results.scenario, 'worker-pool');
  assert.equal(results.samples.length, 3);
  assert.equal(results.histogram.encoding, 'hdr-v2');
});

test('Google Benchmark hears its own flags and writes its own JSON', () => {
  const file = join(place, 'micro.json');
  const {status, stderr} = bench('--benchmark_filter=^spawn', '--benchmark_min_time=0.01', `--benchmark_out=${file}`, '--benchmark_out_format=json');
  assert.equal(status, 0, stderr);
  const {benchmarks} = JSON.parse(readFileSync(file, 'utf8'));
  assert.ok(benchmarks.length > 0);
  assert.ok(benchmarks.every((one) => !one.error_occurred));
});

// What a person at a prompt meets: native-bench lists, runs, refuses and writes what it promised.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {after, test} from 'node:test';
import {fileURLToPath} from 'node:url';

const program = process.env.SLUICE_NATIVE_BENCH ?? join(dirname(fileURLToPath(import.meta.url)), '../../build/native/native-bench');
const place = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
after(() => rmSync(place, {recursive: true, force: true}));

const bench = (...args) => benchWith(process.env, ...args);
const benchWith = (env, ...args) => {
  const {status, stdout, stderr, error} = spawnSync(program, args, {encoding: 'utf8', cwd: place, env, timeout: 120_000});
  if (error) throw error;
  return {status, stdout, stderr, all: stdout + stderr};
};
const small = {
  'worker-pool': ['--workers=2', '--jobs=200', '--work=20'],
  pipeline: ['--items=200'],
  'semaphore-limit': ['--items=200', '--work=20'],
  'producer-consumer': ['--items=200', '--produce=20', '--consume=20'],
  'ping-pong': ['--items=200'],
  'safe-counter': ['--items=200', '--work=20'],
  'mutex-vs-rwmutex': ['--operations=200', '--inside=20'],
  'condition-variable': ['--items=200', '--gap=20', '--work=20'],
  'select-fairness': ['--items=50', '--work=20'],
  'context-tree': ['--trees=3'],
  deadlines: ['--requests=40'],
  deadlock: ['--way=lock-all', '--turns=20', '--work=20'],
  'million-tasks': ['--tasks=2000', '--waiting=1'],
  'error-group': ['--groups=5', '--work=50'],
  'once-race': ['--values=5', '--making=50'],
  'lock-free-queue': ['--operations=2000'],
  'lock-free-stack': ['--operations=2000'],
  'work-stealing-deque': ['--items=2000'],
  counter: ['--operations=2000'],
  'atomic-vs-mutex': ['--operations=2000'],
  aba: ['--stack=recycled'],
  'memory-orders': [],
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

test('a filter that fits nothing is refused', () => assert.equal(bench('--benchmark_filter=nothing-of-that-name').status, 2));

test('a parameter without its scenario says where it belongs', () => {
  const {status, stderr} = bench('--jobs=5');
  assert.equal(status, 2);
  assert.match(stderr, /--jobs .*--scenario=ID.*worker-pool/);
});

for (const flag of ['--seed=0x7', '--engine=fast', '--rounds=0']) {
  test(`${flag} is refused`, () => {
    const {status, stdout, stderr} = bench('--scenario=worker-pool', flag);
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(stderr, new RegExp(flag.slice(2, 6)));
  });
}

test('--list --json is for programs', () => {
  const {scenarios, micro} = JSON.parse(bench('--list', '--json').stdout);
  assert.deepEqual(scenarios.map((one) => one.id).sort(), Object.keys(small).sort());
  assert.ok(scenarios.every((one) => one.params.every((param) => param.id && param.type)));
  assert.ok(micro.some((one) => one.workload === 'ping-pong/2w' && one.items === 1_000_000));
});

for (const engine of ['threads', 'sim']) {
  test(`--trace writes a trace of a run in ${engine} that Perfetto opens`, () => {
    const file = join(place, `trace-${engine}.json`);
    const {status, stdout, stderr} = bench('--scenario=worker-pool', ...small['worker-pool'], '--seed=5', `--engine=${engine}`, `--trace=${file}`, '--json');
    assert.equal(status, 0, stderr);
    const summary = JSON.parse(stdout);
    const {traceEvents} = JSON.parse(readFileSync(file, 'utf8'));
    assert.equal(summary.events, traceEvents.length);
    assert.equal(summary.engine, `native-${engine}`);
    const of = (phase, name) => traceEvents.filter((one) => one.ph === phase && (name === undefined || name.test(one.name)));
    assert.equal(of('B', /^job /).length, 200);
    assert.equal(of('B').length, of('E').length);
    assert.equal(of('b').length, of('e').length);
    assert.ok(of('M', /^thread_name$/).some((one) => one.args.name === 'worker 1'));
    assert.ok(of('C').length >= 400);
    const open = new Map();
    for (const one of traceEvents.filter(({ph}) => ph === 'B' || ph === 'E')) {
      const depth = (open.get(one.tid) ?? 0) + (one.ph === 'B' ? 1 : -1);
      assert.ok(depth >= 0, 'a slice ends that did not begin');
      open.set(one.tid, depth);
    }
  });
}

test('a trace in simulation is the same for the same seed', () => {
  const trace = (name) => {
    const file = join(place, name);
    assert.equal(bench('--scenario=pipeline', ...small.pipeline, '--engine=sim', '--seed=a', `--trace=${file}`).status, 0);
    return readFileSync(file, 'utf8');
  };
  assert.equal(trace('once.json'), trace('again.json'));
});

test('--trace alone, with what it cannot do, or into nowhere is refused', () => {
  assert.match(bench('--trace=x.json').stderr, /--trace needs --scenario/);
  const both = bench('--scenario=pipeline', '--trace=x.json', '--results=y.json');
  assert.equal(both.status, 2);
  assert.match(both.stderr, /without --results/);
  const nowhere = bench('--scenario=pipeline', ...small.pipeline, '--trace=no-such-folder/x.json');
  assert.equal(nowhere.status, 2);
  assert.match(nowhere.stderr, /no-such-folder\/x\.json/);
});

test('a seed in simulation gives the same figures again', () => {
  const run = () => JSON.parse(bench('--scenario=worker-pool', ...small['worker-pool'], '--engine=sim', '--seed=c0ffee', '--rounds=1', '--json').stdout);
  const [once, again] = [run(), run()];
  assert.equal(once.seed, 'c0ffee');
  assert.deepEqual(once.samples, again.samples);
  assert.deepEqual(once.latencyNs, again.latencyNs);
});

test('a comparison without `go` on PATH says so in one sentence and ends with 3', () => {
  const {status, stdout, stderr} = benchWith({...process.env, PATH: place}, '--against=go');
  assert.equal(status, 3);
  assert.equal(stdout, '');
  assert.match(stderr, /^native-bench: There is no `go` on PATH.*\n$/);
});

test('a name that nobody has is refused with those there are', () => {
  const {status, stderr} = bench('--against=nobody');
  assert.equal(status, 2);
  assert.match(stderr, /mutex_queue/);
});

const targets = (atLeast, kind) => {
  const file = join(place, `${kind}-${atLeast}.json`);
  const target = {workload: 'hand-off-1p1c', against: 'mutex_queue', atLeast, kind};
  writeFileSync(file, JSON.stringify({format: 'sluice-targets', version: 1, targets: [target]}));
  return `--targets=${file}`;
};
const compare = ['--against=mutex_queue', '--workload=hand-off-1p1c', '--rounds=2', '--gate'];

test('a comparison gives ratios with their intervals, as a table and as JSON', () => {
  const file = join(place, 'comparison.json');
  const {status, stdout, stderr} = bench(...compare, targets(0.001, 'gate'), `--out=${file}`);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /hand-off-1p1c.*mutex_queue.*×.*gate ≥ .*: held/);
  const {format, rounds, rows: [row]} = JSON.parse(readFileSync(file, 'utf8'));
  assert.equal(format, 'sluice-comparison');
  assert.equal(rounds, 2);
  assert.equal(row.ourTime.samples.length, 2);
  assert.ok(row.ratio.low <= row.ratio.median && row.ratio.median <= row.ratio.high);
  assert.equal(row.targets[0].verdict, 'held');
});

test('--gate ends with 1 when a promise is broken, and only then', () => {
  const broken = bench(...compare, targets(1e6, 'gate'), '--json');
  assert.equal(broken.status, 1, broken.stderr);
  assert.match(broken.stderr, /^gate: hand-off-1p1c against mutex_queue is .*at least/m);
  assert.equal(JSON.parse(broken.stdout).rows[0].targets[0].verdict, 'missed');
  assert.equal(bench(...compare, targets(1e6, 'aim')).status, 0);
});

test('a table of targets that cannot be read is refused', () => {
  const {status, stderr} = bench(...compare, `--targets=${join(place, 'nowhere.json')}`);
  assert.equal(status, 2);
  assert.match(stderr, /nowhere\.json/);
});

const {micro} = JSON.parse(bench('--list', '--json').stdout);
const asked = 'spsc';
const peers = micro.filter(({workload, standing}) => workload === asked && standing === 'peer').map(({contender}) => contender);
test('the best of the peers is the fastest that was there', {skip: peers.length === 0 ? 'no peer was found' : false}, () => {
  const {status, stdout, stderr} = bench('--against=peers,floor', `--workload=${asked}`, '--rounds=2', '--json');
  assert.equal(status, 0, stderr);
  const {rows} = JSON.parse(stdout);
  const best = rows.find(({against}) => against === 'best-peer');
  const each = rows.filter(({against}) => peers.includes(against));
  assert.equal(each.length, peers.length);
  assert.ok(peers.includes(best.who));
  assert.equal(best.ratio.median, Math.min(...each.map(({ratio}) => ratio.median)));
  assert.match(stderr, new RegExp(`best-peer: ${best.who}`));
});

test('generators that are all alive say how much memory they take', () => {
  const {status, stdout, stderr} = bench('--sample=genalive/1w/sluice');
  assert.equal(status, 0, stderr);
  const {items, bytes} = JSON.parse(stdout);
  assert.equal(items, 1_000_000);
  assert.ok(bytes > 56 * items && bytes < 1000 * items, `${bytes / items} B each`);
});

test('what is too large to be run unasked is listed, and left out of everything', () => {
  assert.ok(micro.some((one) => one.workload === 'ten-million-alive/1w' && one.onRequest));
  assert.match(bench('--list').stdout, /ten-million-alive\/2w.*only with --workload/);
  assert.equal(bench('--benchmark_filter=ten-million-alive').status, 2);
});

test('what the machine allows is no peer, and the plainest things are none either', () => {
  const standing = Object.fromEntries(micro.map((one) => [`${one.workload}/${one.contender}`, one.standing]));
  assert.equal(standing['spsc/floor'], 'floor');
  assert.equal(standing['stack/2t/mutex'], 'plain');
  assert.equal(standing['stack/2t/barging_stack'], 'ours');
});

test('every question about threads is put to a contender of ours first', () => {
  const first = new Map();
  for (const one of micro) if (!first.has(one.workload)) first.set(one.workload, one.standing);
  assert.deepEqual([...first.values()].filter((standing) => standing !== 'ours'), []);
});

const hasGo = spawnSync('go', ['version']).status === 0;
test('Go answers the same questions', {skip: hasGo ? false : 'there is no `go` on PATH'}, () => {
  const {status, stdout, stderr} = bench('--against=go', '--workload=ping-pong', '--rounds=2', '--json');
  assert.equal(status, 0, stderr);
  const {rows} = JSON.parse(stdout);
  assert.deepEqual(rows.map((row) => row.workload), ['ping-pong/1w', 'ping-pong/2w']);
  assert.ok(rows.every((row) => row.ratio.median > 0 && /^go1\./.test(row.theirVersion)));
});

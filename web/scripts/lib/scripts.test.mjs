// The scripts themselves, where a silent mistake would cost most.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {after, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {examine, tagsOf} from '../rules.mjs';
import {commandsOf} from './readme.mjs';
import {enginesOf} from './sizes.mjs';
import {megabytes, root, seconds, tail} from './steps.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const place = mkdtempSync(join(tmpdir(), 'sluice-scripts-'));
after(() => rmSync(place, {recursive: true, force: true}));

/** What becomes of a module's glue on its way to the page. */
function placed(glue) {
  writeFileSync(join(place, 'engine.mjs'), glue);
  writeFileSync(join(place, 'engine.wasm'), 'wasm');
  const to = join(place, 'to');
  rmSync(to, {recursive: true, force: true});
  const {status, stderr} = spawnSync(process.execPath, [join(here, 'place-engine.mjs'), place, 'engine', to], {encoding: 'utf8'});
  return {status, stderr, glue: existsSync(join(to, 'engine.mjs')) ? readFileSync(join(to, 'engine.mjs'), 'utf8') : ''};
}

test('worker options in a variable become a literal that bundlers can follow', () => {
  const {status, glue} = placed('a;w=new Worker(new URL("engine.mjs",import.meta.url),workerOptions);b');
  assert.equal(status, 0);
  assert.equal(glue, 'a;w=new Worker(new URL("engine.mjs",import.meta.url),{type:"module",workerData:"em-pthread",name:"em-pthread"});b');
});

test('a literal is left alone, and so is a module without workers', () => {
  for (const glue of ['w=new Worker(new URL("engine.mjs",import.meta.url),{type:"module",name:"em-pthread"})', 'no workers here']) {
    assert.deepEqual(placed(glue), {status: 0, stderr: '', glue});
  }
});

test('any other way of starting a worker is refused', () => {
  const {status, stderr, glue} = placed('w=new Worker(somewhere(),options)');
  assert.equal(status, 1);
  assert.match(stderr, /place-engine/);
  assert.equal(glue, '');
});

test('the commands of a README are its sh blocks, without comments and prompts', () => {
  const text = '```sh\n# first\n$ a --b   # why\nc \\\n  d\n```\ntext\n```cpp\nint main() {}\n```\n';
  assert.deepEqual(commandsOf(text), ['a --b', 'c d']);
});

test('a failure is shown from its first failed compilation on', () => {
  const file = join(place, 'log');
  writeFileSync(file, ['one', 'FAILED: x.o', 'error', ...Array.from({length: 100}, (_, i) => `line ${i}`)].join('\n'));
  assert.match(tail(file, 3), /^FAILED: x\.o\nerror\nline 0$/);
  writeFileSync(file, 'one\ntwo\nthree');
  assert.equal(tail(file, 2), 'two\nthree');
});

test('times and sizes read well', () => {
  assert.deepEqual([seconds(1234), seconds(83_400)], ['1.2 s', '83 s']);
  assert.deepEqual([megabytes(900), megabytes(1_234_567), megabytes(236_900_000)], ['1 kB', '1.2 MB', '237 MB']);
});

test('a rule is tested by its tags, open for a reason, absent with its room, or missing', () => {
  const says = 'something';
  const list = {
    rules: [{id: 'A1', says}, {id: 'A2', says}, {id: 'A3', says}, {id: 'A4', says, room: 'later'}, {id: 'A5', says, room: 'here'}, {id: 'A6', says, room: 'later'}],
    open: {A3: 'not built'},
  };
  const {rules, unknown} = examine(list, new Map([['A1', 2], ['A6', 1], ['Z9', 1]]), (room) => room === 'here');
  assert.deepEqual(rules.map(({id, number, state}) => `${id} ${number} ${state}`), ['A1 2 tested', 'A2 0 missing', 'A3 0 open', 'A4 0 absent', 'A5 0 missing', 'A6 1 tested']);
  assert.equal(rules[2].reason, 'not built');
  assert.deepEqual(unknown, ['Z9']);
});

test('tags are counted in the tests of the library and of the page, and nowhere else', () => {
  const base = join(place, 'tagged');
  const tag = (id) => `[${id}]`;  // written out, it would claim a rule
  const files = {
    'tests/room/x_test.cpp': `TEST_CASE("x", "[room]${tag('A1')}${tag('A2')}")\nstatic_assert(true);  // ${tag('A1')}`,
    'tests/x.test.mjs': `test('x ${tag('A3')}')`,
    'tests/notes.md': tag('A4'),
    'web/src/x.test.ts': `it('${tag('A1')} x')`,
    'web/src/x.ts': tag('A4'),
    'web/node_modules/x.test.ts': tag('A4'),
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(base, path)), {recursive: true});
    writeFileSync(join(base, path), text);
  }
  assert.deepEqual(Object.fromEntries(tagsOf(base)), {A1: 3, A2: 1, A3: 1});
});

test('the list of rules has no gap, says something of each, and has a reason for what is open', () => {
  const {rules, open} = JSON.parse(readFileSync(join(root, 'tests/rules.json'), 'utf8'));
  const next = {};
  for (const {id, says} of rules) {
    next[id[0]] = (next[id[0]] ?? 0) + 1;
    assert.equal(id, `${id[0]}${next[id[0]]}`);
    assert.match(says, /^.{8,100}$/);
  }
  assert.deepEqual(next, {C: 20, S: 12, X: 17, T: 12, M: 6, R: 5, O: 5, W: 6, V: 7, P: 8, N: 5, E: 9, D: 6, G: 9, Z: 5, L: 9, B: 12, K: 8, Q: 11, F: 10, H: 6});
  for (const [id, reason] of Object.entries(open)) assert.ok(rules.some((rule) => rule.id === id) && reason.length > 8, id);
});

test('every family of the catalogue has both its engines, and no engine stands alone', () => {
  const folder = join(place, 'engines');
  const engines = (...names) => {
    rmSync(folder, {recursive: true, force: true});
    mkdirSync(folder);
    for (const name of names) writeFileSync(join(folder, `${name}.wasm`), '');
    return (...families) => enginesOf(folder, {scenarios: families.map((family) => ({family}))});
  };
  const whole = ['engine', 'engine-sim', 'engine-flow', 'engine-sim-flow', 'engine-lock-free', 'engine-sim-lock-free', 'explorer'];
  assert.deepEqual(engines(...whole)('lock-free', 'flow', 'flow'), ['flow', 'lock-free']);
  assert.throws(() => engines(...whole)('pools'), /scenarios of pools have no engine/);
  assert.throws(() => engines('engine-flow', 'engine-pools', 'engine-sim-pools')('flow'), /scenarios of flow have no engine/);
  assert.throws(() => engines('engine-flow', 'engine-sim-flow', 'engine-sim-sync')('flow'), /only one of the two engines of sync/);
});

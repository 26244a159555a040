// The scripts themselves, where a silent mistake would cost most.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {after, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {commandsOf} from './readme.mjs';
import {megabytes, seconds, tail} from './steps.mjs';

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

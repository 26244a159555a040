// The production policy costs nothing: what ships compiles to the instructions of the same code by hand on std::atomic.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {test} from 'node:test';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');
const local = join(root, '.toolchain/bin/clang++');
const compiler = process.env.SLUICE_CXX ?? (existsSync(local) ? local : 'clang++');

function assembly() {
  try {
    return execFileSync(compiler, ['-std=c++23', '-O2', '-DNDEBUG', '-S', '-o', '-', '-fno-asynchronous-unwind-tables', `-I${join(root, 'core')}`, join(here, 'same_code.cpp')], {encoding: 'utf8', maxBuffer: 1 << 26});
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The instructions of a function. Labels are numbered in the order in which they are met. */
export function instructionsOf(text, name) {
  const lines = text.split('\n');
  const begin = lines.findIndex((line) => line.startsWith(`${name}:`));
  assert.ok(begin >= 0, `there is no ${name}`);
  const length = lines.slice(begin).findIndex((line) => /^\.Lfunc_end/.test(line));
  const labels = new Map();
  const number = (label) => labels.get(label) ?? labels.set(label, `L${labels.size}`).get(label);
  return lines.slice(begin + 1, begin + length)
    .map((line) => line.replace(/\s*(#|\/\/).*$/, '').trim())
    .filter((line) => line !== '' && !(line.startsWith('.') && !/^\.LBB.*:$/.test(line)))
    .map((line) => line.replace(/\.LBB\w+/g, number).replace(/\s+/g, ' '));
}

const text = assembly();
for (const name of ['spsc_push', 'mpmc_push', 'deque_take']) {
  test(`${name} is what one would write by hand`, {skip: text === undefined && `${compiler} is not here`}, () => {
    const shipped = instructionsOf(text, `${name}_shipped`);
    assert.ok(shipped.length >= 10, 'a function of so few instructions cannot be the whole');
    assert.deepEqual(shipped, instructionsOf(text, `${name}_by_hand`));
  });
}

test('a difference of one instruction is seen, one of names is not', () => {
  const body = (name, label, order) => `${name}:\n\tmovq\t(%rdi), %rax  # a remark\n.L${label}:\n\t${order}\t%rax, 8(%rdi)\n\tjne\t.L${label}\n\tretq\n.Lfunc_end0:\n`;
  const all = body('one', 'BB0_1', 'movq') + body('two', 'BB1_7', 'movq') + body('three', 'BB2_1', 'xchgq');
  assert.deepEqual(instructionsOf(all, 'one'), instructionsOf(all, 'two'));
  assert.notDeepEqual(instructionsOf(all, 'one'), instructionsOf(all, 'three'));
});

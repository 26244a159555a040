// Every order stronger than relaxed in the lock-free rooms has a mutant that weakens it, or a reason why none can be noticed.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {test} from 'node:test';
import {filesOf} from '../architecture/check_floors.mjs';
import {mutate, placeOf, readMutants} from './mutants.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const read = (file) => readFileSync(join(root, file), 'utf8');

/** What cannot be noticed: the passage, and what the source says about it. */
const unnoticed = [
  {file: 'core/sluice/lockfree/work_stealing_deque.hpp', passage: 'auto const top = top_.load(acquire);        // claim;', reason: 'load buffering, which no test shows'},
];

/** Where orders stand in a text: what is given to a call, or to a parameter by default. Comments do not count. */
function ordersIn(text) {
  const code = text.replace(/\/\/.*$/gm, (all) => ' '.repeat(all.length));
  return [...code.matchAll(/(?<=[(,=][^\S\n]*(?:sluice::)?)\b(acquire|release|acq_rel|seq_cst)\b(?=\s*[),;])/g)].map((match) => ({at: match.index, order: match[1]}));
}

/** Where a mutant's text begins to differ, and where it is the same again: [from, to) of the text as it is. */
function changed(text, mutant) {
  const other = mutate(root, mutant);
  let from = 0;
  while (text[from] === other[from]) ++from;
  let end = 0;
  while (end < text.length - from && end < other.length - from && text.at(-1 - end) === other.at(-1 - end)) ++end;
  return [from, text.length - end];
}

const mutants = readMutants(root);
const files = ['lockfree', 'reclaim'].flatMap((room) => filesOf(`core/sluice/${room}`, /\.hpp$/));

test('each mutant has its passage, and the test that is to notice it', () => {
  for (const mutant of mutants) {
    placeOf(read(mutant.file), mutant);
    assert.ok(read(mutant.test).includes(`TEST_CASE("${mutant.case}"`), `${mutant.id}: ${mutant.test} has no test "${mutant.case}"`);
  }
});

test('each order is weakened by a mutant, or the source says why that cannot be noticed', () => {
  const missing = files.flatMap((file) => {
    const text = read(file);
    const ranges = mutants.filter((mutant) => mutant.file === file).map((mutant) => changed(text, mutant));
    const excused = unnoticed.filter((each) => each.file === file).map(({passage}) => text.indexOf(passage));
    return ordersIn(text)
      .filter(({at, order}) => !ranges.some(([from, to]) => from < at + order.length && to > at) && !excused.some((from) => from >= 0 && at >= from && at < from + 60))
      .map(({at, order}) => `${file}:${text.slice(0, at).split('\n').length}: ${order}`);
  });
  assert.equal(missing.length, 0, `\n${missing.join('\n')}`);
});

test('what is excused is explained in the source', () => {
  for (const {file, passage, reason} of unnoticed) {
    const text = read(file).replace(/\s*\n\s*\/\/\s*/g, ' ');
    assert.ok(text.includes(passage) && text.includes(reason), `${file}: ${passage}`);
  }
});

test('the reader of orders sees them where they count', () => {
  const orders = (text) => ordersIn(text).map(({order}) => order);
  assert.deepEqual(orders('x.load(acquire);  // release'), ['acquire']);
  assert.deepEqual(orders('x.compare_exchange_strong(a, b, seq_cst, acquire)'), ['seq_cst', 'acquire']);
  assert.deepEqual(orders('auto f(std::memory_order order = seq_cst);\nstatic constexpr auto o = sluice::release;'), ['seq_cst', 'release']);
  assert.deepEqual(orders('void acquire(); owners.release(); how == publication::seq_cst'), []);
});

// proof — what is known of the lock-free structures: every execution of many small programs, and that a weaker order is noticed.
//
//     npm run proof
import {availableParallelism} from 'node:os';
import {Problem, Steps} from './lib/steps.mjs';
import {build, configure, setUp} from './lib/build.mjs';

const steps = new Steps('npm run proof');
const figures = [];

/** Takes the figures of a program's output that begin with one of these words. */
function take(output, ...words) {
  for (const word of words) {
    const line = output.split('\n').find((each) => each.startsWith(`${word} `));
    if (!line) throw new Problem(`No line "${word} …" was printed.`);
    figures.push(line.trim());
  }
}

await steps.step('set-up', (step) => setUp(step, {packages: false}));
await steps.step('build', async (step) => {
  await configure(step, 'native');
  await build(step, 'native', {targets: ['sluice_litmus', 'sluice_model']});
});
await steps.step('litmus tests', async (step) => {
  const {output} = await step.exec('build/native/tests/sluice_litmus', [], {fails: 'A row of the litmus table is not reproduced.', closing: /^row/});
  take(output, 'litmus');
});
await steps.step('structures', async (step) => {
  // Each program is explored by one thread: as many at a time as there are processors.
  const parts = availableParallelism();
  const runs = await Promise.all(Array.from({length: parts}, (_, part) =>
    step.exec('build/native/tests/sluice_model', ['--colour-mode', 'none', '--shard-count', String(parts), '--shard-index', String(part), '--allow-running-no-tests'],
      {fails: 'An execution fails, or a bound was hit.', closing: /^All tests passed|^test cases:/})));
  const executions = new Map();
  for (const {output} of runs)
    for (const [, name, count] of output.matchAll(/^explored (\S+) +(\d+) executions/gm)) executions.set(name, (executions.get(name) ?? 0) + Number(count));
  figures.push(`structures ${executions.size}`, `executions ${[...executions.values()].reduce((sum, count) => sum + count, 0)}`);
});
await steps.step('mutants', async (step) => {
  const {output} = await step.exec(process.execPath, ['tests/mutants/run_mutants.mjs'], {fails: 'A weakened order was not caught.'});
  take(output, 'mutants');
});
console.log(`\n${figures.join('\n')}`);

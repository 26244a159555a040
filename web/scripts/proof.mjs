// proof — what is known of the lock-free structures: every execution of many small programs, and that a weaker order is noticed.
//
//     npm run proof
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
  const {output} = await step.exec('build/native/tests/sluice_model', ['--colour-mode', 'none'], {fails: 'An execution fails, or a bound was hit.', closing: /^All tests passed|^test cases:/});
  take(output, 'structures', 'executions');
});
await steps.step('mutants', async (step) => {
  const {output} = await step.exec(process.execPath, ['tests/mutants/run_mutants.mjs'], {fails: 'A weakened order was not caught.'});
  take(output, 'mutants');
});
console.log(`\n${figures.join('\n')}`);

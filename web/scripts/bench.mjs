// bench — builds native-bench and runs it with the arguments given.
import {spawn} from 'node:child_process';
import {join} from 'node:path';
import {build, configure, setUp} from './lib/build.mjs';
import {Steps, root} from './lib/steps.mjs';

console.log = console.error;  // standard output belongs to native-bench, whose JSON may be piped on
const steps = new Steps('npm run bench');
await steps.step('set-up', async (step) => void (await setUp(step, {wasm: false, packages: false})));
await steps.step('native-bench', async (step) => {
  await configure(step, 'bench');
  await build(step, 'bench');
});

console.log('');
const bench = spawn(join(root, 'build/native/native-bench'), process.argv.slice(2), {cwd: process.env.INIT_CWD ?? root, stdio: 'inherit'});
process.removeAllListeners('SIGINT');
process.on('SIGINT', () => bench.kill('SIGINT'));
bench.on('error', (error) => {
  console.error(`native-bench could not be started: ${error.message}`);
  process.exit(1);
});
bench.on('close', (code, signal) => process.exit(code ?? (signal ? 130 : 1)));

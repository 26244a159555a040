// start — sets everything up, builds both engines and serves the playground.
import {spawn} from 'node:child_process';
import {buildModules, setUp, tool} from './lib/build.mjs';
import {Steps, root} from './lib/steps.mjs';

const steps = new Steps('npm start');
await steps.step('set-up', async (step) => void (await setUp(step, {native: false})));
await steps.step('WebAssembly engines', buildModules);

console.log('\n▸ playground   (Ctrl+C ends it)\n');
const server = spawn(process.execPath, [tool('vite'), 'web', ...process.argv.slice(2)], {cwd: root, stdio: 'inherit'});
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.removeAllListeners(signal);
  process.on(signal, () => server.kill(signal));
}
server.on('close', (code, signal) => process.exit(signal ? 0 : (code ?? 0)));

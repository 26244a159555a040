// build — sets everything up, builds both engines and leaves the whole site in web/dist/, ready for any host.
import {buildModules, setUp, tool} from './lib/build.mjs';
import {Steps} from './lib/steps.mjs';

const steps = new Steps('npm run build');
await steps.step('set-up', async (step) => void (await setUp(step, {native: false})));
await steps.step('WebAssembly engines', buildModules);
await steps.step('page', (step) =>
  step.exec(process.execPath, [tool('vite'), 'build', 'web'], {fails: 'The page could not be built.', closing: /built in/}).then(() => undefined));
steps.summary();
console.log('\nThe site is in web/dist/, with header files for common hosts in web/dist/hosting/.');

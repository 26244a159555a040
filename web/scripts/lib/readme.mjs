// readme — runs every command of README.md, in the order a reader would.
import {spawn} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {onPath} from './debian.mjs';
import {Problem, root} from './steps.mjs';

/** The lines of every ```sh block: continued lines joined, comments and prompts gone. */
export function commandsOf(text) {
  const commands = [];
  for (const [, block] of text.matchAll(/^```(?:sh|bash|shell|console)\n([\s\S]*?)^```/gm)) {
    for (const line of block.replace(/\s*\\\n\s*/g, ' ').split('\n')) {
      const command = line.replace(/^\$ /, '').replace(/\s+#.*$/, '').trim();
      if (command && !command.startsWith('#')) commands.push(command);
    }
  }
  return commands;
}

/** The same request with as little measuring as it takes to see that it works. */
function shortened(command) {
  const has = (flag) => command.includes(flag);
  const more = has('--list') || has('--help') ? [] : has('--scenario') ? ['--rounds=1'] : has('--against') ? ['--rounds=1', '--workload=spawn'] : ['--benchmark_filter=^spawn', '--benchmark_min_time=0.01'];
  return [command, ...(/^npm/.test(command) && !/ -- /.test(command) && more.length > 0 ? ['--'] : []), ...more.filter((flag) => !has(flag.split('=')[0]))].join(' ');
}

const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const {port} = server.address();
    server.close(() => resolve(port));
  });
});

/** `npm start` serves a page with the headers that isolate it, and ends when told to. */
async function startServes(step, folder, command) {
  const port = await freePort();
  const child = spawn('bash', ['-c', `exec ${command} -- --port ${port} --strictPort --host 127.0.0.1`], {cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], detached: true});
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => step.log.write((output += chunk, chunk)));
  const end = new Promise((resolve) => child.on('close', resolve));
  try {
    const deadline = Date.now() + 1_200_000;
    for (;;) {
      if (child.exitCode !== null || Date.now() > deadline) throw new Problem(`"${command}" does not serve a page.`, '', step.logFile);
      const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
      if (answer?.ok) {
        const page = await answer.text();
        const wanted = {'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp', 'cross-origin-resource-policy': 'cross-origin', 'document-isolation-policy': 'isolate-and-require-corp'};
        const wrong = Object.entries(wanted).filter(([name, value]) => answer.headers.get(name) !== value).map(([name]) => name);
        if (wrong.length > 0) throw new Problem(`"${command}" serves the page without the right ${wrong.join(', ')}.`);
        if (!/<title>[^<]*sluice/i.test(page)) throw new Problem(`"${command}" serves something that is not the playground.`);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  } finally {
    try {
      process.kill(-child.pid, 'SIGTERM');
    } catch { /* it has ended by itself */ }
    await end;
  }
}

/**
 * Some commands cannot be taken literally inside a test: a clone comes from this folder, `npm test` is what is
 * running, the native tests have just run and only the examples among them do so again, the proof takes as long as the
 * tests, an installation goes to a throw-away place and a measurement is made short.
 */
export async function checkReadme(step, {cxx}) {
  const readme = join(root, 'README.md');
  if (!existsSync(readme)) throw new Problem('There is no README.md.');
  const commands = commandsOf(readFileSync(readme, 'utf8'));
  if (commands.length === 0) throw new Problem('README.md shows no command in a ```sh block.');
  const place = mkdtempSync(join(tmpdir(), 'sluice-readme-'));
  try {
    for (const command of commands) {
      step.progress(command);
      const shell = (text) => step.exec('bash', ['-euo', 'pipefail', '-c', text], {fails: `README.md says "${command}", and that fails.`});
      if (/^git clone\b/.test(command)) await shell(`git clone --quiet --depth 1 "file://${root}" "${join(place, 'sluice')}"`);
      else if (/^cd\b/.test(command)) continue;
      else if (/^npm (test|run (test|proof))\b/.test(command)) await shell(`node -e 'process.exit(require("./package.json").scripts[process.argv[1]] ? 0 : 1)' "${command.replace(/^npm (run )?/, '').split(' ')[0]}"`);
      else if (/^ctest\b/.test(command)) await shell(`${command} --tests-regex ^example_`);
      else if (/^npm start\b/.test(command)) await startServes(step, root, command);
      else if (/--against=go\b/.test(command) && onPath('go') === '') {
        step.count({skipped: 1});
        step.close(`${command}   SKIPPED: there is no go on PATH`);
        continue;
      } else if (/native-bench|^npm run bench\b/.test(command) && !/^cmake/.test(command)) await shell(shortened(command));
      else if (/^cmake --install\b/.test(command)) await shell(`${command.replace(/ --prefix[= ]\S+/, '')} --prefix "${join(place, 'installed')}"`);
      else await shell(command);
      step.count({passed: 1});
      step.close(command);
    }
    const programs = [...readFileSync(readme, 'utf8').matchAll(/^```cpp\n([\s\S]*?)^```/gm)].map(([, text]) => text).filter((text) => /int main\(/.test(text));
    for (const [index, text] of programs.entries()) {
      const source = join(place, `example_${index + 1}.cpp`);
      const build = join(place, `example_${index + 1}`);
      writeFileSync(source, text);
      const fails = `Program ${index + 1} of README.md does not build and run against the installed library.`;
      await step.exec('cmake', ['-S', 'tests/consumer', '-B', build, '-G', 'Ninja', `-DCMAKE_PREFIX_PATH=${join(place, 'installed')}`, `-DCMAKE_CXX_COMPILER=${cxx}`, `-DCONSUMER_SOURCE=${source}`], {fails});
      await step.exec('cmake', ['--build', build], {fails});
      await step.exec('ctest', ['--test-dir', build, '--output-on-failure', '--no-tests=error'], {fails});
      step.count({passed: 1});
      step.close(`C++ program ${index + 1}: builds against the installed library, and ends with 0`);
    }
  } finally {
    rmSync(place, {recursive: true, force: true});
  }
}

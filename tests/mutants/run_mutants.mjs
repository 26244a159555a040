// run_mutants — weakens the lock-free sources one place at a time, and expects the named test to notice.
//
//     node tests/mutants/run_mutants.mjs                 all of mutants.json
//         --only=deque     those whose id, file or description contains the word
//         --jobs=4         so many at a time; as many as there are processors by default
//         --build=folder   a build that holds the program sluice_model, with its libraries; build/native by default
//
// No file of the tree is changed: a mutated header lies in a folder of its own that the compiler searches first. The flags, the
// libraries and the objects that all tests share are those of the build. Each test is also built from the headers as they are,
// and has to pass then.
import {execFile} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {availableParallelism, tmpdir} from 'node:os';
import {dirname, join, relative, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {mutate, readMutants} from './mutants.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const option = (name) => process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
const build = resolve(root, option('build') ?? 'build/native');
const jobs = Number(option('jobs') ?? availableParallelism());
const only = option('only')?.toLowerCase();
const patience = 120_000;  // milliseconds for one test case
const faults = /^\s*(data race|use after free|double free|leak|uninitialised read|deadlock|lost wake-up|livelock|failed assertion|not linearizable|not repeatable): /m;

function giveUp(sentence) {
  console.error(sentence);
  process.exit(1);
}

function execute(command, args, limit = 0) {
  return new Promise((done) => execFile(command, args, {cwd: build, maxBuffer: 1 << 26, timeout: limit, killSignal: 'SIGKILL'},
    (error, stdout, stderr) => done({code: error ? error.code ?? 1 : 0, signal: error?.signal, output: stdout + stderr})));
}

/** A command line as a shell would take it apart. */
const words = (line) => [...line.matchAll(/(?:[^\s"'\\]|\\.|"(?:\\.|[^"\\])*"|'[^']*')+/g)]
  .map(([word]) => word.replace(/\\(.)|"((?:\\.|[^"\\])*)"|'([^']*)'/g, (_, plain, double, single) => plain ?? double?.replace(/\\(["\\$`])/g, '$1') ?? single));

/** How the build compiles a test, whether alone or as a part of a unit, and links the program of the tests: [compiler, ...arguments]. */
async function recipes() {
  if (!existsSync(join(build, 'compile_commands.json'))) giveUp(`${relative(root, build)} holds no compile_commands.json: build the target sluice_model first.`);
  const entry = JSON.parse(readFileSync(join(build, 'compile_commands.json'), 'utf8')).find(({file}) => /_model\.cpp$|\/units\/sluice_model_\d+\.cpp$/.test(file));
  if (!entry) giveUp(`${relative(root, build)} does not build sluice_model.`);
  const compile = (test) => (entry.arguments ?? words(entry.command)).map((word) => (word === entry.file ? join(root, test) : word));
  const make = /^CMAKE_MAKE_PROGRAM:\w+=(.*)$/m.exec(readFileSync(join(build, 'CMakeCache.txt'), 'utf8'))?.[1] ?? 'ninja';
  const {output} = await execute(make, ['-t', 'commands', 'sluice_model']);
  const line = output.split('\n').findLast((each) => / -o \S*sluice_model(\.exe)? /.test(each));
  if (!line) giveUp('The build does not say how it links sluice_model.');
  const link = words(line.replace(/^: && /, '').replace(/ && :\s*$/, ''));
  return {compile, link};
}

/** Builds the program of one test file, with the headers in `overlay` before those of the tree. Returns what went wrong, or nothing. */
async function buildProgram({compile, link}, test, overlay, program) {
  const object = `${program}.o`;
  const [compiler, ...args] = compile(test);
  const out = args.indexOf('-o');
  const compiled = await execute(compiler, [...(overlay ? [`-I${overlay}`] : []), ...args.toSpliced(out + 1, 1, object)]);
  if (compiled.code !== 0) return compiled.output;
  const [linker, ...parts] = link;
  const shared = parts.filter((part) => !/_model\.cpp\.o(bj)?$|\/units\/sluice_model_\d+\.cpp\.o(bj)?$/.test(part));
  const to = shared.indexOf('-o');
  const linked = await execute(linker, [...shared.slice(0, to), object, '-o', program, ...shared.slice(to + 2)]);
  rmSync(object, {force: true});
  return linked.code === 0 ? undefined : linked.output;
}

/** Runs one test case: 'passed', or the kind of its fault. */
async function runCase(program, name) {
  const {code, signal, output} = await execute(program, [name.replace(/[\\,[\]"*~]/g, '\\$&'), '--colour-mode', 'none'], patience);
  if (signal === 'SIGKILL') return 'no end';
  if (/^No test cases matched|^\s*No tests ran/m.test(output)) return 'no such test';
  if (code === 0) return 'passed';
  return faults.exec(output)?.[1] ?? (/in one execution/.test(output) ? 'bound' : 'failed check');
}

const mutants = readMutants(root).filter(({id, file, what}) => !only || `${id} ${file} ${what}`.toLowerCase().includes(only));
if (mutants.length === 0) giveUp('No mutant has that word.');
const kits = await recipes();
const place = mkdtempSync(join(tmpdir(), 'sluice-mutants-'));
const unsound = new Map();  // test file → what is wrong with it as it is
const rows = [];

async function asItIs(test) {
  const program = join(place, test.replaceAll('/', '-'));
  const problem = await buildProgram(kits, test, undefined, program);
  if (problem) {
    unsound.set(test, `does not build\n${problem}`);
    return;
  }
  for (const name of new Set(mutants.filter((mutant) => mutant.test === test).map((mutant) => mutant.case))) {
    const answer = await runCase(program, name);
    if (answer !== 'passed') unsound.set(test, `"${name}": ${answer}`);
  }
  rmSync(program, {force: true});
}

async function mutated(mutant) {
  const folder = join(place, mutant.id);
  const header = join(folder, mutant.file);
  mkdirSync(dirname(header), {recursive: true});
  writeFileSync(header, mutate(root, mutant));
  const program = join(folder, 'program');
  const problem = await buildProgram(kits, mutant.test, join(folder, 'core'), program);
  const answer = problem ? `does not build\n${problem}` : await runCase(program, mutant.case);
  rmSync(folder, {recursive: true, force: true});
  const caught = !problem && !['passed', 'no end', 'no such test'].includes(answer);
  rows.push({...mutant, answer: answer === 'passed' ? 'SURVIVED' : answer, caught});
  process.stderr.write(caught ? '.' : `\n${mutant.id}: ${answer}\n`);
}

const work = [...[...new Set(mutants.map(({test}) => test))].map((test) => () => asItIs(test)), ...mutants.map((mutant) => () => mutated(mutant))];
try {
  await Promise.all(Array.from({length: jobs}, async () => {
    while (work.length > 0) await work.shift()();
  }));
} finally {
  rmSync(place, {recursive: true, force: true});
}
process.stderr.write('\n');

const columns = [['id', 'id'], ['file', 'structure'], ['what', 'what'], ['case', 'caught by'], ['answer', 'fault']];
const cell = (row, key) => (key === 'file' ? row.file.replace(/^core\/sluice\//, '') : row[key].split('\n')[0]);
const order = new Map(mutants.map(({id}, at) => [id, at]));
rows.sort((a, b) => order.get(a.id) - order.get(b.id));
const widths = columns.map(([key, title]) => Math.max(title.length, ...rows.map((row) => cell(row, key).length)));
const print = (cells) => console.log(cells.map((text, at) => text.padEnd(widths[at])).join('  ').trimEnd());
print(columns.map(([, title]) => title));
for (const row of rows) print(columns.map(([key]) => cell(row, key)));
for (const [test, problem] of unsound) console.log(`${test} does not pass as it is: ${problem}`);
const caught = rows.filter((row) => row.caught && !unsound.has(row.test)).length;
console.log(`mutants ${caught}/${rows.length}`);
process.exit(caught === rows.length ? 0 : 1);

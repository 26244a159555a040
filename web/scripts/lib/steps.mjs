// steps — named steps with elapsed time, one clear sentence when one fails, and a table at the end.
import {spawn} from 'node:child_process';
import {createWriteStream, existsSync, mkdirSync, readFileSync} from 'node:fs';
import {constants, setPriority} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
export const isCi = process.env.CI !== undefined && process.env.CI !== '' && process.env.CI !== 'false';
const live = Boolean(process.stdout.isTTY) && !isCi;

/** Something the reader can act on: what is wrong in one sentence, and what to do about it. */
export class Problem extends Error {
  constructor(sentence, remedy = '', log = '') {
    super(sentence);
    this.remedy = remedy;
    this.log = log;
  }
}

export const seconds = (ms) => (ms < 10_000 ? (ms / 1000).toFixed(1) : Math.round(ms / 1000).toString()) + ' s';
export const megabytes = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`);

/** What the reader of a failure needs of a log: from the first failed compilation on, else the last lines. */
export function tail(file, count = 60) {
  if (!existsSync(file)) return '';
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const failed = lines.findIndex((line) => /^FAILED: /.test(line));
  return (failed >= 0 ? lines.slice(failed, failed + count) : lines.slice(-count)).map((line) => line.slice(0, 240)).join('\n');
}

// eslint-disable-next-line no-control-regex
const plain = (text) => text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '');

/** The steps under way; more than one when builds run beside tests. */
const running = new Set();

/** One line for all of them. */
function draw() {
  if (!live) return;
  const line = `   ${[...running].map((step) => `${step.name}  ${seconds(Date.now() - step.started)}  ${step.status}`).join('   │   ')}`;
  process.stdout.write(`\r\u001b[2K${line.slice(0, (process.stdout.columns ?? 80) - 1)}`);
}
if (live) setInterval(() => { if (running.size > 0) draw(); }, 250).unref();

/** What a step may do: tell how far it is, run programs, count tests, keep the runners' own closing lines. */
class Step {
  constructor(name, logFile) {
    this.name = name;
    this.logFile = logFile;
    this.started = Date.now();
    this.counted = {passed: 0, failed: 0, skipped: 0};
    this.closing = [];
    this.state = 'running';
    this.note = '';
    this.saidAt = Date.now();
    this.status = '';
    mkdirSync(dirname(logFile), {recursive: true});
    this.log = createWriteStream(logFile);
    running.add(this);
  }

  /** Who speaks, where more than one might. */
  get #speaker() {
    return running.size > 1 ? `${this.name}: ` : '';
  }

  /** Says how far the step is: at once on a terminal, every ten seconds in a log. */
  progress(text) {
    this.status = text;
    if (!live && Date.now() - this.saidAt > 10_000) {
      this.saidAt = Date.now();
      console.log(`   … ${this.#speaker}${seconds(Date.now() - this.started)}  ${text}`);
    }
  }

  /** A line that stays. */
  say(text) {
    if (live) process.stdout.write('\r\u001b[2K');
    console.log(`   ${this.#speaker}${text}`);
    this.saidAt = Date.now();
  }

  count({passed = 0, failed = 0, skipped = 0}) {
    this.counted.passed += passed;
    this.counted.failed += failed;
    this.counted.skipped += skipped;
  }

  /** The last of it: no more is said. */
  finish() {
    this.end = Date.now();
    running.delete(this);
    if (live) process.stdout.write('\r\u001b[2K');
    this.log.end();
  }

  /** Prints a runner's own closing line. */
  close(text) {
    this.closing.push(text);
    this.say(`│ ${text}`);
  }

  /**
   * Runs a program, its output into the step's log file.
   * `fails` is the sentence for the reader when it ends badly; `closing` picks the lines to show; `ok` lets a caller judge itself.
   * With `yields` on the step, its programs leave the processors to those of other steps.
   */
  exec(command, args, {cwd = root, env = {}, fails, remedy = '', closing, ok, onLine, input} = {}) {
    return new Promise((resolve, reject) => {
      this.log.write(`\n$ ${[command, ...args].join(' ')}\n`);
      const child = spawn(command, args, {cwd, env: {...process.env, ...env}, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe']});
      if (this.yields && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
      if (input !== undefined) child.stdin.end(input);
      let output = '';
      let rest = '';
      const take = (chunk) => {
        const text = plain(chunk.toString());
        output += text;
        this.log.write(text);
        rest += text;
        const lines = rest.split(/[\r\n]/);
        rest = lines.pop() ?? '';
        for (const line of lines) {
          if (!line.trim()) continue;
          onLine?.(line);
          const ninja = /^\[(\d+\/\d+)\] (.*)/.exec(line);
          if (ninja) this.progress(`${ninja[1]} ${ninja[2].split(' ').filter((w) => /\.(cpp|o|mjs|js)$/.test(w)).pop()?.split('/').pop() ?? ''}`);
          else if (!onLine) this.progress(line.trim().slice(0, 100));
        }
      };
      child.stdout.on('data', take);
      child.stderr.on('data', take);
      child.on('error', (error) => reject(new Problem(fails ?? `${command} could not be started: ${error.message}.`, remedy)));
      child.on('close', (code, signal) => {
        if (closing) for (const line of output.split('\n').filter((l) => closing.test(l))) this.close(line.trim());
        const result = {code: code ?? -1, signal, output};
        if (ok ? ok(result) : code === 0) resolve(result);
        else reject(new Problem(fails ?? `${command} ${args[0] ?? ''} failed (${signal ?? `exit code ${code}`}).`, remedy, this.logFile));
      });
    });
  }
}

/** A sequence of steps with a summary. */
export class Steps {
  constructor(title) {
    this.title = title;
    this.done = [];
    this.started = Date.now();
    process.on('SIGINT', () => {
      console.log('\nInterrupted; the next run goes on where this one stopped.');
      process.exit(130);
    });
  }

  /**
   * Runs one step. `body(step)` may return a string to stand beside its time, or {skipped: 'why and the remedy'}.
   * With `keepGoing` a failure is reported and the next step still runs; with `yields` it runs beside others, and steps back for them.
   */
  async step(name, body, {keepGoing = false, counts = false, yields = false} = {}) {
    const slug = name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
    console.log(`\n▸ ${name}`);
    const step = new Step(name, join(root, 'build/logs', `${slug}.log`));
    Object.assign(step, {counts, yields});
    this.done.push(step);
    let value;
    try {
      value = await body(step);
      step.state = value?.skipped ? 'skipped' : 'passed';
      step.note = value?.skipped ?? (typeof value === 'string' ? value : '');
      if (value?.skipped) step.count({skipped: 1});
      else if (counts && step.counted.passed + step.counted.failed + step.counted.skipped === 0) step.count({passed: 1});
    } catch (error) {
      step.state = 'failed';
      step.note = error.message;
      if (step.counted.failed === 0) step.count({failed: 1});
      step.finish();
      const log = error.log ? tail(error.log) : '';
      if (log) console.log(`${log.replace(/^/gm, '   │ ')}`);
      console.log(`✗ ${name}  ${error.message}`);
      if (error.remedy) console.log(`  Remedy: ${error.remedy}`);
      if (error.log) console.log(`  Whole output: ${error.log}`);
      if (!(error instanceof Problem)) console.log(error.stack);
      if (!keepGoing) {
        this.summary();
        process.exit(1);
      }
      return undefined;
    }
    step.finish();
    const mark = step.state === 'skipped' ? '–' : '✓';
    console.log(`${mark} ${name}  ${seconds(step.end - step.started)}${step.note ? `  ${step.state === 'skipped' ? 'SKIPPED: ' : ''}${step.note}` : ''}`);
    return value;
  }

  get failed() {
    return this.done.some((step) => step.state === 'failed');
  }

  summary({withCount = false} = {}) {
    const width = Math.max(...this.done.map((step) => step.name.length));
    console.log(`\n${this.title}: summary`);
    for (const step of this.done) {
      const time = seconds((step.end ?? Date.now()) - step.started).padStart(7);
      const {passed, failed, skipped} = step.counted;
      const tests = step.counts || failed > 0 || skipped > 0 ? `${passed} passed, ${failed} failed, ${skipped} skipped` : '';
      console.log(`  ${step.name.padEnd(width)}  ${time}  ${step.state.padEnd(8)}${tests}${step.note && step.state !== 'passed' ? `  ${step.note}` : ''}`);
    }
    console.log(`  ${'in all'.padEnd(width)}  ${seconds(Date.now() - this.started).padStart(7)}`);
    if (withCount) {
      const sum = {passed: 0, failed: 0, skipped: 0};
      for (const step of this.done) {
        if (!step.counts && step.state !== 'failed') continue;
        for (const key of Object.keys(sum)) sum[key] += step.counted[key];
      }
      console.log(`\n${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
    }
  }
}

// fake-explorer — a module with the face of the compiled explorer: a catalogue, one broken stack, one litmus test.
import type {Interleaving, Step, StepKind} from '../explore.js';

const structure = (id: string, title: string, group: string, roles: string, operations: readonly (readonly [string, boolean, string?])[], more: object = {}) => ({
  id, title, kind: 'structure', group, roles, summary: `${title}, in few words.`, source: `${id.replaceAll('-', '_')}.hpp`, healthy: true,
  operations: operations.map(([name, argument, role = 'any']) => ({id: name, label: name, argument, roles: [role]})),
  example: {setup: [], threads: [[], []]}, presets: [], ...more,
});
const stack: readonly (readonly [string, boolean])[] = [['push', true], ['pop', false]];

export const fakeCatalogue = {
  version: 1,
  limits: {threads: 4, operations: 5, setup: 5},
  subjects: [
    structure('treiber-stack', 'Treiber stack', 'Stacks', 'any', stack, {
      summary: 'A linked stack whose head is swapped with compare-and-swap; hazard pointers keep nodes alive.',
      example: {setup: ['push 1'], threads: [['push 2', 'pop'], ['pop']]},
    }),
    structure('naive-stack', 'Naive stack', 'Stacks', 'any', stack, {
      healthy: false, summary: 'The same stack, freeing a node as soon as it is popped.', source: 'naive_stack.hpp',
      example: {setup: ['push 1', 'push 2'], threads: [['pop'], ['pop', 'push 3']]},
      presets: [
        {id: 'use-after-free', title: 'Two pops', setup: ['push 1'], threads: [['pop'], ['pop']], notice: 'One thread reads a node that the other has just freed.'},
        {id: 'aba', title: 'ABA', setup: ['push 1', 'push 2'], threads: [['pop'], ['pop', 'pop', 'push 3']], notice: 'The head is the same address again, yet no longer the same node: the swap succeeds, and a value is lost.'},
      ],
    }),
    structure('spsc-ring', 'SPSC ring', 'Queues', 'spsc', [['push', true, 'producer'], ['pop', false, 'consumer']], {
      example: {setup: [], threads: [['push 1', 'push 2'], ['pop', 'pop']]},
    }),
    structure('work-stealing-deque', 'Work-stealing deque', 'Queues', 'deque', [['push', true, 'owner'], ['take', false, 'owner'], ['steal', false, 'thief']], {
      example: {setup: ['push 1'], threads: [['push 2', 'take'], ['steal'], ['steal']]},
    }),
    structure('mpsc-queue', 'MPSC queue', 'Queues', 'mpsc', [['push', true, 'producer'], ['pop', false, 'consumer']], {
      example: {setup: [], threads: [['push 1'], ['push 2'], ['pop', 'pop']]},
    }),
    {
      id: 'store-buffering', title: 'Store buffering', kind: 'litmus', group: 'Litmus tests', summary: 'Each thread writes its own flag and reads the other’s. Can both read nothing?',
      source: '', healthy: true, operations: [], roles: 'any',
      choices: [{id: 'orders', label: 'Orders', options: [{id: 'relaxed', label: 'relaxed'}, {id: 'release-acquire', label: 'release / acquire'}, {id: 'seq-cst', label: 'seq_cst'}]}],
      columns: [{title: 'Thread 1', lines: ['x.store(1);', 'a = y.load();']}, {title: 'Thread 2', lines: ['y.store(1);', 'b = x.load();']}],
    },
  ],
} as const;

type Line = readonly [thread: number, kind: StepKind, text: string, more?: Partial<Step>];

function execution(choices: string, threads: string[], lines: readonly Line[], more: Partial<Interleaving>): Interleaving {
  const running: (string | null)[] = [];
  const steps = lines.map(([thread, kind, text, extra]): Step => {
    if (kind === 'call') running[thread] = text;
    const call = running[thread] ?? null;
    if (kind === 'return') running[thread] = null;
    return {thread, call, kind, text, object: null, order: null, value: null, from: null, stale: false, file: kind === 'note' ? null : 'treiber_stack.hpp', line: 40 + text.length, ...extra};
  });
  const memory = steps.flatMap((s, step) => ((s.kind === 'store' || s.kind === 'rmw' || s.kind === 'write') && s.object && s.value ? [{step, object: s.object, value: s.value}] : []));
  return {choices, threads, steps, memory, fault: null, message: '', ...more};
}

/** Two pops of a stack that frees too early. */
export const useAfterFree = execution('0210', ['setup', 'T1', 'T2'], [
  [0, 'call', 'push 1'],
  [0, 'allocate', 'allocate node 1'],
  [0, 'write', 'node 1.value = 1', {object: 'node 1.value', value: '1'}],
  [0, 'load', 'head.load(relaxed) = null', {object: 'head', order: 'relaxed', value: 'null'}],
  [0, 'write', 'node 1.next = null', {object: 'node 1.next', value: 'null'}],
  [0, 'rmw', 'head.compare_exchange(null, node 1, release) succeeds', {object: 'head', order: 'release', value: 'node 1'}],
  [0, 'return', 'done'],
  [1, 'call', 'pop'],
  [1, 'load', 'head.load(acquire) = node 1', {object: 'head', order: 'acquire', value: 'node 1', from: 5}],
  [2, 'call', 'pop'],
  [2, 'load', 'head.load(acquire) = node 1', {object: 'head', order: 'acquire', value: 'node 1', from: 5}],
  [2, 'read', 'node 1.next is null', {object: 'node 1.next', value: 'null', from: 4}],
  [2, 'rmw', 'head.compare_exchange(node 1, null, acquire) succeeds', {object: 'head', order: 'acquire', value: 'null', from: 5}],
  [2, 'read', 'node 1.value is 1', {object: 'node 1.value', value: '1', from: 2}],
  [2, 'free', 'free node 1', {object: 'node 1'}],
  [2, 'return', '1'],
  [1, 'fault', 'reads node 1.next, which T2 freed at step 15', {object: 'node 1.next'}],
], {fault: 16, message: 'T1 reads node 1.next after T2 has freed node 1.'});

/** Both threads of the litmus test read nothing. */
export const bothReadNothing = execution('11', ['setup', 'T1', 'T2'], [
  [0, 'store', 'x.store(0)', {object: 'x', order: 'relaxed', value: '0'}],
  [0, 'store', 'y.store(0)', {object: 'y', order: 'relaxed', value: '0'}],
  [1, 'store', 'x.store(1, relaxed)', {object: 'x', order: 'relaxed', value: '1'}],
  [2, 'store', 'y.store(1, relaxed)', {object: 'y', order: 'relaxed', value: '1'}],
  [1, 'load', 'y.load(relaxed) = 0', {object: 'y', order: 'relaxed', value: '0', from: 1, stale: true}],
  [2, 'load', 'x.load(relaxed) = 0', {object: 'x', order: 'relaxed', value: '0', from: 0, stale: true}],
  [0, 'note', 'a=0, b=0'],
], {});

interface Asked { readonly subject: string; readonly stop: string; readonly choices: Readonly<Record<string, string>>; readonly limit: number }

/** Explores `wanted` executions, so many in each `advance`; some of them are wrong when the subject is. */
export class FakeExplorer {
  readonly calls: string[] = [];
  wanted = 36;
  each = 12;
  #program: Asked | undefined;
  #state = 'stopped';
  #done = 0;
  #replayed = useAfterFree;

  catalogue() { return JSON.stringify(fakeCatalogue); }

  start(text: string) {
    const lines = text.split('\n').map((line) => line.split(' ')), word = (key: string) => lines.find((l) => l[0] === key)?.[1] ?? '';
    const program: Asked = {subject: word('subject'), stop: word('stop'), limit: Number(word('limit')), choices: Object.fromEntries(lines.filter((l) => l[0] === 'choice').map((l) => [l[1], l[2]]))};
    this.calls.push(`start ${program.subject}`);
    if (!fakeCatalogue.subjects.some((s) => s.id === program.subject)) return JSON.stringify({error: {code: 'E_PARAM', message: `There is no subject called ${program.subject}.`}});
    this.#program = program;
    this.#state = 'exploring';
    this.#done = 0;
    return '{"ok":true}';
  }

  advance(ms: number) {
    this.calls.push(`advance ${ms}`);
    if (this.#state !== 'exploring') return;
    this.#done = Math.min(this.wanted, this.#done + this.each);
    const first = this.#broken && this.#done >= 24 && this.#program?.stop === 'first';
    if (first) this.#done = 24;
    const limited = (this.#program?.limit ?? 0) > 0 && this.#done >= this.#program!.limit;
    this.#state = first ? 'violated' : this.#done >= this.wanted ? 'complete' : limited ? 'stopped' : 'exploring';
  }

  progress() {
    const violations = this.#broken ? Math.floor(this.#done / 24) : 0, litmus = this.#program?.subject === 'store-buffering';
    const weak = litmus && this.#program?.choices['orders'] !== 'seq-cst';
    return JSON.stringify({
      state: this.#state, executions: this.#done, pruned: this.#done * 3, violations, elapsedMs: this.#done / 9,
      reduction: 'sleep sets over (thread, store) pairs; stores at once', bound: null,
      outcomes: this.#done === 0 ? [] : litmus
        ? [{text: 'a=0, b=1', count: this.#done, choices: '00'}, {text: 'a=1, b=1', count: 5, choices: '01'}, ...(weak ? [{text: 'a=0, b=0', count: 3, choices: '11', weak: true}] : [])]
        : [{text: 'T1 pop → 1; T2 pop → nothing', count: this.#done, choices: '00'}, {text: 'T1 pop → nothing; T2 pop → 1', count: 7, choices: '01'}],
      violation: violations ? {kind: 'use after free', message: useAfterFree.message, choices: useAfterFree.choices} : null,
    });
  }

  replay(choices: string) {
    this.calls.push(`replay ${choices}`);
    const whole = this.#program?.subject === 'store-buffering' ? bothReadNothing : useAfterFree;
    this.#replayed = choices === whole.choices ? whole : {...whole, choices, steps: whole.steps.slice(0, -1), fault: null, message: ''};
  }

  interleaving() { return JSON.stringify(this.#replayed); }
  stop() { this.calls.push('stop'); if (this.#state === 'exploring') this.#state = 'stopped'; }

  get #broken() { return fakeCatalogue.subjects.find((s) => s.id === this.#program?.subject)?.healthy === false; }
}

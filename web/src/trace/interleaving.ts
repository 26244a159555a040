// interleaving — one execution as rows and columns: who was inside which call, who read whose store, what memory held.
import type {Interleaving, Step} from '../protocol/explore.js';

/** Thread 0 sets up before the others begin, and looks once they have ended. */
export const setupThread = 0;

/** How many steps the setup takes. */
export function setupLength({steps}: Interleaving): number {
  const first = steps.findIndex((s) => s.thread !== setupThread);
  return first < 0 ? steps.length : first;
}

/** For every step, by thread: whether that thread is inside a call of its own, from the call to its return. */
export function insideCalls({steps, threads}: Interleaving): readonly (readonly boolean[])[] {
  const inside = new Array<boolean>(threads.length).fill(false);
  return steps.map((s) => {
    if (s.kind === 'call') inside[s.thread] = true;
    const now = [...inside];
    if (s.kind === 'return') inside[s.thread] = false;
    return now;
  });
}

/** A load and the store whose value it got. */
export interface ReadsFrom {
  readonly from: number;
  readonly to: number;
  readonly stale: boolean;
  /** Between two threads that run side by side; else within one, or from the setup. */
  readonly across: boolean;
}

export function readsFrom({steps}: Interleaving): readonly ReadsFrom[] {
  return steps.flatMap((s, to) => {
    if (s.from === null) return [];
    const writer = steps[s.from]!.thread;
    return [{from: s.from, to, stale: s.stale, across: writer !== s.thread && writer !== setupThread && s.thread !== setupThread}];
  });
}

/** One location of memory after a step. */
export interface Held {
  readonly object: string;
  readonly value: string;
  /** What it held before, oldest first. */
  readonly past: readonly string[];
  /** The step that wrote the value. */
  readonly by: number;
  /** Freed memory holds nothing any more. */
  readonly freed: boolean;
  /** Whether the last of the steps did this. */
  readonly changed: boolean;
}

/** Memory after step `at`, in the order in which locations were first written. */
export function memoryAfter({memory, steps}: Interleaving, at: number): readonly Held[] {
  const held = new Map<string, {value: string; past: string[]; by: number; freed: boolean; touched: number}>();
  for (const m of memory) {
    if (m.step > at) continue;
    const known = held.get(m.object);
    if (known) {
      known.past.push(known.value);
      Object.assign(known, {value: m.value, by: m.step, freed: false, touched: m.step});
    } else held.set(m.object, {value: m.value, past: [], by: m.step, freed: false, touched: m.step});
  }
  for (let k = 0; k <= at && k < steps.length; k++) {
    const {kind, object} = steps[k]!;
    if (kind !== 'free' || !object) continue;
    for (const [name, h] of held) if ((name === object || name.startsWith(`${object}.`)) && h.by < k) { h.freed = true; h.touched = k; }
  }
  return [...held].map(([object, {touched, ...h}]) => ({object, ...h, changed: touched === at}));
}

/** The next place where another thread goes on; `by` is the direction. Stays where there is none. */
export function switchFrom({steps}: Interleaving, at: number, by: 1 | -1): number {
  for (let k = at + by; k > 0 && k < steps.length; k += by) if (steps[k]!.thread !== steps[k - 1]!.thread) return k;
  return by > 0 ? Math.max(0, steps.length - 1) : 0;
}

/** How often another thread went on, once they run side by side. */
export function switches({steps}: Interleaving): number {
  return steps.filter((s, k) => k > 0 && s.thread !== setupThread && steps[k - 1]!.thread !== setupThread && s.thread !== steps[k - 1]!.thread).length;
}

/** The newest store to what step `at` read, when it is another than the one it read. */
export function newerStore({steps, memory}: Interleaving, at: number): number | undefined {
  const {object, from} = steps[at]!;
  let newest: number | undefined;
  for (const m of memory) if (m.step < at && m.object === object && m.step !== from && m.step > (from ?? -1)) newest = m.step;
  return newest;
}

/** Where in the sources each thread is after step `at`; the one that made the step comes first. */
export function standingAt({steps, threads}: Interleaving, at: number): readonly {readonly thread: number; readonly file: string; readonly line: number}[] {
  const found: {thread: number; file: string; line: number}[] = [], seen = new Set<number>();
  for (let k = Math.min(at, steps.length - 1); k >= 0 && seen.size < threads.length; k--) {
    const {thread, file, line, kind} = steps[k]!;
    if (seen.has(thread) || (!file && kind !== 'return')) continue;
    seen.add(thread);
    if (file && line !== null && kind !== 'return') found.push({thread, file, line});
  }
  return found;
}

export const threadName = ({threads}: Interleaving, thread: number): string => threads[thread] ?? `T${thread}`;

/** Steps count from 1 for people. */
export const stepNumber = (at: number): number => at + 1;

/** What there is to say about a step beside its own words. */
export function explainStep(shown: Interleaving, at: number): readonly string[] {
  const step = shown.steps[at], said: string[] = [];
  if (!step) return said;
  if (step.from !== null) {
    const writer = shown.steps[step.from]!.thread;
    const whose = writer === setupThread ? 'the setup' : writer === step.thread ? 'this thread itself' : threadName(shown, writer);
    said.push(`Reads what ${whose} stored at step ${stepNumber(step.from)}.`);
  }
  if (step.stale) {
    const newer = newerStore(shown, at);
    said.push(newer === undefined ? 'An old value: a newer one existed.'
      : `An old value: ${threadName(shown, shown.steps[newer]!.thread)} had stored ${shown.steps[newer]!.value ?? 'a newer one'} at step ${stepNumber(newer)}.`);
  }
  if (at === shown.fault && !(shown.message && step.text.includes(shown.message))) said.push(sentence(shown.message || 'here it goes wrong'));
  return said;
}

/** Begins with a capital and ends with a stop. */
export function sentence(text: string): string {
  const told = text.trim(), begun = told.charAt(0).toUpperCase() + told.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

/** One sentence for those who hear rather than see. */
export function sayStep(shown: Interleaving, at: number): string {
  const step = shown.steps[at];
  if (!step) return '';
  const who = threadName(shown, step.thread), what = step.kind === 'call' ? `calls ${step.text}` : step.kind === 'return' ? `returns: ${step.text}` : step.text;
  return [`Step ${stepNumber(at)} of ${shown.steps.length}, ${who}: ${what}.`.replace(/\.\.$/, '.'), ...explainStep(shown, at)].join(' ');
}

/** One paragraph about the whole. */
export function sayInterleaving(shown: Interleaving): string {
  const n = shown.steps.length - setupLength(shown), between = switches(shown), old = shown.steps.filter((s) => s.stale).length;
  const count = (k: number, one: string, many = `${one}s`) => `${k} ${k === 1 ? one : many}`;
  return `${count(n, 'step')} after the setup, ${count(between, 'switch', 'switches')} between threads${old ? `, ${count(old, 'old value')} read` : ''}.${shown.message ? ` ${sentence(shown.message)}` : ''}`;
}

/** The rows to show when there are too many for a page: `most` of them around `at`, from and up to (not including). */
export function windowAround(length: number, at: number, most: number): {readonly from: number; readonly to: number} {
  if (length <= most) return {from: 0, to: length};
  // In blocks, so that the rows do not move under the reader with every step.
  const block = Math.max(1, Math.floor(most / 4)), from = Math.min(length - most, Math.max(0, (Math.floor(at / block) - 1) * block));
  return {from, to: from + most};
}

/** What the reader sees of a step: several kinds of words, three kinds of rows. */
export type RowKind = 'call' | 'return' | 'access' | 'quiet' | 'held' | 'fault';

export function rowKind({kind}: Step): RowKind {
  switch (kind) {
    case 'call': case 'return': case 'fault': return kind;
    case 'load': case 'store': case 'rmw': case 'unlock': case 'unpark': return 'access';
    case 'lock': case 'park': case 'spin': return 'held';
    default: return 'quiet';
  }
}

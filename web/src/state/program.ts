// program — small programs for the explorer: what may stand where, and every way to change one. Nothing here is changed in place.
import {
  argumentRange, operationPattern, programVersion, type ExploreCatalogue, type Preset, type Program, type Role, type Subject, type SubjectOperation,
} from '../protocol/explore.js';

/** Where an operation stands: 0 before the threads begin, else the number of its thread. */
export type Place = number;

export interface Operation { readonly id: string; readonly argument: number | undefined }

export function parseOperation(text: string): Operation | undefined {
  const [, id, argument] = operationPattern.exec(text) ?? [];
  return id === undefined ? undefined : {id, argument: argument === undefined ? undefined : Number(argument)};
}

export const printOperation = ({id, argument}: Operation): string => (argument === undefined ? id : `${id} ${argument}`);

/** Executions after which sampling ends, when nobody says otherwise. */
export const usualSample = 10_000;
export const usualSeed = '7';

export const findSubject = (catalogue: ExploreCatalogue, id: string): Subject | undefined => catalogue.subjects.find((s) => s.id === id);

/** What a stranger sees first: something that goes wrong within a blink. */
export function firstSubject(catalogue: ExploreCatalogue): Subject {
  const {subjects} = catalogue;
  return subjects.find((s) => s.id === 'naive-stack') ?? subjects.find((s) => !s.healthy && s.presets.length > 0) ?? subjects.find((s) => !s.healthy) ?? subjects[0]!;
}

/** The program of a preset; without one, the first preset, else the example. */
export function usualProgram(subject: Subject, preset: Preset | undefined = subject.presets[0]): Program {
  const choices: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const c of subject.choices) {
    const wanted = preset && Object.hasOwn(preset.choices, c.id) ? preset.choices[c.id] : undefined;
    choices[c.id] = c.options.find((o) => o.id === wanted)?.id ?? c.options[0]?.id ?? '';
  }
  const from = preset && (preset.threads.length > 0 || subject.kind === 'litmus') ? preset : subject.example;
  return {
    v: programVersion, subject: subject.id, choices, setup: [...from.setup], threads: from.threads.map((t) => [...t]),
    mode: 'all', seed: usualSeed, limit: 0, stop: 'first',
  };
}

const sameList = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((x, i) => x === b[i]);

/** Whether two programs have the same executions. */
export function sameCalls(a: Program, b: Program): boolean {
  return a.subject === b.subject && sameList(a.setup, b.setup) && a.threads.length === b.threads.length && a.threads.every((t, i) => sameList(t, b.threads[i]!))
    && Object.keys(b.choices).every((k) => a.choices[k] === b.choices[k]);
}

export function presetOf(subject: Subject, program: Program): Preset | undefined {
  return subject.presets.find((p) => sameCalls(program, usualProgram(subject, p)));
}

/** How many threads the structure can have. */
export function threadRange(subject: Subject, catalogue: ExploreCatalogue): {readonly least: number; readonly most: number} {
  return subject.roles === 'spsc' ? {least: 2, most: 2} : {least: subject.roles === 'mpsc' ? 2 : 1, most: Math.max(1, catalogue.limits.threads)};
}

/** What a thread is to the structure; `place` counts from 1. */
export function roleOf(subject: Subject, place: Place): Role {
  switch (subject.roles) {
    case 'any': return 'any';
    case 'spsc': return place === 1 ? 'producer' : 'consumer';
    case 'deque': return place === 1 ? 'owner' : 'thief';
    case 'mpsc': return place === consumerOf(subject) ? 'consumer' : 'producer';
  }
}

/** The one thread that takes; the example shows which. */
function consumerOf(subject: Subject): Place {
  const takes = (text: string) => subject.operations.find((o) => o.id === parseOperation(text)?.id)?.roles.includes('consumer') ?? false;
  const at = subject.example.threads.findIndex((t) => t.some(takes));
  return at < 0 ? 1 : at + 1;
}

const roleWords: Readonly<Record<Role, string>> = {any: '', owner: 'owner', thief: 'thief', producer: 'produces', consumer: 'consumes'};
export const roleWord = (subject: Subject, place: Place): string => (place === 0 ? '' : roleWords[roleOf(subject, place)]);

/** What may be called there. Before the threads begin there is only one, so everything may be. */
export function allowedAt(subject: Subject, place: Place): readonly SubjectOperation[] {
  if (place === 0) return subject.operations;
  const role = roleOf(subject, place);
  return subject.operations.filter((o) => role === 'any' || o.roles.includes('any') || o.roles.includes(role));
}

export const callsAt = (program: Program, place: Place): readonly string[] => (place === 0 ? program.setup : program.threads[place - 1] ?? []);
export const roomAt = (catalogue: ExploreCatalogue, place: Place): number => (place === 0 ? catalogue.limits.setup : catalogue.limits.operations);
export const placeName = (place: Place): string => (place === 0 ? 'Setup' : `Thread ${place}`);

function withCalls(program: Program, place: Place, calls: readonly string[]): Program {
  return place === 0 ? {...program, setup: [...calls]} : {...program, threads: program.threads.map((t, i) => (i === place - 1 ? [...calls] : t))};
}

/** A value no call has yet, so that every one can be told from the others. */
export function freshArgument(program: Program): number {
  const used = [program.setup, ...program.threads].flat().map((t) => parseOperation(t)?.argument ?? 0);
  return Math.min(argumentRange.most, Math.max(0, ...used) + 1);
}

/** Each of these gives the program back as it was when the change cannot be. */
export function addCall(program: Program, subject: Subject, catalogue: ExploreCatalogue, place: Place, id: string): Program {
  const calls = callsAt(program, place), operation = allowedAt(subject, place).find((o) => o.id === id);
  if (!operation || calls.length >= roomAt(catalogue, place)) return program;
  return withCalls(program, place, [...calls, printOperation({id, argument: operation.argument ? freshArgument(program) : undefined})]);
}

export function removeCall(program: Program, place: Place, at: number): Program {
  return withCalls(program, place, callsAt(program, place).filter((_, i) => i !== at));
}

export function replaceCall(program: Program, subject: Subject, place: Place, at: number, {id, argument}: Operation): Program {
  const operation = allowedAt(subject, place).find((o) => o.id === id);
  if (!operation) return program;
  const value = operation.argument ? clampArgument(argument ?? freshArgument(program)) : undefined;
  return withCalls(program, place, callsAt(program, place).map((c, i) => (i === at ? printOperation({id, argument: value}) : c)));
}

export const clampArgument = (n: number): number => Math.min(argumentRange.most, Math.max(argumentRange.least, Math.round(n) || 0));

/** Earlier or later within its thread. */
export function shiftCall(program: Program, place: Place, at: number, by: -1 | 1): Program {
  const calls = [...callsAt(program, place)], to = at + by;
  if (to < 0 || to >= calls.length || at < 0 || at >= calls.length) return program;
  [calls[at], calls[to]] = [calls[to]!, calls[at]!];
  return withCalls(program, place, calls);
}

/** Where a call could go instead. */
export function destinations(program: Program, subject: Subject, catalogue: ExploreCatalogue, from: Place, at: number): readonly Place[] {
  const id = parseOperation(callsAt(program, from)[at] ?? '')?.id;
  return [0, ...program.threads.map((_, i) => i + 1)].filter((place) =>
    place !== from && allowedAt(subject, place).some((o) => o.id === id) && callsAt(program, place).length < roomAt(catalogue, place));
}

export function moveCall(program: Program, subject: Subject, catalogue: ExploreCatalogue, from: Place, at: number, to: Place): Program {
  if (!destinations(program, subject, catalogue, from, at).includes(to)) return program;
  const call = callsAt(program, from)[at]!;
  return withCalls(removeCall(program, from, at), to, [...callsAt(program, to), call]);
}

export function addThread(program: Program, subject: Subject, catalogue: ExploreCatalogue): Program {
  return program.threads.length < threadRange(subject, catalogue).most ? {...program, threads: [...program.threads, []]} : program;
}

/** Only the last thread can go, and the calls it had go with it. */
export function removeThread(program: Program, subject: Subject, catalogue: ExploreCatalogue): Program {
  return program.threads.length > threadRange(subject, catalogue).least ? {...program, threads: program.threads.slice(0, -1)} : program;
}

/** `Setup: push 1. Thread 1: pop. Thread 2: push 2, pop.` */
export function sayProgram(program: Program): string {
  const say = (name: string, calls: readonly string[]) => `${name}: ${calls.join(', ') || 'nothing'}.`;
  return [...(program.setup.length ? [say('Setup', program.setup)] : []), ...program.threads.map((t, i) => say(`Thread ${i + 1}`, t))].join(' ');
}

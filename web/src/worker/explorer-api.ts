// explorer-api — the compiled explorer as TypeScript sees it. Texts are JSON unless said otherwise.
import type {Program} from '../protocol/explore.js';

/**
 * Explored threads are fibers: a call that runs them comes back to JavaScript without a value, so `advance` and
 * `replay` are followed by a call that reads.
 */
export interface ExplorerModule {
  catalogue(): string;
  /** The program as lines of text; answers `{"ok":true}` or `{"error":{"code":…,"message":…}}`. */
  start(program: string): string;
  /** Explores for about so many milliseconds. */
  advance(ms: number): void;
  progress(): string;
  /** `choices` is plain text. */
  replay(choices: string): void;
  interleaving(): string;
  stop(): void;
}

export interface ExplorerOptions {
  onAbort(what: unknown): void;
  print(line: string): void;
  printErr(line: string): void;
}

type Type = 'string' | 'number' | null;

/** What Emscripten hands over: plain exports, reached by name. */
export interface RawExplorer {
  cwrap(name: string, returns: Type, takes: readonly Type[]): (...args: unknown[]) => unknown;
}

export type CreateExplorer = (options: ExplorerOptions) => Promise<RawExplorer>;

/** A program as the module reads it: a line each for the subject, its choices, the set-up, every thread, and how to explore. */
export function programLines(json: string): string {
  const program = JSON.parse(json) as Program;
  return [
    `subject ${program.subject}`,
    ...Object.entries(program.choices).map(([choice, option]) => `choice ${choice} ${option}`),
    `setup ${program.setup.join(', ')}`,
    ...program.threads.map((calls) => `thread ${calls.join(', ')}`),
    `mode ${program.mode}`, `seed ${program.seed}`, `limit ${program.limit}`, `stop ${program.stop}`,
  ].join('\n');
}

export function explorerOf(raw: RawExplorer): ExplorerModule {
  const bound = <F>(name: string, returns: Type, ...takes: Type[]): F => raw.cwrap(name, returns, takes) as F;
  const start = bound<(lines: string) => string>('start', 'string', 'string');
  return {
    catalogue: bound('catalogue', 'string'),
    start: (program) => start(programLines(program)),
    advance: bound('advance', null, 'number'),
    progress: bound('progress', 'string'),
    replay: bound('replay', null, 'string'),
    interleaving: bound('interleaving', 'string'),
    stop: bound('stop', null),
  };
}

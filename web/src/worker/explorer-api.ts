// explorer-api — the compiled explorer as TypeScript sees it. Texts are JSON unless said otherwise.

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

export function explorerOf(raw: RawExplorer): ExplorerModule {
  const bound = <F>(name: string, returns: Type, ...takes: Type[]): F => raw.cwrap(name, returns, takes) as F;
  return {
    catalogue: bound('catalogue', 'string'),
    start: bound('start', 'string', 'string'),
    advance: bound('advance', null, 'number'),
    progress: bound('progress', 'string'),
    replay: bound('replay', null, 'string'),
    interleaving: bound('interleaving', 'string'),
    stop: bound('stop', null),
  };
}

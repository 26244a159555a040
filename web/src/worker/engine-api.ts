// engine-api — the compiled engine as TypeScript sees it: what wasm/bindings/module.cpp spells out, and no more.

/** The functions of the boundary. Texts are JSON unless said otherwise; none of them blocks. */
export interface EngineModule {
  schemaJson(): string;
  layoutJson(): string;
  buildJson(): string;
  /** Pthreads a `threads` run needs in all, or -1 when the scenario or a parameter is refused. */
  threadsNeeded(scenario: string, params: string): number;
  /** `{"ok":true}` or `{"ok":false,"code":…,"message":…}`. */
  start(engine: string, scenario: string, params: string, seed: string): string;
  /** `sim`: to `untilNs` of virtual time, for at most `budgetMs`; returns the state. */
  slice(untilNs: number, budgetMs: number): number;
  step(count: number): number;
  pause(): void;
  resume(): void;
  stop(): void;
  setLive(id: string, text: string): string;
  state(): number;
  outcomeJson(): string;
  telemetryAddress(): number;

  readonly HEAPU8: Uint8Array<ArrayBufferLike>;
  /** The module with threads only. */
  readonly wasmMemory?: WebAssembly.Memory;
  readonly PThread?: PThreadPool;
}

/** Emscripten's own pool; internal to it, and pinned by a browser test. */
export interface PThreadPool {
  readonly unusedWorkers: Worker[];
  readonly runningWorkers: Worker[];
  allocateUnusedWorker(): void;
  loadWasmModuleToWorker(worker: Worker): Promise<unknown>;
}

export interface ModuleOptions {
  onAbort(what: unknown): void;
  print(line: string): void;
  printErr(line: string): void;
}

export type CreateEngine = (options: ModuleOptions) => Promise<EngineModule>;

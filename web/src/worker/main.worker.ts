// main.worker — the engine's own thread: loads a module, answers calls, beats.
/// <reference lib="webworker" />
import * as Comlink from 'comlink';

import {heartbeatEveryMs, type EngineHost, type LoadResult, type ModuleKind, type WorkerMessage} from '../protocol/engine-host.js';
import {EngineError, failure, type PlaybackSpeed, type RunRequest} from '../protocol/run.js';
import {EngineRun, type Post} from './engine-run.js';
import {makeHands} from './hands.js';
import {loadModule} from './load-module.js';
import {messageOf} from './why-not.js';

const post: Post = (message: WorkerMessage, transfer = []) => self.postMessage(message, transfer);

let crashed = false;

/** Whatever happened, nothing in this worker is to be trusted any more. */
function crash(what: unknown): void {
  if (crashed) return;
  crashed = true;
  post({kind: 'crashed', failure: failure('E_ABORT', `The engine stopped: ${messageOf(what)}`)});
}

self.addEventListener('error', (event) => {
  event.preventDefault();
  crash(event.error ?? event.message);
});
self.addEventListener('unhandledrejection', (event) => {
  event.preventDefault();
  crash(event.reason);
});

let run: EngineRun | undefined;

/** A call that throws has left the module in an unknown state, except when it throws a failure of ours. */
function guarded<A extends unknown[], R>(call: (run: EngineRun, ...args: A) => R): (...args: A) => R | Promise<never> {
  return (...args) => {
    if (!run) return Promise.reject(new Error('no engine is loaded'));
    try {
      return call(run, ...args);
    } catch (error) {
      crash(error);
      return Promise.reject(error as Error);
    }
  };
}

const host = {
  async load(kind: ModuleKind, family: string): Promise<LoadResult> {
    try {
      const engine = await loadModule(kind, family, {
        onAbort: crash,
        print: (line) => console.info(line),
        printErr: (line) => console.warn(line),
      });
      run = new EngineRun(engine, {kind, family}, post, makeHands());
      return {ok: true, module: run.describe()};
    } catch (error) {
      return {ok: false, failure: error instanceof EngineError ? error.toFailure() : failure('E_WORKER', messageOf(error))};
    }
  },
  start: guarded((engine, request: RunRequest) => engine.start(request)),
  pause: guarded((engine) => engine.pause()),
  resume: guarded((engine) => engine.resume()),
  stop: guarded((engine) => engine.stop()),
  step: guarded((engine, count: number) => engine.step(count)),
  setSpeed: guarded((engine, speed: PlaybackSpeed) => engine.setSpeed(speed)),
  setLive: guarded((engine, id: string, text: string) => engine.setLive(id, text)),
} satisfies Record<keyof EngineHost, unknown>;

Comlink.expose(host);
setInterval(() => post({kind: 'heartbeat', state: run?.state ?? 'idle'}), heartbeatEveryMs);

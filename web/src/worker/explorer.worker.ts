// explorer.worker — the explorer's own thread: loads it, answers calls, beats. One thread is all it needs.
/// <reference lib="webworker" />
import * as Comlink from 'comlink';

import {heartbeatEveryMs} from '../protocol/engine-host.js';
import type {ExplorerHost, ExplorerLoaded, ExplorerMessage} from '../protocol/explore.js';
import {EngineError, failure} from '../protocol/run.js';
import {ExploreRun} from './explore-run.js';
import {makeHands} from './hands.js';
import {loadExplorer} from './load-explorer.js';
import {messageOf} from './why-not.js';

const post = (message: ExplorerMessage): void => self.postMessage(message);

let crashed = false;

/** Whatever happened, nothing in this worker is to be trusted any more. */
function crash(what: unknown): void {
  if (crashed) return;
  crashed = true;
  post({kind: 'crashed', failure: failure('E_ABORT', `The explorer stopped: ${messageOf(what)}`)});
}

self.addEventListener('error', (event) => {
  event.preventDefault();
  crash(event.error ?? event.message);
});
self.addEventListener('unhandledrejection', (event) => {
  event.preventDefault();
  crash(event.reason);
});

let run: ExploreRun | undefined;

/** A call that throws has left the module in an unknown state. */
function guarded<A extends unknown[], R>(call: (run: ExploreRun, ...args: A) => R): (...args: A) => R | Promise<never> {
  return (...args) => {
    if (!run) return Promise.reject(new Error('no explorer is loaded'));
    try {
      return call(run, ...args);
    } catch (error) {
      crash(error);
      return Promise.reject(error as Error);
    }
  };
}

const host = {
  async load(): Promise<ExplorerLoaded> {
    try {
      const explorer = await loadExplorer({
        onAbort: crash,
        print: (line) => console.info(line),
        printErr: (line) => console.warn(line),
      });
      run = new ExploreRun(explorer, post, makeHands());
      return {ok: true, catalogueJson: explorer.catalogue()};
    } catch (error) {
      return {ok: false, failure: error instanceof EngineError ? error.toFailure() : failure('E_WORKER', messageOf(error))};
    }
  },
  start: guarded((explorer, program: string, limitMs: number) => explorer.start(program, limitMs)),
  stop: guarded((explorer) => explorer.stop()),
  replay: guarded((explorer, program: string, choices: string) => explorer.replay(program, choices)),
} satisfies Record<keyof ExplorerHost, unknown>;

Comlink.expose(host);
setInterval(() => post({kind: 'heartbeat'}), heartbeatEveryMs);

// engine-connection — one engine worker under supervision: every call settles, and death is told once.
import * as Comlink from 'comlink';

import {heartbeatEveryMs, type EngineHost, type WorkerMessage} from '../protocol/engine-host.js';
import {EngineError, failure, type EngineFailure} from '../protocol/run.js';

/** No call is left waiting longer than this. */
export const callLimitMs = 10_000;
/** A worker silent for this long hangs. */
export const silenceLimitMs = 6 * heartbeatEveryMs;

export interface ConnectionEvents<Message = WorkerMessage> {
  message(message: Message): void;
  /** The worker is gone, with all its threads; nothing more will be heard from it. */
  died(why: EngineFailure): void;
}

type Calls<Host> = {[Call in keyof Host]: (...args: never[]) => unknown};

/** A worker's host as it looks from this side: every answer is a promise. */
export type Remote<Host extends Calls<Host>> = {
  readonly [Call in keyof Host]: (...args: Parameters<Host[Call]>) => Promise<Awaited<ReturnType<Host[Call]>>>;
};

/** The part of `Worker` that is needed; tests give a `MessagePort` in its clothes. */
export type EngineWorker = Pick<Worker, 'postMessage' | 'addEventListener' | 'removeEventListener' | 'terminate'>;

/** `Host` is what can be called, `Message` what the worker says unasked; one of its kinds is `crashed`. */
export class EngineConnection<Host extends Calls<Host> = EngineHost, Message extends {readonly kind: string} = WorkerMessage> {
  readonly #worker: EngineWorker;
  readonly #host: Remote<Host>;
  readonly #events: ConnectionEvents<Message>;
  readonly #deaths = new Set<(why: EngineError) => void>();
  readonly #watch: ReturnType<typeof setInterval>;
  #lastSign = performance.now();
  #lastCheck = performance.now();
  #dead: EngineError | undefined;

  constructor(worker: EngineWorker, events: ConnectionEvents<Message>) {
    this.#worker = worker;
    this.#events = events;
    this.#host = Comlink.wrap(worker as unknown as Comlink.Endpoint) as unknown as Remote<Host>;
    worker.addEventListener('message', this.#onMessage);
    worker.addEventListener('error', this.#onError as EventListener);
    this.#watch = setInterval(() => this.#checkPulse(), heartbeatEveryMs);
  }

  get alive(): boolean {
    return this.#dead === undefined;
  }

  /** Settles within `limitMs`: with the answer, with the worker's death, or with a time-out, which is its death too. */
  call<T>(ask: (host: Remote<Host>) => Promise<T>, limitMs = callLimitMs): Promise<T> {
    if (this.#dead) return Promise.reject(this.#dead);
    return new Promise<T>((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        this.#deaths.delete(onDeath);
      };
      const onDeath = (why: EngineError) => { settle(); reject(why); };
      const timer = setTimeout(() => this.kill(failure('E_HANG', 'The engine did not answer.')), limitMs);
      this.#deaths.add(onDeath);
      ask(this.#host).then(
        (answer) => { settle(); resolve(answer); },
        (error: unknown) => {
          settle();
          reject(error instanceof EngineError ? error
            : new EngineError(failure('E_ABORT', error instanceof Error ? error.message : String(error))));
        });
    });
  }

  /** Ends the worker and its threads. The reason reaches every waiting call and, once, `died`. */
  kill(why: EngineFailure): void {
    if (this.#dead) return;
    this.close(why);
    this.#events.died(why);
  }

  /** The same without telling `died`: the owner knows. */
  close(why: EngineFailure = failure('E_INTERRUPTED', 'The engine was put away.')): void {
    if (this.#dead) return;
    this.#dead = new EngineError(why);
    clearInterval(this.#watch);
    this.#worker.removeEventListener('message', this.#onMessage);
    this.#worker.removeEventListener('error', this.#onError as EventListener);
    this.#worker.terminate();
    for (const tell of [...this.#deaths]) tell(this.#dead);
  }

  readonly #onMessage = (event: Event): void => {
    this.#lastSign = performance.now();
    const message = (event as MessageEvent<Partial<Message> | null>).data;
    if (typeof message?.kind !== 'string') return;  // Comlink's own
    if (message.kind === 'crashed') this.kill((message as unknown as {failure: EngineFailure}).failure);
    else this.#events.message(message as Message);
  };

  readonly #onError = (event: ErrorEvent): void => {
    event.preventDefault?.();
    this.kill(failure('E_WORKER', event.message ? `The engine worker failed: ${event.message}` : 'The engine worker could not be started.'));
  };

  #checkPulse(): void {
    const now = performance.now();
    // A page that was frozen or throttled itself has no right to complain.
    const slept = now - this.#lastCheck > 3 * heartbeatEveryMs;
    this.#lastCheck = now;
    if (slept) this.#lastSign = now;
    else if (now - this.#lastSign > silenceLimitMs)
      this.kill(failure('E_HANG', `The engine has not been heard for ${silenceLimitMs / 1000} seconds.`));
  }
}

// frame-port — the frame's end of the talk with the page around it, which is not trusted.
import * as v from 'valibot';

import {
  connectMessage, hostMessage, RateLimit, type FrameMessage, type Hello, type HostMessage,
} from '../protocol/embed-port.js';
import {EngineError, failure, type EngineFailure} from '../protocol/run.js';

const helloEveryMs = 250;
const helloForMs = 5000;

export interface PortEvents {
  connected(): void;
  /** May return a promise; its value or failure is the reply, when one was asked for. */
  heard(message: HostMessage): unknown;
}

/**
 * Says hello to the parent until it is answered or five seconds have passed. The first valid answer
 * brings a port, and nothing is heard from anywhere else after that.
 */
export class FramePort {
  readonly #events: PortEvents;
  readonly #limit = new RateLimit();
  readonly #nonce = crypto.getRandomValues(new Uint32Array(4)).join('-');
  #port: MessagePort | undefined;
  #greeting: ReturnType<typeof setInterval> | undefined;
  /** Messages that were no messages. */
  dropped = 0;

  constructor(events: PortEvents) {
    this.#events = events;
    if (window.parent === window) return;
    window.addEventListener('message', this.#onMessage);
    const until = performance.now() + helloForMs;
    const greet = () => {
      if (performance.now() > until) return this.#quiet();
      const hello: Hello = {sluice: 1, type: 'hello', version: __SLUICE_VERSION__, nonce: this.#nonce};
      window.parent.postMessage(hello, '*');
    };
    this.#greeting = setInterval(greet, helloEveryMs);
    greet();
  }

  get connected(): boolean {
    return this.#port !== undefined;
  }

  post(message: FrameMessage): void {
    this.#port?.postMessage(message);
  }

  #quiet(): void {
    clearInterval(this.#greeting);
    window.removeEventListener('message', this.#onMessage);
  }

  readonly #onMessage = (event: MessageEvent): void => {
    if (event.source !== window.parent || this.#port) return;
    const answer = v.safeParse(connectMessage, event.data);
    const port = event.ports[0];
    if (!answer.success || answer.output.nonce !== this.#nonce || !port) return;
    this.#quiet();
    this.#port = port;
    port.onmessage = ({data}) => this.#hear(data);
    this.#events.connected();
  };

  #hear(data: unknown): void {
    if (!this.#limit.allow(performance.now())) {
      this.post({type: 'error', ...failure('E_PROTO', 'The page sent too many messages; the demo goes on without it.', false)});
      this.#port!.onmessage = null;
      this.#port!.close();
      this.#port = undefined;
      return;
    }
    const message = v.safeParse(hostMessage, data);
    if (!message.success) {
      this.dropped++;
      return;
    }
    const id = 'id' in message.output ? message.output.id : undefined;
    Promise.resolve().then(() => this.#events.heard(message.output)).then(
      (value) => { if (id !== undefined) this.post({type: 'reply', id, ok: true, value}); },
      (error: unknown) => { if (id !== undefined) this.post({type: 'reply', id, ok: false, failure: failureOf(error)}); });
  }
}

function failureOf(error: unknown): EngineFailure {
  return error instanceof EngineError ? error.toFailure()
    : failure('E_PARAM', error instanceof Error ? error.message : String(error));
}

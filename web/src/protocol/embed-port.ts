// embed-port — what an embedding page and the frame say to each other; each side distrusts the other.
import * as v from 'valibot';

import type {EngineFailure, EngineKind, Outcome} from './run.js';

/** Posted by the frame to its parent until it is answered. Holds nothing secret. */
export interface Hello {
  readonly sluice: 1;
  readonly type: 'hello';
  readonly version: string;
  readonly nonce: string;
}

/** The answer; a `MessagePort` comes with it, and everything else goes through that. */
export interface Connect {
  readonly sluice: 1;
  readonly type: 'connect';
  readonly nonce: string;
}

export const connectMessage = v.object({sluice: v.literal(1), type: v.literal('connect'), nonce: v.string()});

/** More than this in one second closes the port. */
export const maxMessagesPerSecond = 50;

const text = v.pipe(v.string(), v.maxLength(256));
const id = v.optional(v.pipe(v.number(), v.integer()));

/** Host to frame. `values` are attributes as text, with parameters under `p.` as in a query. */
export const hostMessage = v.variant('type', [
  v.object({type: v.literal('set'), id, values: v.record(text, text)}),
  v.object({type: v.picklist(['run', 'pause', 'stop', 'rest', 'reset', 'share']), id}),
  v.object({type: v.literal('autorun')}),
  v.object({type: v.literal('step'), id, count: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000))}),
  v.object({type: v.literal('seek'), id, t: v.pipe(v.number(), v.finite(), v.minValue(0))}),
  v.object({type: v.literal('theme'), theme: text}),
  v.object({type: v.literal('tokens'), tokens: v.record(text, text)}),
  v.object({type: v.literal('export'), id, kind: text}),
  v.object({type: v.literal('visible'), visible: v.boolean()}),
]);
export type HostMessage = v.InferOutput<typeof hostMessage>;

/** What the element calls the states of a run; `done` is finished or cancelled, `error` failed. */
export type DemoState = 'idle' | 'loading' | 'ready' | 'running' | 'paused' | 'done' | 'error';

/** Frame to host. */
export type FrameMessage =
  | {readonly type: 'state'; readonly state: DemoState; readonly engine: EngineKind | ''; readonly isolated: boolean}
  | {readonly type: 'progress'; readonly itemsOut: number; readonly elapsedNs: number; readonly perSecond: number; readonly p99Ns: number}
  | {readonly type: 'result'; readonly outcome: Outcome}
  | ({readonly type: 'error'} & EngineFailure)
  | {readonly type: 'size'; readonly h: number; readonly reason: 'layout' | 'user'}
  | {readonly type: 'reply'; readonly id: number; readonly ok: true; readonly value?: unknown}
  | {readonly type: 'reply'; readonly id: number; readonly ok: false; readonly failure: EngineFailure};

/** Counts messages in a sliding second. */
export class RateLimit {
  readonly #limit: number;
  #times: number[] = [];

  constructor(limit = maxMessagesPerSecond) {
    this.#limit = limit;
  }

  /** Whether one more, now, is still within bounds. */
  allow(nowMs: number): boolean {
    this.#times = this.#times.filter((t) => nowMs - t < 1000);
    this.#times.push(nowMs);
    return this.#times.length <= this.#limit;
  }
}

/** Tokens a host may set, and what kind of value each is. */
export const tokenKinds: Readonly<Record<string, 'color' | 'font' | 'length'>> = {
  '--sluice-bg': 'color', '--sluice-fg': 'color', '--sluice-accent': 'color', '--sluice-run': 'color',
  '--sluice-wait': 'color', '--sluice-idle': 'color', '--sluice-retry': 'color', '--sluice-cancel': 'color',
  '--sluice-font': 'font', '--sluice-mono': 'font', '--sluice-radius': 'length',
};

/** Whether a token's value is what it claims to be, and nothing that fetches or computes. */
export function tokenAllowed(name: string, value: string, supports: (property: string, value: string) => boolean): boolean {
  const kind = Object.hasOwn(tokenKinds, name) ? tokenKinds[name] : undefined;
  if (!kind || value.length > 128 || /[;{}<>\\]|url|var\(|env\(|attr\(|@/i.test(value)) return false;
  if (kind === 'font') return /^[\w\s,'"-]+$/.test(value) && supports('font-family', value);
  return supports(kind === 'color' ? 'color' : 'border-radius', value);
}

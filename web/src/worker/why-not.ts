// why-not — turns what a browser says when WebAssembly does not start into a code and a sentence.
import {failure, type EngineFailure} from '../protocol/run.js';

/** `what` did not start, which would have reserved `memory`. */
export function whyNotStarted(error: unknown, what: string, memory: string): EngineFailure {
  const text = messageOf(error);
  if (/content security policy|unsafe-eval|wasm code generation|disallowed by embedder/i.test(text))
    return failure('E_WASM_BLOCKED', 'The policy of this page does not let WebAssembly run.', false);
  if (error instanceof RangeError || /out of memory|could not allocate memory|allocation failed/i.test(text))
    return failure('E_MEMORY', `This device did not give the ${memory} of memory that the ${what} reserves.`, false);
  if (/fetch|network|both async and sync|http status/i.test(text))
    return failure('E_NET', `The ${what} could not be fetched. ${text}`);
  return failure('E_WORKER', `The ${what} did not start. ${text}`);
}

export function messageOf(error: unknown): string {
  const text = (error as {message?: unknown} | null)?.message;
  return typeof text === 'string' && text ? text : String(error);
}

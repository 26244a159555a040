// load-module — brings one of the two engines to life, or says why it cannot.
import type {ModuleKind} from '../protocol/engine-host.js';
import {EngineError, failure} from '../protocol/run.js';
import type {CreateEngine, EngineModule, ModuleOptions} from './engine-api.js';

/**
 * The threaded module is only asked for where memory is known to be shared: without isolation it
 * would not fail, it would wait for ever.
 */
export async function loadModule(kind: ModuleKind, options: ModuleOptions): Promise<EngineModule> {
  let create: CreateEngine;
  try {
    create = kind === 'threads'
      ? (await import('../../engine/engine.mjs')).default
      : (await import('../../engine/engine-sim.mjs')).default;
  } catch (error) {
    throw new EngineError(failure('E_NET', `The engine could not be fetched. ${messageOf(error)}`));
  }
  try {
    return await create(options);
  } catch (error) {
    throw new EngineError(classify(error));
  }
}

function classify(error: unknown) {
  const text = messageOf(error);
  if (/content security policy|unsafe-eval|wasm code generation|disallowed by embedder/i.test(text))
    return failure('E_WASM_BLOCKED', 'The policy of this page does not let WebAssembly run.', false);
  if (error instanceof RangeError || /out of memory|could not allocate memory|allocation failed/i.test(text))
    return failure('E_MEMORY', 'This device did not give the 256 MB of memory that the engine reserves.', false);
  if (/fetch|network|both async and sync|http status/i.test(text))
    return failure('E_NET', `The engine could not be fetched. ${text}`);
  return failure('E_WORKER', `The engine did not start. ${text}`);
}

export function messageOf(error: unknown): string {
  const text = (error as {message?: unknown} | null)?.message;
  return typeof text === 'string' && text ? text : String(error);
}

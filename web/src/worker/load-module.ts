// load-module — brings one of the two engines to life, or says why it cannot.
import type {ModuleKind} from '../protocol/engine-host.js';
import {EngineError, failure} from '../protocol/run.js';
import type {CreateEngine, EngineModule, ModuleOptions} from './engine-api.js';
import {messageOf, whyNotStarted} from './why-not.js';

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
    throw new EngineError(whyNotStarted(error, 'engine', '256 MB'));
  }
}

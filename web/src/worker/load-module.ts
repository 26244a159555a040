// load-module — brings one of the engines to life, or says why it cannot.
import type {ModuleKind} from '../protocol/engine-host.js';
import {EngineError, failure} from '../protocol/run.js';
import type {CreateEngine, EngineModule, ModuleOptions} from './engine-api.js';
import {messageOf, whyNotStarted} from './why-not.js';

type Glue = Readonly<Record<string, () => Promise<{readonly default: CreateEngine}>>>;

/** Whatever families the core has: the build finds the modules, and none of them is fetched before it is asked for. */
const modules: Record<ModuleKind, {readonly prefix: string; readonly glue: Glue}> = {
  threads: {prefix: 'engine', glue: import.meta.glob(['../../engine/engine-*.mjs', '!../../engine/engine-sim*.mjs'])},
  sim: {prefix: 'engine-sim', glue: import.meta.glob('../../engine/engine-sim-*.mjs')},
};

/**
 * The threaded module is only asked for where memory is known to be shared: without isolation it
 * would not fail, it would wait for ever.
 */
export async function loadModule(kind: ModuleKind, family: string, options: ModuleOptions): Promise<EngineModule> {
  const {prefix, glue} = modules[kind];
  const fetchGlue = glue[`../../engine/${prefix}-${family}.mjs`];
  if (!fetchGlue) throw new EngineError(failure('E_VERSION', `This page has no engine for the family ${family}.`, false));
  let create: CreateEngine;
  try {
    create = (await fetchGlue()).default;
  } catch (error) {
    throw new EngineError(failure('E_NET', `The engine could not be fetched. ${messageOf(error)}`));
  }
  try {
    return await create(options);
  } catch (error) {
    throw new EngineError(whyNotStarted(error, 'engine', '256 MB'));
  }
}

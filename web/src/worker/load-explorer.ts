// load-explorer — brings the explorer to life, or says why it cannot.
import {EngineError, failure} from '../protocol/run.js';
import {explorerOf, type CreateExplorer, type ExplorerModule, type ExplorerOptions} from './explorer-api.js';
import {messageOf, whyNotStarted} from './why-not.js';

export async function loadExplorer(options: ExplorerOptions): Promise<ExplorerModule> {
  let create: CreateExplorer;
  try {
    create = (await import('../../engine/explorer.mjs')).default;
  } catch (error) {
    throw new EngineError(failure('E_NET', `The explorer could not be fetched. ${messageOf(error)}`));
  }
  try {
    return explorerOf(await create(options));
  } catch (error) {
    throw new EngineError(whyNotStarted(error, 'explorer', '32 MB'));
  }
}

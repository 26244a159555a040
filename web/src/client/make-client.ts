// make-client — the engine client of a real page; kept apart so that tests can put in other parts.
import {findCapability, here} from './capability.js';
import {EngineClient} from './engine-client.js';
import {spawnEngine, spawnProbe} from './spawn.js';

/** One per document: a page has one live engine. */
export function makeEngineClient(): EngineClient {
  return new EngineClient({
    spawn: spawnEngine,
    capability: () => findCapability(here(spawnProbe)),
  });
}

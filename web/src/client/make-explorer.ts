// make-explorer — the explorer of a real page; kept apart so that tests can put in other parts.
import {ExplorerClient} from './explorer-client.js';
import {spawnExplorer} from './spawn.js';

export function makeExplorer(): ExplorerClient { return new ExplorerClient(spawnExplorer); }

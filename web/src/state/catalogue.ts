// catalogue — the scenarios as the C++ core describes them, known before any engine is loaded.
import data from 'virtual:sluice-catalogue';

import {parseCatalogue, type Catalogue} from '../protocol/schema.js';

export const catalogue: Catalogue = parseCatalogue(data);

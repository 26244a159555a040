// explorer-source — the lock-free templates as the explorer's page shows them: whole files, coloured while the page is built.
import {readdirSync, readFileSync, statSync} from 'node:fs';
import {basename, join} from 'node:path';
import {fileURLToPath} from 'node:url';

import {colour} from './scenario-code.js';

const repository = fileURLToPath(new URL('../../', import.meta.url));
/** Where steps of an execution can lie: what is shipped, and what is wrong on purpose. */
const places = ['core/sluice/lockfree', 'core/sluice/reclaim', 'core/sluice/scenarios/subjects', 'core/sluice/scenarios/naive_stack.hpp'];
const shown = /^(?!.*_all\.hpp$).*\.hpp$/;
const index = 'virtual:explorer-source', one = `${index}/`;

/** Files by their name alone: so the explorer names them. The first of a name wins. */
export function sources(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const place of places) {
    const path = join(repository, place), entry = statSync(path, {throwIfNoEntry: false});
    const files = entry?.isDirectory() ? readdirSync(path, {recursive: true, encoding: 'utf8'}).sort().map((file) => join(path, file)) : entry ? [path] : [];
    for (const file of files) if (shown.test(file) && !found.has(basename(file))) found.set(basename(file), file);
  }
  return found;
}

/** Vite: `virtual:explorer-source` is a record from file name to a function that fetches its code, a chunk of its own each. */
export function explorerSource() {
  return {
    name: 'sluice-explorer-source',
    resolveId: (id: string) => (id === index || id.startsWith(one) ? `\0${id}` : undefined),
    async load(this: {addWatchFile(file: string): void}, id: string) {
      if (id === `\0${index}`) return `export default {${[...sources().keys()].map((f) => `${JSON.stringify(f)}: () => import(${JSON.stringify(one + f)}).then((m) => m.default)`).join(',')}};`;
      if (!id.startsWith(`\0${one}`)) return undefined;
      const file = id.slice(one.length + 1), path = sources().get(file);
      if (!path) return undefined;
      this.addWatchFile(path);
      const text = readFileSync(path, 'utf8').trimEnd();
      return `export default ${JSON.stringify({file, lines: await colour(text.split('\n').map((line, i) => ({number: i + 1, text: line.trimEnd()})))})};`;
    },
  };
}

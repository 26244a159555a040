// catalogue — asks the compiled core for the description of its scenarios and keeps it beside the engines.
import {existsSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';

import type {Plugin} from 'vite';

const engineFolder = fileURLToPath(new URL('../engine/', import.meta.url));

/** The catalogue as JSON text, made again whenever the engine is newer. */
export async function readCatalogue(folder = engineFolder): Promise<string> {
  const kept = join(folder, 'catalogue.json');
  const engine = ['engine-sim', 'engine'].map((name) => join(folder, 'node', `${name}.mjs`)).find((file) => existsSync(file));
  if (engine && (!existsSync(kept) || statSync(kept).mtimeMs < statSync(engine).mtimeMs)) {
    const module = await import(`${pathToFileURL(engine).href}?${statSync(engine).mtimeMs}`) as {default: () => Promise<{schemaJson(): string}>};
    writeFileSync(kept, (await module.default()).schemaJson());
  }
  if (!existsSync(kept)) throw new Error('The engine has not been built yet: run "npm start" or "npm test" once.');
  return readFileSync(kept, 'utf8');
}

/** Vite: `import json from 'virtual:sluice-catalogue'`. */
export function cataloguePlugin(): Plugin {
  const name = 'virtual:sluice-catalogue';
  return {
    name: 'sluice-catalogue',
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    async load(id) {
      return id === `\0${name}` ? `export default ${JSON.stringify(await readCatalogue())};` : undefined;
    },
  };
}

// place-engine — puts a linked module where the page imports it, in a form that bundlers understand.
//
// Emscripten 3.1 hands the options of its workers over in a variable, and a bundler can only follow a literal.
// Newer ones write the literal themselves. Anything else is refused here, where the reason can be told.
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {pathToFileURL} from 'node:url';

const [from, name, to] = process.argv.slice(2);
let glue = readFileSync(join(from, `${name}.mjs`), 'utf8');

if (/new Worker\(/.test(glue)) {
  const variable = /(new Worker\(new URL\("[^"]+",\s*import\.meta\.url\)),\s*workerOptions\)/g;
  const literal = /new Worker\(new URL\("[^"]+",\s*import\.meta\.url\),\s*\{/;
  if (variable.test(glue)) {
    const options = '{type:"module",workerData:"em-pthread",name:"em-pthread"}';
    glue = glue.replace(variable, `$1,${options})`);
  } else if (!literal.test(glue)) {
    console.error(`${name}.mjs starts its threads in a way this build does not know; look for "new Worker(" in it and adapt web/scripts/lib/place-engine.mjs.`);
    process.exit(1);
  }
}

/** Leaves a file alone when its contents are the same, so that nothing downstream rebuilds. */
function place(file, contents) {
  if (!existsSync(file) || !readFileSync(file).equals(contents)) writeFileSync(file, contents);
}
mkdirSync(to, {recursive: true});
place(join(to, `${name}.mjs`), Buffer.from(glue));
place(join(to, `${name}.wasm`), readFileSync(join(from, `${name}.wasm`)));

// The form for Node can say at once what the page has to know before any module is loaded.
if (/\bnode$/.test(to) && name !== 'explorer') {
  const {default: createEngine} = await import(pathToFileURL(join(to, `${name}.mjs`)).href);
  const engine = await createEngine();
  place(join(dirname(to), 'catalogue.json'), Buffer.from(engine.schemaJson()));
  process.exit(0);  // its threads would keep Node alive
}

// mutants — reads the list of what is weakened, and makes the weakened text.
import {readFileSync} from 'node:fs';
import {join} from 'node:path';

const fields = ['id', 'file', 'find', 'replace', 'test', 'case', 'what'];

/** The entries of mutants.json, in order. Throws for one that is not complete, or whose id is taken. */
export function readMutants(root) {
  const seen = new Set();
  const {mutants} = JSON.parse(readFileSync(join(root, 'tests/mutants/mutants.json'), 'utf8'));
  for (const mutant of mutants) {
    const missing = fields.find((field) => typeof mutant[field] !== 'string' || (mutant[field] === '' && field !== 'replace'));
    if (missing) throw new Error(`the mutant ${mutant.id ?? '?'} has no "${missing}"`);
    if (seen.has(mutant.id)) throw new Error(`two mutants are called ${mutant.id}`);
    seen.add(mutant.id);
  }
  return mutants;
}

/** Where in the text the mutant's passage begins. Throws unless there is exactly one. */
export function placeOf(text, {id, file, find}) {
  const at = text.indexOf(find);
  if (at < 0) throw new Error(`${id}: ${file} does not hold "${find}"`);
  if (text.indexOf(find, at + 1) >= 0) throw new Error(`${id}: ${file} holds "${find}" more than once`);
  return at;
}

/** The file as the mutant has it. */
export function mutate(root, mutant) {
  const text = readFileSync(join(root, mutant.file), 'utf8');
  const at = placeOf(text, mutant);
  return text.slice(0, at) + mutant.replace + text.slice(at + mutant.find.length);
}

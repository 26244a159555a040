// check_floors — who may know whom: reads every #include and import against floors.json.
//
//     node tests/architecture/check_floors.mjs                     reports violations
//     node tests/architecture/check_floors.mjs --write-umbrellas   also writes <room>_all.hpp and sluice.hpp anew
import {existsSync, readFileSync, readdirSync, writeFileSync} from 'node:fs';
import {dirname, join, posix} from 'node:path';
import {fileURLToPath} from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
export const floors = JSON.parse(readFileSync(join(root, 'tests/architecture/floors.json'), 'utf8'));

/** All files below `folder` (relative to the root) whose name matches, sorted. */
export function filesOf(folder, pattern) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), {withFileTypes: true}).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory()) return ['node_modules', 'engine', 'dist', 'build'].includes(entry.name) ? [] : filesOf(path, pattern);
    return pattern.test(entry.name) ? [path] : [];
  }).sort();
}

const withoutComments = (text) => text.replace(/\/\*[\s\S]*?\*\//g, (all) => all.replace(/[^\n]/g, ' ')).replace(/(^|[^:"'])\/\/.*$/gm, '$1');
const lineOf = (text, index) => text.slice(0, index).split('\n').length;
const floorOf = (table, room) => table.floors.findIndex((rooms) => rooms.includes(room));

/** Every `#include` of a C++ text: {target, quoted, line}. */
export function includesOf(text) {
  const found = [];
  for (const m of withoutComments(text).matchAll(/^[ \t]*#[ \t]*include[ \t]*(<([^>]+)>|"([^"]+)")/gm)) {
    found.push({target: m[2] ?? m[3], quoted: m[3] !== undefined, line: lineOf(text, m.index)});
  }
  return found;
}

/** The violations of one C++ file. `path` is relative to the root; `text` its contents. */
export function checkCpp(path, text) {
  const table = floors.core;
  const bad = [];
  const say = (line, sentence) => bad.push(`${path}:${line}: ${sentence}`);
  const inCore = path.startsWith(`${table.root}/`);
  const inside = inCore ? path.slice(table.root.length + 1) : '';
  const room = inCore && inside.includes('/') ? inside.split('/')[0] : undefined;
  const top = table.top.find((name) => path.startsWith(`${name}/`));
  const level = room ? floorOf(table, room) : table.floors.length;
  if (room && level < 0) say(1, `the room ${room} is on no floor`);

  for (const {target, quoted, line} of includesOf(text)) {
    const parts = target.split('/');
    if (parts[0] === 'sluice' && parts.length > 1) {
      if (quoted) say(line, `write <${target}>, not "${target}"`);
      if (parts.length === 2) {
        if (room) say(line, `a room includes what it needs, never all of sluice.hpp`);
        continue;
      }
      const other = parts[1];
      const otherLevel = floorOf(table, other);
      if (otherLevel < 0) say(line, `<${target}> names the room ${other}, which is on no floor`);
      else if (room && room !== other && otherLevel >= level) say(line, `${room} (floor ${level}) may not use ${other} (floor ${otherLevel}): ${target}`);
      const mirrored = top === 'tests' && path.split('/')[1] === other;
      if (parts.includes('detail') && room !== other && !mirrored) say(line, `<${target}> is private to ${other}`);
      if (room && umbrella(`/${target}`)) say(line, `a room includes what it needs, never an umbrella: ${target}`);
      continue;
    }
    if (inCore) {
      if (quoted) say(line, `write <sluice/…>, not "${target}"`);
      else if (/\.h(pp)?$|\//.test(target) && !(room in table.systemHeaders) && !(inside in table.systemHeaders)) say(line, `core stands on the standard library only, <${target}> belongs into platform`);
      continue;
    }
    if (!top) continue;
    const resolved = quoted ? posix.normalize(posix.join(posix.dirname(path), target)) : target;
    const other = table.top.find((name) => name !== top && (resolved.startsWith(`${name}/`) || (!quoted && name === 'wasm' && /^(boundary|bindings)\//.test(target))));
    if (other && !(table.topMayUse[top] ?? []).includes(other)) say(line, `${top} may not use ${other}: nothing stands on the top floor (${target})`);
  }
  return bad;
}

/** Every module a TypeScript text names in an import or export. */
export function importsOf(text) {
  const clean = withoutComments(text);
  const found = [];
  for (const m of clean.matchAll(/(?:^|[\s;}])(?:import|export)\b[^'"`;()]*?\bfrom\s*['"]([^'"]+)['"]|(?:^|[\s;}])import\s*['"]([^'"]+)['"]|\bimport\s*\(\s*['"]([^'"]+)['"]\s*\)/g)) {
    found.push({target: m[1] ?? m[2] ?? m[3], line: lineOf(clean, m.index)});
  }
  return found;
}

/** The violations of one TypeScript file. */
export function checkTs(path, text) {
  const table = floors.web;
  const bad = [];
  const inside = path.slice(table.root.length + 1);
  const room = inside.includes('/') ? inside.split('/')[0] : undefined;
  const level = room ? floorOf(table, room) : -1;
  if (room && level < 0) bad.push(`${path}:1: the room ${room} is on no floor`);
  for (const {target, line} of importsOf(text)) {
    if (!target.startsWith('.') || /\?(.*&)?url$/.test(target)) continue;  // a package, or the address of a file rather than its code
    const resolved = posix.normalize(posix.join(posix.dirname(path), target.split('?')[0]));
    if (resolved.startsWith(`${table.root}/`)) {
      const other = resolved.slice(table.root.length + 1).split('/')[0];
      const otherLevel = floorOf(table, other);
      if (otherLevel < 0) bad.push(`${path}:${line}: ${target} is in no room`);
      else if (other !== room && otherLevel >= level) bad.push(`${path}:${line}: ${room} (floor ${level}) may not use ${other} (floor ${otherLevel}): ${target}`);
    } else {
      const place = Object.keys(table.generated).find((folder) => resolved.startsWith(`${folder}/`));
      if (!place || !table.generated[place].includes(room)) bad.push(`${path}:${line}: ${room} may not reach outside ${table.root}: ${target}`);
    }
  }
  return bad;
}

const rooms = () => floors.core.floors.flat().filter((room) => filesOf(`${floors.core.root}/${room}`, /\.hpp$/).length > 0);

/** The text each umbrella must have: path → text. */
export function umbrellas() {
  const wanted = new Map();
  for (const room of rooms()) {
    const path = `${floors.core.root}/${room}/${room}_all.hpp`;
    const headers = filesOf(`${floors.core.root}/${room}`, /\.hpp$/).filter((file) => file !== path && !file.includes('/detail/')).map((file) => file.slice('core/'.length));
    wanted.set(path, [`// ${room}_all — every public header of the room ${room}.`, '#pragma once', '', ...headers.map((header) => `#include <${header}>`), ''].join('\n'));
  }
  wanted.set(`${floors.core.root}/sluice.hpp`,
    ['// sluice — everything.', '#pragma once', '', ...rooms().map((room) => `#include <sluice/${room}/${room}_all.hpp>`), ''].join('\n'));
  return wanted;
}

/** Umbrellas that are missing or do not name every header of their room. */
export function checkUmbrellas() {
  const bad = [];
  for (const [path, text] of umbrellas()) {
    const have = existsSync(join(root, path)) ? includesOf(readFileSync(join(root, path), 'utf8')).map(({target}) => target) : [];
    const missing = includesOf(text).map(({target}) => target).filter((target) => !have.includes(target));
    if (missing.length > 0) bad.push(`${path}: does not include ${missing.map((target) => `<${target}>`).join(', ')}`);
  }
  return bad;
}

/** Headers without `#pragma once`. */
export function checkGuards() {
  return [...filesOf('core', /\.hpp$/), ...filesOf('wasm', /\.hpp$/), ...filesOf('native-bench', /\.hpp$/), ...filesOf('tests', /\.hpp$/)]
    .filter((path) => !/^#pragma once$/m.test(readFileSync(join(root, path), 'utf8'))).map((path) => `${path}: has no #pragma once`);
}

const umbrella = (path) => path === `${floors.core.root}/sluice.hpp` || /\/([^/]+)\/\1_all\.hpp$/.test(path);

export function checkAllCpp() {
  const files = ['core', 'wasm', 'native-bench', 'tests'].flatMap((folder) => filesOf(folder, /\.(hpp|cpp|h|cc)$/));
  return {files, bad: files.filter((path) => !umbrella(path)).flatMap((path) => checkCpp(path, readFileSync(join(root, path), 'utf8')))};
}

export function checkAllTs() {
  const files = filesOf(floors.web.root, /\.m?ts$/);
  return {files, bad: files.flatMap((path) => checkTs(path, readFileSync(join(root, path), 'utf8')))};
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--write-umbrellas')) for (const [path, text] of umbrellas()) writeFileSync(join(root, path), text);
  const bad = [...checkAllCpp().bad, ...checkAllTs().bad, ...checkUmbrellas(), ...checkGuards()];
  for (const line of bad) console.log(line);
  console.log(`${bad.length === 0 ? 'no' : bad.length} architecture violation${bad.length === 1 ? '' : 's'}`);
  process.exit(bad.length === 0 ? 0 : 1);
}

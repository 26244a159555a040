// toolchain — finds the compilers and libraries Sluice is built with, or puts them into .toolchain/.
//
// Nothing outside the project is touched and no root is needed. Each part has a stamp, so an interrupted
// run goes on where it stopped, and a run that finds nothing to do takes a fraction of a second.
import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {delimiter, dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {Apt, hasApt, mirrors, onPath, unpack} from './lib/debian.mjs';
import {Problem, Steps, megabytes, root} from './lib/steps.mjs';

export const folder = join(root, '.toolchain');
const bin = join(folder, 'bin');
const minimum = {emscripten: [3, 1, 69], clang: 19, gcc: 14, cmake: [3, 25], node: 20};

const llvm19 = '1:19.1.7-3~deb12u1';
const parts = {
  llvm: {
    what: 'clang 19, lld and its sanitizer runtimes',
    packages: [...['clang-19', 'lld-19', 'llvm-19', 'llvm-19-linker-tools', 'libllvm19', 'libclang-cpp19', 'libclang-common-19-dev', 'libclang-rt-19-dev'].map((name) => [name, 'bookworm', llvm19]),
      ...['libz3-4', 'libxml2', 'libicu72', 'libedit2', 'libbsd0', 'libmd0', 'libffi8'].map((name) => [name, 'bookworm'])],
    excludes: ['*/bin/llvm-exegesis', '*/bin/c-index-test', '*/bin/llvm-mca', '*/bin/opt', '*/bin/llvm-lto*', '*/bin/llvm-c-test', '*/bin/bugpoint', '*/bin/llvm-reduce',
      '*/llvm-19/build', '*clang_rt.*-i386*', '*/lib/*i386*'],
  },
  binaryen: {
    what: 'Binaryen 120 and the C library it runs on',
    packages: [['binaryen', 'trixie', '120-4'], ['libc6', 'trixie'], ['libstdc++6', 'trixie'], ['libgcc-s1', 'trixie']],
    excludes: ['*/share/locale', '*/gconv'],
  },
  emscripten: {
    what: 'Emscripten 3.1.69 with its system libraries',
    packages: [['emscripten', 'trixie', '3.1.69+dfsg-3']],
    excludes: ['*/emscripten/test', '*/emscripten/docs', '*-ww*.a', '*/lto', '*/thinlto', '*-asan*', '*wasm64*', '*libwasmfs*', '*-tracing*', '*ubsan*', '*libGL-*emu*', '*libGL*full_es3*', '*libGL*ofb*'],
  },
  catch2: {what: 'Catch2 3.7', packages: [['libcatch2-dev', 'bookworm-backports', '3.7.1-0.4~bpo12+1']], package: 'Catch2', major: 3},
  benchmark: {what: 'Google Benchmark', packages: [['libbenchmark-dev', 'bookworm', '1.7.1-1'], ['libbenchmark1debian', 'bookworm', '1.7.1-1']], package: 'benchmark', major: 1},
  cli11: {what: 'CLI11', packages: [['libcli11-dev', 'bookworm', '2.1.2+ds-1']], package: 'CLI11', major: 2},
};
const acorn = 'acorn@8.14.0';

const sha = (text) => createHash('sha256').update(text).digest('hex').slice(0, 16);
const read = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');
const run = (command, args, options = {}) => spawnSync(command, args, {encoding: 'utf8', ...options});
const atLeast = (have, want) => {
  for (let i = 0; i < want.length; i++) if ((have[i] ?? 0) !== want[i]) return (have[i] ?? 0) > want[i];
  return true;
};
const numbers = (text) => (/(\d+)\.(\d+)(?:\.(\d+))?/.exec(text ?? '') ?? []).slice(1).map(Number);

function stamped(name, key) {
  return read(join(folder, 'stamps', name)) === key;
}
function stamp(name, key) {
  mkdirSync(join(folder, 'stamps'), {recursive: true});
  writeFileSync(join(folder, 'stamps', name), key);
}
function script(file, lines) {
  mkdirSync(dirname(file), {recursive: true});
  writeFileSync(file, ['#!/bin/bash', ...lines, ''].join('\n'));
  chmodSync(file, 0o755);
}

/** What has to be on the machine already, checked before anything is downloaded. */
function checkPrerequisites() {
  if (Number(process.versions.node.split('.')[0]) < minimum.node) throw new Problem(`Node ${process.versions.node} is too old; Sluice needs ${minimum.node} or newer.`, 'install a current Node.js.');
  const needs = [['git', 'git'], ['cmake', 'cmake'], ['ninja', 'ninja-build'], ['python3', 'python3']];
  const missing = needs.filter(([tool]) => onPath(tool) === '');
  if (missing.length > 0) {
    throw new Problem(`${missing.map(([tool]) => tool).join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing.`, `install with your package manager, for example: apt-get install ${missing.map(([, name]) => name).join(' ')}`);
  }
  const cmake = numbers(run('cmake', ['--version']).stdout);
  if (!atLeast(cmake, minimum.cmake)) throw new Problem(`CMake ${cmake.join('.')} is too old; Sluice needs ${minimum.cmake.join('.')} or newer.`, 'install a newer CMake.');
}

/** emcc 3.1.69 or newer from EMSDK or PATH, as {root, version}. */
function findEmscripten() {
  const candidates = [];
  if (process.env.EMSDK) candidates.push(join(process.env.EMSDK, 'upstream/emscripten'));
  const onpath = onPath('em++');
  if (onpath) candidates.push(dirname(run('readlink', ['-f', onpath]).stdout.trim() || onpath));
  for (const place of candidates) {
    const emcc = join(place, 'emcc');
    if (place.startsWith(folder) || !existsSync(emcc) || !existsSync(join(place, 'cmake/Modules/Platform/Emscripten.cmake'))) continue;
    const version = numbers(/emcc.*?(\d+\.\d+\.\d+)/.exec(run(emcc, ['--version']).stdout ?? '')?.[1]);
    if (atLeast(version, minimum.emscripten)) return {root: place, version: version.join('.')};
  }
  return undefined;
}

/** Why a compiler cannot build a small program with the sanitizers, or ''. */
function complaintOf(cxx) {
  const scratch = mkdtempSync(join(tmpdir(), 'sluice-'));
  const source = join(scratch, 'probe.cpp');
  writeFileSync(source, '#include <coroutine>\n#include <expected>\nint main() { return std::expected<int, int>{0}.value(); }\n');
  let complaint = '';
  for (const kind of ['address,undefined', 'thread']) {
    const built = run(cxx, ['-std=c++23', `-fsanitize=${kind}`, '-pthread', source, '-o', join(scratch, 'probe')]);
    if (built.status !== 0) complaint ||= (built.stderr ?? '').split('\n').find((line) => /error|cannot/.test(line)) ?? `exit code ${built.status}`;
  }
  rmSync(scratch, {recursive: true, force: true});
  return complaint;
}

/** A native compiler of the machine that can build everything, sanitizers included, as {cxx, name}. */
function findCompiler() {
  const given = process.env.CXX ? [process.env.CXX] : [];
  const names = [...given, 'clang++', ...[23, 22, 21, 20, 19].map((n) => `clang++-${n}`), 'g++', ...[17, 16, 15, 14].map((n) => `g++-${n}`)];
  for (const name of names) {
    const cxx = onPath(name);
    if (!cxx || cxx.startsWith(folder)) continue;
    const macros = run(cxx, ['-dM', '-E', '-x', 'c++', '/dev/null']).stdout ?? '';
    const clang = Number(/__clang_major__ (\d+)/.exec(macros)?.[1] ?? 0);
    const gcc = clang ? 0 : Number(/__GNUC__ (\d+)/.exec(macros)?.[1] ?? 0);
    if (clang < minimum.clang && gcc < minimum.gcc) continue;
    if (!complaintOf(cxx)) return {cxx, name: clang ? `clang ${clang}` : `gcc ${gcc}`};
  }
  return undefined;
}

/** The folder of an installed CMake package of the wanted major version, or ''. */
function findPackage(name, major) {
  const triple = run('sh', ['-c', 'gcc -print-multiarch 2>/dev/null || dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null']).stdout?.trim();
  const prefixes = [...(process.env.CMAKE_PREFIX_PATH ?? '').split(delimiter), '/usr/local', '/usr', '/opt/homebrew'].filter(Boolean);
  for (const prefix of prefixes) {
    for (const lib of ['lib', `lib/${triple}`, 'lib64', 'share']) {
      const base = join(prefix, lib, 'cmake', name);
      const version = /set\(PACKAGE_VERSION "(\d+)/.exec(read(join(base, `${name}ConfigVersion.cmake`)) || read(join(base, `${name.toLowerCase()}-config-version.cmake`)))?.[1];
      if (Number(version) === major) return base;
    }
  }
  return '';
}

const apt = new Apt(join(folder, 'apt'));

/** Downloads and unpacks one part unless its stamp says that this was done. */
async function part(step, name, after) {
  const {what, packages, excludes} = parts[name];
  const key = sha(JSON.stringify([packages, excludes, root, name === 'emscripten' ? acorn : '', 1]));
  const target = join(folder, name);
  if (stamped(name, key) && existsSync(target)) return target;
  const debs = await apt.download(step, what, packages, join(folder, 'apt/debs'));
  await unpack(step, debs, target, excludes ?? []);
  await after?.(target);
  stamp(name, key);
  return target;
}

const triple = () => run('dpkg-architecture', ['-qDEB_HOST_MULTIARCH']).stdout?.trim() || {x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu'}[process.arch];

/** clang 19 as wrappers in .toolchain/bin: the libraries beside it are found without touching the system's. */
async function installLlvm(step) {
  return part(step, 'llvm', (target) => {
    const home = join(target, 'usr/lib/llvm-19');
    for (const name of readdirSync(join(home, 'bin'))) {
      script(join(bin, name), [`export LD_LIBRARY_PATH="${target}/usr/lib/${triple()}:${home}/lib\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"`, `exec -a "$0" "${home}/bin/${name}" "$@"`]);
    }
  });
}

async function installBinaryen(step) {
  return part(step, 'binaryen', (target) => {
    const libraries = `${target}/usr/lib/${triple()}`;
    const loader = ['usr/lib64/ld-linux-x86-64.so.2', 'usr/lib/ld-linux-aarch64.so.1', `usr/lib/${triple()}/ld-linux-x86-64.so.2`].map((name) => join(target, name)).find(existsSync);
    for (const name of readdirSync(join(target, 'usr/bin')).filter((tool) => /^wasm/.test(tool))) {
      script(join(folder, 'binaryen/bin', name), [`exec "${loader}" --library-path "${libraries}" "${target}/usr/bin/${name}" "$@"`]);
    }
  });
}

async function installEmscripten(step) {
  await installLlvm(step);
  await installBinaryen(step);
  const target = await part(step, 'emscripten', async (place) => {
    const home = join(place, 'usr/share/emscripten');
    rmSync(join(home, 'node_modules'), {recursive: true, force: true});
    step.progress('acorn, which Emscripten needs');
    await step.exec('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--omit=dev', '--ignore-scripts', '--prefix', join(folder, 'node'), acorn],
      {cwd: folder, fails: 'acorn could not be installed from npm.', remedy: 'check the network and the npm registry setting, then run the same command again.'});
    symlinkSync(join(folder, 'node/node_modules'), join(home, 'node_modules'));
    writeFileSync(join(home, '.emscripten'), [
      `EMSCRIPTEN_ROOT = '${home}'`, `LLVM_ROOT = '${bin}'`, `BINARYEN_ROOT = '${join(folder, 'binaryen')}'`, `NODE_JS = '${process.execPath}'`,
      `CACHE = '${join(home, 'cache')}'`, 'FROZEN_CACHE = True', ''].join('\n'));
  });
  return join(target, 'usr/share/emscripten');
}

/** Catch2 as one source file, for the WASM tests: every object of a module must be compiled with the module's flags. */
async function installCatch2Source(step) {
  const key = sha(`3.7.1 ${root}`);
  const target = join(folder, 'catch2-source');
  if (stamped('catch2-source', key) && existsSync(join(target, 'catch_amalgamated.cpp'))) return target;
  const files = await apt.downloadSource(step, 'Catch2 3.7 sources', 'catch2', 'bookworm-backports', join(folder, 'apt/sources'));
  const archive = files.find((file) => /\.orig\.tar\./.test(file));
  rmSync(target, {recursive: true, force: true});
  mkdirSync(join(target, 'catch2'), {recursive: true});
  await step.exec('bash', ['-c', 'tar -x -f "$1" -C "$2" --wildcards --strip-components=2 "*/extras/catch_amalgamated.*"', 'unpack', archive, target], {fails: 'The Catch2 sources could not be unpacked.'});
  for (const header of ['catch_all', 'catch_test_macros', 'catch_template_test_macros', 'catch_session', 'catch_tostring', 'catch_approx', 'generators/catch_generators', 'generators/catch_generators_range',
    'generators/catch_generators_adapters', 'generators/catch_generators_all', 'matchers/catch_matchers', 'matchers/catch_matchers_all', 'matchers/catch_matchers_string',
    'matchers/catch_matchers_floating_point', 'matchers/catch_matchers_exception', 'matchers/catch_matchers_predicate', 'matchers/catch_matchers_templated', 'matchers/catch_matchers_vector',
    'matchers/catch_matchers_contains', 'matchers/catch_matchers_container_properties', 'matchers/catch_matchers_quantifiers', 'matchers/catch_matchers_range_equals',
    'reporters/catch_reporter_event_listener', 'reporters/catch_reporter_registrars', 'benchmark/catch_benchmark']) {
    const file = join(target, 'catch2', `${header}.hpp`);
    mkdirSync(dirname(file), {recursive: true});
    writeFileSync(file, `#pragma once\n#include "${header.includes('/') ? '../' : ''}../catch_amalgamated.hpp"\n`);
  }
  for (const file of files) rmSync(file, {force: true});
  stamp('catch2-source', key);
  return target;
}

/**
 * Makes sure that what a command needs is there: a native compiler, Emscripten, or both.
 * Returns what was found: {emscripten, native, libraries}.
 */
export async function ensureToolchain(step, {native: wantsNative = true, wasm: wantsWasm = true} = {}) {
  const started = Date.now();
  const ready = join(folder, 'ready.json');
  const own = ['toolchain.mjs', 'lib/debian.mjs'].map((name) => read(join(root, 'web/scripts', name))).join('');
  const path = (process.env.PATH ?? '').split(delimiter).filter((place) => !/node_modules/.test(place)).join(delimiter);  // npm adds its own
  const key = sha(JSON.stringify([own, root, path, process.env.EMSDK, process.env.CXX, process.env.CMAKE_PREFIX_PATH, process.env.SLUICE_DEBIAN_MIRROR, process.execPath]));
  let known = existsSync(ready) ? JSON.parse(read(ready)) : {};
  if (known.key !== key || !known.watched.every(([file, time]) => existsSync(file) && statSync(file).mtimeMs === time)) known = {};
  const describe = ({native, emscripten}) => [native && `compiler ${native.name}`, emscripten && `Emscripten ${emscripten.version}`].filter(Boolean).join(', ');
  if ((known.native || !wantsNative) && (known.emscripten || !wantsWasm)) {
    step.say(`${describe(known)}: unchanged`);
    return known;
  }
  checkPrerequisites();
  mkdirSync(folder, {recursive: true});
  writeFileSync(join(folder, 'package.json'), '{"private": true}\n');  // Emscripten's own scripts are CommonJS, whatever the project is

  let emscripten = known.emscripten ?? (wantsWasm ? findEmscripten() : undefined);
  let native = known.native ?? (wantsNative ? findCompiler() : undefined);
  const absent = [wantsWasm && !emscripten && 'Emscripten 3.1.69 or newer', wantsNative && !native && 'clang 19 or newer (or GCC 14 or newer)'].filter(Boolean);
  if (absent.length > 0 && !hasApt()) {
    const remedy = [
      wantsWasm && !emscripten && 'git clone https://github.com/emscripten-core/emsdk.git && cd emsdk && ./emsdk install 3.1.69 && ./emsdk activate 3.1.69 && source ./emsdk_env.sh',
      wantsNative && !native && 'install clang 19 with your package manager'].filter(Boolean).join('; ');
    throw new Problem(`${absent.join(' and ')} ${absent.length === 1 ? 'was' : 'were'} not found, and this system has no apt to take it from.`, remedy);
  }
  if (wantsWasm && !emscripten) emscripten = {root: await installEmscripten(step), version: '3.1.69', local: true};
  if (wantsNative && !native) {
    await installLlvm(step);
    native = {cxx: join(bin, 'clang++'), cc: join(bin, 'clang'), name: 'clang 19 of .toolchain', local: true};
    const complaint = complaintOf(native.cxx);
    if (complaint) throw new Problem(`clang 19 was installed into .toolchain but cannot build a small C++ program: ${complaint}`, "install the system's C++ headers and linker, for example: apt-get install g++");
  }

  const libraries = known.libraries ?? {};
  for (const name of wantsNative ? ['catch2', 'benchmark', 'cli11'] : []) {
    const found = findPackage(parts[name].package, parts[name].major);
    if (!found && !hasApt()) step.say(`${parts[name].what} was not found; install it, or configure with -DSLUICE_FETCH_DEPS=ON`);
    else libraries[name] = found || join(await part(step, name), 'usr');
  }
  if (wantsWasm && hasApt()) libraries.catch2Source = await installCatch2Source(step);

  const quote = (path) => `"${path.replaceAll('\\', '/')}"`;
  if (native) {
    writeFileSync(join(folder, 'native.cmake'), [
      '# Written by web/scripts/toolchain.mjs: what the native builds use.',
      `set(SLUICE_TOOLCHAIN_CXX ${quote(native.cxx)})`,
      ...Object.values(libraries).filter((place) => place.startsWith(folder) && place.endsWith('/usr')).map((place) => `list(APPEND CMAKE_PREFIX_PATH ${quote(place)})`), ''].join('\n'));
  }
  if (emscripten) {
    writeFileSync(join(folder, 'emscripten.cmake'), [
      '# Written by web/scripts/toolchain.mjs: what the WebAssembly builds use.',
      `set(SLUICE_EMSCRIPTEN_ROOT ${quote(emscripten.root)})`, `set(SLUICE_CATCH2_SOURCE ${quote(libraries.catch2Source ?? '')})`, ''].join('\n'));
  }

  const watched = [emscripten && join(emscripten.root, 'emcc'), native?.cxx, native && join(folder, 'native.cmake'), emscripten && join(folder, 'emscripten.cmake'), ...Object.values(libraries)]
    .filter(Boolean).map((file) => [file, statSync(file).mtimeMs]);
  apt.tidy();
  const result = {key, emscripten, native, libraries, watched};
  writeFileSync(ready, JSON.stringify(result, null, 1));
  const size = apt.downloaded ? `; ${megabytes(apt.downloaded)} downloaded` : '';
  step.say(`${describe(result)}${size}; took ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return result;
}

/** A Chromium for the browser tests: CHROME_PATH, the system's, else one in .toolchain/; or {missing: why and what to do}. */
export async function ensureChromium(step) {
  const mac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
  const system = [process.env.CHROME_PATH, ...['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'].map(onPath), mac]
    .find((path) => path && existsSync(path) && run(path, ['--version']).status === 0);
  if (system) return {path: system};
  const target = join(folder, 'chromium');
  const wrapper = join(bin, 'chromium');
  const key = sha(`chromium ${root} 1`);
  if (!stamped('chromium', key) || !existsSync(wrapper)) {
    if (!hasApt() || !mirrors()) return {missing: 'no Chromium was found; install one and set CHROME_PATH to it, then run npm test again'};
    const debs = await apt.downloadWithNeeds(step, 'Chromium and the libraries it needs', ['chromium', 'fonts-dejavu-core']);
    if (!debs) return {missing: 'Chromium cannot be taken from the Debian archive; as root run: apt-get install chromium'};
    await unpack(step, debs, target, ['*/share/icons', '*/share/locale', '*/share/gtk*', '*/share/help', '*/share/info']);
    const fonts = join(target, 'fonts.conf');
    writeFileSync(fonts, `<?xml version="1.0"?>\n<fontconfig><dir>${target}/usr/share/fonts</dir><dir>/usr/share/fonts</dir><cachedir>${target}/fontcache</cachedir></fontconfig>\n`);
    const libraries = [`${target}/usr/lib/${triple()}`, `${target}/lib/${triple()}`, `${target}/usr/lib`, `${target}/usr/lib/${triple()}/pulseaudio`];
    script(wrapper, [`export LD_LIBRARY_PATH="${libraries.join(':')}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"`, `[ -e /etc/fonts/fonts.conf ] || export FONTCONFIG_FILE="${fonts}"`,
      `exec "${target}/usr/lib/chromium/chromium" "$@"`]);
    stamp('chromium', key);
  }
  apt.tidy();
  const version = run(wrapper, ['--version']);
  if (version.status !== 0) return {missing: `the Chromium in .toolchain does not start (${(version.stderr ?? '').split('\n')[0]}); as root run: apt-get install chromium`};
  return {path: wrapper, local: true};
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const steps = new Steps('set-up');
  await steps.step('toolchain', (step) => ensureToolchain(step).then(() => undefined));
}

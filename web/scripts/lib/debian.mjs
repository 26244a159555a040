// debian — packages unpacked into a folder of the project: no root, nothing system-wide, signatures checked by apt.
import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {Problem, megabytes, seconds} from './steps.mjs';

const readable = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');

/** What /etc/os-release says, as an object. */
export function osRelease() {
  const entries = readable('/etc/os-release').split('\n').map((line) => /^([A-Z_]+)="?(.*?)"?$/.exec(line)).filter(Boolean);
  return Object.fromEntries(entries.map((m) => [m[1], m[2]]));
}

export const onPath = (name) => spawnSync('sh', ['-c', `command -v ${name}`], {encoding: 'utf8'}).stdout.trim();

/** True where apt can be used the way this file does. */
export function hasApt() {
  return process.platform === 'linux' && ['apt-get', 'dpkg-deb', 'tar', 'gzip'].every((tool) => onPath(tool) !== '');
}

/** Every archive the machine's own apt knows, in both notations: {uri, suites, components, options}. */
function archives() {
  const parts = '/etc/apt/sources.list.d';
  const files = existsSync(parts) ? readdirSync(parts).sort().map((name) => join(parts, name)) : [];
  const found = [];
  for (const file of ['/etc/apt/sources.list', ...files]) {
    if (file.endsWith('.list')) {
      for (const line of readable(file).split('\n')) {
        const m = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*(.*)$/.exec(line);
        if (m) found.push({uri: m[2], suites: [m[3]], components: m[4].split('#')[0].trim().split(/\s+/), options: m[1] ?? ''});
      }
    } else if (file.endsWith('.sources')) {
      for (const stanza of readable(file).split(/\n\s*\n/)) {
        const fields = {};
        for (const line of stanza.split('\n')) {
          const m = /^([A-Za-z-]+):\s*(.*)$/.exec(line);
          if (m) fields[m[1].toLowerCase()] = m[2].trim();
        }
        if (!fields.uris || !fields.suites || /^no$/i.test(fields.enabled ?? '') || !/\bdeb\b/.test(fields.types ?? 'deb')) continue;
        const keyring = fields['signed-by'] ?? '';
        const options = [keyring.startsWith('/') ? `signed-by=${keyring}` : '', /^yes$/i.test(fields.trusted ?? '') ? 'trusted=yes' : ''];
        for (const uri of fields.uris.split(/\s+/)) {
          found.push({uri, suites: fields.suites.split(/\s+/), components: (fields.components ?? '').split(/\s+/), options: options.filter(Boolean).join(' ')});
        }
      }
    }
  }
  return found;
}

/** Where this machine gets Debian from; never a name of our own. SLUICE_DEBIAN_MIRROR overrides it. */
export function mirrors() {
  const os = osRelease();
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  const signed = existsSync(keyring) ? `signed-by=${keyring}` : '';
  const known = archives();
  const inMain = (entry) => entry.components.includes('main');
  const codename = os.VERSION_CODENAME ?? '';
  const main = process.env.SLUICE_DEBIAN_MIRROR
    ? {uri: process.env.SLUICE_DEBIAN_MIRROR, options: ''}
    : os.ID === 'debian' && known.find((entry) => inMain(entry) && entry.suites.some((suite) => [codename, 'stable', 'testing', 'sid'].includes(suite)));
  if (!main) return undefined;
  const security = known.find((entry) => inMain(entry) && entry.suites.some((suite) => /-security$/.test(suite)));
  const options = (entry) => (/trusted=yes/.test(entry.options) ? 'trusted=yes' : signed || entry.options);
  return {codename, main: main.uri, mainOptions: options(main), security: security?.uri, securityOptions: security ? options(security) : ''};
}

/** An apt of our own: its lists, cache and sources lie under `folder`. */
export class Apt {
  constructor(folder) {
    this.folder = folder;
    this.updated = false;
  }

  get options() {
    const a = this.folder;
    return ['-o', `Dir::Etc::sourcelist=${a}/sources.list`, '-o', `Dir::Etc::sourceparts=${a}/parts`, '-o', `Dir::State::Lists=${a}/lists`, '-o', `Dir::Cache=${a}/cache`,
      '-o', 'Acquire::Languages=none', '-o', 'Acquire::GzipIndexes=true', '-o', 'Acquire::Retries=3', '-o', 'Debug::NoLocking=1', '-o', 'APT::Sandbox::User='];
  }

  /** Reads the package lists once per run. */
  async update(step) {
    if (this.updated) return;
    const from = mirrors();
    if (!from) {
      throw new Problem('This machine has apt, but its sources name no Debian archive to take the toolchain from.',
        'set SLUICE_DEBIAN_MIRROR to the address of a Debian mirror, or put emcc 3.1.69 or newer and clang 19 or newer on PATH.');
    }
    for (const name of ['parts', 'lists/partial', 'cache/archives/partial']) mkdirSync(join(this.folder, name), {recursive: true});
    const line = (kind, options, uri, suite) => `${kind} ${options ? `[${options}] ` : ''}${uri} ${suite} main`;
    const suites = new Set(['bookworm', 'bookworm-backports', 'trixie', from.codename].filter(Boolean));
    const lines = [...suites].filter((suite) => !/ubuntu/.test(suite)).map((suite) => line('deb', from.mainOptions, from.main, suite));
    lines.push(line('deb-src', from.mainOptions, from.main, 'bookworm-backports'));
    if (from.security) lines.push(line('deb', from.securityOptions, from.security, `${from.codename}-security`));
    writeFileSync(join(this.folder, 'sources.list'), `${lines.join('\n')}\n`);
    const started = Date.now();
    const {output} = await step.exec('apt-get', [...this.options, 'update'], {
      env: {LC_ALL: 'C'}, fails: 'The package lists could not be read.', remedy: 'check the network and the addresses in /etc/apt, then run the same command again.'});
    this.updated = true;
    const size = /Fetched ([\d.,]+ \S+B)/.exec(output)?.[1] ?? 'nothing new';
    step.say(`package lists: ${size} in ${seconds(Date.now() - started)}`);
  }

  #uris(args) {
    const out = spawnSync('apt-get', [...this.options, '--print-uris', ...args], {encoding: 'utf8', env: {...process.env, LC_ALL: 'C'}});
    if (out.status !== 0) return undefined;
    return out.stdout.split('\n').map((l) => /^'(.*)' (\S+) (\d+) (\S*)/.exec(l)).filter(Boolean).map((m) => ({file: m[2], bytes: Number(m[3])}));
  }

  /** Downloads while telling how much has come. Returns the paths of the files. */
  async #fetch(step, what, args, list, folder) {
    mkdirSync(folder, {recursive: true});
    const total = list.reduce((sum, item) => sum + item.bytes, 0);
    const started = Date.now();
    const partial = join(this.folder, 'cache/archives/partial');
    const sizeOf = (file) => (existsSync(file) ? statSync(file).size : 0);
    const here = () => list.reduce((sum, {file}) => sum + Math.max(sizeOf(join(folder, file)), sizeOf(join(partial, file)), sizeOf(join(this.folder, 'cache/archives', file))), 0);
    const timer = setInterval(() => step.progress(`${what}: ${megabytes(here())} of ${megabytes(total)}`), 300);
    try {
      await step.exec('apt-get', [...this.options, '-q', ...args], {
        cwd: folder, env: {LC_ALL: 'C'}, onLine: () => {}, fails: `${what} could not be downloaded.`, remedy: 'check the network, then run the same command again; what has arrived is kept.'});
    } finally {
      clearInterval(timer);
    }
    this.downloaded = (this.downloaded ?? 0) + total;
    step.say(`${what}: ${megabytes(total)} in ${seconds(Date.now() - started)}`);
    return list.map(({file}) => join(folder, file));
  }

  /** Downloads packages given as [name, suite, pinned version]; a version that has left the archive is replaced by the suite's own. */
  async download(step, what, packages, folder) {
    await this.update(step);
    let wanted = packages.map(([name, suite, version]) => (version ? `${name}=${version}` : `${name}/${suite}`));
    let list = this.#uris(['download', ...wanted]);
    if (!list) {
      wanted = packages.map(([name, suite]) => `${name}/${suite}`);
      list = this.#uris(['download', ...wanted]);
      if (list) step.say(`${what}: the pinned versions are no longer in the archive, taking the ones of the same release`);
    }
    if (!list) throw new Problem(`${what}: the packages ${packages.map(([name]) => name).join(', ')} are not in this machine's Debian archive.`, 'set SLUICE_DEBIAN_MIRROR to a mirror that carries bookworm and trixie.');
    return this.#fetch(step, what, ['download', ...wanted], list, folder);
  }

  /** Downloads the sources of a package without unpacking them. */
  async downloadSource(step, what, name, suite, folder) {
    await this.update(step);
    const list = this.#uris(['source', '--download-only', `${name}/${suite}`]);
    if (!list) throw new Problem(`${what}: the sources of ${name} are not in this machine's Debian archive.`, 'set SLUICE_DEBIAN_MIRROR to a mirror that carries bookworm-backports.');
    return this.#fetch(step, what, ['source', '--download-only', `${name}/${suite}`], list, folder);
  }

  /** Removes what only made apt quicker; the lists stay, for what is fetched later. */
  tidy() {
    for (const name of ['cache/pkgcache.bin', 'cache/srcpkgcache.bin']) rmSync(join(this.folder, name), {force: true});
  }

  /** Downloads a package with everything it needs and this machine lacks. */
  async downloadWithNeeds(step, what, names) {
    await this.update(step);
    // Everything from the machine's own release: what is unpacked here has to run on its C library.
    const {codename} = mirrors();
    const install = ['-o', `APT::Default-Release=/^${codename}(|-updates|-security)$/`, 'install', '-y', '--reinstall', '--no-install-recommends', '--download-only', ...names];
    const list = this.#uris(install);
    if (!list || list.length === 0) return undefined;
    return this.#fetch(step, what, install, list, join(this.folder, 'cache/archives'));
  }
}

/** Unpacks .deb files into `target`, which appears only when complete. `excludes` are tar patterns. */
export async function unpack(step, debs, target, excludes = []) {
  const part = `${target}.part`;
  rmSync(part, {recursive: true, force: true});
  mkdirSync(part, {recursive: true});
  for (const deb of debs) {
    step.progress(`unpacking ${basename(deb).split('_')[0]}`);
    const patterns = ['*/share/doc', '*/share/man', '*/share/lintian', ...excludes].map((pattern) => `--exclude='${pattern}'`).join(' ');
    await step.exec('bash', ['-c', `set -o pipefail; dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --no-same-owner --wildcards ${patterns}`, 'unpack', deb, part],
      {fails: `${basename(deb)} could not be unpacked.`, remedy: 'make sure that the disk is not full, delete .toolchain/apt and run the same command again.'});
  }
  rmSync(target, {recursive: true, force: true});
  renameSync(part, target);
  for (const deb of debs) rmSync(deb, {force: true});
}

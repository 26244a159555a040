// servers — the built pages behind their headers, behind none, and host pages on another site.
import {readFileSync, statSync} from 'node:fs';
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {extname, join, normalize} from 'node:path';
import {fileURLToPath} from 'node:url';

import {preview} from 'vite';
import type {TestProject} from 'vitest/node';

import {hostPage} from './host-pages.js';

const web = fileURLToPath(new URL('../..', import.meta.url));
const dist = join(web, 'dist');

export interface Sites {
  /** `vite preview`: the pages as we serve them. */
  readonly site: string;
  /** The same files from a server that sends no header of ours. */
  readonly bare: string;
  /** Somebody else's pages: another site, so also another origin. */
  readonly host: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    sites: Sites;
  }
}

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm', '.json': 'application/json',
};

function bareFile(request: IncomingMessage, response: ServerResponse): void {
  const {pathname} = new URL(request.url ?? '/', 'http://x');
  const file = join(dist, normalize(pathname === '/' ? '/index.html' : pathname));
  if (!file.startsWith(dist) || !statSync(file, {throwIfNoEntry: false})?.isFile()) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, {'content-type': types[extname(file)] ?? 'application/octet-stream', 'access-control-allow-origin': '*'}).end(readFileSync(file));
}

async function listen(server: Server, host: string): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (!statSync(join(dist, 'index.html'), {throwIfNoEntry: false})) throw new Error('The page has not been built: run "npx vite build web" first.');
  const previewed = await preview({root: web, configFile: join(web, 'vite.config.ts'), logLevel: 'warn', preview: {port: 0, strictPort: false, host: 'localhost'}});
  const site = `http://localhost:${(previewed.httpServer.address() as AddressInfo).port}`;
  const bareServer = createServer(bareFile);
  const bare = `http://localhost:${await listen(bareServer, 'localhost')}`;
  // 127.0.0.1 and localhost are different sites to a browser, and both count as secure.
  const hostServer = createServer((request, response) => hostPage(request, response, {site, bare}));
  const host = `http://127.0.0.1:${await listen(hostServer, '127.0.0.1')}`;
  project.provide('sites', {site, bare, host});
  return async () => {
    bareServer.close();
    hostServer.close();
    await previewed.close();
  };
}

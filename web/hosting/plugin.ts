// plugin — puts the headers on everything that Vite serves, and the hosts' files beside what it builds.
import type {Plugin} from 'vite';

import {everyFile, headersFor} from './headers.js';
import {hostFiles} from './hosts.js';

export function hostingPlugin(): Plugin {
  return {
    name: 'sluice-hosting',
    configureServer(server) {
      // No content policy here: hot reloading lives on inline scripts.
      server.middlewares.use((request, response, next) => {
        for (const [name, value] of Object.entries(everyFile)) response.setHeader(name, value);
        // The one file whose name is a promise.
        if (request.url === '/sluice-demo.js') request.url = '/src/app/sluice-demo.ts';
        next();
      });
    },
    configurePreviewServer(server) {
      server.middlewares.use((request, response, next) => {
        const {pathname} = new URL(request.url ?? '/', 'http://localhost');
        for (const [name, value] of Object.entries(headersFor(pathname))) response.setHeader(name, value);
        next();
      });
    },
    generateBundle() {
      for (const [fileName, source] of Object.entries(hostFiles())) this.emitFile({type: 'asset', fileName, source});
    },
  };
}

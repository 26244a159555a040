import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

import {defineConfig} from 'vitest/config';

import {hostingPlugin} from './hosting/plugin.js';
import {cataloguePlugin} from './vite-plugins/catalogue.js';
import {explorerSource} from './vite-plugins/explorer-source.js';
import {scenarioRecording} from './vite-plugins/recording.js';
import {scenarioCode} from './vite-plugins/scenario-code.js';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const {version} = JSON.parse(readFileSync(at('../package.json'), 'utf8')) as {version: string};

export default defineConfig({
  root: at('.'),
  base: './',
  plugins: [hostingPlugin(), cataloguePlugin(), explorerSource(), scenarioCode(), scenarioRecording()],
  define: {__SLUICE_VERSION__: JSON.stringify(version)},
  worker: {format: 'es'},
  build: {
    target: 'es2022',
    outDir: at('dist'),
    emptyOutDir: true,
    // The policy of the pages knows no data: scripts, and the engine is never inlined.
    assetsInlineLimit: 0,
    modulePreload: {polyfill: false},
    rolldownOptions: {
      input: {index: at('index.html'), embed: at('embed.html'), 'sluice-demo': at('src/app/sluice-demo.ts')},
      output: {
        // The loader's name is a promise to other people's pages.
        entryFileNames: (chunk) => (chunk.name === 'sluice-demo' ? 'sluice-demo.js' : 'assets/[name]-[hash].js'),
        chunkFileNames: 'assets/[name]-[hash].js',
        assetFileNames: 'assets/[name]-[hash][extname]',
      },
    },
  },
  server: {port: 5173},
  preview: {port: 4173},
  test: {
    include: ['src/**/*.test.ts', 'hosting/**/*.test.ts', 'vite-plugins/**/*.test.ts'],
    environment: 'node',
  },
});

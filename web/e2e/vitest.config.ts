import {fileURLToPath} from 'node:url';

import {defineConfig} from 'vitest/config';

// A real Chromium drives the built page. One file after the other: figures are taken, and there may be few cores.
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  test: {
    include: ['**/*.spec.ts'],
    globalSetup: ['./support/servers.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
  },
});

import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));
const all = ['src/**/*.test.ts', 'scripts/**/*.test.js', 'tests/**/*.test.ts'];
const none = ['tests/e2e/**', 'tests/layers/fixture/**', 'node_modules/**'];
/** What puts other modules or another folder of compiled programs in their place, or measures its own memory, has a process to itself. */
const alone = [
  'src/lib/ingest/flow/flow-memory.test.ts',
  'src/lib/ingest/pipeline/heap.test.ts',
  'tests/pipeline/reduced-replay.test.ts',
  'tests/pipeline/replay.test.ts',
  'tests/protocol/secrets.test.ts',
  'tests/rules/yara.test.ts',
];

export default defineConfig({
  plugins: [svelte({ configFile: false, compilerOptions: { runes: true } })],
  resolve: {
    alias: [
      { find: /^#engine\/(.*)$/, replacement: `${root}src/processes/engine/$1.ts` },
      { find: /^\$lib\/(.*)$/, replacement: `${root}src/lib/$1` },
    ],
  },
  test: {
    environment: 'node',
    passWithNoTests: true,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Tests share two cores with the children that they start.
    maxWorkers: 2,
    // To load the engine again for each file costs as much as a tenth of all tests: files share what they import.
    projects: [
      { extends: true, test: { name: 'shared', include: all, exclude: [...none, ...alone], isolate: false } },
      { extends: true, test: { name: 'alone', include: alone, exclude: none } },
    ],
    coverage: {
      provider: 'v8',
      reportOnFailure: true,
      include: ['src/lib/**/*.ts'],
      exclude: ['src/lib/ui/**', 'src/**/*.test.ts', 'src/**/*.d.ts', 'src/lib/**/_template/**'],
      reporter: ['text-summary', 'json-summary'],
      reportsDirectory: 'coverage',
    },
  },
});

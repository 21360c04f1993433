import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));

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
    include: ['src/**/*.test.ts', 'scripts/**/*.test.js', 'tests/**/*.test.ts'],
    exclude: ['tests/e2e/**', 'tests/layers/fixture/**', 'node_modules/**'],
    passWithNoTests: true,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Tests share two cores with the children that they start.
    maxWorkers: 2,
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

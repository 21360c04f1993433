import { defineConfig } from 'rolldown';
import { engineEntries } from './scripts/engine-entries.js';

/** Compiles src/processes, and what it uses of src/lib, to dist/. Entries are found by folder: a new file there needs no line here. */
export default defineConfig({
  input: engineEntries(import.meta.dirname),
  platform: 'node',
  tsconfig: 'tsconfig.node.json',
  // Packages stay packages: native bindings and data files are found beside their own package.json.
  external: [/^node:/, /^[^./#\0](?![:\\])/],
  output: {
    dir: 'dist',
    format: 'esm',
    sourcemap: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    hashCharacters: 'base36',
  },
});

/** Compiles entry points that tests start as children and threads: Node 20 runs no TypeScript. */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'rolldown';

const root = join(import.meta.dirname, '../..');

export interface Compiled {
  readonly dir: string;
  remove(): void;
}

/** Entries by their name under the folder, `workers/load-worker` → `dir/workers/load-worker.js`. Inside the checkout, so that packages are found. */
export async function compile(entries: Readonly<Record<string, string>>): Promise<Compiled> {
  const cache = join(root, '.cache');
  mkdirSync(cache, { recursive: true });
  const dir = mkdtempSync(join(cache, 'compiled-'));
  await build({
    input: Object.fromEntries(Object.entries(entries).map(([name, path]) => [name, join(root, path)])),
    platform: 'node',
    tsconfig: join(root, 'tsconfig.node.json'),
    external: [/^node:/, /^[^./#\0](?![:\\])/],
    logLevel: 'silent',
    output: { dir, format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
  });
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** Where compiled entry points lie. Children and threads start by absolute path, from this module alone. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The package's folder: the nearest one above this file whose package.json is Coldwire's (from src/, dist/ and dist/chunks/ alike). */
function packageRoot(): string {
  for (let dir = import.meta.dirname; ; dir = dirname(dir)) {
    const manifest = join(dir, 'package.json');
    if (
      existsSync(manifest) &&
      (JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string }).name === 'coldwire'
    )
      return dir;
    if (dirname(dir) === dir)
      throw new Error('The folder of the coldwire package was not found: install it again.');
  }
}

export const PACKAGE_ROOT = packageRoot();

/** Folder of the compiled engine; COLDWIRE_DIST moves it, for tests that compile their own. */
const dist = process.env['COLDWIRE_DIST'] ?? join(PACKAGE_ROOT, 'dist');

export const INGEST_CHILD = join(dist, 'ingest-child.js');
export const LIVE_CHILD = join(dist, 'live-child.js');
export const YARA_CHILD = join(dist, 'yara-child.js');
export const LOAD_WORKER = join(dist, 'workers', 'load-worker.js');
export const PARTITION_WORKER = join(dist, 'workers', 'partition-worker.js');
export const PRESCAN_WORKER = join(dist, 'workers', 'prescan-worker.js');
export const HASH_WORKER = join(dist, 'workers', 'hash-worker.js');
export const CONTENT_WORKER = join(dist, 'workers', 'content-worker.js');

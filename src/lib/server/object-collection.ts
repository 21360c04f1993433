/** Captures that no input names any more. */

import { rmSync } from 'node:fs';
import { unusedObjects } from './cases.ts';
import type { DataDir } from './data-dir.ts';

/** Removes those of the objects that no input of any case names. */
export function removeObjects(dir: DataDir, candidates: readonly string[]): void {
  const asked = new Set(candidates);
  for (const sha256 of unusedObjects(dir)) {
    if (asked.has(sha256)) rmSync(dir.object(sha256), { force: true });
  }
}

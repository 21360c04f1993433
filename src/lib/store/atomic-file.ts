/** Small files that are there whole or not at all, whatever ends the process. */

import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** What was written is on the disk when this returns; works for files and folders. */
export function syncPath(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Writes beside the path, syncs, renames over it, syncs the folder. */
export function writeAtomically(path: string, text: string, mode = 0o644): void {
  const part = `${path}.part`;
  const fd = openSync(part, 'w', mode);
  try {
    try {
      writeFileSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
  syncPath(dirname(path));
}

/** The captures that the oracles look at. */

import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '../..');
export const SAMPLES = join(root, 'sample-pcaps');
export const SHARED = join(root, '../shared/data');

const IS_CAPTURE = /\.(pcap|pcapng|cap|snoop|dat|gz|zst|xz)$/;

export const hasShared = existsSync(SHARED);

export const capturesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && IS_CAPTURE.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

/** Of 256: how many captures of the shared folder a run looks at, so that it takes well under 90 s on two slow cores. */
const SHARE = 64;

/** The same quarter in every run, chosen by the hash of the path; all of them with COLDWIRE_ORACLE=all. */
export function sharedCaptures(): string[] {
  const all = capturesIn(SHARED);
  if (process.env['COLDWIRE_ORACLE'] === 'all') return all;
  return all.filter((path) => (createHash('sha256').update(relative(SHARED, path)).digest()[0] as number) < SHARE);
}

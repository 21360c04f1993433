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

/** Of 256: how many captures of the shared folder a run looks at, so that all of it takes well under 90 s on two slow cores. */
const SHARE = 32;

/** Whether all of the shared captures are read. Of an eighth, a single odd capture is more than a hundredth. */
export const isAllAsked = process.env['COLDWIRE_ORACLE'] === 'all';

/**
 * The same eighth in every run, chosen by the hash of the path; all of them with COLDWIRE_ORACLE=all, and those whose path
 * contains one of its parts (by commas) with any other value.
 */
export function sharedCaptures(): string[] {
  const asked = process.env['COLDWIRE_ORACLE'];
  const names = capturesIn(SHARED).map((path) => relative(SHARED, path));
  const isChosen = (name: string): boolean => {
    if (asked) return asked === 'all' || asked.split(',').some((part) => name.includes(part));
    return createHash('sha256').update(name).digest()[0] < SHARE;
  };
  return names.filter(isChosen).map((name) => join(SHARED, name));
}

/** Ids of carried files, in the form of Zeek's fuid: F and 17 characters of base62, the same on every run. */

import { createHash } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** `seed` is what makes the file one of a kind. */
export function fileId(seed: string): string {
  const digest = createHash('sha1').update(seed).digest();
  let id = 'F';
  for (let i = 0; i < 17; i++) id += ALPHABET[(digest[i] ?? 0) % ALPHABET.length];
  return id;
}

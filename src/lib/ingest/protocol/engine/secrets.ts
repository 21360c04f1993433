/** Secrets are never written: what stands in a row is a mask, and a salted hash by which equal ones can be told. */

import { createHash } from 'node:crypto';

/** Secrets of up to this length show no letter at all. */
const ALL_HIDDEN = 4;

export interface Masked {
  readonly secret_masked: string;
  readonly secret_hash: string;
}

const salted = (bytes: Uint8Array, salt: string): string =>
  createHash('sha256').update(salt).update('\0').update(bytes).digest('hex');

/** Of hash material no byte is shown: all of it together is what can be tried against passwords. */
export const maskedMaterial = (bytes: Uint8Array, salt: string): Masked => ({
  secret_masked: `(${String(bytes.length)} bytes)`,
  secret_hash: salted(bytes, salt),
});

export function maskedSecret(secret: string | Uint8Array, salt: string): Masked {
  const bytes = typeof secret === 'string' ? Buffer.from(secret, 'utf8') : Buffer.from(secret);
  const text = bytes.toString('utf8');
  const letters = [...text];
  const stars = '*'.repeat(Math.min(letters.length, 12));
  const secret_masked =
    letters.length <= ALL_HIDDEN
      ? stars
      : `${letters[0] ?? ''}${stars.slice(2)}${letters.at(-1) ?? ''} (${String(letters.length)})`;
  return { secret_masked, secret_hash: salted(bytes, salt) };
}

import type { ObjectList } from '../../model/api/uploads.ts';
import { answerOf } from '../data/door.ts';
import { api, apiWith } from '../url/paths.ts';

/** The browser hashes a whole file in memory, so larger ones are recognised by the server when they have arrived. */
export const HASHED_HERE = 256 * 1024 * 1024;

const hex = (bytes: ArrayBuffer): string =>
  [...new Uint8Array(bytes)].map((b) => b.toString(16).padStart(2, '0')).join('');

/** The SHA-256 of a file that the server already holds, else undefined. */
export async function knownHash(file: Blob): Promise<string | undefined> {
  // crypto.subtle is there on loopback and https alone.
  if (file.size > HASHED_HERE || !globalThis.isSecureContext) return undefined;
  try {
    const sha256 = hex(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()));
    const response = await fetch(apiWith(api('objects'), { sha256 }));
    const { objects } = (await answerOf(response)) as ObjectList;
    return objects.length > 0 ? sha256 : undefined;
  } catch {
    return undefined;
  }
}

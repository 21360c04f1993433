/** Where captures land before they are in the object store, and how they get from there into it. */

import { mkdir, rm, statfs } from 'node:fs/promises';
import { Refusal } from '../refusal.ts';

export interface ImportedObject {
  readonly sha256: string;
  readonly size: number;
  /** The store had it already. */
  readonly known: boolean;
}

/** What is asked of the object store: takes the file over, by move where it can. */
export type TakeOver = (path: string) => Promise<ImportedObject>;

/** Left free on the disk of the data directory, so that an upload cannot starve a running ingest. */
const RESERVED_BYTES = 64 * 1024 * 1024;

/** Rejects with a refusal where the disk has no room for so many more bytes. */
export async function assertRoom(directory: string, bytes: number): Promise<void> {
  await mkdir(directory, { recursive: true });
  const { bavail, bsize } = await statfs(directory);
  if (bytes + RESERVED_BYTES <= bavail * bsize) return;
  throw new Refusal(
    'no_space',
    `The disk of the data directory has no room for ${bytes} bytes; free some space and try again.`,
  );
}

/** An empty file is nobody's capture. */
export const emptyFile = (name: string): Refusal =>
  new Refusal('not_a_capture', `${name} is empty: it has 0 bytes, so there is nothing to read.`);

/** Hands a file that has arrived to the object store; what the store did not move is removed. */
export async function takeIn(path: string, take: TakeOver): Promise<ImportedObject> {
  try {
    return await take(path);
  } finally {
    await rm(path, { force: true });
  }
}

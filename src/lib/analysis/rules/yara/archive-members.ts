/** What a carried archive holds: members of a zip, the file in a gzip. Archives in archives stay closed. */

import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { fromBufferPromise, type Entry, type ZipFile } from 'yauzl';

export interface ArchiveMember {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface Unpacked {
  readonly members: readonly ArchiveMember[];
  /** Members that were too large, too many, encrypted or damaged. */
  readonly leftOut: number;
}

export const ARCHIVE_LIMITS = {
  members: 256,
  /** Of one member, and of all of an archive, unpacked. */
  memberBytes: 8 * 1024 * 1024,
  totalBytes: 32 * 1024 * 1024,
};

const NOTHING: Unpacked = { members: [], leftOut: 0 };

export const isArchive = (bytes: Uint8Array): boolean =>
  (bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8) || (bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4);

/** Never rejects: what cannot be unpacked is counted. */
export async function unpack(bytes: Uint8Array, limits = ARCHIVE_LIMITS): Promise<Unpacked> {
  if (!isArchive(bytes)) return NOTHING;
  if (bytes[0] === 0x1f) return gzipped(bytes, limits);
  let archive: ZipFile;
  try {
    archive = await fromBufferPromise(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), { lazyEntries: true, validateEntrySizes: true });
  } catch {
    return { members: [], leftOut: 1 };
  }
  return zipped(archive, limits);
}

async function gzipped(bytes: Uint8Array, { memberBytes }: typeof ARCHIVE_LIMITS): Promise<Unpacked> {
  try {
    return { members: [{ name: '', bytes: await promisify(gunzip)(bytes, { maxOutputLength: memberBytes }) }], leftOut: 0 };
  } catch {
    return { members: [], leftOut: 1 };
  }
}

async function zipped(archive: ZipFile, limits: typeof ARCHIVE_LIMITS): Promise<Unpacked> {
  const members: ArchiveMember[] = [];
  let leftOut = 0;
  let total = 0;
  let seen = 0;
  try {
    for await (const entry of archive.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue;
      const tooMuch = ++seen > limits.members || entry.uncompressedSize > limits.memberBytes || total + entry.uncompressedSize > limits.totalBytes;
      const bytes = tooMuch || entry.isEncrypted() ? undefined : await contentOf(archive, entry);
      if (!bytes) {
        leftOut++;
        continue;
      }
      total += bytes.length;
      members.push({ name: entry.fileName, bytes });
    }
  } catch {
    // The directory is damaged from here on.
    leftOut++;
  }
  return { members, leftOut };
}

/** Undefined where it is damaged, or coded in a way that is not known. Sizes are held to what the directory says. */
async function contentOf(archive: ZipFile, entry: Entry): Promise<Uint8Array | undefined> {
  try {
    const stream = await archive.openReadStreamPromise(entry);
    const parts: Buffer[] = [];
    for await (const part of stream) parts.push(part as Buffer);
    return Buffer.concat(parts);
  } catch {
    return undefined;
  }
}

/** Members of a zip archive, read in place from the file. */

import { fromRandomAccessReaderPromise, RandomAccessReader, type Entry, type ZipFile } from 'yauzl';
import { Readable } from 'node:stream';
import { NotACapture } from '../../../model/capture.ts';
import { CAPTURE_LIMITS } from '../../../model/limits.ts';
import type { ByteSource } from '../source/contract.ts';
import { FileSource, type OpenFile } from '../source/file.ts';
import { deflate } from './gzip.ts';
import { InflatingSource } from './inflating-source.ts';

export interface ZipMember {
  readonly name: string;
  readonly source: ByteSource;
}

const LOCAL_HEADER = [0x50, 0x4b, 0x03, 0x04];
const EMPTY_ARCHIVE = [0x50, 0x4b, 0x05, 0x06];
const LOCAL_HEADER_BYTES = 30;
const STORED = 0;
const DEFLATED = 8;

export const isZip = (head: Uint8Array): boolean =>
  [LOCAL_HEADER, EMPTY_ARCHIVE].some((magic) => magic.every((byte, i) => head[i] === byte));

/** What yauzl reads the directory through: our descriptor, which stays ours. */
class FileReader extends RandomAccessReader {
  readonly #file: OpenFile;

  constructor(file: OpenFile) {
    super();
    this.#file = file;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const bytes = new Uint8Array(end - start);
    return Readable.from([bytes.subarray(0, this.#file.readAt(bytes, start))]);
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    const got = this.#file.readAt(buffer.subarray(offset, offset + length), position);
    setImmediate(() => callback(got === length ? null : new Error('the archive ends too early')));
  }

  override close(callback: (error: Error | null) => void): void {
    setImmediate(() => callback(null));
  }
}

/** Opens the files of the archive, up to the cap, in the order of its directory. Throws NotACapture where none can be read. */
export async function openZip(file: OpenFile, name: string): Promise<ZipMember[]> {
  let archive: ZipFile;
  try {
    archive = await fromRandomAccessReaderPromise(new FileReader(file), file.size, {
      lazyEntries: true,
      autoClose: false,
    });
  } catch (error) {
    return [openWithoutDirectory(file, name, error as Error)];
  }
  const members: ZipMember[] = [];
  try {
    for await (const entry of archive.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue;
      if (members.length >= CAPTURE_LIMITS.maxArchiveMembers) {
        throw new NotACapture(
          `${name} holds more than ${CAPTURE_LIMITS.maxArchiveMembers} files: unpack it and add the captures.`,
        );
      }
      members.push(await openMember(archive, entry, file, name));
    }
  } catch (error) {
    for (const member of members) await member.source.close();
    if (error instanceof NotACapture) throw error;
    throw new NotACapture(
      `${name} is a damaged zip archive (${(error as Error).message}): repair it (zip -FF) or unpack what can be unpacked.`,
      {
        cause: error,
      },
    );
  }
  return members;
}

async function openMember(archive: ZipFile, entry: Entry, file: OpenFile, name: string): Promise<ZipMember> {
  if (entry.isEncrypted()) {
    throw new NotACapture(
      `not supported: ${name} is an encrypted zip archive; unpack it with its password first.`,
    );
  }
  const { fileDataStart } = await archive.readLocalFileHeaderPromise(entry, { minimal: true });
  const source = new FileSource(file, fileDataStart, fileDataStart + entry.compressedSize);
  return { name: entry.fileName, source: decompressed(source, entry.compressionMethod, entry.fileName) };
}

function decompressed(source: FileSource, method: number, name: string): ByteSource {
  if (method === STORED) return source;
  if (method === DEFLATED) return new InflatingSource(source, deflate);
  void source.close();
  throw new NotACapture(
    `not supported: ${name} is compressed by a method of zip that is not read (${method}); only deflate is.`,
  );
}

/** An archive cut short has lost the directory at its end; its first file can be read all the same. */
function openWithoutDirectory(file: OpenFile, name: string, cause: Error): ZipMember {
  const header = new Uint8Array(LOCAL_HEADER_BYTES);
  const whole = file.readAt(header, 0) === LOCAL_HEADER_BYTES;
  const data = new DataView(header.buffer);
  const flags = data.getUint16(6, true);
  if (!whole || !LOCAL_HEADER.every((byte, i) => header[i] === byte) || (flags & 1) !== 0) {
    throw new NotACapture(`${name} is a damaged zip archive (${cause.message}): it cannot be read.`, {
      cause,
    });
  }
  const nameBytes = new Uint8Array(data.getUint16(26, true));
  file.readAt(nameBytes, LOCAL_HEADER_BYTES);
  const start = LOCAL_HEADER_BYTES + nameBytes.length + data.getUint16(28, true);
  const memberName = new TextDecoder().decode(nameBytes);
  const method = data.getUint16(8, true);
  const sizeKnown = (flags & 8) === 0;
  const end = method === STORED && sizeKnown ? start + data.getUint32(18, true) : Infinity;
  return { name: memberName, source: decompressed(new FileSource(file, start, end), method, memberName) };
}

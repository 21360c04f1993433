/** The door of this room: a path in, a reader of packets out. */

import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { basename } from 'node:path';
import { NotACapture, type CaptureReader } from '../../model/capture.ts';
import { openStreams, type NamedStream } from './compression/layers.ts';
import { HEAD_BYTES } from './format/contract.ts';
import { FORMATS } from './format/registry.ts';
import { refusal } from './format/unsupported.ts';
import { Block } from './source/block.ts';
import { OpenFile } from './source/file.ts';

export interface OpenOptions {
  /** Name that the capture goes by, where the path is not it (an object named by its hash). */
  name?: string;
  /** Told which files of an archive were left out because they are no captures. */
  onSkipped?: (sentence: string) => void;
}

/**
 * Opens the capture at `path`; of an archive that holds several, the first.
 * Throws NotACapture, with one sentence for the user, for what is no capture or cannot be read.
 */
export async function openCapture(path: string, options: OpenOptions = {}): Promise<CaptureReader> {
  const [first, ...others] = await openCaptures(path, options);
  await Promise.all(others.map((reader) => reader.close()));
  return first;
}

/**
 * Opens every capture in the file at `path`: one, or as many as an archive holds, in the archive's order; at least one.
 * Files of an archive that are no captures are named in one sentence to `options.onSkipped`.
 */
export async function openCaptures(path: string, options: OpenOptions = {}): Promise<CaptureReader[]> {
  const name = options.name ?? basename(path);
  const file = openFile(path, name);
  file.retain();
  const readers: CaptureReader[] = [];
  const refusals: string[] = [];
  try {
    for (const stream of await openStreams(file, name)) {
      const reader = await openReader(stream, file.size);
      if (typeof reader === 'string') refusals.push(reader);
      else readers.push(reader);
    }
    if (readers.length === 0)
      throw new NotACapture(refusals[0] ?? `${name} is an archive without files: it holds no capture.`);
    if (refusals.length > 0)
      options.onSkipped?.(
        `${refusals.length} files of ${name} are no captures and were left out; the first: ${refusals[0]}`,
      );
    return readers;
  } catch (error) {
    for (const reader of readers) await reader.close();
    throw error;
  } finally {
    file.release();
  }
}

/** The reader of a stream, or the sentence why there is none. */
async function openReader(stream: NamedStream, size: number): Promise<CaptureReader | string> {
  try {
    return await openStream(stream, size);
  } catch (error) {
    await stream.source.close();
    if (error instanceof NotACapture) return error.message;
    throw error;
  }
}

async function openStream({ source, name, compression }: NamedStream, size: number): Promise<CaptureReader> {
  const block = new Block(source);
  await block.fill(HEAD_BYTES);
  const head = block.bytes.subarray(0, Math.min(block.end, HEAD_BYTES));
  const format = FORMATS.find((one) => one.matches(head));
  if (format)
    return await format.open({ block, name, size, compression }).catch((error: unknown) => {
      // A format knows what is wrong with the bytes; of several files, which one it is has to be said here.
      if (error instanceof NotACapture) throw new NotACapture(`${name}: ${error.message}`, { cause: error });
      throw error;
    });
  if (head.length === 0 && source.damage)
    throw new NotACapture(`${name} cannot be decompressed: ${source.damage.detail}`);
  throw new NotACapture(refusal(head, name));
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; check the path',
  ENOTDIR: 'there is no such file; check the path',
  EACCES: 'there is no permission to read it; change its mode or its owner',
  EPERM: 'there is no permission to read it; change its mode or its owner',
  EMFILE: 'too many files are open; close some or raise the limit (ulimit -n)',
  ENAMETOOLONG: 'its name is too long for the file system',
};

function openFile(path: string, name: string): OpenFile {
  let fd: number;
  try {
    // A named pipe would otherwise wait for a writer.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new NotACapture(`${name} cannot be opened: ${REASONS[code] ?? code}.`, { cause: error });
  }
  const stat = fstatSync(fd);
  const problem = stat.isDirectory()
    ? `${name} is a directory, not a capture: name the files in it.`
    : !stat.isFile()
      ? `${name} is not a regular file: copy what it delivers into a file first.`
      : stat.size === 0
        ? `${name} is empty (0 bytes): it holds no capture.`
        : undefined;
  if (problem === undefined) return new OpenFile(fd, stat.size);
  closeSync(fd);
  throw new NotACapture(problem);
}

/** Captures as uploaded: objects/<sha256>, read-only, once. An import is there whole or not at all. */

import { createHash, randomUUID } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { constants, existsSync, renameSync, rmSync } from 'node:fs';
import { chmod, copyFile, open, rename, stat, statfs } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { syncPath } from '../store/atomic-file.ts';
import { thisProcess } from '../store/process-lock.ts';
import type { DataDir } from './data-dir.ts';
import { FileProblem, fileProblem } from './file-problem.ts';

const BLOCK = 1024 * 1024;

export interface ImportOptions {
  /** The source is ours and may be moved instead of copied: a finished upload. */
  readonly adopt?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** After each block: bytes done so far. */
  readonly onBytes?: ((done: number) => void) | undefined;
}

export interface ImportedObject {
  readonly sha256: string;
  readonly size: number;
  readonly path: string;
  /** It was there already: the same bytes, under whatever name. */
  readonly known: boolean;
}

/** Reads a file once; `write` gets each block before it counts, and writes one while the next is read and hashed. */
async function pass(
  source: FileHandle,
  hash: Hash,
  options: ImportOptions,
  write: (block: Buffer) => Promise<void> = () => Promise.resolve(),
): Promise<number> {
  let free = Buffer.allocUnsafe(BLOCK);
  let held = Buffer.allocUnsafe(BLOCK);
  let read = 0;
  let writing: Promise<void> = Promise.resolve();
  try {
    for (;;) {
      options.signal?.throwIfAborted();
      const { bytesRead } = await source.read(free, 0, BLOCK, read);
      const block = free.subarray(0, bytesRead);
      hash.update(block);
      await writing;
      if (read > 0) options.onBytes?.(read);
      if (bytesRead === 0) return read;
      read += bytesRead;
      writing = write(block);
      // Who awaits it hears of a failure; until then it must not count as one that nobody heard.
      writing.catch(() => undefined);
      [free, held] = [held, free];
    }
  } finally {
    // The files are closed next: no write may be under way.
    await writing.catch(() => undefined);
  }
}

/** SHA-256 of a file's bytes. */
export async function hashFile(
  path: string,
  options: ImportOptions = {},
): Promise<{ sha256: string; size: number }> {
  const source = await open(path, 'r');
  try {
    const hash = createHash('sha256');
    const size = await pass(source, hash, options);
    return { sha256: hash.digest('hex'), size };
  } finally {
    await source.close();
  }
}

async function writeWhole(target: FileHandle, block: Buffer): Promise<void> {
  for (let at = 0; at < block.length;) at += (await target.write(block, at)).bytesWritten;
}

/** Copies and hashes in one pass, or hashes a clone that shares the source's blocks. */
async function copyHashed(
  from: string,
  part: string,
  options: ImportOptions,
): Promise<{ sha256: string; size: number }> {
  try {
    await copyFile(from, part, constants.COPYFILE_FICLONE_FORCE);
    return await hashFile(part, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    // ENOSYS, ENOTSUP, EXDEV, EINVAL …: this file system cannot share blocks.
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw error;
    rmSync(part, { force: true });
  }
  const source = await open(from, 'r');
  try {
    const target = await open(part, 'wx');
    try {
      const hash = createHash('sha256');
      const size = await pass(source, hash, options, (block) => writeWhole(target, block));
      return { sha256: hash.digest('hex'), size };
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function assertImportable(from: string): Promise<number> {
  const facts = await stat(from);
  if (facts.isDirectory()) throw new FileProblem(`${from} is a directory: name the capture files in it.`);
  if (!facts.isFile()) throw new FileProblem(`${from} is not a regular file.`);
  if (facts.size === 0) throw new FileProblem(`${from} is empty: there is nothing to read.`);
  return facts.size;
}

async function assertRoom(dir: DataDir, size: number): Promise<void> {
  const { bavail, bsize } = await statfs(dir.objects);
  if (bavail * bsize >= size) return;
  throw new FileProblem(
    `The disk that holds ${dir.objects} is full: the capture needs ${size} bytes and ${bavail * bsize} are free. Free some space, or use another data directory.`,
  );
}

/**
 * Imports a capture. Rejects with FileProblem (one sentence) and leaves nothing behind where the file cannot be read, the disk is
 * full or may not be written; with the signal's reason where it is cancelled.
 */
export async function importCapture(
  dir: DataDir,
  from: string,
  options: ImportOptions = {},
): Promise<ImportedObject> {
  const { pid, began } = thisProcess();
  const part = join(dir.objects, `${randomUUID()}.${pid}.${began ?? ''}.part`);
  let reading = true;
  try {
    const size = await assertImportable(from);
    const found = options.adopt ? await hashFile(from, options) : undefined;
    if (!found) await assertRoom(dir, size);
    reading = found !== undefined;
    const hashed = found ?? (await copyHashed(from, part, options));
    const path = dir.object(hashed.sha256);
    if (existsSync(path) && (await stat(path)).size === hashed.size) {
      rmSync(found ? from : part, { force: true });
      return { ...hashed, path, known: true };
    }
    if (found) await moveOrCopy(from, part);
    await chmod(part, 0o444);
    syncPath(part);
    await rename(part, path);
    syncPath(dir.objects);
    return { ...hashed, path, known: false };
  } catch (error) {
    // What was moved here is all there is of it.
    if (options.adopt && existsSync(part) && !existsSync(from)) renameSync(part, from);
    rmSync(part, { force: true });
    if (error instanceof FileProblem) throw error;
    const { code, path } = error as NodeJS.ErrnoException;
    const where =
      code === 'ENOSPC' || code === 'EDQUOT' ? dir.objects : (path ?? (reading ? from : dir.objects));
    throw fileProblem(where === part ? dir.objects : where, error);
  }
}

async function moveOrCopy(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await copyFile(from, to);
    rmSync(from, { force: true });
  }
}

/** The sizes agree: what reading a page checks. The whole hash is checked by `hashFile`. */
export async function objectIsThere(dir: DataDir, sha256: string, size: number): Promise<boolean> {
  try {
    return (await stat(dir.object(sha256))).size === size;
  } catch {
    return false;
  }
}

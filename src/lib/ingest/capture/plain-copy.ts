/** Plain copies of compressed captures: a cache on disk, bounded, each file whole or not there. */

import { createHash, randomBytes } from 'node:crypto';
import { constants, fstatSync, openSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CAPTURE_LIMITS } from '../../model/limits.ts';
import { openStreams, type NamedStream } from './compression/layers.ts';
import { PeekableSource } from './compression/peekable-source.ts';
import { HEAD_BYTES } from './format/contract.ts';
import { FORMATS } from './format/registry.ts';
import type { ByteSource } from './source/contract.ts';
import { OpenFile } from './source/file.ts';

export interface PlainCopyOptions {
  objectPath: string;
  cacheDir: string;
  sha256: string;
  member?: string;
  maxCacheBytes: number;
}

const SUFFIX = '.plain';
const PART = '.part';
/** A part this old was left by a process that is gone. */
const STALE_PART_MS = 24 * 3_600_000;

/** Copies under way in this process, by path: who asks for the same one waits for it. */
const underWay = new Map<string, Promise<void>>();

/** Path of the plain copy, which is made where it does not exist. Rejects with an Error of one sentence. */
export async function plainCopy(options: PlainCopyOptions): Promise<string> {
  if (!/^[0-9a-f]{64}$/.test(options.sha256))
    throw new Error('The name of a plain copy must be a SHA-256 in hex digits.');
  const member =
    options.member === undefined
      ? ''
      : `-${createHash('sha256').update(options.member).digest('hex').slice(0, 16)}`;
  const path = join(options.cacheDir, `${options.sha256}${member}${SUFFIX}`);
  if (await touch(path)) return path;
  let making = underWay.get(path);
  if (!making) {
    making = make(path, options).finally(() => underWay.delete(path));
    underWay.set(path, making);
  }
  await making;
  return path;
}

/** Marks the copy as used now: whether it is there. */
async function touch(path: string): Promise<boolean> {
  const now = new Date();
  return utimes(path, now, now).then(
    () => true,
    () => false,
  );
}

async function make(path: string, options: PlainCopyOptions): Promise<void> {
  await mkdir(options.cacheDir, { recursive: true });
  const part = `${path}.${process.pid}.${randomBytes(4).toString('hex')}${PART}`;
  const source = await openMember(options);
  try {
    await write(source, part, options);
    await trim(options.cacheDir, options.maxCacheBytes - (await stat(part)).size);
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  } finally {
    await source.close();
  }
}

async function write(
  source: ByteSource,
  part: string,
  { maxCacheBytes, objectPath }: PlainCopyOptions,
): Promise<void> {
  const file = await open(part, 'wx', 0o600);
  try {
    const block = new Uint8Array(CAPTURE_LIMITS.blockBytes);
    for (let written = 0; ;) {
      const got = await source.read(block, 0);
      if (got === 0) break;
      written += got;
      if (written > maxCacheBytes) {
        throw new Error(
          `The decompressed copy of ${basename(objectPath)} would take more than the cache may hold (${maxCacheBytes} bytes): raise its cap, or add the capture uncompressed.`,
        );
      }
      await file.writeFile(block.subarray(0, got));
    }
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** The stream that the offsets are about: the only one, the member named, or the first capture. */
async function openMember({ objectPath, member }: PlainCopyOptions): Promise<ByteSource> {
  const fd = openSync(objectPath, constants.O_RDONLY);
  const file = new OpenFile(fd, fstatSync(fd).size);
  file.retain();
  try {
    return await choose(await openStreams(file, basename(objectPath)), member, basename(objectPath));
  } finally {
    file.release();
  }
}

async function choose(
  streams: readonly NamedStream[],
  member: string | undefined,
  name: string,
): Promise<ByteSource> {
  let found: ByteSource | undefined;
  for (const stream of streams) {
    const head = found ? undefined : await PeekableSource.open(stream.source, HEAD_BYTES);
    const wanted =
      head &&
      (streams.length === 1 || (member === undefined ? isCapture(head.head) : stream.name === member));
    if (wanted) found = head;
    else await stream.source.close();
  }
  if (!found)
    throw new Error(
      `${name} holds no capture${member === undefined ? '' : ` named ${member}`}: it was changed since it was read.`,
    );
  return found;
}

const isCapture = (head: Uint8Array): boolean => FORMATS.some((format) => format.matches(head));

/** Deletes the copies not used for longest until the others take `room` bytes at most, and what dead processes left. */
async function trim(cacheDir: string, room: number): Promise<void> {
  const copies: { path: string; size: number; used: number }[] = [];
  for (const name of await readdir(cacheDir)) {
    const path = join(cacheDir, name);
    const facts = await stat(path).catch(() => undefined);
    if (!facts) continue;
    if (name.endsWith(SUFFIX)) copies.push({ path, size: facts.size, used: facts.mtimeMs });
    else if (name.endsWith(PART) && Date.now() - facts.mtimeMs > STALE_PART_MS)
      await rm(path, { force: true });
  }
  copies.sort((a, b) => b.used - a.used);
  let left = room;
  for (const { path, size } of copies) {
    left -= size;
    if (left < 0) await rm(path, { force: true });
  }
}

/**
 * Bytes of a stored capture by offset: what the packet list, hex and cutting out need. Offsets are into the decompressed
 * stream, so that a compressed capture is read from a plain copy, made when it is first asked for.
 */

import { closeSync, constants, openSync, fstatSync } from 'node:fs';
import type { Compression } from '../../model/capture.ts';
import { OpenFile } from './source/file.ts';
import { plainCopy } from './plain-copy.ts';

export interface RandomAccessOptions {
  /** Of the object, as `CaptureInfo.compression` says it. */
  compression: Compression;
  /** Where plain copies lie; made if it is missing. Everything in it can be deleted at any time. */
  cacheDir: string;
  /** Of the object as it lies on disk, 64 hex digits: names the plain copy. */
  sha256: string;
  /** File of an archive, as `CaptureInfo.name` says it; the first capture in it where absent. */
  member?: string;
  /** Bytes that all plain copies together may take; the ones not used for longest go. */
  maxCacheBytes?: number;
}

export interface RandomAccess {
  /** Bytes from `offset` on: `length` of them, fewer where the stream ends, none beyond its end. A copy: the caller's own. */
  read(offset: number, length: number): Uint8Array;
  /** Bytes of the whole decompressed stream. */
  readonly size: number;
  close(): void;
}

const DEFAULT_CACHE_BYTES = 20 * 1024 ** 3;

/** Rejects with an Error of one sentence where the object is gone or its plain copy cannot be made. */
export async function openRandomAccess(
  objectPath: string,
  options: RandomAccessOptions,
): Promise<RandomAccess> {
  const path =
    options.compression === 'none'
      ? objectPath
      : await plainCopy({ objectPath, maxCacheBytes: DEFAULT_CACHE_BYTES, ...options });
  return openPlain(path);
}

function openPlain(path: string): RandomAccess {
  const fd = openSync(path, constants.O_RDONLY);
  const { size } = fstatSync(fd);
  const file = new OpenFile(fd, size);
  let open = true;
  return {
    size,
    read(offset, length) {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      return bytes.subarray(0, bytes.length === 0 ? 0 : file.readAt(bytes, offset));
    },
    close() {
      if (open) closeSync(fd);
      open = false;
    },
  };
}

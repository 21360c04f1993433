/** Bytes of a file, or of a part of it, in order. */

import { closeSync, readSync } from 'node:fs';
import type { ByteSource } from './contract.ts';

/** A file that several streams read from: closed when the last of them lets go. */
export class OpenFile {
  readonly fd: number;
  readonly size: number;
  #users = 0;

  constructor(fd: number, size: number) {
    this.fd = fd;
    this.size = size;
  }

  retain(): void {
    this.#users++;
  }

  release(): void {
    if (--this.#users === 0) closeSync(this.fd);
  }

  /** Bytes from `position` on into `into`, as far as the file goes: how many. */
  readAt(into: Uint8Array, position: number): number {
    let done = 0;
    while (done < into.length) {
      const got = readSync(this.fd, into, done, into.length - done, position + done);
      if (got === 0) break;
      done += got;
    }
    return done;
  }
}

/**
 * Reads synchronously: a block of 512 KB takes less than the way through the thread pool, and the caller decodes it before
 * it asks for more.
 */
export class FileSource implements ByteSource {
  readonly damage = undefined;
  consumed = 0;
  readonly #file: OpenFile;
  readonly #start: number;
  #at: number;
  readonly #end: number;
  #open = true;

  constructor(file: OpenFile, start = 0, end = Infinity) {
    file.retain();
    this.#file = file;
    this.#start = start;
    this.#at = start;
    this.#end = end;
  }

  read(into: Uint8Array, at: number): number {
    const wanted = Math.min(into.length - at, this.#end - this.#at);
    if (wanted <= 0) return 0;
    const got = readSync(this.#file.fd, into, at, wanted, this.#at);
    this.#at += got;
    this.consumed += got;
    return got;
  }

  reread(offset: number, into: Uint8Array): boolean {
    return this.#file.readAt(into, this.#start + offset) === into.length;
  }

  close(): Promise<void> {
    if (this.#open) this.#file.release();
    this.#open = false;
    return Promise.resolve();
  }
}

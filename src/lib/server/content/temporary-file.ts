/** A file without a name: written once, read once, gone with its last descriptor, also after a crash. */

import { closeSync, fstatSync, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

const CHUNK = 256 * 1024;

export class TemporaryFile {
  readonly #fd: number;
  #open = true;

  /** `folder` lies in the data directory: what was carved never leaves it. */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `${randomBytes(12).toString('hex')}.part`);
    this.#fd = openSync(path, 'wx+', 0o600);
    rmSync(path, { force: true });
  }

  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) at += writeSync(this.#fd, bytes, at);
  }

  get size(): number {
    return fstatSync(this.#fd).size;
  }

  close(): void {
    if (this.#open) closeSync(this.#fd);
    this.#open = false;
  }

  /** From its beginning; closes it at the end, or when nobody reads on. */
  stream(): ReadableStream<Uint8Array> {
    let at = 0;
    return new ReadableStream<Uint8Array>({
      pull: (controller) => {
        const bytes = new Uint8Array(CHUNK);
        const got = readSync(this.#fd, bytes, 0, CHUNK, at);
        at += got;
        if (got > 0) controller.enqueue(bytes.subarray(0, got));
        else {
          this.close();
          controller.close();
        }
      },
      cancel: () => this.close(),
    });
  }
}

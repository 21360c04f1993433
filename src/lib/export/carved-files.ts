/** Files carried by connections, written to a folder under their SHA-256. Their own names are never used: a capture is hostile. */

import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export interface CarvedFile {
  data(bytes: Uint8Array): void;
  /** `sha256` undefined: bytes are missing, and what was written is removed. */
  end(sha256: string | undefined): void;
}

/** Files open at a time: one a connection and direction is usual, but a capture can hold any number. */
const MAX_OPEN = 500;

export class CarvedFiles {
  readonly #folder: string;
  #open = 0;
  /** Distinct files written. */
  written = 0;
  /** Files that were not carved because too many were open. */
  leftOut = 0;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  open(fuid: string): CarvedFile {
    if (this.#open >= MAX_OPEN) {
      this.leftOut++;
      return { data: () => undefined, end: () => undefined };
    }
    const part = join(this.#folder, `${fuid}.part`);
    let fd: number | undefined;
    return {
      data: (bytes) => {
        if (fd === undefined) {
          fd = openSync(part, 'w', 0o600);
          this.#open++;
        }
        writeSync(fd, bytes);
      },
      end: (sha256) => {
        if (fd === undefined) return;
        closeSync(fd);
        fd = undefined;
        this.#open--;
        const target = sha256 === undefined ? undefined : join(this.#folder, sha256);
        if (target === undefined || existsSync(target)) rmSync(part, { force: true });
        else {
          renameSync(part, target);
          this.written++;
        }
      },
    };
  }
}

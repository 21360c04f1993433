/**
 * Bytes of one file as they pass: hashed in pieces much longer than a segment's, for a call of a hash costs as much as hashing hundreds of
 * bytes; what is shorter is hashed at once when it ends. The first bytes are kept, by which the type is told.
 */

import { createHash, hash, type Hash } from 'node:crypto';

/** Hashes elsewhere: in a thread of its own. */
export interface HashElsewhere {
  open(): number;
  add(file: number, bytes: Uint8Array): void;
  end(file: number, then: (digests: Readonly<Record<string, string>>) => void): void;
  /** Calls after those of all files that ended before. */
  after(then: () => void): void;
  drop(file: number): void;
}

/** Bytes that are hashed at a time. */
const PIECE = 16 * 1024;
const FIRST_CAPACITY = 2 * 1024;
/** What all files together keep; past it their bytes are hashed as they come. */
const MAX_KEPT = 64 * 1024 * 1024;

/** What all files keep. */
let keptInAll = 0;

const EMPTY = new Uint8Array(0);

export class FileBytes {
  readonly #names: readonly string[];
  readonly #headBytes: number;
  readonly #elsewhere: HashElsewhere | undefined;
  /** Its number there. */
  readonly #file: number;
  #hashing: boolean;
  /** Made when there is more than a piece. */
  #hashes: readonly Hash[] | undefined;
  /** The bytes since the last that were hashed: all of them, where none were. */
  #kept: Uint8Array = EMPTY;
  #used = 0;
  /** The first bytes, where they are not in `kept` any more. */
  #head: Uint8Array | undefined;
  /** Nothing more belongs to the first bytes: they are there, or bytes are missing. */
  #headDone = false;

  /** @param names of hashes @param headBytes first bytes that are kept */
  constructor(names: readonly string[], headBytes: number, elsewhere?: HashElsewhere) {
    this.#elsewhere = names.length > 0 ? elsewhere : undefined;
    this.#file = this.#elsewhere?.open() ?? -1;
    this.#names = names;
    this.#headBytes = headBytes;
    this.#hashing = names.length > 0;
  }

  /** The first bytes, as many as there are; lent. */
  get head(): Uint8Array {
    return this.#head ?? this.#kept.subarray(0, Math.min(this.#used, this.#headBytes));
  }

  /** `bytes` are lent. */
  add(bytes: Uint8Array): void {
    if (this.#hashing && this.#elsewhere) this.#elsewhere.add(this.#file, bytes);
    if (!this.#hashing || this.#elsewhere) {
      if (!this.#headDone) this.#keep(bytes.subarray(0, this.#headBytes - this.#used));
      if (this.#used >= this.#headBytes) this.#headDone = true;
      return;
    }
    if (this.#used + bytes.length <= PIECE && this.#keep(bytes)) return;
    this.#saveHead(bytes);
    this.#flush();
    if (bytes.length < PIECE && bytes.length <= this.#kept.length) {
      this.#kept.set(bytes);
      this.#used = bytes.length;
    } else for (const one of this.#open()) one.update(bytes);
  }

  /** Bytes are missing here: there is nothing to hash any more, and what follows is no beginning. */
  gap(): void {
    if (this.#hashing) this.#elsewhere?.drop(this.#file);
    this.#hashing = false;
    this.#hashes = undefined;
    this.#headDone = true;
  }

  /** The file is whole: `then` is told its digests, none where bytes are missing; at once, or when they are made elsewhere. */
  whenHashed(then: (digests: Readonly<Record<string, string>>) => void): void {
    if (!this.#elsewhere) return then(this.#digests());
    if (!this.#hashing) return this.#elsewhere.after(() => then({}));
    this.#elsewhere.end(this.#file, then);
    this.#hashing = false;
  }

  #digests(): Record<string, string> {
    const found: Record<string, string> = {};
    if (!this.#hashing) return found;
    const rest = this.#kept.subarray(0, this.#used);
    for (const [i, name] of this.#names.entries())
      found[name] = this.#hashes?.[i]?.update(rest).digest('hex') ?? hash(name, rest, 'hex');
    return found;
  }

  /** Lets go of everything but the first bytes' type. */
  release(): void {
    if (this.#hashing) this.#elsewhere?.drop(this.#file);
    keptInAll -= this.#kept.length;
    this.#kept = EMPTY;
    this.#used = 0;
    this.#head = undefined;
    this.#hashes = undefined;
    this.#hashing = false;
    this.#headDone = true;
  }

  /** False where there is no room for them. */
  #keep(bytes: Uint8Array): boolean {
    const needed = this.#used + bytes.length;
    if (needed > this.#kept.length) {
      if (keptInAll >= MAX_KEPT && needed > this.#headBytes) return false;
      const capacity = Math.max(FIRST_CAPACITY, Math.min(PIECE, 2 * needed), needed);
      const grown = new Uint8Array(capacity);
      grown.set(this.#kept.subarray(0, this.#used));
      keptInAll += capacity - this.#kept.length;
      this.#kept = grown;
    }
    this.#kept.set(bytes, this.#used);
    this.#used = needed;
    return true;
  }

  /** The first bytes are about to be overwritten. */
  #saveHead(next: Uint8Array): void {
    if (this.#headDone) return;
    this.#headDone = true;
    const head = new Uint8Array(Math.min(this.#headBytes, this.#used + next.length));
    const before = this.#kept.subarray(0, Math.min(this.#used, head.length));
    head.set(before);
    head.set(next.subarray(0, head.length - before.length), before.length);
    this.#head = head;
  }

  #flush(): void {
    if (this.#used === 0) return;
    const piece = this.#kept.subarray(0, this.#used);
    for (const one of this.#open()) one.update(piece);
    this.#used = 0;
  }

  #open(): readonly Hash[] {
    return (this.#hashes ??= this.#names.map((name) => createHash(name)));
  }
}

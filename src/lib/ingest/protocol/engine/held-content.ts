/**
 * What a connection said while nobody knew its protocol: kept so that a parser can be given all of it from the start. Half of all
 * connections of small packets are never recognised, so these are used again and again.
 */

import { PROTOCOL_LIMITS } from '../../../model/limits.ts';
import type { Dir, Position } from '../contract.ts';

const FIRST_CAPACITY = 256;
/** A store that grew beyond this is not kept for the next connection. */
const KEPT_CAPACITY = 4096;
const MAX_FREE = 1024;
/** Pieces of a connection whose places are kept for the next one. */
const KEPT_PIECES = 64;
/** A call of the copying built-in costs as much as so many bytes. */
const SHORT = 48;

const free: HeldContent[] = [];

/** Bytes of one direction. */
class Side {
  store = new Uint8Array(FIRST_CAPACITY);
  used = 0;
  /** Where what a probe is shown begins: after the last hole. */
  from = 0;

  append(bytes: Uint8Array): void {
    const needed = this.used + bytes.length;
    if (needed > this.store.length) {
      const bigger = new Uint8Array(Math.max(2 * this.store.length, needed));
      bigger.set(this.store.subarray(0, this.used));
      this.store = bigger;
    }
    const { store, used } = this;
    if (bytes.length > SHORT) store.set(bytes, used);
    else for (let i = 0; i < bytes.length; i++) store[used + i] = bytes[i];
    this.used = needed;
  }

  clear(): void {
    if (this.store.length > KEPT_CAPACITY) this.store = new Uint8Array(FIRST_CAPACITY);
    this.used = 0;
    this.from = 0;
  }
}

export class HeldContent {
  readonly #sides: readonly [Side, Side] = [new Side(), new Side()];
  /** In order: the direction, its bytes (negative: bytes that are missing), and the frame (none of missing bytes). */
  readonly #dirs: Dir[] = [];
  readonly #lengths: number[] = [];
  readonly #frames: (Position | undefined)[] = [];
  /** Pieces that there are; what lies beyond is of a connection before. */
  #count = 0;

  static take(): HeldContent {
    return free.pop() ?? new HeldContent();
  }

  /** Nobody may use it, or bytes that it lent, any more. */
  release(): void {
    for (const side of this.#sides) side.clear();
    if (this.#frames.length > KEPT_PIECES) this.#frames.length = KEPT_PIECES;
    this.#frames.fill(undefined, 0, this.#count);
    this.#count = 0;
    if (free.length < MAX_FREE) free.push(this);
  }

  /** Bytes of both directions. */
  get size(): number {
    return this.#sides[0].used + this.#sides[1].used;
  }

  /** Bytes of a direction since its last hole. */
  sizeOf(dir: Dir): number {
    return this.#sides[dir].used - this.#sides[dir].from;
  }

  data(dir: Dir, bytes: Uint8Array, at: Position): void {
    this.#sides[dir].append(bytes);
    this.#piece(dir, bytes.length, at);
  }

  gap(dir: Dir, missing: number): void {
    // What comes after a hole is no beginning.
    this.#sides[dir].from = this.#sides[dir].used;
    this.#piece(dir, -missing, undefined);
  }

  #piece(dir: Dir, length: number, frame: Position | undefined): void {
    this.#dirs[this.#count] = dir;
    this.#lengths[this.#count] = length;
    this.#frames[this.#count] = frame;
    this.#count++;
  }

  /** The first bytes of a direction, as a probe is shown them; lent. */
  shown(dir: Dir): Uint8Array {
    const { store, from, used } = this.#sides[dir];
    return store.subarray(from, Math.min(used, from + PROTOCOL_LIMITS.probeBytes));
  }

  /** Everything in the order in which it came. */
  replay(to: {
    feed(bytes: Uint8Array, dir: Dir, at: Position): void;
    gap(dir: Dir, missing: number): void;
  }): void {
    const at: [number, number] = [0, 0];
    for (let i = 0; i < this.#count; i++) {
      const dir = this.#dirs[i];
      const frame = this.#frames[i];
      const length = this.#lengths[i];
      if (frame === undefined) to.gap(dir, -length);
      else {
        to.feed(this.#sides[dir].store.subarray(at[dir], at[dir] + length), dir, frame);
        at[dir] += length;
      }
    }
  }
}

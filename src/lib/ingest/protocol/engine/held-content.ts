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
    this.store.set(bytes, this.used);
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

  static take(): HeldContent {
    return free.pop() ?? new HeldContent();
  }

  /** Nobody may use it, or bytes that it lent, any more. */
  release(): void {
    for (const side of this.#sides) side.clear();
    this.#dirs.length = 0;
    this.#lengths.length = 0;
    this.#frames.length = 0;
    if (free.length < MAX_FREE) free.push(this);
  }

  /** Bytes of both directions. */
  get size(): number {
    return this.#sides[0].used + this.#sides[1].used;
  }

  data(dir: Dir, bytes: Uint8Array, at: Position): void {
    this.#sides[dir].append(bytes);
    this.#dirs.push(dir);
    this.#lengths.push(bytes.length);
    this.#frames.push(at);
  }

  gap(dir: Dir, missing: number): void {
    // What comes after a hole is no beginning.
    this.#sides[dir].from = this.#sides[dir].used;
    this.#dirs.push(dir);
    this.#lengths.push(-missing);
    this.#frames.push(undefined);
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
    for (let i = 0; i < this.#dirs.length; i++) {
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

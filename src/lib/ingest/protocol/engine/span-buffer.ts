/** Bytes of one direction that a parser has not consumed yet, and the frames that carried them. */

import type { Position, Span } from '../contract.ts';

const FIRST_CAPACITY = 4096;
/** Marks that are passed by are dropped when this many have gathered. */
const STALE_MARKS = 64;

export class SpanBuffer implements Span {
  bytes: Uint8Array = EMPTY;
  #store: Uint8Array = EMPTY;
  #start = 0;
  #end = 0;
  /** Offset, in the stream, of the first byte of `bytes`. */
  #base = 0;
  /** The frame of the first byte that is held or presented; undefined before there was one. */
  #frame: Position | undefined;
  /** Frames after it, each from its first byte's offset on: only where a parser left something. */
  #later: { from: number; at: Position }[] = NONE;
  /** Those before are passed by. */
  #mark = 0;

  get held(): number {
    return this.#end - this.#start;
  }

  /** Presents `bytes` after what is held. They are copied only where something is. */
  append(bytes: Uint8Array, at: Position): void {
    const held = this.held;
    if (held === 0) {
      this.#frame = at;
      if (this.#later.length > 0) this.#later = NONE;
      this.#mark = 0;
      this.bytes = bytes;
      return;
    }
    const last = this.#later.at(-1)?.at ?? this.#frame;
    if (last?.frame !== at.frame || last.file !== at.file) {
      if (this.#later === NONE) this.#later = [];
      this.#later.push({ from: this.#base + held, at });
    }
    this.#keep(bytes);
    this.bytes = this.#store.subarray(this.#start, this.#end);
  }

  #keep(bytes: Uint8Array): void {
    if (this.#end + bytes.length > this.#store.length) {
      const held = this.held;
      const needed = held + bytes.length;
      const target =
        needed * 2 > this.#store.length ? new Uint8Array(Math.max(FIRST_CAPACITY, needed * 2)) : this.#store;
      target.set(this.#store.subarray(this.#start, this.#end));
      this.#store = target;
      this.#start = 0;
      this.#end = held;
    }
    this.#store.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** `count` bytes of what was presented are done with; the rest is kept, in memory of its own. */
  consume(count: number): void {
    this.#base += count;
    if (this.held > 0) {
      this.#start += count;
      if (this.held === 0) this.#release();
    } else if (count < this.bytes.length) {
      const rest = this.bytes.subarray(count);
      this.#start = 0;
      this.#end = 0;
      this.#keep(rest);
    }
    this.bytes = this.held === 0 ? EMPTY : this.#store.subarray(this.#start, this.#end);
    for (
      let next = this.#later[this.#mark];
      next !== undefined && next.from <= this.#base;
      next = this.#later[this.#mark]
    ) {
      this.#frame = next.at;
      this.#mark++;
    }
    if (this.#mark >= STALE_MARKS) {
      this.#later.splice(0, this.#mark);
      this.#mark = 0;
    }
  }

  #release(): void {
    this.#start = 0;
    this.#end = 0;
    // Streams without leftovers are the rule: they should cost no memory.
    if (this.#store.length > FIRST_CAPACITY) this.#store = EMPTY;
  }

  drop(): void {
    this.#base += this.held;
    this.bytes = EMPTY;
    this.#store = EMPTY;
    this.#start = 0;
    this.#end = 0;
    this.#frame = undefined;
    this.#later = NONE;
    this.#mark = 0;
  }

  at(i: number): Position {
    const offset = this.#base + i;
    let found = this.#frame;
    for (let mark = this.#mark; mark < this.#later.length; mark++) {
      const next = this.#later[mark];
      if (next.from > offset) break;
      found = next.at;
    }
    if (!found) throw new Error('A span was asked for the frame of bytes that it does not hold.');
    return found;
  }
}

const EMPTY = new Uint8Array(0);
const NONE: never[] = [];

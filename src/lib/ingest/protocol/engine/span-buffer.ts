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
  /** Stream offset from which on a frame carried the bytes. */
  #marks: { from: number; at: Position }[] = [];
  #mark = 0;

  get held(): number {
    return this.#end - this.#start;
  }

  /** Presents `bytes` after what is held. They are copied only where something is. */
  append(bytes: Uint8Array, at: Position): void {
    const held = this.held;
    const last = this.#marks.at(-1);
    if (last?.at.frame !== at.frame || last.at.file !== at.file)
      this.#marks.push({ from: this.#base + held, at });
    if (held === 0) {
      this.bytes = bytes;
      return;
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
    while (this.#mark + 1 < this.#marks.length && (this.#marks[this.#mark + 1]?.from ?? 0) <= this.#base)
      this.#mark++;
    if (this.#mark >= STALE_MARKS) {
      this.#marks.splice(0, this.#mark);
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
    this.#marks = [];
    this.#mark = 0;
  }

  at(i: number): Position {
    const offset = this.#base + i;
    let mark = this.#mark;
    while (mark + 1 < this.#marks.length && (this.#marks[mark + 1]?.from ?? 0) <= offset) mark++;
    const found = this.#marks[mark];
    if (!found) throw new Error('A span was asked for the frame of bytes that it does not hold.');
    return found.at;
  }
}

const EMPTY = new Uint8Array(0);

/**
 * One direction of a stream as rules inspect it: chunk by chunk, as it becomes due. What was inspected before stays a little while, so
 * that a match may begin there.
 */

import type { Position } from '../../../../model/content.ts';

interface Piece {
  readonly offset: number;
  readonly length: number;
  readonly at: Position;
}

/** Suricata's toserver-chunk-size and toclient-chunk-size. */
export const CHUNK_BYTES = 2_560;
/** Bytes before a chunk in which a match may begin. */
const TAIL_BYTES = 512;
/** Bytes held at most before a chunk is inspected whatever else. */
const MAX_HELD = 64 * 1024;

export interface Chunk {
  /** The bytes due, and some that were inspected before: those below `fresh`. */
  readonly bytes: Uint8Array;
  readonly fresh: number;
  /** Offset in the stream of `bytes[0]`. */
  readonly offset: number;
}

export class StreamWindow {
  #bytes = new Uint8Array(4_096);
  /** Stream offset of the first byte held, and how many are. */
  #offset = 0;
  #length = 0;
  /** How many of the bytes held were inspected. */
  #inspected = 0;
  #pieces: Piece[] = [];
  /** Inspect what there is, however little: a transaction is complete, or the protocol is unknown. */
  isTriggered = false;
  /** Bytes of the stream that were inspected or let go. */
  get pending(): number {
    return this.#length - this.#inspected;
  }

  get end(): number {
    return this.#offset + this.#length;
  }

  append(bytes: Uint8Array, offset: number, at: Position): void {
    if (offset !== this.end) this.restart(offset);
    if (this.#length + bytes.length > this.#bytes.length) this.#makeRoom(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    this.#pieces.push({ offset, length: bytes.length, at });
  }

  /** After a hole nothing of before is near. */
  restart(offset: number): void {
    this.#offset = offset;
    this.#length = 0;
    this.#inspected = 0;
    this.#pieces = [];
  }

  #makeRoom(more: number): void {
    const drop = Math.max(0, this.#inspected - TAIL_BYTES);
    if (drop > 0) this.#drop(drop);
    if (this.#length + more <= this.#bytes.length) return;
    const bigger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + more));
    bigger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bigger;
  }

  #drop(count: number): void {
    this.#bytes.copyWithin(0, count, this.#length);
    this.#offset += count;
    this.#length -= count;
    this.#inspected -= count;
    const first = this.#pieces.findIndex(({ offset, length }) => offset + length > this.#offset);
    this.#pieces = first < 0 ? [] : this.#pieces.slice(first);
  }

  get isFull(): boolean {
    return this.pending >= MAX_HELD;
  }

  /** What is due of the bytes below `limit` (stream offset); undefined where nothing is. */
  chunk(limit: number): Chunk | undefined {
    const to = Math.min(this.#length, limit - this.#offset);
    if (to <= this.#inspected) return undefined;
    return { bytes: this.#bytes.subarray(0, to), fresh: this.#inspected, offset: this.#offset };
  }

  inspected({ bytes }: Chunk): void {
    this.#inspected = bytes.length;
    this.isTriggered = false;
    const drop = this.#inspected - TAIL_BYTES;
    if (drop > 2 * CHUNK_BYTES) this.#drop(drop);
  }

  /** All bytes that are still held. */
  get held(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** The frame that carried the byte `i` of `held`. */
  at(i: number): Position | undefined {
    const offset = this.#offset + i;
    return this.#pieces.find((piece) => offset < piece.offset + piece.length)?.at ?? this.#pieces.at(-1)?.at;
  }
}

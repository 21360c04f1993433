/** Frames of one stream of HTTP/3 (RFC 9114 7.1), however its bytes come. */

import { PROTOCOL_LIMITS } from '../../../model/limits.ts';
import type { Position } from '../contract.ts';
import { HeldBytes } from '../wire/held-bytes.ts';
import { varint } from '../wire/quic-header.ts';

const DATA = 0;
/** Of type and length together. */
const MAX_FRAME_HEADER = 16;

export interface FrameReader {
  /** Is a frame of that type read whole? Others are passed over, but for DATA. */
  wants(type: number): boolean;
  /** False: what follows has to wait. */
  frame(type: number, payload: Uint8Array, first: Position, last: Position): boolean;
  data(bytes: Uint8Array, at: Position): void;
  gap(missing: number): void;
}

/** What of the bytes was taken, or how many of them it takes to go on. */
type Step = { readonly used: number; readonly waits: boolean } | { readonly needed: number };

export class FrameStream {
  readonly #reader: FrameReader;
  readonly #held = new HeldBytes();
  #first: Position | undefined;
  /** What is left of the frame that is passed on or over. */
  #left = 0;
  #isData = false;

  constructor(reader: FrameReader) {
    this.#reader = reader;
  }

  /** How many of the bytes were taken: all, but where a frame has to wait; undefined where a frame is larger than any may be. */
  push(bytes: Uint8Array, at: Position): number | undefined {
    let from = 0;
    while (from < bytes.length) {
      if (this.#left > 0) {
        const end = Math.min(bytes.length, from + this.#left);
        if (this.#isData) this.#reader.data(bytes.subarray(from, end), at);
        this.#left -= end - from;
        from = end;
        continue;
      }
      const held = this.#held.size;
      this.#first ??= at;
      const all = this.#held.add(bytes.subarray(from));
      if (all === undefined) return bytes.length;
      const next = this.#frame(all, at);
      if (next === undefined) return undefined;
      if ('needed' in next) {
        this.#held.keep(all, next.needed);
        return bytes.length;
      }
      from += next.used - held;
      this.#first = undefined;
      if (next.waits) return from;
    }
    return from;
  }

  /** A hole: true where it lies inside what is passed on or over. */
  gap(missing: number): boolean {
    if (missing > this.#left) return false;
    this.#left -= missing;
    if (this.#isData) this.#reader.gap(missing);
    return true;
  }

  #frame(all: Uint8Array, at: Position): Step | undefined {
    const type = varint(all, 0);
    const length = type && varint(all, type[1]);
    if (!length) return all.length >= MAX_FRAME_HEADER ? undefined : { needed: all.length + 1 };
    const from = type[1] + length[1];
    if (type[0] === DATA || !this.#reader.wants(type[0])) {
      this.#isData = type[0] === DATA;
      [this.#left] = length;
      return { used: from, waits: false };
    }
    if (length[0] > PROTOCOL_LIMITS.maxHeaderBytes) return undefined;
    const to = from + length[0];
    if (all.length < to) return { needed: to };
    const waits = !this.#reader.frame(type[0], all.subarray(from, to), this.#first ?? at, at);
    return { used: to, waits };
  }
}

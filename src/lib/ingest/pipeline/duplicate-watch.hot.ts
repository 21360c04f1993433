/**
 * Packets that two taps (files or interfaces) both saw: the same network packet within a moment, from another tap. They are
 * counted and kept: which of the two is the copy, nobody can say.
 */

import type { Headers } from '../../model/headers.ts';
import type { FramePosition } from '../flow/flow-table.hot.ts';

const SLOTS = 16_384;
const WINDOW_S = 0.1;
const HASHED_BYTES = 96;

export class DuplicateWatch {
  readonly #hash = new Uint32Array(SLOTS);
  readonly #tap = new Uint32Array(SLOTS);
  readonly #time = new Float64Array(SLOTS).fill(Number.NEGATIVE_INFINITY);
  readonly #several: () => boolean;

  /** `several`: whether there is more than one tap; a capture of many interfaces says so as it is read. */
  constructor(several: () => boolean) {
    this.#several = several;
  }

  /** True where another tap saw the packet just now. */
  seen(h: Headers, file: number, interfaceIndex: number, at: FramePosition): boolean {
    if (!this.#several()) return false;
    const from = h.l3Off[0];
    const to = Math.min(h.end, from + HASHED_BYTES);
    let x = h.ipLen[0] >>> 0;
    for (let i = from; i < to; i++) {
      // A router between two taps changes the time to live and the header's checksum.
      const at = i - from;
      if (h.version[0] === 4 ? at === 8 || at === 10 || at === 11 : at === 7) continue;
      x = Math.imul(x ^ h.bytes[i], 0x01000193);
    }
    const hash = (x ^ (x >>> 15)) >>> 0;
    const slot = hash % SLOTS;
    const now = at.sec + at.nsec * 1e-9;
    const tap = file * 65_536 + interfaceIndex;
    const isCopy =
      this.#hash[slot] === hash && this.#tap[slot] !== tap && Math.abs(now - this.#time[slot]) <= WINDOW_S;
    this.#hash[slot] = hash;
    this.#tap[slot] = tap;
    this.#time[slot] = now;
    return isCopy;
  }
}

/**
 * The bytes of one direction of a TCP connection, in order. Which bytes are expected, and when waiting for a hole ends, the sequence
 * space says (tcp-space.hot.ts: what the peer acknowledged will not come again); here they are put in order.
 *
 * Of bytes sent twice the first are taken.
 */

import { PROTOCOL_LIMITS } from '../../model/limits.ts';

export interface StreamReceiver<At> {
  data(bytes: Uint8Array, at: At): void;
  gap(missing: number): void;
}

interface Segment<At> {
  readonly from: number;
  readonly bytes: Uint8Array;
  readonly at: At;
}

/** What all directions of all connections hold beyond holes. */
export interface ReassemblyBudget {
  held: number;
  /** Segments that the cap let go; their bytes become gaps. */
  dropped: number;
}

const NONE: never[] = [];

export class StreamReassembly<At> {
  readonly #budget: ReassemblyBudget;
  /** Segments beyond a hole, by number; most streams never have one. */
  #waiting: Segment<At>[] = NONE;
  #held = 0;
  /** Relative sequence number of the next byte; 1 is the first after the SYN. */
  next = 1;

  constructor(budget: ReassemblyBudget) {
    this.#budget = budget;
  }

  /** A segment whose first byte has relative sequence number `from`. `bytes` are only lent. */
  segment(from: number, bytes: Uint8Array, at: At, to: StreamReceiver<At>): void {
    if (from + bytes.length <= this.next) return;
    if (from > this.next) {
      this.#wait(from, bytes, at);
      return;
    }
    const fresh = bytes.subarray(this.next - from);
    this.next += fresh.length;
    to.data(fresh, at);
    if (this.#waiting.length > 0) this.#drain(to);
  }

  /** Everything below `delivered` was seen or will not come. */
  sync(delivered: number, to: StreamReceiver<At>): void {
    while (this.next < delivered) {
      const first = this.#waiting[0];
      const upTo = first && first.from < delivered ? first.from : delivered;
      if (upTo > this.next) {
        const missing = upTo - this.next;
        this.next = upTo;
        to.gap(missing);
      }
      this.#drain(to);
    }
  }

  /** Nothing more comes: what waits is handed on, its holes as gaps. */
  finish(to: StreamReceiver<At>): void {
    const last = this.#waiting.at(-1);
    if (last) this.sync(last.from + last.bytes.length, to);
    this.#release();
  }

  #wait(from: number, bytes: Uint8Array, at: At): void {
    if (
      this.#held + bytes.length > PROTOCOL_LIMITS.maxOutOfOrderBytes ||
      this.#budget.held + bytes.length > PROTOCOL_LIMITS.maxOutOfOrderTotalBytes
    ) {
      this.#budget.dropped++;
      return;
    }
    if (this.#waiting === NONE) this.#waiting = [];
    let place = this.#waiting.length;
    while (place > 0 && (this.#waiting[place - 1]?.from ?? 0) > from) place--;
    this.#waiting.splice(place, 0, { from, bytes: bytes.slice(), at });
    this.#held += bytes.length;
    this.#budget.held += bytes.length;
  }

  #drain(to: StreamReceiver<At>): void {
    let done = 0;
    for (const { from, bytes, at } of this.#waiting) {
      if (from > this.next) break;
      done++;
      this.#held -= bytes.length;
      this.#budget.held -= bytes.length;
      if (from + bytes.length <= this.next) continue;
      const fresh = bytes.subarray(this.next - from);
      this.next += fresh.length;
      to.data(fresh, at);
    }
    if (done > 0) this.#waiting.splice(0, done);
  }

  #release(): void {
    this.#budget.held -= this.#held;
    this.#held = 0;
    this.#waiting = NONE;
  }
}

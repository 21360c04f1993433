/**
 * The bytes of one direction of a TCP connection, in order. Which bytes are expected, and when waiting for a hole ends, the sequence
 * space says (tcp-space.hot.ts: what the peer acknowledged will not come again); here they are put in order.
 *
 * Of bytes sent twice the first are taken; where they differ, both versions are told (`conflict`). An acknowledgement whose payload is a
 * few zero bytes is doubtful: equipment counts an Ethernet frame's padding into it. Such bytes are taken only if nothing else comes in
 * their place.
 */

import { PROTOCOL_LIMITS } from '../../model/limits.ts';
import { RecentBytes } from './recent-bytes.ts';

export interface StreamReceiver<At> {
  data(bytes: Uint8Array, at: At): void;
  gap(missing: number): void;
  /** Bytes were sent twice and differ; both begin at relative sequence number `from`. */
  conflict?(from: number, taken: Uint8Array, other: Uint8Array, at: At): void;
}

/** Longest payload of an acknowledgement that may be padding. */
export const MAX_PADDING = 7;

/** Is that payload of a segment with ACK and no PSH an Ethernet frame's padding? One byte would be a keep-alive. */
export const looksLikePadding = (bytes: Uint8Array): boolean =>
  bytes.length > 1 && bytes.length <= MAX_PADDING && bytes.every((byte) => byte === 0);

interface Segment<At> {
  readonly from: number;
  readonly bytes: Uint8Array;
  readonly at: At;
  readonly doubtful: boolean;
}

/** What all directions of all connections hold beyond holes. */
export interface ReassemblyBudget {
  held: number;
  /** Segments that the cap let go; their bytes become gaps. */
  dropped: number;
  /** Where bytes sent twice shall be compared. */
  readonly recent?: RecentBytes;
}

export const newBudget = (): ReassemblyBudget => ({
  held: 0,
  dropped: 0,
  recent: new RecentBytes(PROTOCOL_LIMITS.comparedSegments),
});

const NONE: never[] = [];

export class StreamReassembly<At> {
  readonly #budget: ReassemblyBudget;
  /** Segments beyond a hole, by number; most streams never have one. */
  #waiting: Segment<At>[] = NONE;
  #held = 0;
  /** Of this direction's bytes in `recent`: the newest. */
  #newest = -1;
  /** Relative sequence number of the next byte; 1 is the first after the SYN. */
  next = 1;

  constructor(budget: ReassemblyBudget) {
    this.#budget = budget;
  }

  /** A segment whose first byte has relative sequence number `from`. `bytes` are only lent. */
  segment(from: number, bytes: Uint8Array, at: At, to: StreamReceiver<At>, doubtful = false): void {
    if (from < this.next && !doubtful) this.#compare(from, bytes, at, to);
    if (from + bytes.length <= this.next) return;
    if (from > this.next || doubtful) {
      this.#wait(from, bytes, at, to, doubtful);
      if (!doubtful && this.#waiting[0]?.doubtful) this.#drain(to);
      return;
    }
    this.#take(from, bytes, at, to);
    if (this.#waiting.length > 0) this.#drain(to);
  }

  /** Everything below `delivered` was seen or will not come. */
  sync(delivered: number, to: StreamReceiver<At>): void {
    while (this.next < delivered) {
      const first = this.#waiting[0];
      if (first?.doubtful && first.from <= this.next && delivered <= first.from + first.bytes.length) return;
      const upTo = first && first.from < delivered ? first.from : delivered;
      if (upTo > this.next) {
        const missing = upTo - this.next;
        this.next = upTo;
        to.gap(missing);
      }
      this.#drain(to, true);
    }
  }

  /** Nothing more comes: what waits is handed on, its holes as gaps. */
  finish(to: StreamReceiver<At>): void {
    const last = this.#waiting.at(-1);
    if (last) this.sync(last.from + last.bytes.length, to);
    this.#drain(to, true);
    this.#release();
  }

  #take(from: number, bytes: Uint8Array, at: At, to: StreamReceiver<At>): void {
    const fresh = from === this.next ? bytes : bytes.subarray(this.next - from);
    const { recent } = this.#budget;
    if (recent) this.#newest = recent.keep(this.#newest, this.next, fresh);
    this.next += fresh.length;
    to.data(fresh, at);
  }

  /** A single byte right before the next is a keep-alive, whose byte has no meaning (RFC 9293 3.8.4). */
  #compare(from: number, bytes: Uint8Array, at: At, to: StreamReceiver<At>): void {
    if (to.conflict === undefined || (bytes.length === 1 && from === this.next - 1)) return;
    const found = this.#budget.recent?.difference(this.#newest, from, bytes);
    if (found) to.conflict(from + found.at, found.taken, bytes.subarray(found.at), at);
  }

  #compareWaiting(from: number, bytes: Uint8Array, at: At, to: StreamReceiver<At>): void {
    for (const other of this.#waiting) {
      if (other.doubtful) continue;
      const high = Math.min(other.from + other.bytes.length, from + bytes.length);
      for (let i = Math.max(other.from, from); i < high; i++) {
        if (other.bytes[i - other.from] === bytes[i - from]) continue;
        to.conflict?.(i, other.bytes.subarray(i - other.from), bytes.subarray(i - from), at);
        return;
      }
    }
  }

  #wait(from: number, bytes: Uint8Array, at: At, to: StreamReceiver<At>, doubtful: boolean): void {
    if (
      this.#held + bytes.length > PROTOCOL_LIMITS.maxOutOfOrderBytes ||
      this.#budget.held + bytes.length > PROTOCOL_LIMITS.maxOutOfOrderTotalBytes
    ) {
      this.#budget.dropped++;
      return;
    }
    if (this.#waiting === NONE) this.#waiting = [];
    if (!doubtful && to.conflict && this.#waiting.length > 0) this.#compareWaiting(from, bytes, at, to);
    let place = this.#waiting.length;
    while (place > 0 && comesBefore(from, doubtful, this.#waiting[place - 1])) place--;
    this.#waiting.splice(place, 0, { from, bytes: bytes.slice(), at, doubtful });
    this.#held += bytes.length;
    this.#budget.held += bytes.length;
  }

  /** A doubtful segment alone goes on waiting, unless there is no more to wait for; one in whose place others came is none. */
  #drain(to: StreamReceiver<At>, all = false): void {
    let done = 0;
    for (const [i, { from, bytes, at, doubtful }] of this.#waiting.entries()) {
      if (from > this.next) break;
      const isNew = from + bytes.length > this.next && !(doubtful && from < this.next);
      if (isNew && doubtful && !all && !this.#continues(i + 1, from + bytes.length)) break;
      done++;
      this.#held -= bytes.length;
      this.#budget.held -= bytes.length;
      if (isNew) this.#take(from, bytes, at, to);
    }
    if (done > 0) this.#waiting.splice(0, done);
  }

  /** Is what waits at `index` certain, and does it follow without a hole? */
  #continues(index: number, end: number): boolean {
    const next = this.#waiting[index];
    return next !== undefined && !next.doubtful && next.from <= end;
  }

  #release(): void {
    this.#budget.held -= this.#held;
    this.#held = 0;
    this.#waiting = NONE;
  }
}

/** Certain bytes come before doubtful ones of the same place. */
const comesBefore = <At>(from: number, doubtful: boolean, other: Segment<At> | undefined): boolean =>
  other !== undefined && (other.from > from || (other.from === from && other.doubtful && !doubtful));

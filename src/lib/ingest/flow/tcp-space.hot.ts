/**
 * The sequence space of each end of a TCP connection: what was sent, acknowledged, seen, and is missing (RFC 9293 3.4). No bytes are
 * kept; which gaps are counted, and when waiting for them ends, is Zeek's.
 *
 * Relative sequence numbers begin with 0 for the SYN and are doubles: 2^53 bytes are enough.
 */

import { C, C_F64, C_U8, E, E_F64, E_I32, E_U16, E_U32, E_U8 } from './flow-record.ts';
import { END_STATE, type FlowStore } from './flow-store.ts';
import { LETTER, scaledLetter } from './history.hot.ts';
import { IntervalPool, NO_INTERVAL } from './sequence-intervals.hot.ts';
import { markWeird, WEIRD_BIT } from './weirds.ts';

/** A jump of sequence numbers by more than this is not believed. */
export const TOO_LARGE_DELTA = 1_048_576;
/** Zeek's tcp_max_initial_window, tcp_max_above_hole_without_any_acks, tcp_excessive_data_without_further_acks. */
const MAX_INITIAL_WINDOW = 16_384;
const MAX_ABOVE_HOLE = 16_384;
const EXCESSIVE_UNACKED = 10 * 1024 * 1024;

const { inactive, synSent, established, closed, reset } = END_STATE;
const TWO_32 = 4_294_967_296;

/** Signed distance of two sequence numbers, modulo 2^32. */
export const delta32 = (a: number, b: number): number => (a - b) | 0;

export class TcpSpace {
  readonly #s: FlowStore;
  readonly #intervals = new IntervalPool();

  constructor(store: FlowStore) {
    this.#s = store;
  }

  /** Both ends of a new connection: nothing sent yet. */
  open(slot: number): void {
    const s = this.#s;
    for (let end = 2 * slot; end < 2 * slot + 2; end++) {
      s.eF64[end * E_F64 + E.delivered] = 1;
      s.eF64[end * E_F64 + E.trimmed] = 1;
      s.eI32[end * E_I32 + E.intervals] = NO_INTERVAL;
    }
  }

  release(slot: number): void {
    const s = this.#s;
    this.#intervals.dropAll(s.eI32[2 * slot * E_I32 + E.intervals]);
    this.#intervals.dropAll(s.eI32[(2 * slot + 1) * E_I32 + E.intervals]);
    s.eI32[2 * slot * E_I32 + E.intervals] = NO_INTERVAL;
    s.eI32[(2 * slot + 1) * E_I32 + E.intervals] = NO_INTERVAL;
  }

  /** An end's numbers begin at `start`, the SYN's; `last` is the first number not sent yet. */
  begin(end: number, start: number, last: number): void {
    const s = this.#s;
    s.eU32[end * E_U32 + E.startSeq] = start;
    s.eU32[end * E_U32 + E.ackSeq] = start;
    s.eU32[end * E_U32 + E.lastSeq] = last;
    s.eU16[end * E_U16 + E.seqWraps] = last < start ? 1 : 0;
    s.eU16[end * E_U16 + E.ackWraps] = 0;
  }

  /**
   * Sequence number relative to the end's first; negative where it lies before. It is the one nearest to `last`, the highest seen
   * so far: from the first alone nothing could be told past 2 GB.
   */
  relative(end: number, value: number, last: number, wraps: number): number {
    return wraps * TWO_32 + last - this.#s.eU32[end * E_U32 + E.startSeq] + delta32(value, last);
  }

  updateAck(end: number, ack: number): void {
    const s = this.#s;
    const delta = delta32(ack, s.eU32[end * E_U32 + E.ackSeq]);
    // More likely a broken acknowledgement than a long connection that lands on 0.
    if (delta <= 0 || (ack === 0 && delta > TOO_LARGE_DELTA)) return;
    if (ack < s.eU32[end * E_U32 + E.ackSeq])
      s.eU16[end * E_U16 + E.ackWraps] = s.eU16[end * E_U16 + E.ackWraps] + 1;
    s.eU32[end * E_U32 + E.ackSeq] = ack;
  }

  advanceLast(end: number, pastSegment: number): void {
    const s = this.#s;
    if (pastSegment < s.eU32[end * E_U32 + E.lastSeq])
      s.eU16[end * E_U16 + E.seqWraps] = s.eU16[end * E_U16 + E.seqWraps] + 1;
    s.eU32[end * E_U32 + E.lastSeq] = pastSegment;
  }

  noDataAcked(end: number): boolean {
    const s = this.#s;
    return (
      s.eU32[end * E_U32 + E.ackSeq] === s.eU32[end * E_U32 + E.startSeq] ||
      s.eU32[end * E_U32 + E.ackSeq] === (s.eU32[end * E_U32 + E.startSeq] + 1) >>> 0
    );
  }

  dataSent(slot: number, end: number, from: number, len: number, deltaLast: number): void {
    const s = this.#s;
    if (s.eU8[end * E_U8 + E.skipping] === 1) return;
    const acked =
      s.eU16[end * E_U16 + E.ackWraps] * TWO_32 +
      s.eU32[end * E_U32 + E.ackSeq] -
      s.eU32[end * E_U32 + E.startSeq];
    let lo = from;
    const hi = from + len;
    if (lo < acked) {
      if (hi <= acked) return;
      lo = acked;
    }
    if (hi <= s.eF64[end * E_F64 + E.trimmed]) return;
    if (lo < s.eF64[end * E_F64 + E.trimmed]) lo = s.eF64[end * E_F64 + E.trimmed];
    // In order and nothing waiting: most segments.
    s.eI32[end * E_I32 + E.intervals] = this.#intervals.insert(s.eI32[end * E_I32 + E.intervals], lo, hi);
    if (lo <= s.eF64[end * E_F64 + E.delivered] && hi > s.eF64[end * E_F64 + E.delivered])
      this.#deliver(slot, end);
    if (deltaLast > 0 || s.eI32[end * E_I32 + E.intervals] === NO_INTERVAL) this.#giveUpOnHoles(slot, end);
  }

  /** Moves `delivered` over every interval that touches it. */
  #deliver(slot: number, end: number): void {
    const s = this.#s;
    const pool = this.#intervals;
    for (let node = s.eI32[end * E_I32 + E.intervals]; node !== NO_INTERVAL; node = pool.next[node]) {
      if (pool.lo[node] > s.eF64[end * E_F64 + E.delivered]) break;
      if (pool.hi[node] > s.eF64[end * E_F64 + E.delivered])
        s.eF64[end * E_F64 + E.delivered] = pool.hi[node];
    }
    // Much was sent and nothing acknowledged: the other side's packets are not in the capture.
    if (this.noDataAcked(end) && this.size(end) > MAX_INITIAL_WINDOW)
      this.#trim(slot, end, s.eF64[end * E_F64 + E.delivered]);
  }

  #giveUpOnHoles(slot: number, end: number): void {
    const s = this.#s;
    const pool = this.#intervals;
    let last = NO_INTERVAL;
    let stored = 0;
    for (let node = s.eI32[end * E_I32 + E.intervals]; node !== NO_INTERVAL; node = pool.next[node]) {
      last = node;
      stored += pool.hi[node] - pool.lo[node];
    }
    if (last === NO_INTERVAL) return;
    const waiting = pool.hi[last] - s.eF64[end * E_F64 + E.delivered];
    const aboveHole = this.noDataAcked(end) && waiting > MAX_ABOVE_HOLE;
    if (!aboveHole && stored <= EXCESSIVE_UNACKED) return;
    markWeird(
      s,
      slot,
      aboveHole ? WEIRD_BIT.above_hole_data_without_any_acks : WEIRD_BIT.excessive_data_without_further_acks,
    );
    pool.dropAll(s.eI32[end * E_I32 + E.intervals]);
    s.eI32[end * E_I32 + E.intervals] = NO_INTERVAL;
    s.eU8[end * E_U8 + E.skipping] = 1;
  }

  /** The peer acknowledged up to `relativeAck`; answers whether that was more than before. */
  acknowledged(slot: number, end: number, relativeAck: number): boolean {
    const s = this.#s;
    let upTo = relativeAck;
    if (s.eU8[end * E_U8 + E.finSeen] === 1 && upTo >= s.eF64[end * E_F64 + E.finSeq])
      upTo = s.eF64[end * E_F64 + E.finSeq] - 1;
    if (upTo <= s.eF64[end * E_F64 + E.trimmed]) return false;
    this.#trim(slot, end, upTo);
    return true;
  }

  /** Everything below `upTo` is done with: what was not seen of it is missing. */
  #trim(slot: number, end: number, upTo: number): void {
    const s = this.#s;
    const pool = this.#intervals;
    if (upTo > s.eF64[end * E_F64 + E.delivered]) this.#undelivered(slot, end, upTo);
    let node = s.eI32[end * E_I32 + E.intervals];
    while (node !== NO_INTERVAL && pool.hi[node] <= upTo) node = pool.drop(node);
    s.eI32[end * E_I32 + E.intervals] = node;
    s.eF64[end * E_F64 + E.trimmed] = upTo;
    if (
      node !== NO_INTERVAL &&
      pool.lo[node] <= s.eF64[end * E_F64 + E.delivered] &&
      pool.hi[node] > s.eF64[end * E_F64 + E.delivered]
    ) {
      s.eF64[end * E_F64 + E.delivered] = pool.hi[node];
    }
  }

  #undelivered(slot: number, end: number, upTo: number): void {
    const s = this.#s;
    // Numbered as if a SYN had been there: the first octet, or a keep-alive's, is no gap.
    if (upTo <= 2 && s.cU8[slot * C_U8 + C.partial] === 1) return;
    if (s.eU8[end * E_U8 + E.skipping] === 0) {
      const pool = this.#intervals;
      for (let node = s.eI32[end * E_I32 + E.intervals]; node !== NO_INTERVAL; node = pool.next[node]) {
        const lo = pool.lo[node];
        if (lo >= upTo) break;
        if (lo > s.eF64[end * E_F64 + E.delivered])
          this.#gap(slot, end, lo - s.eF64[end * E_F64 + E.delivered]);
        if (pool.hi[node] > s.eF64[end * E_F64 + E.delivered])
          s.eF64[end * E_F64 + E.delivered] = pool.hi[node];
      }
      if (upTo > s.eF64[end * E_F64 + E.delivered])
        this.#gap(slot, end, upTo - s.eF64[end * E_F64 + E.delivered]);
    }
    if (upTo > s.eF64[end * E_F64 + E.delivered]) s.eF64[end * E_F64 + E.delivered] = upTo;
  }

  #isClean(end: number): boolean {
    const s = this.#s;
    return (
      s.eU8[end * E_U8 + E.state] === established ||
      (s.eU8[end * E_U8 + E.state] === closed && s.eU8[end * E_U8 + E.prevState] === established)
    );
  }

  #gap(slot: number, end: number, len: number): void {
    if (!this.#isClean(end) || !this.#isClean(end ^ 1)) return;
    const s = this.#s;
    const count = s.eU32[end * E_U32 + E.gaps] + 1;
    s.eU32[end * E_U32 + E.gaps] = count;
    s.cF64[slot * C_F64 + C.missed] = s.cF64[slot * C_F64 + C.missed] + len;
    scaledLetter(s, slot, end & 1, count, LETTER.G);
  }

  dataPending(end: number): boolean {
    const s = this.#s;
    if (s.eU8[end * E_U8 + E.skipping] === 1) return false;
    const last = s.eU16[end * E_U16 + E.seqWraps] * TWO_32 + s.eU32[end * E_U32 + E.lastSeq];
    const delivered = s.eU32[end * E_U32 + E.startSeq] + s.eF64[end * E_F64 + E.delivered];
    if (last < delivered) return false;
    if (delivered !== last - 1 && delivered !== last) return true;
    return s.eU8[end * E_U8 + E.state] !== reset && s.eI32[(end ^ 1) * E_I32 + E.intervals] !== NO_INTERVAL;
  }

  /** Payload bytes of an end by its sequence numbers: what was sent or acknowledged, without SYN and FIN. */
  size(end: number): number {
    const s = this.#s;
    const halfOpen =
      s.eU8[end * E_U8 + E.prevState] === synSent &&
      s.eU8[end * E_U8 + E.state] === reset &&
      s.eU8[(end ^ 1) * E_U8 + E.state] === inactive;
    if (halfOpen && !this.noDataAcked(end)) return 0;
    const last = s.eU16[end * E_U16 + E.seqWraps] * TWO_32 + s.eU32[end * E_U32 + E.lastSeq];
    const ack = s.eU16[end * E_U16 + E.ackWraps] * TWO_32 + s.eU32[end * E_U32 + E.ackSeq];
    let size = (last > ack ? last : ack) - s.eU32[end * E_U32 + E.startSeq];
    // The arithmetic is modulo 2^64 in the definition; a reset with a wild number gives no size.
    if (size < 0) return 0;
    if (size > 0) size--;
    if (s.eU8[end * E_U8 + E.finSeen] === 1 && size > 0) size--;
    return this.#isWild(end, size) ? s.eF64[end * E_F64 + E.payload] : size;
  }

  /** Probes of one tuple with made-up numbers (nmap's) look like gigabytes that nobody sent. */
  #isWild(end: number, size: number): boolean {
    const seen = this.#s.eF64[end * E_F64 + E.payload];
    return size - seen > TOO_LARGE_DELTA && !(this.#isClean(end) && this.#isClean(end ^ 1));
  }

  /** True where all of [from, to) was seen before. */
  covers(end: number, from: number, to: number): boolean {
    return this.#intervals.covers(this.#s.eI32[end * E_I32 + E.intervals], from, to);
  }
}

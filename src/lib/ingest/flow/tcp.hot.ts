/**
 * A TCP connection's two ends: states, sequence spaces, history, gaps. The states and their meaning are Zeek's, so that
 * conn_state, history and missed_bytes are too; RFC 9293 is the protocol. No payload is touched here: which bytes were seen is
 * told by sequence numbers.
 *
 * An end is 2 × slot + (0 originator, 1 responder); its peer is end ^ 1. Relative sequence numbers begin with 0 for the SYN
 * and are doubles: 2^53 bytes are enough.
 */

import type { Headers } from '../../model/headers.ts';
import type { FlowTimeouts } from '../../model/limits.ts';
import { C, C_F64, C_U32, C_U8, E, E_F64, E_I32, E_U16, E_U32, E_U8 } from './flow-record.ts';
import { END_STATE, type FlowStore } from './flow-store.ts';
import { addLetter, LETTER, scaledLetter, SEEN, seenBefore } from './history.hot.ts';
import { IntervalPool, NO_INTERVAL } from './sequence-intervals.hot.ts';
import { WEIRD_BIT } from './weirds.ts';

const FIN = 1;
const SYN = 2;
const RST = 4;
const ACK = 16;
const URG = 32;

/** A jump of sequence numbers by more than this on a SYN or RST is not believed. */
const TOO_LARGE_DELTA = 1_048_576;
/** Zeek's tcp_max_initial_window, tcp_max_above_hole_without_any_acks, tcp_excessive_data_without_further_acks. */
const MAX_INITIAL_WINDOW = 16_384;
const MAX_ABOVE_HOLE = 16_384;
const EXCESSIVE_UNACKED = 10 * 1024 * 1024;

const { inactive, synSent, synAckSent, partial, established, closed, reset } = END_STATE;
const NEVER = -1;
const ORIG_SEEN = 1;
const RESP_SEEN = 2;
const TWO_32 = 4_294_967_296;

const delta32 = (a: number, b: number): number => (a - b) | 0;

export class TcpTracker {
  readonly #s: FlowStore;
  readonly #intervals = new IntervalPool();
  readonly #timeouts: FlowTimeouts;
  /** Set by `process`: the packet repeated bytes that had been sent before. */
  retransmitted = false;

  constructor(store: FlowStore, timeouts: FlowTimeouts) {
    this.#s = store;
    this.#timeouts = timeouts;
  }

  /** Sets both ends of a new connection to nothing seen. */
  open(slot: number): void {
    const s = this.#s;
    s.cU8[slot * C_U8 + C.active] = 1;
    s.cF64[slot * C_F64 + C.synAt] = -1;
    s.cF64[slot * C_F64 + C.rtt] = -1;
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

  badChecksum(slot: number, dir: number): void {
    const end = 2 * slot + dir;
    const count = this.#s.eU32[end * E_U32 + E.badChecksums] + 1;
    this.#s.eU32[end * E_U32 + E.badChecksums] = count;
    scaledLetter(this.#s, slot, dir, count, LETTER.C);
    this.#weird(slot, WEIRD_BIT.bad_TCP_checksum);
  }

  /** True where a SYN means that a new connection begins on the same tuple. */
  isReuse(slot: number, flags: number, seq: number): boolean {
    if ((flags & SYN) === 0) return false;
    const s = this.#s;
    const orig = 2 * slot;
    const resp = orig + 1;
    let compared = orig;
    if ((flags & ACK) !== 0) {
      if (s.eU8[orig * E_U8 + E.state] !== inactive) return false;
      compared = resp;
    }
    const hasClosed = s.eU8[orig * E_U8 + E.didClose] === 1 || s.eU8[resp * E_U8 + E.didClose] === 1;
    if (!hasClosed) {
      if (seq === s.eU32[compared * E_U32 + E.startSeq]) return false;
      const reversed =
        (flags & ACK) === 0 &&
        s.eU8[compared * E_U8 + E.state] === synAckSent &&
        s.eU8[resp * E_U8 + E.state] === inactive &&
        seq === s.eU32[resp * E_U32 + E.startSeq];
      if (reversed) return false;
      this.#weird(
        slot,
        s.eU8[compared * E_U8 + E.state] === synSent
          ? WEIRD_BIT.SYN_seq_jump
          : WEIRD_BIT.active_connection_reuse,
      );
    }
    return true;
  }

  /**
   * One segment. `now` is its time in seconds, `sinceFirst` nanoseconds since the connection's first packet.
   */
  process(slot: number, dir: number, h: Headers, layer: number, now: number, sinceFirst: number): void {
    const s = this.#s;
    const end = 2 * slot + dir;
    const peer = end ^ 1;
    const flags = h.tcpFlags[layer];
    const seq = h.tcpSeq[layer];
    const ack = h.tcpAck[layer];
    const len = h.payloadLen[layer];
    this.retransmitted = false;
    s.eU8[end * E_U8 + E.flags] = s.eU8[end * E_U8 + E.flags] | flags;

    this.#setPartial(slot, dir, flags);
    let segmentLen = len;
    if (flags & SYN) segmentLen++;
    if (flags & FIN) segmentLen++;
    if (flags & RST) segmentLen -= len;
    const pastSegment = (seq + segmentLen) >>> 0;

    this.#initEnd(slot, end, flags, seq, pastSegment);
    const relative = this.#relative(
      end,
      seq,
      s.eU32[end * E_U32 + E.lastSeq],
      s.eU16[end * E_U16 + E.seqWraps],
    );
    const underflow = relative < 0;
    if (underflow && (flags & RST) === 0) this.#weird(slot, WEIRD_BIT.TCP_seq_underflow_or_misorder);
    this.#updateHistory(slot, dir, end, flags, relative, len);
    this.#updateWindow(slot, dir, end, h.tcpWindow[layer], flags);

    if (s.eU8[end * E_U8 + E.didClose] === 0 || s.eU8[peer * E_U8 + E.didClose] === 0)
      s.cF64[slot * C_F64 + C.idleSince] = now;

    if (flags & SYN) this.#synSeen(slot, dir, end, flags, len, h.tcpScale[layer], sinceFirst);
    if (flags & FIN) {
      s.eU8[end * E_U8 + E.finSeen] = 1;
      s.eF64[end * E_F64 + E.finSeq] = relative + segmentLen;
    }
    if (flags & RST) {
      s.cU32[slot * C_U32 + C.resets] = s.cU32[slot * C_U32 + C.resets] + 1;
    }

    let relativeAck = 0;
    if (flags & ACK) {
      this.#measureHandshake(slot, dir, end, peer, flags, sinceFirst);
      if (s.eU8[peer * E_U8 + E.state] === inactive) {
        relativeAck = 1;
        this.#initPeer(slot, end, peer, flags, ack);
      } else {
        relativeAck = this.#relative(
          peer,
          ack,
          s.eU32[peer * E_U32 + E.ackSeq],
          s.eU16[peer * E_U16 + E.ackWraps],
        );
        if (relativeAck < 0) {
          relativeAck = 0;
          this.#weird(slot, WEIRD_BIT.TCP_ack_underflow_or_misorder);
        } else if ((flags & RST) === 0) this.#updateAck(peer, ack);
      }
    }
    const deltaLast = this.#updateLast(slot, dir, end, pastSegment, flags, len, relative);
    const close = this.#updateState(slot, dir, end, peer, seq, ack, len, flags, now);
    if (flags & ACK) this.#acknowledged(slot, peer, relativeAck);
    s.cU8[slot * C_U8 + C.firstSeen] = s.cU8[slot * C_U8 + C.firstSeen] | (dir === 0 ? ORIG_SEEN : RESP_SEEN);
    if (len > 0 && (flags & RST) === 0 && !underflow)
      this.#dataSent(slot, end, flags & SYN ? relative + 1 : relative, len, deltaLast);
    this.#checkEof(slot, end);
    if (close !== 0) this.#connectionClosed(slot, end, peer, close === CLOSE_AND_FINISH);
  }

  #weird(slot: number, bit: number): void {
    this.#s.cU32[slot * C_U32 + C.weirds] = this.#s.cU32[slot * C_U32 + C.weirds] | bit;
  }

  #setPartial(slot: number, dir: number, flags: number): void {
    const s = this.#s;
    const seen = s.cU8[slot * C_U8 + C.firstSeen];
    if (dir === 0) {
      if ((seen & ORIG_SEEN) === 0) s.cU8[slot * C_U8 + C.partial] = (flags & (SYN | ACK)) !== SYN ? 1 : 0;
    } else if ((seen & RESP_SEEN) === 0 && s.cU8[slot * C_U8 + C.partial] === 0)
      s.cU8[slot * C_U8 + C.partial] = (flags & SYN) === 0 ? 1 : 0;
  }

  #initEnd(slot: number, end: number, flags: number, seq: number, pastSegment: number): void {
    const s = this.#s;
    const state = s.eU8[end * E_U8 + E.state];
    if (state === inactive) {
      if (flags & SYN) {
        s.eU32[end * E_U32 + E.ackSeq] = seq;
        s.eU32[end * E_U32 + E.startSeq] = seq;
        s.eU32[end * E_U32 + E.lastSeq] = pastSegment;
      } else {
        // Numbered as if a SYN had been seen just before.
        s.eU32[end * E_U32 + E.ackSeq] = (seq - 1) >>> 0;
        s.eU32[end * E_U32 + E.startSeq] = (seq - 1) >>> 0;
        s.eU32[end * E_U32 + E.lastSeq] = seq;
      }
      return;
    }
    if ((flags & SYN) === 0) return;
    const jumped = seq !== s.eU32[end * E_U32 + E.startSeq];
    if (state === synSent || state === synAckSent) {
      if (!jumped) return;
      this.#weird(slot, WEIRD_BIT.SYN_seq_jump);
    } else if (state === established || state === partial) {
      if (this.size(end) > 0) this.#weird(slot, WEIRD_BIT.SYN_inside_connection);
      if (jumped) this.#weird(slot, WEIRD_BIT.SYN_seq_jump);
    } else if (state !== reset || s.eU8[end * E_U8 + E.prevState] !== inactive) return;
    s.eU32[end * E_U32 + E.startSeq] = seq;
    s.eU32[end * E_U32 + E.ackSeq] = seq;
    s.eU32[end * E_U32 + E.lastSeq] = pastSegment;
  }

  /** Sequence number relative to the end's first; negative where it lies before. */
  #relative(end: number, value: number, last: number, wrapsSeen: number): number {
    const delta = delta32(value, last);
    let wraps = wrapsSeen;
    if (delta < 0) {
      if (wraps > 0 && value > last) wraps--;
    } else if (delta > 0 && value < last) wraps++;
    if (wraps === 0) return delta32(value, this.#s.eU32[end * E_U32 + E.startSeq]);
    return wraps * TWO_32 + value - this.#s.eU32[end * E_U32 + E.startSeq];
  }

  #updateHistory(slot: number, dir: number, end: number, flags: number, relative: number, len: number): void {
    const s = this.#s;
    const control = (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0) + (flags & RST ? 1 : 0);
    if (control === 0) {
      if (len > 0) seenBefore(s, slot, dir, SEEN.data, LETTER.D);
      else if (flags & ACK) seenBefore(s, slot, dir, SEEN.ack, LETTER.A);
      return;
    }
    if (control > 1) {
      if ((flags & (FIN | RST)) === (FIN | RST)) seenBefore(s, slot, dir, SEEN.finRst, LETTER.I);
      else seenBefore(s, slot, dir, SEEN.multiFlag, LETTER.Q);
      return;
    }
    if (flags & SYN) {
      const letter = flags & ACK ? LETTER.H : LETTER.S;
      if (seenBefore(s, slot, dir, SEEN.syn, letter) && relative >>> 0 !== s.eU32[end * E_U32 + E.lastSyn])
        addLetter(s, slot, dir, letter);
      s.eU32[end * E_U32 + E.lastSyn] = relative;
    } else if (flags & FIN) {
      if (
        seenBefore(s, slot, dir, SEEN.fin, LETTER.F) &&
        (relative + len) >>> 0 !== s.eU32[end * E_U32 + E.lastFin]
      )
        addLetter(s, slot, dir, LETTER.F);
      s.eU32[end * E_U32 + E.lastFin] = relative + len;
    } else {
      if (seenBefore(s, slot, dir, SEEN.rst, LETTER.R) && relative >>> 0 !== s.eU32[end * E_U32 + E.lastRst])
        addLetter(s, slot, dir, LETTER.R);
      s.eU32[end * E_U32 + E.lastRst] = relative;
    }
  }

  #updateWindow(slot: number, dir: number, end: number, window: number, flags: number): void {
    const s = this.#s;
    // A zero window says nothing with or after a RST, nor once the peer has sent all that it had.
    if (
      window === 0 &&
      (flags & RST) === 0 &&
      s.eU8[(end ^ 1) * E_U8 + E.state] !== closed &&
      s.eU8[end * E_U8 + E.state] !== reset
    ) {
      const count = s.eU32[end * E_U32 + E.zeroWindows] + 1;
      s.eU32[end * E_U32 + E.zeroWindows] = count;
      scaledLetter(s, slot, dir, count, LETTER.W);
    }
  }

  #synSeen(
    slot: number,
    dir: number,
    end: number,
    flags: number,
    len: number,
    scale: number,
    sinceFirst: number,
  ): void {
    const s = this.#s;
    if (flags & RST) this.#weird(slot, WEIRD_BIT.TCP_christmas);
    if (flags & URG) this.#weird(slot, WEIRD_BIT.baroque_SYN);
    if (len > 0) this.#weird(slot, WEIRD_BIT.SYN_with_data);
    if (dir === 0 && (flags & ACK) === 0) s.cF64[slot * C_F64 + C.synAt] = sinceFirst;
    if (scale < 0) {
      s.eU8[end * E_U8 + E.windowScale] = 0;
      if (flags & ACK) s.eU8[(end ^ 1) * E_U8 + E.windowScale] = 0;
    } else s.eU8[end * E_U8 + E.windowScale] = scale;
  }

  /** From the SYN to the originator's first ACK after the responder's SYN. */
  #measureHandshake(
    slot: number,
    dir: number,
    end: number,
    peer: number,
    flags: number,
    sinceFirst: number,
  ): void {
    const s = this.#s;
    if (
      dir !== 0 ||
      s.cF64[slot * C_F64 + C.rtt] !== NEVER ||
      s.cF64[slot * C_F64 + C.synAt] === NEVER ||
      flags & (SYN | RST)
    )
      return;
    if (s.eU8[end * E_U8 + E.state] === established && s.eU8[peer * E_U8 + E.state] === established)
      s.cF64[slot * C_F64 + C.rtt] = Math.max(0, sinceFirst - s.cF64[slot * C_F64 + C.synAt]);
  }

  #initPeer(slot: number, end: number, peer: number, flags: number, ack: number): void {
    const s = this.#s;
    const state = s.eU8[end * E_U8 + E.state];
    if (
      (flags & (SYN | FIN | RST)) === 0 &&
      (state === synSent || state === synAckSent || state === established)
    )
      this.#weird(slot, WEIRD_BIT.possible_split_routing);
    const before = (ack - 1) >>> 0;
    s.eU32[peer * E_U32 + E.startSeq] = before;
    s.eU32[peer * E_U32 + E.ackSeq] = before;
    s.eU32[peer * E_U32 + E.lastSeq] = before;
  }

  #updateAck(end: number, ack: number): void {
    const s = this.#s;
    const delta = delta32(ack, s.eU32[end * E_U32 + E.ackSeq]);
    // More likely a broken acknowledgement than a long connection that lands on 0.
    if (delta <= 0 || (ack === 0 && delta > TOO_LARGE_DELTA)) return;
    if (ack < s.eU32[end * E_U32 + E.ackSeq])
      s.eU16[end * E_U16 + E.ackWraps] = s.eU16[end * E_U16 + E.ackWraps] + 1;
    s.eU32[end * E_U32 + E.ackSeq] = ack;
  }

  #advanceLast(end: number, pastSegment: number): void {
    const s = this.#s;
    if (pastSegment < s.eU32[end * E_U32 + E.lastSeq])
      s.eU16[end * E_U16 + E.seqWraps] = s.eU16[end * E_U16 + E.seqWraps] + 1;
    s.eU32[end * E_U32 + E.lastSeq] = pastSegment;
  }

  #updateLast(
    slot: number,
    dir: number,
    end: number,
    pastSegment: number,
    flags: number,
    len: number,
    relative: number,
  ): number {
    const s = this.#s;
    const delta = delta32(pastSegment, s.eU32[end * E_U32 + E.lastSeq]);
    if (flags & (SYN | RST) && (delta > TOO_LARGE_DELTA || delta < -TOO_LARGE_DELTA)) return delta;
    if (flags & FIN && s.eU32[end * E_U32 + E.lastSeq] === (s.eU32[end * E_U32 + E.startSeq] + 1) >>> 0)
      this.#advanceLast(end, pastSegment);
    else if (s.eU8[end * E_U8 + E.state] === reset) return delta;
    else if (delta > 0) this.#advanceLast(end, pastSegment);
    else if (len > 0) this.#sentAgain(slot, dir, end, relative, len);
    return delta;
  }

  /** A segment that lies below what was sent already: Zeek's T; whether it filled a hole or repeated bytes is told apart beside it. */
  #sentAgain(slot: number, dir: number, end: number, relative: number, len: number): void {
    const s = this.#s;
    const fillsHole =
      relative >= s.eF64[end * E_F64 + E.delivered] &&
      !this.#intervals.covers(s.eI32[end * E_I32 + E.intervals], relative, relative + len);
    if (fillsHole) s.eU32[end * E_U32 + E.outOfOrder] = s.eU32[end * E_U32 + E.outOfOrder] + 1;
    else {
      s.eU32[end * E_U32 + E.retransmits] = s.eU32[end * E_U32 + E.retransmits] + 1;
      this.retransmitted = true;
    }
    scaledLetter(
      s,
      slot,
      dir,
      s.eU32[end * E_U32 + E.retransmits] + s.eU32[end * E_U32 + E.outOfOrder],
      LETTER.T,
    );
  }

  #setState(slot: number, end: number, state: number): void {
    const s = this.#s;
    if (s.eU8[end * E_U8 + E.state] === state) return;
    const was = s.eU8[end * E_U8 + E.state];
    if (state > synAckSent && was <= synAckSent && s.eU8[(end ^ 1) * E_U8 + E.state] <= synAckSent)
      s.cF64[slot * C_F64 + C.inactivity] = this.#timeouts.tcp_inactivity_timeout;
    s.eU8[end * E_U8 + E.prevState] = was;
    s.eU8[end * E_U8 + E.state] = state;
  }

  /** Answers 0, CLOSE, or CLOSE_AND_FINISH. */
  #updateState(
    slot: number,
    dir: number,
    end: number,
    peer: number,
    seq: number,
    ack: number,
    len: number,
    flags: number,
    now: number,
  ): number {
    switch (this.#s.eU8[end * E_U8 + E.state]) {
      case inactive:
        return this.#fromInactive(slot, dir, end, peer, seq, ack, len, flags, now);
      case synSent:
      case synAckSent:
        return this.#fromSynSent(slot, dir, end, peer, len, flags);
      case partial:
      case established:
        return this.#fromEstablished(slot, end, peer, flags);
      case closed:
        return this.#fromClosed(slot, end, peer, flags);
      default:
        return this.#fromReset(slot, len, flags);
    }
  }

  #fromInactive(
    slot: number,
    dir: number,
    end: number,
    peer: number,
    seq: number,
    ack: number,
    len: number,
    flags: number,
    now: number,
  ): number {
    const s = this.#s;
    let close = 0;
    if (flags & SYN) {
      if (dir === 0) {
        if (flags & ACK) {
          this.#weird(slot, WEIRD_BIT.connection_originator_SYN_ack);
          this.#setState(slot, end, synAckSent);
        } else this.#setState(slot, end, synSent);
        s.cF64[slot * C_F64 + C.attemptAt] = now + this.#timeouts.tcp_attempt_delay;
      } else {
        this.#answeredSyn(slot, end, peer, seq, ack, flags);
      }
    }
    if (flags & FIN) {
      this.#setState(slot, end, closed);
      close = CLOSE_AND_FINISH;
      if (s.eU8[peer * E_U8 + E.state] !== partial && (flags & SYN) === 0)
        this.#weird(slot, WEIRD_BIT.spontaneous_FIN);
    }
    if (flags & RST) {
      this.#setState(slot, end, reset);
      const isReject =
        dir === 0
          ? s.eU8[peer * E_U8 + E.state] === established
          : s.eU8[peer * E_U8 + E.state] === synSent || s.eU8[peer * E_U8 + E.state] === synAckSent;
      close = isReject ? CLOSE : CLOSE_AND_FINISH;
      if (!isReject && s.eU8[peer * E_U8 + E.state] === inactive)
        this.#weird(slot, WEIRD_BIT.spontaneous_RST);
    }
    if (s.eU8[end * E_U8 + E.state] === inactive) {
      // Some stacks acknowledge a SYN before they answer it.
      if (dir === 1 && len === 0 && s.eU8[peer * E_U8 + E.state] === synSent) return close;
      if (flags & ACK && s.eU8[peer * E_U8 + E.state] === established) {
        this.#setState(slot, end, established);
        s.cU8[slot * C_U8 + C.partial] = 0;
      } else this.#setState(slot, end, partial);
    }
    return close;
  }

  #answeredSyn(slot: number, end: number, peer: number, seq: number, ack: number, flags: number): void {
    const s = this.#s;
    const peerState = s.eU8[peer * E_U8 + E.state];
    if (flags & ACK) {
      const inRange =
        delta32(ack, s.eU32[peer * E_U32 + E.startSeq]) >= 0 &&
        delta32(s.eU32[peer * E_U32 + E.lastSeq], ack) >= 0;
      if (peerState !== inactive && peerState !== partial && !inRange)
        this.#weird(slot, WEIRD_BIT.bad_SYN_ack);
    } else if (peerState === synAckSent && seq === s.eU32[end * E_U32 + E.startSeq]) {
      // SYN and SYN-ACK arrived in the wrong order: the ends change places.
      s.cU8[slot * C_U8 + C.partial] = 0;
      this.flipRequested = true;
      this.#setState(slot, peer, established);
    } else this.#weird(slot, WEIRD_BIT.simultaneous_open);
    if (s.eU8[peer * E_U8 + E.state] === synSent) this.#setState(slot, peer, established);
    else if (s.eU8[peer * E_U8 + E.state] === inactive) this.#weird(slot, WEIRD_BIT.unsolicited_SYN_response);
    this.#setState(slot, end, established);
  }

  /** Set by `process`: the caller has to exchange the ends. */
  flipRequested = false;

  #fromSynSent(slot: number, dir: number, end: number, peer: number, len: number, flags: number): number {
    const s = this.#s;
    let close = 0;
    if (
      flags & SYN &&
      dir === 0 &&
      (flags & (ACK | FIN | RST)) === ACK &&
      s.eU8[end * E_U8 + E.state] !== synAckSent
    )
      this.#weird(slot, WEIRD_BIT.repeated_SYN_with_ack);
    if (flags & FIN) {
      if (s.eU8[peer * E_U8 + E.state] === inactive || s.eU8[peer * E_U8 + E.state] === synSent)
        this.#weird(slot, WEIRD_BIT.inappropriate_FIN);
      this.#setState(slot, end, closed);
      close = CLOSE_AND_FINISH;
    }
    if (flags & RST) {
      this.#setState(slot, end, reset);
      s.cU8[slot * C_U8 + C.active] = 0;
      return close === 0 ? CLOSE : close;
    }
    if (len > 0) this.#weird(slot, WEIRD_BIT.data_before_established);
    return close;
  }

  #fromEstablished(slot: number, end: number, peer: number, flags: number): number {
    const s = this.#s;
    let close = 0;
    if (
      flags & SYN &&
      s.eU8[end * E_U8 + E.state] === partial &&
      s.eU8[peer * E_U8 + E.state] === inactive &&
      (flags & ACK) === 0
    ) {
      this.#weird(slot, WEIRD_BIT.SYN_after_partial);
      this.#setState(slot, end, synSent);
    }
    if (flags & FIN && (flags & RST) === 0) {
      this.#setState(slot, end, closed);
      // The peer sent a FIN and then a RST: that was an ordinary end.
      if (s.eU8[peer * E_U8 + E.state] === reset && s.eU8[peer * E_U8 + E.prevState] === closed)
        this.#setState(slot, peer, closed);
      close = CLOSE_AND_FINISH;
    }
    if (flags & RST) {
      this.#setState(slot, end, reset);
      if (s.eU8[peer * E_U8 + E.state] !== reset || s.eU8[peer * E_U8 + E.prevState] !== established)
        s.cU8[slot * C_U8 + C.active] = 0;
      if (close === 0) close = CLOSE;
    }
    return close;
  }

  #fromClosed(slot: number, end: number, peer: number, flags: number): number {
    const s = this.#s;
    if (flags & SYN) this.#weird(slot, WEIRD_BIT.SYN_after_close);
    if (flags & RST && s.eU8[peer * E_U8 + E.state] !== closed) {
      this.#setState(slot, end, reset);
      if (s.eU8[end * E_U8 + E.didClose] === 0) return CLOSE;
    }
    return 0;
  }

  #fromReset(slot: number, len: number, flags: number): number {
    if (flags & SYN) this.#weird(slot, WEIRD_BIT.SYN_after_reset);
    if (flags & FIN) this.#weird(slot, WEIRD_BIT.FIN_after_reset);
    if (len > 0 && (flags & RST) === 0) this.#weird(slot, WEIRD_BIT.data_after_reset);
    return 0;
  }

  #noDataAcked(end: number): boolean {
    const s = this.#s;
    return (
      s.eU32[end * E_U32 + E.ackSeq] === s.eU32[end * E_U32 + E.startSeq] ||
      s.eU32[end * E_U32 + E.ackSeq] === (s.eU32[end * E_U32 + E.startSeq] + 1) >>> 0
    );
  }

  #dataSent(slot: number, end: number, from: number, len: number, deltaLast: number): void {
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
    if (this.#noDataAcked(end) && this.size(end) > MAX_INITIAL_WINDOW)
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
    const aboveHole = this.#noDataAcked(end) && waiting > MAX_ABOVE_HOLE;
    if (!aboveHole && stored <= EXCESSIVE_UNACKED) return;
    this.#weird(
      slot,
      aboveHole ? WEIRD_BIT.above_hole_data_without_any_acks : WEIRD_BIT.excessive_data_without_further_acks,
    );
    pool.dropAll(s.eI32[end * E_I32 + E.intervals]);
    s.eI32[end * E_I32 + E.intervals] = NO_INTERVAL;
    s.eU8[end * E_U8 + E.skipping] = 1;
  }

  #acknowledged(slot: number, end: number, relativeAck: number): void {
    const s = this.#s;
    let upTo = relativeAck;
    if (s.eU8[end * E_U8 + E.finSeen] === 1 && upTo >= s.eF64[end * E_F64 + E.finSeq])
      upTo = s.eF64[end * E_F64 + E.finSeq] - 1;
    if (upTo <= s.eF64[end * E_F64 + E.trimmed]) return;
    this.#trim(slot, end, upTo);
    this.#checkEof(slot, end);
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

  #dataPending(end: number): boolean {
    const s = this.#s;
    if (s.eU8[end * E_U8 + E.skipping] === 1) return false;
    const last = s.eU16[end * E_U16 + E.seqWraps] * TWO_32 + s.eU32[end * E_U32 + E.lastSeq];
    const delivered = s.eU32[end * E_U32 + E.startSeq] + s.eF64[end * E_F64 + E.delivered];
    if (last < delivered) return false;
    if (delivered !== last - 1 && delivered !== last) return true;
    return s.eU8[end * E_U8 + E.state] !== reset && s.eI32[(end ^ 1) * E_I32 + E.intervals] !== NO_INTERVAL;
  }

  #checkEof(slot: number, end: number): void {
    const s = this.#s;
    if (s.eU8[end * E_U8 + E.atEof] === 1) return;
    const ended =
      s.eU8[end * E_U8 + E.finSeen] === 1 ||
      s.eU8[end * E_U8 + E.state] === closed ||
      s.eU8[end * E_U8 + E.state] === reset;
    if (!ended || this.#dataPending(end)) return;
    s.eU8[end * E_U8 + E.atEof] = 1;
    if (s.cU8[slot * C_U8 + C.closeDeferred] !== 0) {
      const finish = s.cU8[slot * C_U8 + C.closeDeferred] === DEFERRED_FINISH;
      this.#connectionClosed(slot, end, end ^ 1, finish);
      s.cU8[slot * C_U8 + C.closeDeferred] = 0;
    }
  }

  #connectionClosed(slot: number, end: number, peer: number, finish: boolean): void {
    const s = this.#s;
    if (this.#dataPending(end)) {
      if (s.cU8[slot * C_U8 + C.closeDeferred] !== DEFERRED_FINISH)
        s.cU8[slot * C_U8 + C.closeDeferred] = finish ? DEFERRED_FINISH : DEFERRED;
      return;
    }
    const wasDeferred = s.cU8[slot * C_U8 + C.closeDeferred] === DEFERRED_FINISH;
    s.cU8[slot * C_U8 + C.closeDeferred] = 0;
    if (s.eU8[end * E_U8 + E.didClose] === 1) return;
    s.eU8[end * E_U8 + E.didClose] = 1;
    const complete =
      s.eU8[end * E_U8 + E.state] === reset ||
      s.eU8[peer * E_U8 + E.didClose] === 1 ||
      s.eU8[peer * E_U8 + E.state] === inactive;
    if (!complete) return;
    if (
      (finish || wasDeferred) &&
      (s.eU8[end * E_U8 + E.prevState] !== inactive || s.eU8[peer * E_U8 + E.state] !== inactive)
    )
      s.cU8[slot * C_U8 + C.active] = 0;
    if (s.cF64[slot * C_F64 + C.deleteAt] === 0)
      s.cF64[slot * C_F64 + C.deleteAt] = s.cF64[slot * C_F64 + C.idleSince] + this.#timeouts.tcp_close_delay;
  }

  /** Probes of one tuple with made-up numbers (nmap's) look like gigabytes that nobody sent. */
  #isWild(end: number, size: number): boolean {
    const seen = this.#s.eF64[end * E_F64 + E.payload];
    return size - seen > TOO_LARGE_DELTA && !(this.#isClean(end) && this.#isClean(end ^ 1));
  }

  /** Payload bytes of an end by its sequence numbers: what was sent or acknowledged, without SYN and FIN. */
  size(end: number): number {
    const s = this.#s;
    const halfOpen =
      s.eU8[end * E_U8 + E.prevState] === synSent &&
      s.eU8[end * E_U8 + E.state] === reset &&
      s.eU8[(end ^ 1) * E_U8 + E.state] === inactive;
    if (halfOpen && !this.#noDataAcked(end)) return 0;
    const last = s.eU16[end * E_U16 + E.seqWraps] * TWO_32 + s.eU32[end * E_U32 + E.lastSeq];
    const ack = s.eU16[end * E_U16 + E.ackWraps] * TWO_32 + s.eU32[end * E_U32 + E.ackSeq];
    let size = (last > ack ? last : ack) - s.eU32[end * E_U32 + E.startSeq];
    // The arithmetic is modulo 2^64 in the definition; a reset with a wild number gives no size.
    if (size < 0) return 0;
    if (size > 0) size--;
    if (s.eU8[end * E_U8 + E.finSeen] === 1 && size > 0) size--;
    return this.#isWild(end, size) ? s.eF64[end * E_F64 + E.payload] : size;
  }
}

const CLOSE = 1;
const CLOSE_AND_FINISH = 2;
const DEFERRED = 1;
const DEFERRED_FINISH = 2;

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
    s.partial[slot] = 0;
    s.firstSeen[slot] = 0;
    s.active[slot] = 1;
    s.closeDeferred[slot] = 0;
    s.attemptAt[slot] = 0;
    s.deleteAt[slot] = 0;
    s.synAt[slot] = -1;
    s.rtt[slot] = -1;
    s.resets[slot] = 0;
    for (let end = 2 * slot; end < 2 * slot + 2; end++) {
      s.state[end] = inactive;
      s.prevState[end] = inactive;
      s.didClose[end] = 0;
      s.startSeq[end] = 0;
      s.lastSeq[end] = 0;
      s.ackSeq[end] = 0;
      s.seqWraps[end] = 0;
      s.ackWraps[end] = 0;
      s.windowScale[end] = 0;
      s.finCount[end] = 0;
      s.rstCount[end] = 0;
      s.finSeq[end] = 0;
      s.lastSyn[end] = 0;
      s.lastFin[end] = 0;
      s.lastRst[end] = 0;
      s.gaps[end] = 0;
      s.badChecksums[end] = 0;
      s.delivered[end] = 1;
      s.trimmed[end] = 1;
      s.intervals[end] = NO_INTERVAL;
      s.skipping[end] = 0;
      s.atEof[end] = 0;
      s.retransmits[end] = 0;
      s.outOfOrder[end] = 0;
      s.zeroWindows[end] = 0;
      s.flags[end] = 0;
    }
  }

  release(slot: number): void {
    const s = this.#s;
    this.#intervals.dropAll(s.intervals[2 * slot] as number);
    this.#intervals.dropAll(s.intervals[2 * slot + 1] as number);
    s.intervals[2 * slot] = NO_INTERVAL;
    s.intervals[2 * slot + 1] = NO_INTERVAL;
  }

  badChecksum(slot: number, dir: number): void {
    const end = 2 * slot + dir;
    const count = (this.#s.badChecksums[end] as number) + 1;
    this.#s.badChecksums[end] = count;
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
      if (s.state[orig] !== inactive) return false;
      compared = resp;
    }
    const hasClosed = s.didClose[orig] === 1 || s.didClose[resp] === 1;
    if (!hasClosed) {
      if (seq === s.startSeq[compared]) return false;
      const reversed = (flags & ACK) === 0 && s.state[compared] === synAckSent && s.state[resp] === inactive && seq === s.startSeq[resp];
      if (reversed) return false;
      this.#weird(slot, s.state[compared] === synSent ? WEIRD_BIT.SYN_seq_jump : WEIRD_BIT.active_connection_reuse);
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
    const flags = h.tcpFlags[layer] as number;
    const seq = h.tcpSeq[layer] as number;
    const ack = h.tcpAck[layer] as number;
    const len = h.payloadLen[layer] as number;
    this.retransmitted = false;
    s.flags[end] = (s.flags[end] as number) | flags;

    this.#setPartial(slot, dir, flags);
    let segmentLen = len;
    if (flags & SYN) segmentLen++;
    if (flags & FIN) segmentLen++;
    if (flags & RST) segmentLen -= len;
    const pastSegment = (seq + segmentLen) >>> 0;

    this.#initEnd(slot, end, flags, seq, pastSegment);
    const relative = this.#relative(end, seq, s.lastSeq[end] as number, s.seqWraps[end] as number);
    const underflow = relative < 0;
    if (underflow && (flags & RST) === 0) this.#weird(slot, WEIRD_BIT.TCP_seq_underflow_or_misorder);
    this.#updateHistory(slot, dir, end, flags, relative, len);
    this.#updateWindow(slot, dir, end, h.tcpWindow[layer] as number, flags);

    if (s.didClose[end] === 0 || s.didClose[peer] === 0) s.idleSince[slot] = now;

    if (flags & SYN) this.#synSeen(slot, dir, end, flags, len, h.tcpScale[layer] as number, sinceFirst);
    if (flags & FIN) {
      s.finCount[end] = (s.finCount[end] as number) + 1;
      s.finSeq[end] = relative + segmentLen;
    }
    if (flags & RST) {
      s.rstCount[end] = (s.rstCount[end] as number) + 1;
      s.resets[slot] = (s.resets[slot] as number) + 1;
    }

    let relativeAck = 0;
    if (flags & ACK) {
      this.#measureHandshake(slot, dir, end, peer, flags, sinceFirst);
      if (s.state[peer] === inactive) {
        relativeAck = 1;
        this.#initPeer(slot, end, peer, flags, ack);
      } else {
        relativeAck = this.#relative(peer, ack, s.ackSeq[peer] as number, s.ackWraps[peer] as number);
        if (relativeAck < 0) {
          relativeAck = 0;
          this.#weird(slot, WEIRD_BIT.TCP_ack_underflow_or_misorder);
        } else if ((flags & RST) === 0) this.#updateAck(peer, ack);
      }
    }
    const deltaLast = this.#updateLast(slot, dir, end, pastSegment, flags, len, relative);
    const close = this.#updateState(slot, dir, end, peer, seq, ack, len, flags, now);
    if (flags & ACK) this.#acknowledged(slot, peer, relativeAck);
    s.firstSeen[slot] = (s.firstSeen[slot] as number) | (dir === 0 ? ORIG_SEEN : RESP_SEEN);
    if (len > 0 && (flags & RST) === 0 && !underflow) this.#dataSent(slot, end, flags & SYN ? relative + 1 : relative, len, deltaLast);
    this.#checkEof(slot, end);
    if (close !== 0) this.#connectionClosed(slot, end, peer, close === CLOSE_AND_FINISH);
  }

  #weird(slot: number, bit: number): void {
    this.#s.weirds[slot] = (this.#s.weirds[slot] as number) | bit;
  }

  #setPartial(slot: number, dir: number, flags: number): void {
    const s = this.#s;
    const seen = s.firstSeen[slot] as number;
    if (dir === 0) {
      if ((seen & ORIG_SEEN) === 0) s.partial[slot] = (flags & (SYN | ACK)) !== SYN ? 1 : 0;
    } else if ((seen & RESP_SEEN) === 0 && s.partial[slot] === 0) s.partial[slot] = (flags & SYN) === 0 ? 1 : 0;
  }

  #initEnd(slot: number, end: number, flags: number, seq: number, pastSegment: number): void {
    const s = this.#s;
    const state = s.state[end];
    if (state === inactive) {
      if (flags & SYN) {
        s.ackSeq[end] = seq;
        s.startSeq[end] = seq;
        s.lastSeq[end] = pastSegment;
      } else {
        // Numbered as if a SYN had been seen just before.
        s.ackSeq[end] = (seq - 1) >>> 0;
        s.startSeq[end] = (seq - 1) >>> 0;
        s.lastSeq[end] = seq;
      }
      return;
    }
    if ((flags & SYN) === 0) return;
    const jumped = seq !== s.startSeq[end];
    if (state === synSent || state === synAckSent) {
      if (!jumped) return;
      this.#weird(slot, WEIRD_BIT.SYN_seq_jump);
    } else if (state === established || state === partial) {
      if (this.size(end) > 0) this.#weird(slot, WEIRD_BIT.SYN_inside_connection);
      if (jumped) this.#weird(slot, WEIRD_BIT.SYN_seq_jump);
    } else if (state !== reset || s.prevState[end] !== inactive) return;
    s.startSeq[end] = seq;
    s.ackSeq[end] = seq;
    s.lastSeq[end] = pastSegment;
  }

  /** Sequence number relative to the end's first; negative where it lies before. */
  #relative(end: number, value: number, last: number, wrapsSeen: number): number {
    const delta = delta32(value, last);
    let wraps = wrapsSeen;
    if (delta < 0) {
      if (wraps > 0 && value > last) wraps--;
    } else if (delta > 0 && value < last) wraps++;
    if (wraps === 0) return delta32(value, this.#s.startSeq[end] as number);
    return wraps * TWO_32 + value - (this.#s.startSeq[end] as number);
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
      if (seenBefore(s, slot, dir, SEEN.syn, letter) && relative !== s.lastSyn[end]) addLetter(s, slot, dir, letter);
      s.lastSyn[end] = relative;
    } else if (flags & FIN) {
      if (seenBefore(s, slot, dir, SEEN.fin, LETTER.F) && relative + len !== s.lastFin[end]) addLetter(s, slot, dir, LETTER.F);
      s.lastFin[end] = relative + len;
    } else {
      if (seenBefore(s, slot, dir, SEEN.rst, LETTER.R) && relative !== s.lastRst[end]) addLetter(s, slot, dir, LETTER.R);
      s.lastRst[end] = relative;
    }
  }

  #updateWindow(slot: number, dir: number, end: number, window: number, flags: number): void {
    const s = this.#s;
    // A zero window says nothing with or after a RST, nor once the peer has sent all that it had.
    if (window === 0 && (flags & RST) === 0 && s.state[end ^ 1] !== closed && s.state[end] !== reset) {
      const count = (s.zeroWindows[end] as number) + 1;
      s.zeroWindows[end] = count;
      scaledLetter(s, slot, dir, count, LETTER.W);
    }
  }

  #synSeen(slot: number, dir: number, end: number, flags: number, len: number, scale: number, sinceFirst: number): void {
    const s = this.#s;
    if (flags & RST) this.#weird(slot, WEIRD_BIT.TCP_christmas);
    if (flags & URG) this.#weird(slot, WEIRD_BIT.baroque_SYN);
    if (len > 0) this.#weird(slot, WEIRD_BIT.SYN_with_data);
    if (dir === 0 && (flags & ACK) === 0) s.synAt[slot] = sinceFirst;
    if (scale < 0) {
      s.windowScale[end] = 0;
      if (flags & ACK) s.windowScale[end ^ 1] = 0;
    } else s.windowScale[end] = scale;
  }

  /** From the SYN to the originator's first ACK after the responder's SYN. */
  #measureHandshake(slot: number, dir: number, end: number, peer: number, flags: number, sinceFirst: number): void {
    const s = this.#s;
    if (dir !== 0 || s.rtt[slot] !== NEVER || s.synAt[slot] === NEVER || flags & (SYN | RST)) return;
    if (s.state[end] === established && s.state[peer] === established) s.rtt[slot] = Math.max(0, sinceFirst - (s.synAt[slot] as number));
  }

  #initPeer(slot: number, end: number, peer: number, flags: number, ack: number): void {
    const s = this.#s;
    const state = s.state[end];
    if ((flags & (SYN | FIN | RST)) === 0 && (state === synSent || state === synAckSent || state === established)) this.#weird(slot, WEIRD_BIT.possible_split_routing);
    const before = (ack - 1) >>> 0;
    s.startSeq[peer] = before;
    s.ackSeq[peer] = before;
    s.lastSeq[peer] = before;
  }

  #updateAck(end: number, ack: number): void {
    const s = this.#s;
    const delta = delta32(ack, s.ackSeq[end] as number);
    // More likely a broken acknowledgement than a long connection that lands on 0.
    if (delta <= 0 || (ack === 0 && delta > TOO_LARGE_DELTA)) return;
    if (ack < (s.ackSeq[end] as number)) s.ackWraps[end] = (s.ackWraps[end] as number) + 1;
    s.ackSeq[end] = ack;
  }

  #advanceLast(end: number, pastSegment: number): void {
    const s = this.#s;
    if (pastSegment < (s.lastSeq[end] as number)) s.seqWraps[end] = (s.seqWraps[end] as number) + 1;
    s.lastSeq[end] = pastSegment;
  }

  #updateLast(slot: number, dir: number, end: number, pastSegment: number, flags: number, len: number, relative: number): number {
    const s = this.#s;
    const delta = delta32(pastSegment, s.lastSeq[end] as number);
    if (flags & (SYN | RST) && (delta > TOO_LARGE_DELTA || delta < -TOO_LARGE_DELTA)) return delta;
    if (flags & FIN && s.lastSeq[end] === ((s.startSeq[end] as number) + 1) >>> 0) this.#advanceLast(end, pastSegment);
    else if (s.state[end] === reset) return delta;
    else if (delta > 0) this.#advanceLast(end, pastSegment);
    else if (len > 0) this.#sentAgain(slot, dir, end, relative, len);
    return delta;
  }

  /** A segment that lies below what was sent already: Zeek's T; whether it filled a hole or repeated bytes is told apart beside it. */
  #sentAgain(slot: number, dir: number, end: number, relative: number, len: number): void {
    const s = this.#s;
    const fillsHole = relative >= (s.delivered[end] as number) && !this.#intervals.covers(s.intervals[end] as number, relative, relative + len);
    if (fillsHole) s.outOfOrder[end] = (s.outOfOrder[end] as number) + 1;
    else {
      s.retransmits[end] = (s.retransmits[end] as number) + 1;
      this.retransmitted = true;
    }
    scaledLetter(s, slot, dir, (s.retransmits[end] as number) + (s.outOfOrder[end] as number), LETTER.T);
  }

  #setState(slot: number, end: number, state: number): void {
    const s = this.#s;
    if (s.state[end] === state) return;
    const was = s.state[end] as number;
    if (state > synAckSent && was <= synAckSent && (s.state[end ^ 1] as number) <= synAckSent) s.inactivity[slot] = this.#timeouts.tcp_inactivity_timeout;
    s.prevState[end] = was;
    s.state[end] = state;
  }

  /** Answers 0, CLOSE, or CLOSE_AND_FINISH. */
  #updateState(slot: number, dir: number, end: number, peer: number, seq: number, ack: number, len: number, flags: number, now: number): number {
    switch (this.#s.state[end]) {
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

  #fromInactive(slot: number, dir: number, end: number, peer: number, seq: number, ack: number, len: number, flags: number, now: number): number {
    const s = this.#s;
    let close = 0;
    if (flags & SYN) {
      if (dir === 0) {
        if (flags & ACK) {
          this.#weird(slot, WEIRD_BIT.connection_originator_SYN_ack);
          this.#setState(slot, end, synAckSent);
        } else this.#setState(slot, end, synSent);
        s.attemptAt[slot] = now + this.#timeouts.tcp_attempt_delay;
      } else {
        this.#answeredSyn(slot, end, peer, seq, ack, flags);
      }
    }
    if (flags & FIN) {
      this.#setState(slot, end, closed);
      close = CLOSE_AND_FINISH;
      if (s.state[peer] !== partial && (flags & SYN) === 0) this.#weird(slot, WEIRD_BIT.spontaneous_FIN);
    }
    if (flags & RST) {
      this.#setState(slot, end, reset);
      const isReject = dir === 0 ? s.state[peer] === established : s.state[peer] === synSent || s.state[peer] === synAckSent;
      close = isReject ? CLOSE : CLOSE_AND_FINISH;
      if (!isReject && s.state[peer] === inactive) this.#weird(slot, WEIRD_BIT.spontaneous_RST);
    }
    if (s.state[end] === inactive) {
      // Some stacks acknowledge a SYN before they answer it.
      if (dir === 1 && len === 0 && s.state[peer] === synSent) return close;
      if (flags & ACK && s.state[peer] === established) {
        this.#setState(slot, end, established);
        s.partial[slot] = 0;
      } else this.#setState(slot, end, partial);
    }
    return close;
  }

  #answeredSyn(slot: number, end: number, peer: number, seq: number, ack: number, flags: number): void {
    const s = this.#s;
    const peerState = s.state[peer];
    if (flags & ACK) {
      const inRange = delta32(ack, s.startSeq[peer] as number) >= 0 && delta32(s.lastSeq[peer] as number, ack) >= 0;
      if (peerState !== inactive && peerState !== partial && !inRange) this.#weird(slot, WEIRD_BIT.bad_SYN_ack);
    } else if (peerState === synAckSent && seq === s.startSeq[end]) {
      // SYN and SYN-ACK arrived in the wrong order: the ends change places.
      s.partial[slot] = 0;
      this.flipRequested = true;
      this.#setState(slot, peer, established);
    } else this.#weird(slot, WEIRD_BIT.simultaneous_open);
    if (s.state[peer] === synSent) this.#setState(slot, peer, established);
    else if (s.state[peer] === inactive) this.#weird(slot, WEIRD_BIT.unsolicited_SYN_response);
    this.#setState(slot, end, established);
  }

  /** Set by `process`: the caller has to exchange the ends. */
  flipRequested = false;

  #fromSynSent(slot: number, dir: number, end: number, peer: number, len: number, flags: number): number {
    const s = this.#s;
    let close = 0;
    if (flags & SYN && dir === 0 && (flags & (ACK | FIN | RST)) === ACK && s.state[end] !== synAckSent) this.#weird(slot, WEIRD_BIT.repeated_SYN_with_ack);
    if (flags & FIN) {
      if (s.state[peer] === inactive || s.state[peer] === synSent) this.#weird(slot, WEIRD_BIT.inappropriate_FIN);
      this.#setState(slot, end, closed);
      close = CLOSE_AND_FINISH;
    }
    if (flags & RST) {
      this.#setState(slot, end, reset);
      s.active[slot] = 0;
      return close === 0 ? CLOSE : close;
    }
    if (len > 0) this.#weird(slot, WEIRD_BIT.data_before_established);
    return close;
  }

  #fromEstablished(slot: number, end: number, peer: number, flags: number): number {
    const s = this.#s;
    let close = 0;
    if (flags & SYN && s.state[end] === partial && s.state[peer] === inactive && (flags & ACK) === 0) {
      this.#weird(slot, WEIRD_BIT.SYN_after_partial);
      this.#setState(slot, end, synSent);
    }
    if (flags & FIN && (flags & RST) === 0) {
      this.#setState(slot, end, closed);
      // The peer sent a FIN and then a RST: that was an ordinary end.
      if (s.state[peer] === reset && s.prevState[peer] === closed) this.#setState(slot, peer, closed);
      close = CLOSE_AND_FINISH;
    }
    if (flags & RST) {
      this.#setState(slot, end, reset);
      if (s.state[peer] !== reset || s.prevState[peer] !== established) s.active[slot] = 0;
      if (close === 0) close = CLOSE;
    }
    return close;
  }

  #fromClosed(slot: number, end: number, peer: number, flags: number): number {
    const s = this.#s;
    if (flags & SYN) this.#weird(slot, WEIRD_BIT.SYN_after_close);
    if (flags & RST && s.state[peer] !== closed) {
      this.#setState(slot, end, reset);
      if (s.didClose[end] === 0) return CLOSE;
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
    return s.ackSeq[end] === s.startSeq[end] || s.ackSeq[end] === ((s.startSeq[end] as number) + 1) >>> 0;
  }

  #dataSent(slot: number, end: number, from: number, len: number, deltaLast: number): void {
    const s = this.#s;
    if (s.skipping[end] === 1) return;
    const acked = (s.ackWraps[end] as number) * TWO_32 + (s.ackSeq[end] as number) - (s.startSeq[end] as number);
    let lo = from;
    const hi = from + len;
    if (lo < acked) {
      if (hi <= acked) return;
      lo = acked;
    }
    if (hi <= (s.trimmed[end] as number)) return;
    if (lo < (s.trimmed[end] as number)) lo = s.trimmed[end] as number;
    // In order and nothing waiting: most segments.
    s.intervals[end] = this.#intervals.insert(s.intervals[end] as number, lo, hi);
    if (lo <= (s.delivered[end] as number) && hi > (s.delivered[end] as number)) this.#deliver(slot, end);
    if (deltaLast > 0 || s.intervals[end] === NO_INTERVAL) this.#giveUpOnHoles(slot, end);
  }

  /** Moves `delivered` over every interval that touches it. */
  #deliver(slot: number, end: number): void {
    const s = this.#s;
    const pool = this.#intervals;
    for (let node = s.intervals[end] as number; node !== NO_INTERVAL; node = pool.next[node] as number) {
      if ((pool.lo[node] as number) > (s.delivered[end] as number)) break;
      if ((pool.hi[node] as number) > (s.delivered[end] as number)) s.delivered[end] = pool.hi[node] as number;
    }
    // Much was sent and nothing acknowledged: the other side's packets are not in the capture.
    if (this.#noDataAcked(end) && this.size(end) > MAX_INITIAL_WINDOW) this.#trim(slot, end, s.delivered[end] as number);
  }

  #giveUpOnHoles(slot: number, end: number): void {
    const s = this.#s;
    const pool = this.#intervals;
    let last = NO_INTERVAL;
    let stored = 0;
    for (let node = s.intervals[end] as number; node !== NO_INTERVAL; node = pool.next[node] as number) {
      last = node;
      stored += (pool.hi[node] as number) - (pool.lo[node] as number);
    }
    if (last === NO_INTERVAL) return;
    const waiting = (pool.hi[last] as number) - (s.delivered[end] as number);
    const aboveHole = this.#noDataAcked(end) && waiting > MAX_ABOVE_HOLE;
    if (!aboveHole && stored <= EXCESSIVE_UNACKED) return;
    this.#weird(slot, aboveHole ? WEIRD_BIT.above_hole_data_without_any_acks : WEIRD_BIT.excessive_data_without_further_acks);
    pool.dropAll(s.intervals[end] as number);
    s.intervals[end] = NO_INTERVAL;
    s.skipping[end] = 1;
  }

  #acknowledged(slot: number, end: number, relativeAck: number): void {
    const s = this.#s;
    let upTo = relativeAck;
    if ((s.finCount[end] as number) > 0 && upTo >= (s.finSeq[end] as number)) upTo = (s.finSeq[end] as number) - 1;
    if (upTo <= (s.trimmed[end] as number)) return;
    this.#trim(slot, end, upTo);
    this.#checkEof(slot, end);
  }

  /** Everything below `upTo` is done with: what was not seen of it is missing. */
  #trim(slot: number, end: number, upTo: number): void {
    const s = this.#s;
    const pool = this.#intervals;
    if (upTo > (s.delivered[end] as number)) this.#undelivered(slot, end, upTo);
    let node = s.intervals[end] as number;
    while (node !== NO_INTERVAL && (pool.hi[node] as number) <= upTo) node = pool.drop(node);
    s.intervals[end] = node;
    s.trimmed[end] = upTo;
    if (node !== NO_INTERVAL && (pool.lo[node] as number) <= (s.delivered[end] as number) && (pool.hi[node] as number) > (s.delivered[end] as number)) {
      s.delivered[end] = pool.hi[node] as number;
    }
  }

  #undelivered(slot: number, end: number, upTo: number): void {
    const s = this.#s;
    // Numbered as if a SYN had been there: the first octet, or a keep-alive's, is no gap.
    if (upTo <= 2 && s.partial[slot] === 1) return;
    if (s.skipping[end] === 0) {
      const pool = this.#intervals;
      for (let node = s.intervals[end] as number; node !== NO_INTERVAL; node = pool.next[node] as number) {
        const lo = pool.lo[node] as number;
        if (lo >= upTo) break;
        if (lo > (s.delivered[end] as number)) this.#gap(slot, end, lo - (s.delivered[end] as number));
        if ((pool.hi[node] as number) > (s.delivered[end] as number)) s.delivered[end] = pool.hi[node] as number;
      }
      if (upTo > (s.delivered[end] as number)) this.#gap(slot, end, upTo - (s.delivered[end] as number));
    }
    if (upTo > (s.delivered[end] as number)) s.delivered[end] = upTo;
  }

  #isClean(end: number): boolean {
    const s = this.#s;
    return s.state[end] === established || (s.state[end] === closed && s.prevState[end] === established);
  }

  #gap(slot: number, end: number, len: number): void {
    if (!this.#isClean(end) || !this.#isClean(end ^ 1)) return;
    const s = this.#s;
    const count = (s.gaps[end] as number) + 1;
    s.gaps[end] = count;
    s.missed[slot] = (s.missed[slot] as number) + len;
    scaledLetter(s, slot, end & 1, count, LETTER.G);
  }

  #dataPending(end: number): boolean {
    const s = this.#s;
    if (s.skipping[end] === 1) return false;
    const last = (s.seqWraps[end] as number) * TWO_32 + (s.lastSeq[end] as number);
    const delivered = (s.startSeq[end] as number) + (s.delivered[end] as number);
    if (last < delivered) return false;
    if (delivered !== last - 1 && delivered !== last) return true;
    return s.state[end] !== reset && s.intervals[end ^ 1] !== NO_INTERVAL;
  }

  #checkEof(slot: number, end: number): void {
    const s = this.#s;
    if (s.atEof[end] === 1) return;
    const ended = (s.finCount[end] as number) > 0 || s.state[end] === closed || s.state[end] === reset;
    if (!ended || this.#dataPending(end)) return;
    s.atEof[end] = 1;
    if (s.closeDeferred[slot] !== 0) {
      const finish = s.closeDeferred[slot] === DEFERRED_FINISH;
      this.#connectionClosed(slot, end, end ^ 1, finish);
      s.closeDeferred[slot] = 0;
    }
  }

  #connectionClosed(slot: number, end: number, peer: number, finish: boolean): void {
    const s = this.#s;
    if (this.#dataPending(end)) {
      if (s.closeDeferred[slot] !== DEFERRED_FINISH) s.closeDeferred[slot] = finish ? DEFERRED_FINISH : DEFERRED;
      return;
    }
    const wasDeferred = s.closeDeferred[slot] === DEFERRED_FINISH;
    s.closeDeferred[slot] = 0;
    if (s.didClose[end] === 1) return;
    s.didClose[end] = 1;
    const complete = s.state[end] === reset || s.didClose[peer] === 1 || s.state[peer] === inactive;
    if (!complete) return;
    if ((finish || wasDeferred) && (s.prevState[end] !== inactive || s.state[peer] !== inactive)) s.active[slot] = 0;
    if (s.deleteAt[slot] === 0) s.deleteAt[slot] = (s.idleSince[slot] as number) + this.#timeouts.tcp_close_delay;
  }

  /** Payload bytes of an end by its sequence numbers: what was sent or acknowledged, without SYN and FIN. */
  size(end: number): number {
    const s = this.#s;
    const halfOpen = s.prevState[end] === synSent && s.state[end] === reset && s.state[end ^ 1] === inactive;
    if (halfOpen && !this.#noDataAcked(end)) return 0;
    const last = (s.seqWraps[end] as number) * TWO_32 + (s.lastSeq[end] as number);
    const ack = (s.ackWraps[end] as number) * TWO_32 + (s.ackSeq[end] as number);
    let size = (last > ack ? last : ack) - (s.startSeq[end] as number);
    // The arithmetic is modulo 2^64 in the definition; a reset with a wild number gives no size.
    if (size < 0) return 0;
    if (size > 0) size--;
    if ((s.finCount[end] as number) > 0 && size > 0) size--;
    return size;
  }
}

const CLOSE = 1;
const CLOSE_AND_FINISH = 2;
const DEFERRED = 1;
const DEFERRED_FINISH = 2;

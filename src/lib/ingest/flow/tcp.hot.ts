/**
 * What each segment says of a TCP connection: its history, with Zeek's letters, retransmissions, windows and the handshake's time.
 * States are next door (tcp-states.hot.ts). No payload is touched here: which bytes were seen is told by sequence numbers
 * (tcp-space.hot.ts).
 *
 * An end is 2 × slot + (0 originator, 1 responder); its peer is end ^ 1.
 */

import type { Headers } from '../../model/headers.ts';
import type { FlowTimeouts } from '../../model/limits.ts';
import { C, C_F64, C_U32, C_U8, E, E_F64, E_U16, E_U32, E_U8 } from './flow-record.ts';
import { END_STATE, type FlowStore } from './flow-store.ts';
import { addLetter, LETTER, scaledLetter, SEEN, seenBefore } from './history.hot.ts';
import { TcpStates } from './tcp-states.hot.ts';
import { delta32, TcpSpace, TOO_LARGE_DELTA } from './tcp-space.hot.ts';
import { markWeird, WEIRD_BIT } from './weirds.ts';

const FIN = 1;
const SYN = 2;
const RST = 4;
const ACK = 16;
const URG = 32;

const { inactive, synSent, synAckSent, partial, established, closed, reset } = END_STATE;
const NEVER = -1;
const ORIG_SEEN = 1;
const RESP_SEEN = 2;

export class TcpTracker {
  readonly #s: FlowStore;
  readonly space: TcpSpace;
  readonly #states: TcpStates;
  /** Set by `process`: the packet repeated bytes that had been sent before. */
  retransmitted = false;
  /** Set by `process`: relative sequence number of the segment's first byte of data, -1 where it has none that counts. */
  segmentFrom = -1;

  constructor(store: FlowStore, timeouts: FlowTimeouts) {
    this.#s = store;
    this.space = new TcpSpace(store);
    this.#states = new TcpStates(store, this.space, timeouts);
  }

  /** Set where the ends turned out to be the other way round: the caller has to exchange them. */
  get flipRequested(): boolean {
    return this.#states.flipRequested;
  }

  flipped(): void {
    this.#states.flipRequested = false;
  }

  /** Sets both ends of a new connection to nothing seen. */
  open(slot: number): void {
    const s = this.#s;
    s.cU8[slot * C_U8 + C.active] = 1;
    s.cF64[slot * C_F64 + C.synAt] = -1;
    s.cF64[slot * C_F64 + C.rtt] = -1;
    this.space.open(slot);
  }

  badChecksum(slot: number, dir: number): void {
    const end = 2 * slot + dir;
    const count = this.#s.eU32[end * E_U32 + E.badChecksums] + 1;
    this.#s.eU32[end * E_U32 + E.badChecksums] = count;
    scaledLetter(this.#s, slot, dir, count, LETTER.C);
    markWeird(this.#s, slot, WEIRD_BIT.bad_TCP_checksum);
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
      markWeird(
        this.#s,
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
    this.segmentFrom = -1;
    s.eU8[end * E_U8 + E.flags] = s.eU8[end * E_U8 + E.flags] | flags;

    this.#setPartial(slot, dir, flags);
    let segmentLen = len;
    if (flags & SYN) segmentLen++;
    if (flags & FIN) segmentLen++;
    if (flags & RST) segmentLen -= len;
    const pastSegment = (seq + segmentLen) >>> 0;

    this.#initEnd(slot, end, flags, seq, pastSegment);
    const relative = this.space.relative(
      end,
      seq,
      s.eU32[end * E_U32 + E.lastSeq],
      s.eU16[end * E_U16 + E.seqWraps],
    );
    const underflow = relative < 0;
    if (underflow && (flags & RST) === 0) markWeird(this.#s, slot, WEIRD_BIT.TCP_seq_underflow_or_misorder);
    this.#updateHistory(slot, dir, end, flags, relative, len);
    this.#updateWindow(slot, dir, end, h.tcpWindow[layer], flags);

    if (s.eU8[end * E_U8 + E.didClose] === 0 || s.eU8[peer * E_U8 + E.didClose] === 0)
      // A time that strays backwards must not make the next packet look late.
      if (now > s.cF64[slot * C_F64 + C.idleSince]) s.cF64[slot * C_F64 + C.idleSince] = now;

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
        relativeAck = this.space.relative(
          peer,
          ack,
          s.eU32[peer * E_U32 + E.ackSeq],
          s.eU16[peer * E_U16 + E.ackWraps],
        );
        if (relativeAck < 0) {
          relativeAck = 0;
          markWeird(this.#s, slot, WEIRD_BIT.TCP_ack_underflow_or_misorder);
        } else if ((flags & RST) === 0) this.space.updateAck(peer, ack);
      }
    }
    const deltaLast = this.#updateLast(slot, dir, end, pastSegment, flags, len, relative);
    const close = this.#states.update(slot, dir, end, peer, seq, ack, len, flags, now);
    if (flags & ACK && this.space.acknowledged(slot, peer, relativeAck)) this.#states.checkEof(slot, peer);
    s.cU8[slot * C_U8 + C.firstSeen] = s.cU8[slot * C_U8 + C.firstSeen] | (dir === 0 ? ORIG_SEEN : RESP_SEEN);
    if (len > 0 && (flags & RST) === 0 && !underflow) {
      this.segmentFrom = flags & SYN ? relative + 1 : relative;
      this.space.dataSent(slot, end, this.segmentFrom, len, deltaLast);
    }
    this.#states.checkEof(slot, end);
    if (close !== 0) this.#states.closed(slot, end, close);
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
      // Without a SYN it is numbered as if one had been seen just before.
      if (flags & SYN) this.space.begin(end, seq, pastSegment);
      else this.space.begin(end, (seq - 1) >>> 0, seq);
      return;
    }
    if ((flags & SYN) === 0) return;
    const jumped = seq !== s.eU32[end * E_U32 + E.startSeq];
    if (state === synSent || state === synAckSent) {
      if (!jumped) return;
      markWeird(this.#s, slot, WEIRD_BIT.SYN_seq_jump);
    } else if (state === established || state === partial) {
      if (this.space.size(end) > 0) markWeird(this.#s, slot, WEIRD_BIT.SYN_inside_connection);
      if (jumped) markWeird(this.#s, slot, WEIRD_BIT.SYN_seq_jump);
    } else if (state !== reset || s.eU8[end * E_U8 + E.prevState] !== inactive) return;
    this.space.begin(end, seq, pastSegment);
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
    if (flags & RST) markWeird(this.#s, slot, WEIRD_BIT.TCP_christmas);
    if (flags & URG) markWeird(this.#s, slot, WEIRD_BIT.baroque_SYN);
    if (len > 0) markWeird(this.#s, slot, WEIRD_BIT.SYN_with_data);
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
      markWeird(this.#s, slot, WEIRD_BIT.possible_split_routing);
    const before = (ack - 1) >>> 0;
    this.space.begin(peer, before, before);
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
    // Every segment of a stream but its SYN acknowledges: an empty one that does not (Null, FIN and Xmas probes) has a made-up number.
    if ((flags & (SYN | ACK | RST)) === 0 && len === 0 && delta > 1) return delta;
    if (flags & FIN && s.eU32[end * E_U32 + E.lastSeq] === (s.eU32[end * E_U32 + E.startSeq] + 1) >>> 0)
      this.space.advanceLast(end, pastSegment);
    else if (s.eU8[end * E_U8 + E.state] === reset) return delta;
    else if (delta > 0) this.space.advanceLast(end, pastSegment);
    else if (len > 0) this.#sentAgain(slot, dir, end, relative, len);
    return delta;
  }

  /** A segment that lies below what was sent already: Zeek's T; whether it filled a hole or repeated bytes is told apart beside it. */
  #sentAgain(slot: number, dir: number, end: number, relative: number, len: number): void {
    const s = this.#s;
    const fillsHole =
      relative >= s.eF64[end * E_F64 + E.delivered] && !this.space.covers(end, relative, relative + len);
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
}

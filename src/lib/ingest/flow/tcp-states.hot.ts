/**
 * The states of a TCP connection's two ends, and when it is over: Zeek's states and their meaning, so that conn_state is too
 * (RFC 9293 is the protocol).
 *
 * An end is 2 × slot + (0 originator, 1 responder); its peer is end ^ 1.
 */

import type { FlowTimeouts } from '../../model/limits.ts';
import { C, C_F64, C_U8, E, E_U32, E_U8 } from './flow-record.ts';
import { END_STATE, type FlowStore } from './flow-store.ts';
import { delta32, type TcpSpace } from './tcp-space.hot.ts';
import { markWeird, WEIRD_BIT } from './weirds.ts';

const FIN = 1;
const SYN = 2;
const RST = 4;
const ACK = 16;

const { inactive, synSent, synAckSent, partial, established, closed, reset } = END_STATE;

/** What a segment's change of state means for the connection, 0 where nothing. */
const CLOSE = 1;
const CLOSE_AND_FINISH = 2;
const DEFERRED = 1;
const DEFERRED_FINISH = 2;

export class TcpStates {
  readonly #s: FlowStore;
  readonly #space: TcpSpace;
  readonly #timeouts: FlowTimeouts;
  /** Set by `update`: the caller has to exchange the ends. */
  flipRequested = false;

  constructor(store: FlowStore, space: TcpSpace, timeouts: FlowTimeouts) {
    this.#s = store;
    this.#space = space;
    this.#timeouts = timeouts;
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

  /** A segment's change of an end's state. Answers what `closed` is to be told, 0 for nothing. */
  update(
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
          markWeird(this.#s, slot, WEIRD_BIT.connection_originator_SYN_ack);
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
        markWeird(this.#s, slot, WEIRD_BIT.spontaneous_FIN);
    }
    if (flags & RST) {
      this.#setState(slot, end, reset);
      const isReject =
        dir === 0
          ? s.eU8[peer * E_U8 + E.state] === established
          : s.eU8[peer * E_U8 + E.state] === synSent || s.eU8[peer * E_U8 + E.state] === synAckSent;
      close = isReject ? CLOSE : CLOSE_AND_FINISH;
      if (!isReject && s.eU8[peer * E_U8 + E.state] === inactive)
        markWeird(this.#s, slot, WEIRD_BIT.spontaneous_RST);
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
        markWeird(this.#s, slot, WEIRD_BIT.bad_SYN_ack);
    } else if (peerState === synAckSent && seq === s.eU32[end * E_U32 + E.startSeq]) {
      // SYN and SYN-ACK arrived in the wrong order: the ends change places.
      s.cU8[slot * C_U8 + C.partial] = 0;
      this.flipRequested = true;
      this.#setState(slot, peer, established);
    } else markWeird(this.#s, slot, WEIRD_BIT.simultaneous_open);
    if (s.eU8[peer * E_U8 + E.state] === synSent) this.#setState(slot, peer, established);
    else if (s.eU8[peer * E_U8 + E.state] === inactive)
      markWeird(this.#s, slot, WEIRD_BIT.unsolicited_SYN_response);
    this.#setState(slot, end, established);
  }

  #fromSynSent(slot: number, dir: number, end: number, peer: number, len: number, flags: number): number {
    const s = this.#s;
    let close = 0;
    if (
      flags & SYN &&
      dir === 0 &&
      (flags & (ACK | FIN | RST)) === ACK &&
      s.eU8[end * E_U8 + E.state] !== synAckSent
    )
      markWeird(this.#s, slot, WEIRD_BIT.repeated_SYN_with_ack);
    if (flags & FIN) {
      if (s.eU8[peer * E_U8 + E.state] === inactive || s.eU8[peer * E_U8 + E.state] === synSent)
        markWeird(this.#s, slot, WEIRD_BIT.inappropriate_FIN);
      this.#setState(slot, end, closed);
      close = CLOSE_AND_FINISH;
    }
    if (flags & RST) {
      this.#setState(slot, end, reset);
      s.cU8[slot * C_U8 + C.active] = 0;
      return close === 0 ? CLOSE : close;
    }
    if (len > 0) markWeird(this.#s, slot, WEIRD_BIT.data_before_established);
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
      markWeird(this.#s, slot, WEIRD_BIT.SYN_after_partial);
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
    if (flags & SYN) markWeird(this.#s, slot, WEIRD_BIT.SYN_after_close);
    if (flags & RST && s.eU8[peer * E_U8 + E.state] !== closed) {
      this.#setState(slot, end, reset);
      if (s.eU8[end * E_U8 + E.didClose] === 0) return CLOSE;
    }
    return 0;
  }

  #fromReset(slot: number, len: number, flags: number): number {
    if (flags & SYN) markWeird(this.#s, slot, WEIRD_BIT.SYN_after_reset);
    if (flags & FIN) markWeird(this.#s, slot, WEIRD_BIT.FIN_after_reset);
    if (len > 0 && (flags & RST) === 0) markWeird(this.#s, slot, WEIRD_BIT.data_after_reset);
    return 0;
  }

  /** Whether all that an end will send was seen: a close that waited for it takes effect. */
  checkEof(slot: number, end: number): void {
    const s = this.#s;
    if (s.eU8[end * E_U8 + E.atEof] === 1) return;
    const ended =
      s.eU8[end * E_U8 + E.finSeen] === 1 ||
      s.eU8[end * E_U8 + E.state] === closed ||
      s.eU8[end * E_U8 + E.state] === reset;
    if (!ended || this.#space.dataPending(end)) return;
    s.eU8[end * E_U8 + E.atEof] = 1;
    if (s.cU8[slot * C_U8 + C.closeDeferred] !== 0) {
      const finish = s.cU8[slot * C_U8 + C.closeDeferred] === DEFERRED_FINISH;
      this.#close(slot, end, end ^ 1, finish);
      s.cU8[slot * C_U8 + C.closeDeferred] = 0;
    }
  }

  /** What `update` answered, once the segment's data is counted. */
  closed(slot: number, end: number, close: number): void {
    this.#close(slot, end, end ^ 1, close === CLOSE_AND_FINISH);
  }

  #close(slot: number, end: number, peer: number, finish: boolean): void {
    const s = this.#s;
    if (this.#space.dataPending(end)) {
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
}

/** When a connection is over (Zeek's timers and their names; model/limits.ts), and why. */

import { CONN_ENDS, IP_PROTO } from '../../model/ids.ts';
import type { FlowTimeouts } from '../../model/limits.ts';
import { C, C_F64, C_U8, E, E_U8 } from './flow-record.ts';
import { END_STATE, type FlowStore } from './flow-store.ts';

/** Why a connection ended: indices into CONN_ENDS. */
export const END = {
  endOfCapture: CONN_ENDS.indexOf('end_of_capture'),
  timeout: CONN_ENDS.indexOf('timeout'),
  closed: CONN_ENDS.indexOf('closed'),
  reset: CONN_ENDS.indexOf('reset'),
  attempt: CONN_ENDS.indexOf('attempt'),
  reused: CONN_ENDS.indexOf('reused'),
  cap: CONN_ENDS.indexOf('cap'),
};

export class FlowDeadlines {
  readonly #s: FlowStore;
  readonly #timeouts: FlowTimeouts;
  readonly #shortest: number;
  /** Why the deadline that `of` answered last is one. */
  reason = 0;

  constructor(store: FlowStore, timeouts: FlowTimeouts) {
    this.#s = store;
    this.#timeouts = timeouts;
    this.#shortest = Math.min(...Object.values(timeouts).filter((seconds) => seconds > 1));
  }

  /** False for nearly every packet: nothing ends before the shortest time-out after the last one, or before its own deadline. */
  mayBeOver(slot: number, now: number): boolean {
    const s = this.#s;
    const at = slot * C_F64;
    const deleteAt = s.cF64[at + C.deleteAt];
    if (now - s.cF64[at + C.idleSince] > this.#shortest || (deleteAt !== 0 && deleteAt < now)) return true;
    const attemptAt = s.cF64[at + C.attemptAt];
    return (
      attemptAt !== 0 && attemptAt < now && s.eU8[(2 * slot + 1) * E_U8 + E.state] === END_STATE.inactive
    );
  }

  /** The time after which a connection is over, in seconds (Zeek's timers; model/limits.ts). */
  of(slot: number): number {
    const s = this.#s;
    const idle = s.cF64[slot * C_F64 + C.idleSince];
    let deadline = idle + s.cF64[slot * C_F64 + C.inactivity];
    this.reason = END.timeout;
    if (s.cU8[slot * C_U8 + C.ipProto] !== IP_PROTO.tcp) return deadline;
    const orig = 2 * slot;
    const resp = orig + 1;
    const deleteAt = s.cF64[slot * C_F64 + C.deleteAt];
    if (deleteAt !== 0 && deleteAt < deadline) {
      deadline = deleteAt;
      this.reason =
        s.eU8[orig * E_U8 + E.state] === END_STATE.reset || s.eU8[resp * E_U8 + E.state] === END_STATE.reset
          ? END.reset
          : END.closed;
    }
    const attempt = s.cF64[slot * C_F64 + C.attemptAt];
    if (
      attempt !== 0 &&
      attempt < deadline &&
      s.cU8[slot * C_U8 + C.active] === 1 &&
      s.eU8[resp * E_U8 + E.state] === END_STATE.inactive
    ) {
      if (
        s.eU8[orig * E_U8 + E.state] === END_STATE.synSent ||
        s.eU8[orig * E_U8 + E.state] === END_STATE.synAckSent
      ) {
        deadline = attempt;
        this.reason = END.attempt;
      }
    }
    return Math.min(deadline, this.#lingerDeadline(slot, orig, resp, idle, deadline));
  }

  /** One side has closed and nothing more came: looked at every `tcp_session_timer` seconds. */
  #lingerDeadline(slot: number, orig: number, resp: number, idle: number, otherwise: number): number {
    const s = this.#s;
    if (
      s.cU8[slot * C_U8 + C.active] === 0 ||
      s.cF64[slot * C_F64 + C.deleteAt] !== 0 ||
      (s.eU8[orig * E_U8 + E.didClose] === 0 && s.eU8[resp * E_U8 + E.didClose] === 0)
    )
      return otherwise;
    const over =
      (s.eU8[orig * E_U8 + E.didClose] === 1 && s.eU8[resp * E_U8 + E.didClose] === 1) ||
      s.eU8[orig * E_U8 + E.state] === END_STATE.reset ||
      s.eU8[resp * E_U8 + E.state] === END_STATE.reset ||
      s.eU8[orig * E_U8 + E.state] === END_STATE.inactive ||
      s.eU8[resp * E_U8 + E.state] === END_STATE.inactive;
    if (!over) return otherwise;
    const {
      tcp_SYN_timeout: first,
      tcp_session_timer: every,
      tcp_connection_linger: linger,
    } = this.#timeouts;
    const begin = s.cF64[slot * C_F64 + C.firstSec] + first;
    const rounds = Math.max(0, Math.ceil((idle + linger - begin) / every));
    const at = begin + rounds * every;
    if (at < otherwise) this.reason = END.closed;
    return at;
  }

  inactivityOf(ipProto: number): number {
    const t = this.#timeouts;
    if (ipProto === IP_PROTO.icmp || ipProto === IP_PROTO.icmpv6) return t.icmp_inactivity_timeout;
    // A TCP connection gets its own time-out when its handshake is over.
    return ipProto === IP_PROTO.udp || ipProto === IP_PROTO.tcp
      ? t.udp_inactivity_timeout
      : t.unknown_ip_inactivity_timeout;
  }

  endOfCaptureReason(slot: number): number {
    const s = this.#s;
    if (s.cF64[slot * C_F64 + C.deleteAt] === 0) return END.endOfCapture;
    return s.eU8[2 * slot * E_U8 + E.state] === END_STATE.reset ||
      s.eU8[(2 * slot + 1) * E_U8 + E.state] === END_STATE.reset
      ? END.reset
      : END.closed;
  }
}

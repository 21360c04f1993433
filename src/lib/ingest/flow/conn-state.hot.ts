/** What a connection was when it ended: its transport and Zeek's conn_state. */

import { CONN_STATES, IP_PROTO, PROTOS } from '../../model/ids.ts';
import { C, C_U8, E, E_U8 } from './flow-record.ts';
import { END_STATE, type FlowStore } from './flow-store.ts';

const STATE = Object.fromEntries(CONN_STATES.map((name, at) => [name, at])) as Record<
  (typeof CONN_STATES)[number],
  number
>;
const PROTO = Object.fromEntries(PROTOS.map((name, at) => [name, at])) as Record<
  (typeof PROTOS)[number],
  number
>;
const { inactive, synSent, synAckSent, partial, established, closed, reset } = END_STATE;

const S = 83;
const R = 82;
const CARET = 94;
/** Letters that show that the responder was there, or that the SYN was not alone: after them a RST is no RSTOS0. */
const NOT_LONE_SYN = new Uint8Array(128);
for (const letter of 'HAFGIQ') NOT_LONE_SYN[letter.charCodeAt(0)] = 1;

/** `hasPorts`: an SCTP packet without a chunk has none, and is no more than an IP protocol's number. */
export function protoOf(ipProto: number, hasPorts: boolean): number {
  if (ipProto === IP_PROTO.tcp) return PROTO.tcp;
  if (ipProto === IP_PROTO.udp) return PROTO.udp;
  if (ipProto === IP_PROTO.icmp || ipProto === IP_PROTO.icmpv6) return PROTO.icmp;
  return ipProto === IP_PROTO.sctp && hasPorts ? PROTO.sctp : PROTO.unknown_transport;
}

/** Zeek's conn_state, from the states of both ends. */
export function connState(s: FlowStore, slot: number, origSize: number, respSize: number): number {
  const orig = s.eU8[2 * slot * E_U8 + E.state];
  const resp = s.eU8[(2 * slot + 1) * E_U8 + E.state];
  const origIdle = orig === inactive || orig === partial;
  const respIdle = resp === inactive || resp === partial;
  if (resp === reset) {
    if (orig === synSent || orig === synAckSent || (orig === reset && origSize === 0 && respSize === 0))
      return STATE.REJ;
    return origIdle ? STATE.RSTRH : STATE.RSTR;
  }
  if (orig === reset) {
    if (respIdle) return isLoneSynReset(s, slot) ? STATE.RSTOS0 : STATE.OTH;
    return STATE.RSTO;
  }
  if (resp === closed && orig === closed) return STATE.SF;
  if (orig === closed) return respIdle ? STATE.SH : STATE.S2;
  if (resp === closed) return origIdle ? STATE.SHR : STATE.S3;
  if (orig === synSent && resp === inactive) return STATE.S0;
  if (orig === established && resp === established) return STATE.S1;
  return STATE.OTH;
}

/** A history of the form ^?S…R with nothing but the originator's retries between. */
function isLoneSynReset(s: FlowStore, slot: number): boolean {
  const base = slot * C_U8 + C.history;
  const length = s.cU8[slot * C_U8 + C.historyLen];
  let at = length > 0 && s.cU8[base] === CARET ? 1 : 0;
  if (s.cU8[base + at] !== S) return false;
  for (at++; at < length; at++) {
    const letter = s.cU8[base + at];
    if (letter === R) return true;
    if (NOT_LONE_SYN[letter] === 1) return false;
  }
  return false;
}

/** Connection without a handshake: who was heard. */
export function datagramState(s: FlowStore, slot: number, ipProto: number): number {
  if (ipProto !== IP_PROTO.udp) return STATE.OTH;
  const orig = s.eU8[2 * slot * E_U8 + E.flags] === 1;
  const resp = s.eU8[(2 * slot + 1) * E_U8 + E.flags] === 1;
  if (orig) return resp ? STATE.SF : STATE.S0;
  return resp ? STATE.SHR : STATE.OTH;
}

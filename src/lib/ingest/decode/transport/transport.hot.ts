/** TCP (RFC 9293), UDP (RFC 768), SCTP (RFC 9260), ICMP (RFC 792) and ICMPv6 (RFC 4443): ports, flags, payload. */

import { addressPairHash } from '../../../model/address-pair.hot.ts';
import { FAULT } from '../../../model/faults.ts';
import { internetChecksum, pseudoHeaderSum } from '../checksum.hot.ts';
import { byUdpPort } from '../dispatch.hot.ts';
import { FRAGMENT, type Headers } from '../../../model/headers.ts';
import { counterpart4, counterpart6, ONE_WAY } from './icmp-counterparts.ts';

const BAD_TRANSPORT_CHECKSUM = 2;

/** Checksums are checked where the whole segment was captured. `field` is where the checksum stands. */
function check(h: Headers, layer: number, proto: number, off: number, length: number, field: number): void {
  if (off + length > h.end || length <= 0) return;
  const pseudo = pseudoHeaderSum(h, layer, proto, length);
  if (internetChecksum(h.data, off, length, pseudo) === 0) return;
  if (h.forgiveOffload && isLeftToHardware(h.data.getUint16(field), pseudo)) return;
  h.badChecksum[layer] = BAD_TRANSPORT_CHECKSUM;
}

const isOurs = (h: Headers, layer: number): boolean =>
  addressPairHash(h.src, h.dst, 4 * layer, 4 * layer) % h.shares === h.share;

/** A sender that leaves the checksum to its network card writes the pseudo header's sum there, or nothing. */
function isLeftToHardware(written: number, pseudo: number): boolean {
  let folded = pseudo;
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16);
  return written === 0 || written === folded || written === (~folded & 0xffff);
}

export function tcp(h: Headers, off: number, end: number): number {
  const layer = h.layers - 1;
  const length = h.l4Len[layer];
  if (end - off < 4) return FAULT.truncated_transport;
  const { data } = h;
  h.sport[layer] = data.getUint16(off);
  h.dport[layer] = data.getUint16(off + 2);
  if (end - off < 20 || length < 20) return FAULT.truncated_transport;
  const headerLen = (h.bytes[off + 12] >> 4) * 4;
  if (headerLen < 20 || headerLen > length) return FAULT.bad_transport;
  h.hasTransport[layer] = 1;
  h.tcpSeq[layer] = data.getUint32(off + 4);
  h.tcpAck[layer] = data.getUint32(off + 8);
  const flags = h.bytes[off + 13];
  h.tcpFlags[layer] = flags;
  h.tcpWindow[layer] = data.getUint16(off + 14);
  h.tcpScale[layer] =
    flags & 2 && headerLen > 20 ? windowScale(h, off + 20, Math.min(off + headerLen, end)) : -1;
  const payload = off + headerLen < end ? off + headerLen : end;
  h.payloadOff[layer] = payload;
  h.payloadLen[layer] = length - headerLen;
  h.payloadCap[layer] = end - payload;
  if (h.verifyChecksums && (h.shares === 1 || isOurs(h, layer))) check(h, layer, 6, off, length, off + 16);
  return off + headerLen > end ? FAULT.truncated_transport : FAULT.none;
}

/** The window scale option (RFC 7323), or -1. */
function windowScale(h: Headers, off: number, end: number): number {
  const { bytes } = h;
  let at = off;
  while (at < end) {
    const kind = bytes[at];
    if (kind === 0) return -1;
    if (kind === 1) {
      at++;
      continue;
    }
    if (at + 1 >= end) return -1;
    const length = bytes[at + 1];
    if (length < 2 || at + length > end) return -1;
    if (kind === 3 && length >= 3) return Math.min(14, bytes[at + 2]);
    at += length;
  }
  return -1;
}

export function udp(h: Headers, off: number, end: number): number {
  const layer = h.layers - 1;
  const length = h.l4Len[layer];
  if (end - off < 4) return FAULT.truncated_transport;
  const { data } = h;
  const sport = data.getUint16(off);
  const dport = data.getUint16(off + 2);
  h.sport[layer] = sport;
  h.dport[layer] = dport;
  if (end - off < 8 || length < 8) return FAULT.truncated_transport;
  h.hasTransport[layer] = 1;
  const claimed = data.getUint16(off + 4);
  const udpLen = claimed >= 8 && claimed <= length ? claimed : length;
  h.payloadOff[layer] = off + 8;
  h.payloadLen[layer] = udpLen - 8;
  const stop = off + udpLen < end ? off + udpLen : end;
  h.payloadCap[layer] = stop - off - 8;
  if (h.verifyChecksums && (data.getUint16(off + 6) !== 0 || h.version[layer] === 6))
    check(h, layer, 17, off, length, off + 6);
  const fault = claimed !== 0 && claimed < 8 ? FAULT.bad_transport : FAULT.none;
  const inner = byUdpPort[dport] ?? byUdpPort[sport];
  if (inner !== undefined && h.badChecksum[layer] === 0) {
    const found = inner(h, off + 8, stop);
    return found === FAULT.none ? fault : found;
  }
  return fault;
}

const SCTP_WITH_CHUNK = 16;

/** A packet without a single chunk is no SCTP (RFC 9260 3): its ports mean nothing, and it is counted by its IP protocol. */
export function sctp(h: Headers, off: number, end: number): number {
  const layer = h.layers - 1;
  if (h.l4Len[layer] < SCTP_WITH_CHUNK) return FAULT.none;
  if (end - off < 4) return FAULT.truncated_transport;
  h.sport[layer] = h.data.getUint16(off);
  h.dport[layer] = h.data.getUint16(off + 2);
  if (end - off < 12) return FAULT.truncated_transport;
  h.hasTransport[layer] = 1;
  h.payloadOff[layer] = off + 12;
  h.payloadLen[layer] = h.l4Len[layer] - 12;
  h.payloadCap[layer] = end - off - 12;
  return FAULT.none;
}

/** DCCP (RFC 4340): its ports alone; it is counted as the IP protocol that it is. */
export function dccp(h: Headers, off: number, end: number): number {
  const layer = h.layers - 1;
  if (end - off < 4) return FAULT.truncated_transport;
  h.sport[layer] = h.data.getUint16(off);
  h.dport[layer] = h.data.getUint16(off + 2);
  if (end - off < 12 || h.l4Len[layer] < 12) return FAULT.truncated_transport;
  h.hasTransport[layer] = 1;
  const header = Math.min(h.bytes[off + 4] * 4, h.l4Len[layer]);
  h.payloadOff[layer] = Math.min(off + header, end);
  h.payloadLen[layer] = h.l4Len[layer] - header;
  h.payloadCap[layer] = Math.max(0, end - off - header);
  return FAULT.none;
}

const ICMP_HEADER = 8;

function icmpCommon(h: Headers, off: number, end: number, counterparts: Int16Array): number {
  const layer = h.layers - 1;
  const length = h.l4Len[layer];
  if (end - off < 2) return FAULT.truncated_transport;
  const type = h.bytes[off];
  const other = counterparts[type];
  h.sport[layer] = type;
  h.dport[layer] = other === ONE_WAY ? h.bytes[off + 1] : other;
  h.oneWay[layer] = other === ONE_WAY ? 1 : 0;
  if (end - off < 4 || length < 4) return FAULT.truncated_transport;
  h.hasTransport[layer] = 1;
  const header = length < ICMP_HEADER ? length : ICMP_HEADER;
  h.payloadOff[layer] = off + header < end ? off + header : end;
  h.payloadLen[layer] = length - header;
  h.payloadCap[layer] = Math.max(0, end - off - header);
  return FAULT.none;
}

export function icmp(h: Headers, off: number, end: number): number {
  const fault = icmpCommon(h, off, end, counterpart4);
  const layer = h.layers - 1;
  const length = h.l4Len[layer];
  if (
    h.verifyChecksums &&
    fault === FAULT.none &&
    off + length <= h.end &&
    internetChecksum(h.data, off, length, 0) !== 0
  ) {
    h.badChecksum[layer] = BAD_TRANSPORT_CHECKSUM;
  }
  return fault;
}

export function icmp6(h: Headers, off: number, end: number): number {
  const fault = icmpCommon(h, off, end, counterpart6);
  const layer = h.layers - 1;
  if (h.verifyChecksums && fault === FAULT.none && h.fragment[layer] === FRAGMENT.none)
    check(h, layer, 58, off, h.l4Len[layer], off + 2);
  return fault;
}

/**
 * Tunnels over UDP. A port is a hint: each looks whether its header and the packet inside make sense, and where they do not,
 * the payload is simply a payload. VXLAN (RFC 7348), GENEVE (RFC 8926), GTPv1-U (3GPP TS 29.281), Teredo (RFC 4380), L2TPv2
 * (RFC 2661).
 */

import { FAULT } from '../../../model/faults.ts';
import { TUNNEL_TYPES } from '../../../model/ids.ts';
import { decodeEtherType, decodeLink } from '../dispatch.hot.ts';
import type { Headers } from '../../../model/headers.ts';
import { pppProtocol } from '../wire/ppp.hot.ts';

const TUNNEL_VXLAN = TUNNEL_TYPES.indexOf('vxlan');
const TUNNEL_GENEVE = TUNNEL_TYPES.indexOf('geneve');
const TUNNEL_TEREDO = TUNNEL_TYPES.indexOf('teredo');
const TUNNEL_GTP = TUNNEL_TYPES.indexOf('gtpv1');
const TUNNEL_L2TP = TUNNEL_TYPES.indexOf('l2tp');
const TUNNEL_CAPWAP = TUNNEL_TYPES.indexOf('capwap');

function carry(h: Headers, tunnel: number, key: number, id: number): void {
  h.nextTunnel = tunnel;
  h.nextTunnelKey = key;
  h.nextTunnelId = id;
}

/** Undoes `carry` where nothing was carried: the next packet's outer layer must not inherit it. */
function settle(h: Headers, fault: number): number {
  h.nextTunnel = 0;
  h.nextTunnelKey = 0;
  h.nextTunnelId = 0;
  return fault;
}

export function vxlan(h: Headers, off: number, end: number): number {
  if (end - off < 8 + 14 || (h.bytes[off] & 0x08) === 0) return FAULT.none;
  const vni = h.data.getUint32(off + 4) >>> 8;
  carry(h, TUNNEL_VXLAN, vni, vni);
  return settle(h, decodeEtherType(0x6558, h, off + 8, end));
}

export function geneve(h: Headers, off: number, end: number): number {
  if (end - off < 8) return FAULT.none;
  const first = h.bytes[off];
  const header = 8 + (first & 0x3f) * 4;
  if (first >> 6 !== 0 || off + header > end) return FAULT.none;
  const vni = h.data.getUint32(off + 4) >>> 8;
  carry(h, TUNNEL_GENEVE, vni, vni);
  return settle(h, decodeEtherType(h.data.getUint16(off + 2), h, off + header, end));
}

const GTP_GPDU = 255;

export function gtpU(h: Headers, off: number, end: number): number {
  if (end - off < 8) return FAULT.none;
  const flags = h.bytes[off];
  if (flags >> 5 !== 1 || (flags & 0x10) === 0 || h.bytes[off + 1] !== GTP_GPDU) return FAULT.none;
  let at = off + 8;
  if (flags & 7) {
    if (at + 4 > end) return FAULT.none;
    let next = flags & 4 ? h.bytes[at + 3] : 0;
    at += 4;
    while (next !== 0) {
      const length = at < end ? h.bytes[at] * 4 : 0;
      if (length === 0 || at + length > end) return FAULT.none;
      next = h.bytes[at + length - 1];
      at += length;
    }
  }
  if (at >= end) return FAULT.none;
  const version = h.bytes[at] >> 4;
  if (version !== 4 && version !== 6) return FAULT.none;
  if (end - at < (version === 4 ? 20 : 40)) return FAULT.none;
  // A tunnel endpoint id is of one direction: it is recorded, and never part of a key.
  carry(h, TUNNEL_GTP, 0, h.data.getUint32(off + 4));
  return settle(h, decodeEtherType(version === 4 ? 0x0800 : 0x86dd, h, at, end));
}

export function teredo(h: Headers, off: number, end: number): number {
  let at = off;
  // Authentication, then origin indication (RFC 4380 5.1.1), both optional.
  if (end - at >= 4 && h.data.getUint16(at) === 0x0001) at += 13 + h.bytes[at + 2] + h.bytes[at + 3];
  if (end - at >= 8 && h.data.getUint16(at) === 0x0000) at += 8;
  if (end - at < 40 || h.bytes[at] >> 4 !== 6) return FAULT.none;
  if (h.data.getUint16(at + 4) + 40 > end - at) return FAULT.none;
  carry(h, TUNNEL_TEREDO, 0, 0);
  return settle(h, decodeEtherType(0x86dd, h, at, end));
}

const LINKTYPE_80211 = 105;
const CAPWAP_NATIVE_80211 = 1;

/** CAPWAP data (RFC 5415 4.3): its header, then an 802.3 or native 802.11 frame. Encrypted ones start with a 1 and stay payload. */
export function capwap(h: Headers, off: number, end: number): number {
  if (end - off < 8 || h.bytes[off] !== 0) return FAULT.none;
  const word = h.data.getUint32(off);
  const header = ((word >>> 19) & 0x1f) * 4;
  const binding = (word >>> 9) & 0x1f;
  const isNative = (word & 0x100) !== 0;
  const isFragment = (word & 0x80) !== 0;
  if (header < 8 || off + header >= end || isFragment) return FAULT.none;
  carry(h, TUNNEL_CAPWAP, 0, 0);
  if (!isNative) return settle(h, decodeEtherType(0x6558, h, off + header, end));
  return settle(
    h,
    binding === CAPWAP_NATIVE_80211 ? decodeLink(LINKTYPE_80211, h, off + header, end) : FAULT.none,
  );
}

export function l2tp(h: Headers, off: number, end: number): number {
  if (end - off < 6) return FAULT.none;
  const flags = h.data.getUint16(off);
  const isControl = (flags & 0x8000) !== 0;
  if ((flags & 0x000f) !== 2 || isControl) return FAULT.none;
  let at = off + 2;
  if (flags & 0x4000) at += 2;
  if (at + 4 > end) return FAULT.none;
  const session = h.data.getUint32(at);
  at += 4;
  if (flags & 0x0800) at += 4;
  if (flags & 0x0200) at += 2 + (at + 2 <= end ? h.data.getUint16(at) : 0);
  if (at + 2 > end) return FAULT.none;
  const framed = h.data.getUint16(at) === 0xff03;
  carry(h, TUNNEL_L2TP, 0, session);
  return settle(h, pppProtocol(h, framed ? at + 2 : at, end));
}

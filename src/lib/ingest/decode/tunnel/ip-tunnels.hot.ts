/** Tunnels right above IP: IP-in-IP and 6in4 (RFC 2003, 4213), GRE (RFC 2784, 2890; PPTP's version 1, RFC 2637) with ERSPAN, AH (RFC 4302), L2TPv3. */

import { FAULT } from '../../../model/faults.ts';
import { TUNNEL_TYPES } from '../../../model/ids.ts';
import { decodeEtherType, decodeIpPayload, decodeLink } from '../dispatch.hot.ts';
import type { Headers } from '../../../model/headers.ts';
import { pppProtocol } from '../wire/ppp.hot.ts';

const TUNNEL_IP = TUNNEL_TYPES.indexOf('ip');
const TUNNEL_GRE = TUNNEL_TYPES.indexOf('gre');
const TUNNEL_ERSPAN = TUNNEL_TYPES.indexOf('erspan');
const TUNNEL_AH = TUNNEL_TYPES.indexOf('ah');

const LINKTYPE_80211 = 105;
const WCCP = 0x883e;
/** In GRE the EtherType of what follows stands before version, length and security group tag, on Ethernet behind them. */
const CISCO_METADATA = 0x8909;
/** Access points of Aruba send 802.11 frames to their controller, one number a channel. */
const ARUBA_FIRST = 0x8200;
const ARUBA_LAST = 0x820f;

export function ipInIp(h: Headers, off: number, end: number): number {
  h.nextTunnel = TUNNEL_IP;
  return decodeEtherType(0x0800, h, off, end);
}

export function ip6InIp(h: Headers, off: number, end: number): number {
  h.nextTunnel = TUNNEL_IP;
  return decodeEtherType(0x86dd, h, off, end);
}

export function gre(h: Headers, off: number, end: number): number {
  if (end - off < 4) return FAULT.bad_tunnel;
  const { data } = h;
  const flags = data.getUint16(off);
  const protocol = data.getUint16(off + 2);
  const version = flags & 7;
  if (version > 1) return FAULT.none;
  let at = off + 4;
  let key = 0;
  if (flags & 0xc000 && version === 0) at += 4;
  if (flags & 0x2000) {
    if (at + 4 > end) return FAULT.bad_tunnel;
    // Version 1 has payload length and call id here; a call id differs by direction.
    if (version === 0) key = data.getUint32(at);
    at += 4;
  }
  const hasSequence = (flags & 0x1000) !== 0;
  if (hasSequence) at += 4;
  if (version === 1 && flags & 0x0080) at += 4;
  if (flags & 0x4000 && version === 0) at = skipSourceRoutes(h, at, end);
  if (at > end) return FAULT.bad_tunnel;
  if (at === end) return FAULT.none;
  h.nextTunnel = TUNNEL_GRE;
  h.nextTunnelKey = key;
  h.nextTunnelId = key;
  if (protocol === 0x880b) return version === 1 ? pppInGre(h, at, end) : pppProtocol(h, at, end);
  if (protocol === 0x88be) return erspan(h, hasSequence ? at + 8 : at, end);
  if (protocol === 0x22eb) return erspan3(h, at, end);
  if (protocol === 0x6558) return bridgedFrame(h, at, end);
  if (protocol === CISCO_METADATA)
    return at + 8 > end ? FAULT.bad_tunnel : decodeEtherType(data.getUint16(at), h, at + 8, end);
  if (protocol === WCCP) return redirected(h, at, end);
  if (protocol >= ARUBA_FIRST && protocol <= ARUBA_LAST) return decodeLink(LINKTYPE_80211, h, at, end);
  return decodeEtherType(protocol, h, at, end);
}

/** WCCP's redirected packet: version 2 has a header of four bytes before it, version 1 none; IP's version tells. */
function redirected(h: Headers, off: number, end: number): number {
  const at = off < end && h.bytes[off] >> 4 !== 4 ? off + 4 : off;
  return at < end ? decodeEtherType(0x0800, h, at, end) : FAULT.bad_tunnel;
}

function skipSourceRoutes(h: Headers, off: number, end: number): number {
  let at = off;
  while (at + 4 <= end) {
    const length = h.bytes[at + 3];
    const family = h.data.getUint16(at);
    at += 4 + length;
    if (family === 0 && length === 0) return at;
  }
  return end + 1;
}

function pppInGre(h: Headers, off: number, end: number): number {
  const framed = end - off >= 2 && h.data.getUint16(off) === 0xff03;
  return pppProtocol(h, framed ? off + 2 : off, end);
}

function bridgedFrame(h: Headers, off: number, end: number): number {
  return decodeEtherType(0x6558, h, off, end);
}

/** Types I (no header of its own) and II (8 bytes): the mirrored frame. The session id is no key: one session has both directions. */
function erspan(h: Headers, off: number, end: number): number {
  h.nextTunnel = TUNNEL_ERSPAN;
  if (off > end) return FAULT.bad_tunnel;
  return bridgedFrame(h, off, end);
}

/** Type III: 12 bytes, and 8 more where the O bit says so. */
function erspan3(h: Headers, off: number, end: number): number {
  h.nextTunnel = TUNNEL_ERSPAN;
  if (off + 12 > end) return FAULT.bad_tunnel;
  const optional = h.bytes[off + 11] & 1;
  const frame = off + 12 + (optional ? 8 : 0);
  return frame > end ? FAULT.bad_tunnel : bridgedFrame(h, frame, end);
}

/**
 * AH authenticates the packet and hides nothing: what follows is a layer of its own between the same addresses, carried by the
 * connection of protocol 51.
 */
export function ah(h: Headers, off: number, end: number): number {
  const outer = h.layers - 1;
  if (end - off < 12) return FAULT.truncated_network;
  const length = (h.bytes[off + 1] + 2) * 4;
  if (off + length > end) return FAULT.truncated_network;
  const layer = h.openInner(outer);
  if (layer < 0) return FAULT.encapsulation_cap;
  h.tunnel[layer] = TUNNEL_AH;
  h.ipProto[layer] = h.bytes[off];
  h.l4Off[layer] = off + length;
  h.l4Len[layer] = Math.max(0, h.l4Len[outer] - length);
  h.l4End[layer] = end;
  return decodeIpPayload(h, layer);
}

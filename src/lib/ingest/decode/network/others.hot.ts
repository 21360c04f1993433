/** ARP and RARP, MPLS label stacks. */

import { FAULT } from '../../../model/faults.ts';
import { decodeEtherType, FAMILY } from '../dispatch.hot.ts';
import type { Headers } from '../../../model/headers.ts';

export function arp(h: Headers, off: number, end: number): number {
  if (h.family === FAMILY.none) h.family = FAMILY.arp;
  if (end - off < 8) return FAULT.truncated_network;
  const need = 8 + 2 * (h.bytes[off + 4] + h.bytes[off + 5]);
  if (end - off < need) return FAULT.truncated_network;
  h.arpOff = off;
  return FAULT.none;
}

export function rarp(h: Headers, off: number, end: number): number {
  if (h.family === FAMILY.none) h.family = FAMILY.rarp;
  return arp(h, off, end);
}

/** MPLS (RFC 3032): labels to the bottom of the stack; what follows shows in its first nibble (RFC 4928). */
export function mpls(h: Headers, off: number, end: number): number {
  let at = off;
  for (;;) {
    if (at + 4 > end) return FAULT.truncated_link;
    const bottom = h.bytes[at + 2] & 1;
    at += 4;
    if (bottom) break;
  }
  if (at >= end) return FAULT.none;
  const nibble = h.bytes[at] >> 4;
  if (nibble === 4) return decodeEtherType(0x0800, h, at, end);
  if (nibble === 6) return decodeEtherType(0x86dd, h, at, end);
  // An Ethernet pseudowire's control word (RFC 4448 4.6): sixteen bits of zero, where an address seldom has them.
  if (end - at >= 18 && h.data.getUint16(at) === 0) return decodeEtherType(0x6558, h, at + 4, end);
  if (end - at >= 14) return decodeEtherType(0x6558, h, at, end);
  if (h.family === FAMILY.none) h.family = FAMILY.other;
  return FAULT.none;
}

/** Ethernet II, IEEE 802.3 with LLC/SNAP, and VLAN tags (802.1Q, 802.1ad and the older 0x9100 family). */

import { FAULT } from '../../../model/faults.ts';
import { DECODE_LIMITS } from '../../../model/limits.ts';
import { decodeEtherType } from '../dispatch.hot.ts';
import { llc } from '../wire/llc.hot.ts';
import { pppProtocol } from '../wire/ppp.hot.ts';
import type { Headers } from '../../../model/headers.ts';

const MIN_ETHER_TYPE = 0x600;

export function ethernet(h: Headers, off: number, end: number): number {
  if (end - off < 14) return FAULT.truncated_link;
  const { data } = h;
  h.hasMacs = 1;
  h.dstMacHi = data.getUint16(off);
  h.dstMacLo = data.getUint32(off + 2);
  h.srcMacHi = data.getUint16(off + 6);
  h.srcMacLo = data.getUint32(off + 8);
  return etherTypeOrLength(h, off + 12, end);
}

/** At an EtherType or 802.3 length field: after the MAC addresses or after a VLAN tag. */
function etherTypeOrLength(h: Headers, off: number, end: number): number {
  const type = h.data.getUint16(off);
  if (type >= MIN_ETHER_TYPE) return decodeEtherType(type, h, off + 2, end);
  // The length leaves padding out.
  return llc(h, off + 2, type > 0 && off + 2 + type < end ? off + 2 + type : end);
}

export function vlan(h: Headers, off: number, end: number): number {
  if (end - off < 4) return FAULT.truncated_link;
  if (h.vlanCount < DECODE_LIMITS.maxVlanTags) h.vlans[h.vlanCount++] = h.data.getUint16(off) & 0x0fff;
  return etherTypeOrLength(h, off + 2, end);
}

/** Cisco FabricPath: an outer header of 16 bytes (its EtherType field holds the forwarding tag), then Ethernet with its own. */
export function fabricPath(h: Headers, off: number, end: number): number {
  return ethernet(h, off + 2, end);
}

/** Cisco metadata (TrustSec): version, length, an option with the security group tag, then the frame's own EtherType. */
export function ciscoMetadata(h: Headers, off: number, end: number): number {
  return end - off < 8 ? FAULT.truncated_link : etherTypeOrLength(h, off + 6, end);
}

/** VN-Tag (IEEE 802.1BR's predecessor): four bytes of virtual interfaces, then the frame's own EtherType. */
export function vnTag(h: Headers, off: number, end: number): number {
  return end - off < 6 ? FAULT.truncated_link : etherTypeOrLength(h, off + 4, end);
}

/** Transparent Ethernet bridging (GRE, GENEVE): a whole frame inside; its tags and addresses are the inner connection's. */
export function bridged(h: Headers, off: number, end: number): number {
  h.vlanFrom = h.vlanCount;
  return ethernet(h, off, end);
}

/** PPPoE session (RFC 2516): version, code, session, length, then PPP. */
export function pppoe(h: Headers, off: number, end: number): number {
  if (end - off < 8) return FAULT.truncated_link;
  const { data } = h;
  const length = data.getUint16(off + 4);
  const stop = off + 6 + length < end ? off + 6 + length : end;
  return pppProtocol(h, off + 6, stop);
}

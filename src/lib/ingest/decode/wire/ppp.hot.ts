/** The PPP protocol field, on serial links, in PPPoE and in tunnels. */

import { FAULT } from '../../../model/faults.ts';
import type { Headers } from '../../../model/headers.ts';
import { decodeEtherType, FAMILY } from '../dispatch.hot.ts';

/** At a PPP protocol field of one or two bytes (RFC 1661 2, 6.5). */
export function pppProtocol(h: Headers, off: number, end: number): number {
  if (off >= end) return FAULT.truncated_link;
  let at = off + 1;
  let protocol = h.bytes[off];
  if ((protocol & 1) === 0) {
    if (end - off < 2) return FAULT.truncated_link;
    protocol = (protocol << 8) | h.bytes[at++];
  }
  switch (protocol) {
    case 0x21:
      return decodeEtherType(0x0800, h, at, end);
    case 0x57:
      return decodeEtherType(0x86dd, h, at, end);
    case 0x0281:
    case 0x0283:
      return decodeEtherType(0x8847, h, at, end);
    case 0x31:
      return end - at < 6 ? FAULT.truncated_link : decodeEtherType(0x6558, h, at + 2, end);
    default:
      if (h.family === FAMILY.none) h.family = FAMILY.other;
      return FAULT.none;
  }
}

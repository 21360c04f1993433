/** Linux netfilter's log messages: attributes in the byte order of the machine that captured, one of them the packet. */

import { FAULT } from '../../../model/faults.ts';
import type { Headers } from '../../../model/headers.ts';
import { decodeIpByVersion, FAMILY } from '../dispatch.hot.ts';

const AF_INET = 2;
const AF_INET6 = 10;
const PAYLOAD = 9;
const HEADER = 4;

/** LINKTYPE_NFLOG: address family, version, resource, then attributes of length, type and value, padded to four bytes. */
export function nflog(h: Headers, off: number, end: number): number {
  if (end - off < HEADER) return FAULT.truncated_link;
  const family = h.bytes[off];
  if (family !== AF_INET && family !== AF_INET6) {
    h.family = FAMILY.other;
    return FAULT.none;
  }
  let at = off + HEADER;
  while (at + 4 <= end) {
    const little = h.data.getUint16(at + 2, true) < 0x100;
    const length = h.data.getUint16(at, little);
    if (length < 4) return FAULT.bad_link;
    if (h.data.getUint16(at + 2, little) === PAYLOAD)
      return decodeIpByVersion(h, at + 4, at + length < end ? at + length : end);
    at += (length + 3) & ~3;
  }
  return FAULT.truncated_link;
}

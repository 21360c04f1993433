/** IEEE 802.2 logical link control, under every IEEE 802 link. */

import { FAULT } from '../../../model/faults.ts';
import type { Headers } from '../../../model/headers.ts';
import { decodeEtherType, FAMILY } from '../dispatch.hot.ts';

const SNAP = 0xaaaa;
const LLC_IP = 0x0606;

/** IEEE 802.2 LLC; with SNAP an EtherType follows. */
export function llc(h: Headers, off: number, end: number): number {
  if (end - off >= 3) {
    const saps = h.data.getUint16(off);
    if (saps === SNAP && end - off >= 8) return decodeEtherType(h.data.getUint16(off + 6), h, off + 8, end);
    if (saps === LLC_IP) return decodeEtherType(0x0800, h, off + 3, end);
  }
  if (h.family === FAMILY.none) h.family = FAMILY.other;
  return FAULT.none;
}

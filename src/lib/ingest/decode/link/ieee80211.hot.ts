/**
 * IEEE 802.11 data frames, bare or behind radiotap, Prism, AVS or PPI headers. Management, control and protected frames are
 * read to their headers: they carry no network layer that can be seen.
 */

import { FAULT } from '../../../model/faults.ts';
import { decodeLink, FAMILY } from '../dispatch.hot.ts';
import type { Headers } from '../../../model/headers.ts';
import { llc } from '../wire/llc.hot.ts';

const TYPE_DATA = 2;
const LINKTYPE_80211 = 105;
const RADIOTAP_FLAG_FCS = 0x10;
const RADIOTAP_FLAG_DATAPAD = 0x20;

export function ieee80211(h: Headers, off: number, end: number): number {
  return frame(h, off, end, 0);
}

function frame(h: Headers, off: number, end: number, dataPad: number): number {
  if (end - off < 2) return FAULT.truncated_link;
  const { bytes, data } = h;
  // Some access points send the two bytes of frame control in the wrong order over CAPWAP: the version, always 0, tells.
  const swapped = (bytes[off] & 3) !== 0 && (bytes[off + 1] & 3) === 0;
  const control = bytes[swapped ? off + 1 : off];
  const flags = bytes[swapped ? off : off + 1];
  h.family = FAMILY.other;
  if (((control >> 2) & 3) !== TYPE_DATA) return end - off < 10 ? FAULT.truncated_link : FAULT.none;
  const subtype = control >> 4;
  const toDs = flags & 1;
  const fromDs = (flags >> 1) & 1;
  let length = toDs && fromDs ? 30 : 24;
  const qos = off + length;
  if (subtype & 8) length += flags & 0x80 ? 6 : 2;
  if (end - off < length) return FAULT.truncated_link;
  const [dst, src] = [toDs ? off + 16 : off + 4, fromDs ? (toDs ? off + 24 : off + 16) : off + 10];
  h.hasMacs = 1;
  h.dstMacHi = data.getUint16(dst);
  h.dstMacLo = data.getUint32(dst + 2);
  h.srcMacHi = data.getUint16(src);
  h.srcMacLo = data.getUint32(src + 2);
  const hasNoData = (subtype & 4) !== 0;
  const isProtected = (flags & 0x40) !== 0;
  if (hasNoData || isProtected) return FAULT.none;
  if (dataPad) length = (length + 3) & ~3;
  if (subtype & 8 && bytes[qos] & 0x80 && !dataPad) return amsdu(h, off + length, end);
  h.family = FAMILY.none;
  return llc(h, off + length, end);
}

/** The first subframe of an aggregated MSDU: addresses, length, LLC. */
function amsdu(h: Headers, off: number, end: number): number {
  if (end - off < 14) return FAULT.truncated_link;
  h.family = FAMILY.none;
  const length = h.data.getUint16(off + 12);
  return llc(h, off + 14, off + 14 + length < end ? off + 14 + length : end);
}

/** radiotap: little endian; the flags field tells whether a frame check sequence and padding are there. */
export function radiotap(h: Headers, off: number, end: number): number {
  if (end - off < 8) return FAULT.truncated_link;
  const { bytes, data } = h;
  const length = data.getUint16(off + 2, true);
  if (length < 8) return FAULT.bad_link;
  if (off + length > end) return FAULT.truncated_link;
  let words = off + 4;
  while (words + 4 <= off + length && data.getUint32(words, true) >>> 31) words += 4;
  const present = data.getUint32(off + 4, true);
  let at = words + 4;
  let flags = 0;
  // Bit 0 is the time stamp of eight bytes, aligned to eight from the header's beginning; bit 1 the flags.
  if (present & 1) at = off + ((at - off + 7) & ~7) + 8;
  if (present & 2 && at < off + length) flags = bytes[at];
  const stop =
    flags & RADIOTAP_FLAG_FCS && end - 4 > off + length && h.wireLen <= end - h.start ? end - 4 : end;
  return frame(h, off + length, stop, flags & RADIOTAP_FLAG_DATAPAD);
}

/** Prism monitoring header: 144 bytes, or AVS where its cookie says so. */
export function prism(h: Headers, off: number, end: number): number {
  if (end - off < 8) return FAULT.truncated_link;
  const cookie = h.data.getUint32(off);
  if ((cookie & 0xfffff000) >>> 0 === 0x80211000) return avs(h, off, end);
  return end - off < 144 ? FAULT.truncated_link : frame(h, off + 144, end, 0);
}

/** AVS header: cookie, length (both big endian). */
export function avs(h: Headers, off: number, end: number): number {
  if (end - off < 8) return FAULT.truncated_link;
  const length = h.data.getUint32(off + 4);
  if (length < 8 || off + length > end) return FAULT.truncated_link;
  return frame(h, off + length, end, 0);
}

/** Per-Packet Information: version, flags, length, link type (little endian), then fields. */
export function ppi(h: Headers, off: number, end: number): number {
  if (end - off < 8) return FAULT.truncated_link;
  const { data } = h;
  const length = data.getUint16(off + 2, true);
  const linkType = data.getUint32(off + 4, true);
  if (length < 8) return FAULT.bad_link;
  if (off + length > end) return FAULT.truncated_link;
  if (linkType !== LINKTYPE_80211)
    return linkType === 192 ? FAULT.bad_link : decodeLink(linkType, h, off + length, end);
  const hasFcs =
    length >= 16 && data.getUint16(off + 8, true) === 2 && length >= 24 && data.getUint16(off + 20, true) & 1;
  return frame(h, off + length, hasFcs && end - 4 > off + length ? end - 4 : end, 0);
}

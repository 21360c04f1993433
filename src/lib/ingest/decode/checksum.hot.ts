/** The Internet checksum (RFC 1071). */

import type { Headers } from '../../model/headers.ts';

/** Bytes a turn of the unrolled loop takes. */
const STRIDE = 32;

/**
 * Ones' complement sum of `len` bytes, on top of `sum`, complemented: 0 where a checksum inside is right. At most 64 KB: the sum
 * of so many 16-bit words fits 32 bits. The words are summed in little endian, whatever the machine, and turned at the end: the
 * sum does not mind (RFC 1071 2B). Two words are read at once; the upper ones are summed apart, and what they add to the sum of all
 * is taken out of it again at the end.
 */
export function internetChecksum(data: DataView, off: number, len: number, sum: number): number {
  const end = off + len;
  let all = 0;
  let upper = 0;
  let i = off;
  for (; i + STRIDE <= end; i += STRIDE) {
    const a = data.getInt32(i, true);
    const b = data.getInt32(i + 4, true);
    const c = data.getInt32(i + 8, true);
    const d = data.getInt32(i + 12, true);
    const e = data.getInt32(i + 16, true);
    const f = data.getInt32(i + 20, true);
    const g = data.getInt32(i + 24, true);
    const h = data.getInt32(i + 28, true);
    all = (all + a + b + c + d + e + f + g + h) | 0;
    upper = (upper + (a >>> 16) + (b >>> 16) + (c >>> 16) + (d >>> 16)) | 0;
    upper = (upper + (e >>> 16) + (f >>> 16) + (g >>> 16) + (h >>> 16)) | 0;
  }
  for (; i + 4 <= end; i += 4) {
    const word = data.getInt32(i, true);
    all = (all + word) | 0;
    upper = (upper + (word >>> 16)) | 0;
  }
  if (i + 2 <= end) {
    all = (all + data.getUint16(i, true)) | 0;
    i += 2;
  }
  if (i < end) all = (all + data.getUint8(i)) | 0;
  const lower = (all - (upper << 16)) >>> 0;
  let little = (lower & 0xffff) + (lower >>> 16) + (upper & 0xffff) + (upper >>> 16);
  while (little > 0xffff) little = (little & 0xffff) + (little >>> 16);
  let folded = sum + (((little & 0xff) << 8) | (little >>> 8));
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16);
  return ~folded & 0xffff;
}

/** Sum of the pseudo header of a layer (RFC 9293 3.1, RFC 8200 8.1) for `length` bytes of transport. */
export function pseudoHeaderSum(h: Headers, layer: number, proto: number, length: number): number {
  const at = 4 * layer;
  let sum = proto + length;
  const from = h.version[layer] === 4 ? 3 : 0;
  for (let word = from; word < 4; word++) {
    const s = h.src[at + word];
    const d = h.dst[at + word];
    sum += (s >>> 16) + (s & 0xffff) + (d >>> 16) + (d & 0xffff);
  }
  return sum;
}

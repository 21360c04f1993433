/** The Internet checksum (RFC 1071). */

import type { Headers } from '../../model/headers.ts';

/** Ones' complement sum of `len` bytes, on top of `sum`, complemented: 0 where a checksum inside is right. */
export function internetChecksum(bytes: Uint8Array, off: number, len: number, sum: number): number {
  let total = sum;
  const even = off + (len & ~1);
  for (let i = off; i < even; i += 2) total += ((bytes[i] as number) << 8) | (bytes[i + 1] as number);
  if (len & 1) total += (bytes[even] as number) << 8;
  // A length of up to 64 KB cannot overflow 2^53: fold at the end.
  while (total > 0xffff) total = (total % 0x10000) + Math.floor(total / 0x10000);
  return ~total & 0xffff;
}

/** Sum of the pseudo header of a layer (RFC 9293 3.1, RFC 8200 8.1) for `length` bytes of transport. */
export function pseudoHeaderSum(h: Headers, layer: number, proto: number, length: number): number {
  const at = 4 * layer;
  let sum = proto + length;
  const from = h.version[layer] === 4 ? 3 : 0;
  for (let word = from; word < 4; word++) {
    const s = h.src[at + word] as number;
    const d = h.dst[at + word] as number;
    sum += (s >>> 16) + (s & 0xffff) + (d >>> 16) + (d & 0xffff);
  }
  return sum;
}

/**
 * `uid`: `C` and 96 bits in base 62. The bits are MurmurHash3_x86_128 (Austin Appleby, public domain) of the first packet's
 * time, the flow key and the ordinal among equals, so that slicing, compressing or converting a capture changes no uid.
 */

export const UID_LENGTH = 18;

const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93;

const words = new Uint32Array(20);
const limbs = new Uint16Array(6);
const ALPHABET = new TextEncoder().encode('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz');
/** 62^5 fits 30 bits: five digits a division. */
const CHUNK = 916_132_832;

/** Sixteen to twenty words to be hashed, set by the caller. */
export const uidWords = words;

const rotl = (x: number, r: number): number => (x << r) | (x >>> (32 - r));

function finalMix(x: number): number {
  let h = x;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Writes the uid of `uidWords` as 18 bytes of ASCII at `off`. */
export function writeUid(out: Uint8Array, off: number): void {
  let h1 = 0;
  let h2 = 0;
  let h3 = 0;
  let h4 = 0;
  for (let i = 0; i < 20; i += 4) {
    h1 ^= Math.imul(rotl(Math.imul(words[i], C1), 15), C2);
    h1 = (Math.imul((rotl(h1, 19) + h2) | 0, 5) + 0x561ccd1b) | 0;
    h2 ^= Math.imul(rotl(Math.imul(words[i + 1], C2), 16), C3);
    h2 = (Math.imul((rotl(h2, 17) + h3) | 0, 5) + 0x0bcaa747) | 0;
    h3 ^= Math.imul(rotl(Math.imul(words[i + 2], C3), 17), C4);
    h3 = (Math.imul((rotl(h3, 15) + h4) | 0, 5) + 0x96cd1c35) | 0;
    h4 ^= Math.imul(rotl(Math.imul(words[i + 3], C4), 18), C1);
    h4 = (Math.imul((rotl(h4, 13) + h1) | 0, 5) + 0x32ac3b17) | 0;
  }
  h1 ^= 80;
  h2 ^= 80;
  h3 ^= 80;
  h4 ^= 80;
  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = (h2 + h1) | 0;
  h3 = (h3 + h1) | 0;
  h4 = (h4 + h1) | 0;
  h1 = finalMix(h1);
  h2 = finalMix(h2);
  h3 = finalMix(h3);
  h4 = finalMix(h4);
  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = (h2 + h1) | 0;
  h3 = (h3 + h1) | 0;
  limbs[0] = h1 >>> 16;
  limbs[1] = h1 & 0xffff;
  limbs[2] = h2 >>> 16;
  limbs[3] = h2 & 0xffff;
  limbs[4] = h3 >>> 16;
  limbs[5] = h3 & 0xffff;
  out[off] = 67;
  let at = off + UID_LENGTH;
  while (at > off + 1) {
    let rest = 0;
    for (let i = 0; i < 6; i++) {
      const value = rest * 65_536 + limbs[i];
      const quotient = Math.floor(value / CHUNK);
      limbs[i] = quotient;
      rest = value - quotient * CHUNK;
    }
    for (let digit = 0; digit < 5 && at > off + 1; digit++) {
      const next = Math.floor(rest / 62);
      out[--at] = ALPHABET[rest - next * 62];
      rest = next;
    }
  }
}

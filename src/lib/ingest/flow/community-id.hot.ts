/** Community ID v1, seed 0: "1:" and base 64 of SHA-1 (FIPS 180-4) over the ordered tuple: always one block. */

export const COMMUNITY_ID_LENGTH = 30;

const w = new Int32Array(80);
const BASE64 = new TextEncoder().encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const block = new Uint8Array(64);
const blockView = new DataView(block.buffer);
const digest = new Uint8Array(21);
const digestView = new DataView(digest.buffer);

const rotl = (x: number, r: number): number => (x << r) | (x >>> (32 - r));

function sha1OfBlock(): void {
  for (let i = 0; i < 16; i++) w[i] = blockView.getInt32(4 * i);
  for (let i = 16; i < 80; i++) w[i] = rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  let a = 0x67452301;
  let b = 0xefcdab89 | 0;
  let c = 0x98badcfe | 0;
  let d = 0x10325476;
  let e = 0xc3d2e1f0 | 0;
  for (let i = 0; i < 20; i++) {
    const t = (rotl(a, 5) + ((b & c) | (~b & d)) + e + 0x5a827999 + w[i]) | 0;
    e = d;
    d = c;
    c = rotl(b, 30);
    b = a;
    a = t;
  }
  for (let i = 20; i < 40; i++) {
    const t = (rotl(a, 5) + (b ^ c ^ d) + e + 0x6ed9eba1 + w[i]) | 0;
    e = d;
    d = c;
    c = rotl(b, 30);
    b = a;
    a = t;
  }
  for (let i = 40; i < 60; i++) {
    const t = (rotl(a, 5) + ((b & c) | (b & d) | (c & d)) + e + 0x8f1bbcdc + w[i]) | 0;
    e = d;
    d = c;
    c = rotl(b, 30);
    b = a;
    a = t;
  }
  for (let i = 60; i < 80; i++) {
    const t = (rotl(a, 5) + (b ^ c ^ d) + e + 0xca62c1d6 + w[i]) | 0;
    e = d;
    d = c;
    c = rotl(b, 30);
    b = a;
    a = t;
  }
  digestView.setInt32(0, (a + 0x67452301) | 0);
  digestView.setInt32(4, (b + 0xefcdab89) | 0);
  digestView.setInt32(8, (c + 0x98badcfe) | 0);
  digestView.setInt32(12, (d + 0x10325476) | 0);
  digestView.setInt32(16, (e + 0xc3d2e1f0) | 0);
}

/**
 * Writes 30 bytes of ASCII at `off`. `address` holds both ends as four words each, from `at`; the end that is smaller (by
 * address, then port) has to come first unless `swap` says that they are the other way round.
 */
export function writeCommunityId(
  out: Uint8Array,
  off: number,
  version: number,
  address: Uint32Array,
  at: number,
  portA: number,
  portB: number,
  swap: boolean,
  proto: number,
  hasPorts: boolean,
): void {
  block.fill(0);
  const words = version === 4 ? 1 : 4;
  const skip = 4 - words;
  let p = 2;
  for (let side = 0; side < 2; side++) {
    const first = at + (side === (swap ? 1 : 0) ? 0 : 4) + skip;
    for (let word = 0; word < words; word++) {
      blockView.setUint32(p, address[first + word]);
      p += 4;
    }
  }
  block[p] = proto;
  p += 2;
  if (hasPorts) {
    blockView.setUint16(p, swap ? portB : portA);
    blockView.setUint16(p + 2, swap ? portA : portB);
    p += 4;
  }
  block[p] = 0x80;
  blockView.setUint32(60, p * 8);
  sha1OfBlock();
  out[off] = 49;
  out[off + 1] = 58;
  let to = off + 2;
  digest[20] = 0;
  for (let i = 0; i < 21; i += 3) {
    const bits = (digest[i] << 16) | (digest[i + 1] << 8) | digest[i + 2];
    out[to++] = BASE64[bits >>> 18];
    out[to++] = BASE64[(bits >>> 12) & 63];
    out[to++] = BASE64[(bits >>> 6) & 63];
    out[to++] = BASE64[bits & 63];
  }
  out[off + 29] = 61;
}

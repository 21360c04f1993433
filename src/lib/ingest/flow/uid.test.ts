import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UID_LENGTH, uidWords, writeUid } from './uid.hot.ts';

const rotl = (x: number, r: number): number => ((x << r) | (x >>> (32 - r))) >>> 0;
const plus = (...terms: number[]): number =>
  Number(terms.reduce((sum, t) => sum + BigInt(t >>> 0), 0n) & 0xffff_ffffn);
const times = (a: number, b: number): number => Number((BigInt(a >>> 0) * BigInt(b >>> 0)) & 0xffff_ffffn);

const C = [0x239b961b, 0xab0e9789, 0x38b34ae5, 0xa1e38b93];
const ADD = [0x561ccd1b, 0x0bcaa747, 0x96cd1c35, 0x32ac3b17];
const ROTATE_BLOCK = [15, 16, 17, 18];
const ROTATE_HASH = [19, 17, 15, 13];

/** One word of a block, mixed into its hash. */
const mixed = (word: number, i: number): number =>
  times(rotl(times(word, C[i]), ROTATE_BLOCK[i]), C[(i + 1) % 4]);

function finished(x: number): number {
  let h = x >>> 0;
  h = times(h ^ (h >>> 16), 0x85ebca6b);
  h = times(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** MurmurHash3_x86_128 for any length and seed, from its published source, slowly: what the fast one is compared with. */
function murmur(bytes: Buffer, seed: number): number[] {
  const h = [seed, seed, seed, seed];
  const whole = bytes.length - (bytes.length % 16);
  for (let at = 0; at < whole; at += 16) {
    for (let i = 0; i < 4; i++) {
      h[i] = (h[i] ^ mixed(bytes.readUInt32LE(at + 4 * i), i)) >>> 0;
      h[i] = plus(times(plus(rotl(h[i], ROTATE_HASH[i]), h[(i + 1) % 4]), 5), ADD[i]);
    }
  }
  for (let i = 3; i >= 0; i--) {
    const part = bytes.subarray(whole + 4 * i, whole + 4 * i + 4);
    if (part.length === 0) continue;
    const word = part.reduce((sum, byte, at) => sum + byte * 2 ** (8 * at), 0);
    h[i] = (h[i] ^ mixed(word, i)) >>> 0;
  }
  for (let i = 0; i < 4; i++) h[i] = (h[i] ^ bytes.length) >>> 0;
  const spread = (): void => {
    h[0] = plus(...h);
    for (let i = 1; i < 4; i++) h[i] = plus(h[i], h[0]);
  };
  spread();
  for (let i = 0; i < 4; i++) h[i] = finished(h[i]);
  spread();
  return h;
}

const asBytes = (words: readonly number[]): Buffer => {
  const out = Buffer.alloc(4 * words.length);
  for (const [i, word] of words.entries()) out.writeUInt32LE(word, 4 * i);
  return out;
};

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const uidOf = (words: readonly number[]): string => {
  uidWords.set(words);
  const out = new Uint8Array(UID_LENGTH + 3).fill(0x21);
  writeUid(out, 2);
  expect([out[0], out[1], out[UID_LENGTH + 2]]).toEqual([0x21, 0x21, 0x21]);
  return Buffer.from(out.subarray(2, 2 + UID_LENGTH)).toString('latin1');
};

const word = fc.integer({ min: 0, max: 0xffff_ffff });
const twenty = fc.array(word, { minLength: 20, maxLength: 20 });

describe('writeUid', () => {
  it('is compared with a hash that passes the verification of SMHasher', () => {
    const keys = Array.from({ length: 256 }, (_, i) =>
      asBytes(murmur(Buffer.from(Array.from({ length: i }, (__, j) => j)), 256 - i)),
    );
    // SMHasher's VerificationTest of MurmurHash3_x86_128.
    expect(murmur(Buffer.concat(keys), 0)[0]).toBe(0xb3ece62a);
  });

  it('is C and base 62 of the first 96 bits of MurmurHash3_x86_128 of its words', () => {
    fc.assert(
      fc.property(twenty, (words) => {
        const [a, b, c] = murmur(asBytes(words), 0);
        let bits = (BigInt(a) << 64n) | (BigInt(b) << 32n) | BigInt(c);
        let text = '';
        for (let i = 0; i < UID_LENGTH - 1; i++) {
          text = ALPHABET[Number(bits % 62n)] + text;
          bits /= 62n;
        }
        expect(bits).toBe(0n);
        expect(uidOf(words)).toBe(`C${text}`);
      }),
    );
  });

  it('no word is without effect', () => {
    fc.assert(
      fc.property(twenty, fc.nat(19), fc.nat(31), (words, at, bit) => {
        const other = words.map((value, i) => (i === at ? (value ^ (1 << bit)) >>> 0 : value));
        expect(uidOf(other)).not.toBe(uidOf(words));
      }),
    );
  });
});

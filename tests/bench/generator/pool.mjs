/** @import { Random } from './random.mjs' */

/**
 * A stretch of bytes that payloads are cut from. Prefix sums make the Internet checksum of any slice two subtractions,
 * which is why a gigabyte with right checksums takes seconds.
 */
export class Pool {
  /** @type {Buffer} */
  bytes;
  /** Sums of the bytes at even ([0]) and odd ([1]) offsets before an offset. @type {readonly [Uint32Array, Uint32Array]} */
  #before;

  /** @param {Buffer} bytes at most 16 MiB, so that no prefix sum exceeds 32 bits */
  constructor(bytes) {
    if (bytes.length > 1 << 24)
      throw new Error(`A pool of ${bytes.length} bytes would overflow its sums; use 16 MiB at most`);
    this.bytes = bytes;
    const even = new Uint32Array(bytes.length + 1);
    const odd = new Uint32Array(bytes.length + 1);
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i] ?? 0;
      even[i + 1] = (even[i] ?? 0) + (i & 1 ? 0 : byte);
      odd[i + 1] = (odd[i] ?? 0) + (i & 1 ? byte : 0);
    }
    this.#before = [even, odd];
  }

  /**
   * @param {number} off
   * @param {number} len
   * @param {number} lead how many payload bytes stand before the slice; their parity decides which bytes are high ones
   * @returns {number} sum of the slice as big-endian 16-bit words, not folded (up to 2^40)
   */
  sum(off, len, lead) {
    const first = this.#before[off & 1 ? 1 : 0];
    const second = this.#before[off & 1 ? 0 : 1];
    const a = (first[off + len] ?? 0) - (first[off] ?? 0);
    const b = (second[off + len] ?? 0) - (second[off] ?? 0);
    return lead & 1 ? b * 256 + a : a * 256 + b;
  }
}

/**
 * @param {Random} random
 * @param {number} size bytes
 * @returns {Pool} bytes without structure, as encrypted payload looks
 */
export function randomPool(random, size) {
  const bytes = Buffer.alloc(size);
  for (let i = 0; i + 4 <= size; i += 4) bytes.writeUInt32LE(random.uint32(), i);
  return new Pool(bytes);
}

const WORDS =
  'the of and to in is that for it as was with be by on not he this are or his from at which but have an had they you were their one all we can her has there been if more when will would who so no said what up its about into than them only other new some could time these two may then do first any my now such like our over man me even most made after also did many before must through back years where much your way well down should because each just those people too little state good very make world still own see men work long get here between both life being under never day same another know while last might us great old year off come since against go came right used take three'.split(
    ' ',
  );

/**
 * @param {Random} random
 * @param {number} size bytes
 * @returns {Pool} printable ASCII: words between HTML paragraphs
 */
export function textPool(random, size) {
  const bytes = Buffer.alloc(size, 0x20);
  let at = 0;
  while (at < size) {
    const word = random.below(24) === 0 ? '</p>\n<p>' : `${WORDS[random.below(WORDS.length)] ?? 'the'} `;
    at += bytes.write(word, at, 'latin1');
  }
  return new Pool(bytes);
}

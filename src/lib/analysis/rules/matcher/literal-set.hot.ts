/**
 * Which of many literals are in some bytes, in one pass. Of each literal of four bytes and more, the rarest four-byte window at every
 * phase of the step is a bit in a table, case folded; a hit is compared with the literals of that hash. Shorter ones have tables of
 * their own. Longer bytes are searched by WebAssembly where there is some (literal-search.ts), with the same result.
 */

import { LiteralSearch } from './literal-search.ts';
import type { Literal } from './literal-tables.ts';
import { rarestWindow } from './literal-window.ts';

/** Turns capitals into small letters, and some other bytes into each other: false hits, no misses. */
const LOWER = 0x20202020;
const LOWER_PAIR = 0x2020;
const MULTIPLIER = 0x9e3779b1;
const MOST_STEP = 4;
/** Literals at least so long are probed every `MOST_STEP` bytes. */
const LONG = MOST_STEP + 3;

const FOLD = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte));

/** Fewer bytes than this are searched before others would have been copied. */
const WORTH_COPYING = 192;
/** Bytes that are copied at once. */
const COPIED_AT_ONCE = 32_768;

/** Windows of literals that are probed at one step. */
class Windows {
  readonly step: number;
  /** A bit a hash. */
  readonly bits: Uint32Array;
  readonly shift: number;
  /** First entry of a hash's chain, +1; then entry → next entry, literal, offset of the window in it. */
  readonly #heads: Int32Array;
  readonly #next: number[] = [];
  readonly #literal: number[] = [];
  readonly #at: number[] = [];

  constructor(step: number, literals: readonly { readonly index: number; readonly folded: Uint8Array }[]) {
    this.step = step;
    let width = 13;
    while (1 << width < literals.length * step * 16 && width < 20) width++;
    this.shift = 32 - width;
    this.bits = new Uint32Array(1 << (width - 5));
    this.#heads = new Int32Array(1 << width);
    for (const { index, folded } of literals)
      for (let phase = 0; phase < step; phase++) this.#add(index, folded, rarestWindow(folded, 4, step, phase));
  }

  #add(index: number, folded: Uint8Array, at: number): void {
    const word = folded[at] | (folded[at + 1] << 8) | (folded[at + 2] << 16) | (folded[at + 3] << 24);
    const hash = Math.imul(word | LOWER, MULTIPLIER) >>> this.shift;
    this.bits[hash >>> 5] = this.bits[hash >>> 5] | (1 << (hash & 31));
    this.#next.push(this.#heads[hash]);
    this.#literal.push(index);
    this.#at.push(at);
    this.#heads[hash] = this.#next.length;
  }

  first(hash: number): number {
    return this.#heads[hash] - 1;
  }

  next(entry: number): number {
    return this.#next[entry] - 1;
  }

  literal(entry: number): number {
    return this.#literal[entry];
  }

  at(entry: number): number {
    return this.#at[entry];
  }
}

/** Of literals that are all shorter than a window. */
const NO_WINDOWS = new Windows(1, []);
const NO_LITERALS: readonly number[] = [];

export class LiteralSet {
  readonly #literals: readonly Literal[];
  readonly #folded: readonly Uint8Array[];
  readonly #long: Windows | undefined;
  readonly #short: Windows | undefined;
  /** By a byte, and by two (little-endian): the literals that begin so. */
  #ones: (readonly number[] | undefined)[] | undefined;
  #pairBits: Uint32Array | undefined;
  readonly #pairs = new Map<number, readonly number[]>();
  /** What the last search found: indices of literals, `count` of them, in no order. */
  readonly hits: Uint32Array;
  count = 0;
  /** By literal: the search in which it was found last. */
  readonly #foundIn: Uint32Array;
  readonly #longest: number;
  #searches = 0;
  /** Made for the first bytes that are worth it: null until then, undefined where it cannot be had. */
  #copied: LiteralSearch | undefined | null;
  #bytes: Uint8Array = new Uint8Array(0);
  #data = new DataView(this.#bytes.buffer);

  /**
   * @param literals of one byte and more; empty ones are never found
   * @param nocase by literal, whether letters stand for either case; all do where it is not given
   * @param wasm false to search in TypeScript alone
   */
  constructor(literals: readonly Uint8Array[], nocase?: readonly boolean[], wasm = true) {
    this.#literals = literals.map((bytes, index) => ({ bytes, nocase: nocase?.[index] ?? true }));
    this.#folded = literals.map((literal) => literal.map((byte) => FOLD[byte]));
    this.#longest = literals.reduce((most, { length }) => Math.max(most, length), 0);
    const canCopy = wasm && this.#longest < COPIED_AT_ONCE / 2 && literals.every(({ length }) => length > 0);
    this.#copied = canCopy ? null : undefined;
    this.hits = new Uint32Array(literals.length);
    this.#foundIn = new Uint32Array(literals.length);
    const all = this.#folded.map((folded, index) => ({ index, folded }));
    const long = all.filter(({ folded }) => folded.length >= LONG);
    const short = all.filter(({ folded }) => folded.length >= 4 && folded.length < LONG);
    if (long.length > 0) this.#long = new Windows(MOST_STEP, long);
    const hasPairs = all.some(({ folded }) => folded.length === 2 || folded.length === 3);
    // Pairs need every place looked at: then the windows of short literals are looked for in the same pass.
    const step = hasPairs ? 1 : Math.min(...short.map(({ folded }) => folded.length)) - 3;
    if (short.length > 0) this.#short = new Windows(step, short);
    for (const { index, folded } of all) {
      if (folded.length === 1) this.#addOne(index, folded);
      else if (folded.length === 2 || folded.length === 3) this.#addPair(index, folded);
    }
  }

  #addOne(index: number, folded: Uint8Array): void {
    this.#ones ??= Array.from({ length: 256 });
    this.#ones[folded[0]] = [...(this.#ones[folded[0]] ?? NO_LITERALS), index];
  }

  #addPair(index: number, folded: Uint8Array): void {
    this.#pairBits ??= new Uint32Array(65_536 / 32);
    const pair = folded[0] | (folded[1] << 8) | LOWER_PAIR;
    this.#pairBits[pair >> 5] = this.#pairBits[pair >> 5] | (1 << (pair & 31));
    this.#pairs.set(pair, [...(this.#pairs.get(pair) ?? NO_LITERALS), index]);
  }

  get size(): number {
    return this.#folded.length;
  }

  /** Finds the literals that lie wholly in `bytes[from..to)`; their indices are in `hits`. */
  search(bytes: Uint8Array, from: number, to: number): number {
    this.count = 0;
    this.#searches++;
    if (to - from >= WORTH_COPYING && this.#copied !== undefined) {
      this.#copied ??= LiteralSearch.of(this.#literals, COPIED_AT_ONCE);
      if (this.#copied) return this.#searchCopied(this.#copied, bytes, from, to);
    }
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    if (this.#long) this.#probe(this.#long, bytes, from, to);
    if (this.#pairBits) this.#probeEach(this.#short ?? NO_WINDOWS, this.#pairBits, bytes, from, to);
    else if (this.#short) this.#probe(this.#short, bytes, from, to);
    if (this.#ones) this.#probeOnes(this.#ones, bytes, from, to);
    return this.count;
  }

  /** In pieces, each of which begins with what a literal across its begin may have of the one before. */
  #searchCopied(copied: LiteralSearch, bytes: Uint8Array, from: number, to: number): number {
    copied.begin();
    const step = COPIED_AT_ONCE - this.#longest + 1;
    for (let at = from; at < to && this.count < this.size; at += step) {
      const found = copied.each(copied.copy(bytes, at, Math.min(to, at + COPIED_AT_ONCE)));
      for (let hit = 0; hit < found; hit++) this.hits[this.count++] = copied.hits[2 * hit];
    }
    return this.count;
  }

  #probe(windows: Windows, bytes: Uint8Array, from: number, to: number): void {
    const data = this.#data;
    const { step, bits, shift } = windows;
    for (let at = from; at + 4 <= to; at += step) {
      const hash = Math.imul(data.getUint32(at, true) | LOWER, MULTIPLIER) >>> shift;
      if ((bits[hash >>> 5] & (1 << (hash & 31))) !== 0) this.#compareAll(windows, hash, bytes, at, from, to);
    }
  }

  #compareAll(windows: Windows, hash: number, bytes: Uint8Array, at: number, from: number, to: number): void {
    for (let entry = windows.first(hash); entry >= 0; entry = windows.next(entry)) {
      const literal = windows.literal(entry);
      if (this.#foundIn[literal] === this.#searches) continue;
      const begin = at - windows.at(entry);
      if (begin >= from && this.#isAt(literal, bytes, begin, to)) this.#hit(literal);
    }
  }

  #isAt(index: number, bytes: Uint8Array, begin: number, to: number): boolean {
    const folded = this.#folded[index];
    if (begin + folded.length > to) return false;
    for (let i = 0; i < folded.length; i++) if (FOLD[bytes[begin + i]] !== folded[i]) return false;
    const literal = this.#literals[index];
    if (literal.nocase) return true;
    for (let i = 0; i < folded.length; i++) if (bytes[begin + i] !== literal.bytes[i]) return false;
    return true;
  }

  #hit(literal: number): void {
    if (this.#foundIn[literal] === this.#searches) return;
    this.#foundIn[literal] = this.#searches;
    this.hits[this.count++] = literal;
  }

  /** Windows of four bytes and pairs of two in one pass: every place is loaded once. */
  #probeEach(windows: Windows, pairs: Uint32Array, bytes: Uint8Array, from: number, to: number): void {
    const data = this.#data;
    const { bits, shift } = windows;
    const end = to - 3;
    for (let at = from; at < end; at++) {
      const word = data.getUint32(at, true) | LOWER;
      const pair = word & 0xffff;
      if ((pairs[pair >>> 5] & (1 << (pair & 31))) !== 0) this.#comparePairs(pair, bytes, at, to);
      const hash = Math.imul(word, MULTIPLIER) >>> shift;
      if ((bits[hash >>> 5] & (1 << (hash & 31))) !== 0) this.#compareAll(windows, hash, bytes, at, from, to);
    }
    for (let at = Math.max(from, end); at + 1 < to; at++) {
      const pair = bytes[at] | (bytes[at + 1] << 8) | LOWER_PAIR;
      if ((pairs[pair >>> 5] & (1 << (pair & 31))) !== 0) this.#comparePairs(pair, bytes, at, to);
    }
  }

  #comparePairs(pair: number, bytes: Uint8Array, at: number, to: number): void {
    for (const literal of this.#pairs.get(pair) ?? NO_LITERALS)
      if (this.#isAt(literal, bytes, at, to)) this.#hit(literal);
  }

  #probeOnes(ones: (readonly number[] | undefined)[], bytes: Uint8Array, from: number, to: number): void {
    for (let at = from; at < to; at++) {
      const list = ones[FOLD[bytes[at]]];
      if (!list) continue;
      for (const literal of list)
        if (this.#foundIn[literal] !== this.#searches && this.#isAt(literal, bytes, at, to)) this.#hit(literal);
    }
  }
}

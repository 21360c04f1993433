/** Writes the tables that the search for literals in WebAssembly reads. */

import {
  AT,
  ENTRY,
  FOLD,
  LARGE_PAIRS,
  LITERAL,
  MOST_BITS,
  MOST_HEAD_BITS,
  MULTIPLIER,
  NARROW_BITS,
  NEVER,
  REACH,
  SMALL_PAIRS,
  WIDE_BITS,
  WIDE_WINDOW,
  WINDOW,
  type TableSize,
} from './literal-layout.ts';
import { rarestWindow } from './literal-window.ts';

export interface Literal {
  /** One byte and more. */
  readonly bytes: Uint8Array;
  /** Letters stand for either case. */
  readonly nocase: boolean;
}

const LEAST_BITS = 16;
/** Bits for each window: so many false hits cost less than a table that is too large for the processor's cache. */
const BITS_PER_WINDOW = 64;
const LEAST_HEAD_BITS = 8;
/** More short literals than this take the large table of pairs. */
const FEW_SHORTS = 300;
/** Up to so many literals, a step of that many places, where all are long enough: each needs as many windows. */
const STEPS: readonly (readonly [most: number, step: TableSize['step']])[] = [
  [50, 8],
  [500, 4],
];
/** Where some are short, so many more may be looked for as if they were, so that the others take the step before the last. */
const MOST_AS_SHORT = 100;
/** More literals than this have so many windows that text is full of them: wide ones are rarely there. */
const MANY = 500;
/** Bits less that a window tells each time that twice as many literals have it. */
const SHARED = 3;

const BYTES: readonly number[] = Array.from({ length: 256 }, (_, byte) => byte);

const isLetter = (byte: number): boolean => (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
const casesOf = (byte: number, nocase: boolean): readonly number[] =>
  nocase && isLetter(byte) ? [byte | 0x20, byte & ~0x20] : [byte];

/** Four bytes as the processor loads them; those behind the end are 0. */
const word = (bytes: Uint8Array, at: number): number =>
  bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
const hashOf = (folded: number): number => Math.imul(folded, MULTIPLIER);

/** A byte of a literal as it is compared: the bits to set before, and what is there then. */
function compared({ bytes, nocase }: Literal, at: number): readonly [mask: number, value: number] {
  if (at >= bytes.length) return [0xff, 0xff];
  const mask = nocase && isLetter(bytes[at]) ? 0x20 : 0;
  return [mask, bytes[at] | mask];
}

/** It has a window at every phase of the step. */
export const isLong = ({ bytes }: Literal, { step }: Pick<TableSize, 'step'>): boolean =>
  bytes.length >= WINDOW + step - 1;

const logOf = (count: number, least: number, most: number): number =>
  Math.min(most, Math.max(least, Math.ceil(Math.log2(count + 1))));

function stepFor(literals: readonly Literal[]): TableSize['step'] {
  const shorterThan = (step: TableSize['step']): number =>
    literals.filter((literal) => !isLong(literal, { step })).length;
  if (shorterThan(2) > 0) return shorterThan(4) <= MOST_AS_SHORT ? 4 : 2;
  return STEPS.find(([most, step]) => literals.length <= most && shorterThan(step) === 0)?.[1] ?? 2;
}

export function tableSize(literals: readonly Literal[]): TableSize {
  const step = stepFor(literals);
  const longs = literals.filter((literal) => isLong(literal, { step })).length;
  const shorts = literals.length - longs;
  return {
    bits: logOf(longs * step * BITS_PER_WINDOW, LEAST_BITS, MOST_BITS),
    headBits: logOf(longs * step, LEAST_HEAD_BITS, MOST_HEAD_BITS),
    shortHeadBits: logOf(2 * shorts, LEAST_HEAD_BITS, MOST_HEAD_BITS),
    pairs: shorts <= FEW_SHORTS ? SMALL_PAIRS : LARGE_PAIRS,
    step,
    isWide: literals.length > MANY,
  };
}

const comparedBytes = ({ length }: Uint8Array): number => 16 * Math.ceil(length / 8);
const entriesOf = ({ length }: Uint8Array, step: number): number => (length === 1 ? BYTES.length / 2 : step);

/** Bytes of memory that the tables take. */
export const tableBytes = (literals: readonly Literal[], { step }: TableSize): number =>
  literals.reduce(
    (sum, { bytes }) => sum + entriesOf(bytes, step) * ENTRY.bytes + LITERAL.compare + comparedBytes(bytes),
    AT.rest,
  );

export class LiteralTables {
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #size: TableSize;
  /** Window → how often the literals have it. */
  readonly #shared = new Map<number, number>();
  #free: number = AT.rest;

  /** @param memory zeros, `tableBytes` of them */
  constructor(memory: ArrayBufferLike, size: TableSize, literals: readonly Literal[]) {
    this.#words = new Uint32Array(memory);
    this.#bytes = new Uint8Array(memory);
    this.#size = size;
    for (const { bytes } of literals)
      for (let at = 0; at + WINDOW <= Math.min(bytes.length, REACH); at++) {
        const window = word(bytes, at) | FOLD.four;
        this.#shared.set(window, (this.#shared.get(window) ?? 0) + 1);
      }
    literals.forEach((literal, index) => {
      const address = this.#write(literal, index);
      if (isLong(literal, size))
        for (let phase = 0; phase < size.step; phase++) this.#addWindow(literal, address, phase);
      else this.#addShort(literal, address);
    });
  }

  #take(bytes: number): number {
    const address = this.#free;
    this.#free += bytes;
    return address;
  }

  #write(literal: Literal, index: number): number {
    const length = comparedBytes(literal.bytes);
    const address = this.#take(LITERAL.compare + length);
    this.#words[(address + LITERAL.length) >> 2] = literal.bytes.length;
    this.#words[(address + LITERAL.compared) >> 2] = length;
    this.#words[(address + LITERAL.index) >> 2] = index;
    this.#words[(address + LITERAL.foundIn) >> 2] = NEVER;
    for (let i = 0; i < length / 2; i++) {
      const [mask, value] = compared(literal, i);
      const at = address + LITERAL.compare + 16 * (i >> 3) + (i & 7);
      this.#bytes[at] = mask;
      this.#bytes[at + 8] = value;
    }
    return address;
  }

  /** Looked for by the three bytes that tell most, in two pairs; where it has fewer, any will do for the others. */
  #addShort(literal: Literal, address: number): void {
    const { bytes, nocase } = literal;
    const { kinds } = this.#size.pairs;
    const offset = bytes.length > 3 ? rarestWindow(bytes, 3, 1, 0) : 0;
    const [a, b, c] = bytes.subarray(offset);
    const kind = bytes.length < 3 ? 0 : 1 + ((hashOf(a | (b << 8)) >>> 8) % (kinds - 1));
    const seconds = bytes.length > 1 ? casesOf(b, nocase) : BYTES;
    const thirds = bytes.length > 2 ? casesOf(c, nocase) : BYTES;
    for (const second of seconds) {
      for (const first of casesOf(a, nocase)) this.#setPair(first, second, kind);
      for (const third of thirds) this.#setPair(second, third, kinds + kind);
    }
    const head = (table: number, folded: number): number =>
      table + 4 * (hashOf(folded) >>> (32 - this.#size.shortHeadBits));
    if (bytes.length > 2)
      this.#addEntry(head(AT.shortHeads, word(bytes, offset) | FOLD.three), literal, address, offset, Math.max(0, bytes.length - WINDOW));
    else {
      const followed = bytes.length === 2 ? [b] : BYTES.filter((byte) => (byte & 0x20) !== 0);
      const heads = followed.map((second) => head(AT.pairHeads, a | (second << 8) | FOLD.two));
      for (const one of new Set(heads)) this.#addEntry(one, literal, address, 0, 0);
    }
  }

  #setPair(first: number, second: number, kind: number): void {
    const { mask, shift } = this.#size.pairs;
    const at = AT.pairs + (((first | (second << 8)) & mask) << shift) + (kind >> 3);
    this.#bytes[at] = this.#bytes[at] | (1 << (kind & 7));
  }

  #addWindow(literal: Literal, address: number, phase: number): void {
    const { bytes } = literal;
    const length = Math.min(bytes.length, REACH);
    const isWide = this.#size.isWide && phase + WIDE_WINDOW <= length;
    const offset = rarestWindow(
      bytes.subarray(0, isWide ? length - (WIDE_WINDOW - WINDOW) : length),
      WINDOW,
      this.#size.step,
      phase,
      (at) => SHARED * Math.log2(this.#shared.get(word(bytes, at) | FOLD.four) ?? 1),
    );
    const hash = hashOf(word(bytes, offset) | FOLD.four);
    this.#setBit(AT.bits, this.#size.bits, hash);
    if (isWide) {
      const behind = bytes[offset + WINDOW] | (bytes[offset + WINDOW + 1] << 8) | FOLD.pair;
      this.#setBit(AT.wideBits, WIDE_BITS, hashOf(hash ^ behind));
    } else this.#setBit(AT.narrowBits, NARROW_BITS, hash);
    // The four bytes that tell most are those that the window has least of.
    const checkAt = offset >= length - offset - WINDOW ? 0 : length - WINDOW;
    const head = AT.heads + 4 * (hash >>> (32 - this.#size.headBits));
    this.#addEntry(head, literal, address, offset, checkAt);
  }

  /** The kernel takes the bit from four bytes that may begin anywhere: the highest bits of the hash say where, the lowest which bit. */
  #setBit(table: number, bits: number, hash: number): void {
    const bit = hash & 31;
    const at = table + (hash >>> (35 - bits)) + (bit >> 3);
    this.#bytes[at] = this.#bytes[at] | (1 << (bit & 7));
  }

  #addEntry(head: number, literal: Literal, address: number, offset: number, checkAt: number): void {
    const entry = this.#take(ENTRY.bytes);
    const words = this.#words;
    let mask = 0;
    let value = 0;
    for (let i = 0; i < WINDOW; i++) {
      const [bits, byte] = compared(literal, checkAt + i);
      mask |= bits << (8 * i);
      value |= byte << (8 * i);
    }
    words[(entry + ENTRY.next) >> 2] = words[head >> 2];
    words[(entry + ENTRY.offset) >> 2] = offset;
    words[(entry + ENTRY.checkAt) >> 2] = checkAt;
    words[(entry + ENTRY.mask) >> 2] = mask;
    words[(entry + ENTRY.word) >> 2] = value;
    words[(entry + ENTRY.literal) >> 2] = address;
    words[head >> 2] = entry;
  }
}

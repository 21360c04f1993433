/** Where the tables of the search for literals lie in its memory: what literal-tables.ts writes and literal-kernel.ts reads. Offsets are bytes. */

/** Turn capitals into small letters, and some other bytes into each other (false hits, no misses); bytes behind those that count, into nothing. */
export const FOLD = { four: 0x20202020, three: 0xff202020, two: 0xffff2020, pair: 0x2020 } as const;
export const MULTIPLIER = 0x9e3779b1;

/** Bytes by which long literals are looked up; where there are many literals, by more after that, if they have them. */
export const WINDOW = 4;
export const WIDE_WINDOW = 6;

/** How pairs of bytes are looked up, and what is found there: a bit a kind, kinds of first pairs low and those of second pairs high. */
export interface PairTable {
  /** Bits of the pair that count. */
  readonly mask: number;
  /** How far the pair is shifted up to an offset in the table. */
  readonly shift: number;
  /** Kinds, the first of them for literals of one and two bytes; an entry has twice as many bits. */
  readonly kinds: 8 | 16;
}

/** For few short literals, an operation a byte less; for many, fewer false hits. */
export const SMALL_PAIRS: PairTable = { mask: 0x7f7e, shift: 0, kinds: 8 };
export const LARGE_PAIRS: PairTable = { mask: 0x7f7f, shift: 2, kinds: 16 };

/** What the kernel is made for. */
export interface TableSize {
  /** Logarithm of how many bits tell of windows. */
  readonly bits: number;
  /** Logarithms of how many chains there are of long and of short literals. */
  readonly headBits: number;
  readonly shortHeadBits: number;
  readonly pairs: PairTable;
  /** Long literals are looked up by wide windows too, and those that have none, by narrow ones. */
  readonly isWide: boolean;
  /** Places from one window looked at to the next. */
  readonly step: 2 | 4 | 8;
}

export const MOST_BITS = 21;
export const MOST_HEAD_BITS = 16;

/** Logarithms of the bits that tell of wide windows, and of those that are narrow. */
export const WIDE_BITS = 19;
export const NARROW_BITS = 17;

const PAIRS_BYTES = 0x7f80 * 4;
const BITS_BYTES = (1 << (MOST_BITS - 3)) + 8;
const WIDE_BYTES = (1 << (WIDE_BITS - 3)) + 8;
const NARROW_BYTES = (1 << (NARROW_BITS - 3)) + 8;
const HEADS_BYTES = 4 << MOST_HEAD_BITS;

const LOOKED_UP_BYTES = PAIRS_BYTES + BITS_BYTES + WIDE_BYTES + NARROW_BYTES;

/** Each table has room for its largest size; memory that is not written costs nothing. */
export const AT = {
  /** PairTable. */
  pairs: 0,
  /** By hash of four bytes: 1 where a long literal may lie. */
  bits: PAIRS_BYTES,
  /** By hash of six bytes: 1 where one may lie that has a wide window. */
  wideBits: PAIRS_BYTES + BITS_BYTES,
  /** By hash of four bytes: 1 where one may lie that has none. */
  narrowBits: PAIRS_BYTES + BITS_BYTES + WIDE_BYTES,
  /** By hash of four bytes: the first entry of its chain, 0 for none. */
  heads: LOOKED_UP_BYTES,
  /** By hash of three bytes: the same of short literals of three bytes and more. */
  shortHeads: LOOKED_UP_BYTES + HEADS_BYTES,
  /** By hash of two bytes: the same of those of one and two. */
  pairHeads: LOOKED_UP_BYTES + 2 * HEADS_BYTES,
  /** Entries, literals, hits and what is searched, as long as they are. */
  rest: LOOKED_UP_BYTES + 3 * HEADS_BYTES,
} as const;

/** An entry: one window of one literal. */
export const ENTRY = {
  /** The next one of the chain, 0 for none. */
  next: 0,
  /** From the literal's begin to the window. */
  offset: 4,
  /** Four bytes so far from the literal's begin: with the bits of `mask` set they must be `word`. */
  checkAt: 8,
  mask: 12,
  word: 16,
  literal: 20,
  bytes: 24,
} as const;

/** A literal; behind these, for every eight bytes of it: the bits to set in what is searched, and what it must be then. */
export const LITERAL = {
  length: 0,
  /** Bytes that stand behind these. */
  compared: 4,
  index: 8,
  /** The search that it was found in last. */
  foundIn: 12,
  compare: 16,
} as const;

export const HIT = { index: 0, begin: 4, bytes: 8 } as const;

/** In `foundIn` of a literal that no search has found: no search has this number. */
export const NEVER = 0xffffffff;

/** No byte of a literal farther from its begin is looked at to find it. */
export const REACH = 240;

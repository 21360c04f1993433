/**
 * Finds which of many literals a payload may hold, in one pass: three bytes of each literal, case folded, are a mark in a
 * table; a hit is compared with the literal, and the expressions that it names decide. No literal that is there is ever missed.
 */

import { LiteralSearch } from '../matcher/literal-search.ts';

/** Fewer bytes than this are searched before others would have been copied to where WebAssembly can. */
const WORTH_COPYING = 192;
const COPIED_AT_ONCE = 65_536;

/** Windows that a table of 2^13 bytes takes, which stays in the cache nearest to the processor; more of them get one of 2^16. */
const FEW_WINDOWS = 128;
/** Places skipped between two probes, and one: at most. */
const MOST_STEP = 8;
const MULTIPLIER = 0x9e3779b1;

const FOLD = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte));

/** All pairs of bytes. */
const PAIRS = 65_536;
/** Neighbours in a literal: with a third behind them, and its last two. */
const PAIR = 1;
const LAST_PAIR = 2;
const tripleHash = (pair: number, third: number): number => (pair ^ Math.imul(third, 0x9e35)) & (PAIRS - 1);

/** Bytes of a window. */
const WINDOW = 3;
/** Turns capitals into small letters, and some other bytes into each other (false hits, no misses), and a fourth byte into nothing. */
const FOLDED = 0xff202020 | 0;

/** How ordinary a byte is in traffic: the window of a literal with the rarest ones gives the fewest false hits. */
const ordinary = (byte: number): number => {
  if (byte === 0x20 || byte === 0x65 || byte === 0x74 || byte === 0x61 || byte === 0x6f) return 6;
  if (byte >= 0x61 && byte <= 0x7a) return 4;
  if (byte >= 0x30 && byte <= 0x39) return 3;
  return byte === 0 || byte === 0x0d || byte === 0x0a || byte === 0x2f ? 5 : 1;
};

/** Where in the literal the rarest window begins, of those at offsets that leave `rest` when divided by `step`. */
const rarest = (literal: Uint8Array, step: number, rest: number): number => {
  let best = rest;
  let least = Infinity;
  for (let at = rest; at + WINDOW <= literal.length; at += step) {
    let sum = 0;
    for (let i = 0; i < WINDOW; i++) sum += ordinary(FOLD[literal[at + i]]);
    if (sum < least) {
      least = sum;
      best = at;
    }
  }
  return best;
};

export class LiteralGate {
  /** By hash: 1 where there is a window. */
  readonly #table: Uint8Array;
  /** What is left of a product of 32 bits when it is shifted down to a hash. */
  readonly #shift: number;
  /** Hash of a window → the windows that have it. */
  readonly #byHash = new Map<number, Window[]>();

  /** So many places lie between two probes that every literal has a window at one of them, wherever it begins. */
  readonly #step: number;
  /** Bytes on either side of the border between two packets that a literal across it may have. */
  readonly #reach: number;
  readonly #border: Uint8Array;
  readonly #borderData: DataView;
  #carried = 0;
  /** By two neighbours, folded: PAIR, LAST_PAIR or both. What follows a pair is in `#triples`, by its hash. */
  readonly #pairs = new Uint8Array(PAIRS);
  readonly #triples = new Uint8Array(PAIRS);
  /** The bytes searched last, which are nearly always those searched next: packets come in blocks. */
  #block: Uint8Array = new Uint8Array(0);
  #blockData = new DataView(this.#block.buffer);

  readonly #lengths: readonly number[];
  readonly #copied: LiteralSearch | undefined;
  /** Of the search that goes on. */
  #found: Uint32Array = new Uint32Array(0);
  #any = false;

  /**
   * @param literals at least four bytes each
   * @param wasm false to search in TypeScript alone
   */
  constructor(literals: readonly Uint8Array[], wasm = literals.length > 0) {
    this.#lengths = literals.map(({ length }) => length);
    if (wasm)
      this.#copied = LiteralSearch.of(
        literals.map((bytes) => ({ bytes, nocase: true })),
        COPIED_AT_ONCE,
      );
    const shortest = literals.reduce((least, { length }) => Math.min(least, length), MOST_STEP + WINDOW - 1);
    this.#step = shortest - WINDOW + 1;
    const bits = literals.length * this.#step <= FEW_WINDOWS ? 13 : 16;
    this.#shift = 32 - bits;
    this.#table = new Uint8Array(1 << bits);
    this.#reach = literals.reduce((most, { length }) => Math.max(most, length), 1) - 1;
    this.#border = new Uint8Array(2 * this.#reach + 1);
    this.#borderData = new DataView(this.#border.buffer);
    literals.forEach((literal, index) => {
      this.#addNeighbours(literal);
      for (let rest = 0; rest < this.#step; rest++) this.#add(literal, rarest(literal, this.#step, rest), index);
    });
  }

  #add(literal: Uint8Array, at: number, index: number): void {
    const h = this.#hash(literal[at] | (literal[at + 1] << 8) | (literal[at + 2] << 16));
    this.#table[h] = 1;
    const window = { index, at, literal };
    const same = this.#byHash.get(h);
    if (same) same.push(window);
    else this.#byHash.set(h, [window]);
  }

  #addNeighbours(literal: Uint8Array): void {
    for (let i = 1; i < literal.length; i++) {
      const pair = (FOLD[literal[i - 1]] << 8) | FOLD[literal[i]];
      const isLast = i + 1 === literal.length;
      this.#pairs[pair] = this.#pairs[pair] | (isLast ? LAST_PAIR : PAIR);
      if (!isLast) this.#triples[tripleHash(pair, FOLD[literal[i + 1]])] = 1;
    }
  }

  /**
   * Whether a literal may lie across the border before these bytes, `before` being the byte on its other side: false for nearly all,
   * and for none that one lies across.
   */
  mayCross(before: number, bytes: Uint8Array, from: number, to: number): boolean {
    const pair = (FOLD[before] << 8) | FOLD[bytes[from]];
    const known = this.#pairs[pair];
    if (known === 0) return false;
    // The third byte is in the next packet.
    if (known !== PAIR || from + 1 >= to) return true;
    return this.#triples[tripleHash(pair, FOLD[bytes[from + 1]])] !== 0;
  }

  /** Bytes before a border, or behind it, that a literal across it may have. */
  get reach(): number {
    return this.#reach;
  }

  /** Of the lower three bytes of a little-endian word. */
  #hash(word: number): number {
    return Math.imul(word | FOLDED, MULTIPLIER) >>> this.#shift;
  }

  /** What came before the bytes that `find` is called with next: `length` bytes that end at `end`. */
  before(bytes: Uint8Array, end: number, length: number): void {
    const border = this.#border;
    const carried = Math.min(this.#reach, length);
    for (let i = 0; i < carried; i++) border[i] = bytes[end - carried + i];
    this.#carried = carried;
  }

  /**
   * Marks in `found`, by index of the literal, what the bytes may hold: 1 + the offset from `from` at which the last one found
   * ended, 1 for one that ended before. A literal may begin in what `before` was told; `borderOnly` looks for no others.
   * @returns whether there is any
   */
  find(bytes: Uint8Array, from: number, to: number, found: Uint32Array, borderOnly = false): boolean {
    const border = this.#border;
    const carried = this.#carried;
    let any = false;
    if (carried > 0) {
      const fresh = Math.min(this.#reach, to - from);
      for (let i = 0; i < fresh; i++) border[carried + i] = bytes[from + i];
      any = this.#scan(border, this.#borderData, 0, carried + fresh, -carried, found);
    }
    if (borderOnly) return any;
    if (this.#copied && to - from >= WORTH_COPYING && to - from <= COPIED_AT_ONCE)
      return this.#findCopied(this.#copied, bytes, from, to, found) || any;
    if (bytes !== this.#block) {
      this.#block = bytes;
      this.#blockData = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    return this.#scan(bytes, this.#blockData, from, to, -from, found) || any;
  }

  #findCopied(copied: LiteralSearch, bytes: Uint8Array, from: number, to: number, found: Uint32Array): boolean {
    this.#found = found;
    this.#any = false;
    const length = copied.copy(bytes, from, to);
    copied.all(length, 0, length, 0, this.#take);
    return this.#any;
  }

  readonly #take = (index: number, begin: number): void => {
    this.#found[index] = Math.max(this.#found[index], begin + this.#lengths[index]);
    this.#any = true;
  };

  #scan(
    bytes: Uint8Array,
    data: DataView,
    from: number,
    to: number,
    shift: number,
    found: Uint32Array,
  ): boolean {
    const table = this.#table;
    const down = this.#shift;
    const step = this.#step;
    let any = false;
    let at = from;
    // Four probes at once: nearly always there is nothing at any of them. A probe reads one byte more than it needs.
    for (const last = to - 3 * step - WINDOW - 1; at <= last; at += 4 * step) {
      const a = Math.imul(data.getInt32(at, true) | FOLDED, MULTIPLIER) >>> down;
      const b = Math.imul(data.getInt32(at + step, true) | FOLDED, MULTIPLIER) >>> down;
      const c = Math.imul(data.getInt32(at + 2 * step, true) | FOLDED, MULTIPLIER) >>> down;
      const d = Math.imul(data.getInt32(at + 3 * step, true) | FOLDED, MULTIPLIER) >>> down;
      if ((table[a] | table[b] | table[c] | table[d]) === 0) continue;
      if (table[a] !== 0) any = this.#mark(a, bytes, from, at, to, shift, found) || any;
      if (table[b] !== 0) any = this.#mark(b, bytes, from, at + step, to, shift, found) || any;
      if (table[c] !== 0) any = this.#mark(c, bytes, from, at + 2 * step, to, shift, found) || any;
      if (table[d] !== 0) any = this.#mark(d, bytes, from, at + 3 * step, to, shift, found) || any;
    }
    for (; at + WINDOW <= to; at += step) {
      const h = this.#hash(bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16));
      if (table[h] !== 0) any = this.#mark(h, bytes, from, at, to, shift, found) || any;
    }
    return any;
  }

  /** The look ahead at bytes as they lie in a file (BlockSearch): marks a byte of each literal that is probed from `from` to `to`. */
  search(
    bytes: Uint8Array,
    data: DataView,
    from: number,
    to: number,
    end: number,
    base: number,
    mark: (at: number) => void,
  ): void {
    const table = this.#table;
    const down = this.#shift;
    const step = this.#step;
    // The same places of the file however it is cut: a literal across a cut has its window of that phase on one side or the other.
    let at = from + ((step - ((base + from) % step)) % step);
    for (const last = Math.min(to, end - WINDOW) - 3 * step - 1; at < last; at += 4 * step) {
      const a = Math.imul(data.getInt32(at, true) | FOLDED, MULTIPLIER) >>> down;
      const b = Math.imul(data.getInt32(at + step, true) | FOLDED, MULTIPLIER) >>> down;
      const c = Math.imul(data.getInt32(at + 2 * step, true) | FOLDED, MULTIPLIER) >>> down;
      const d = Math.imul(data.getInt32(at + 3 * step, true) | FOLDED, MULTIPLIER) >>> down;
      if ((table[a] | table[b] | table[c] | table[d]) === 0) continue;
      if (table[a] !== 0 && this.#isSought(a, bytes, at, end)) mark(at);
      if (table[b] !== 0 && this.#isSought(b, bytes, at + step, end)) mark(at + step);
      if (table[c] !== 0 && this.#isSought(c, bytes, at + 2 * step, end)) mark(at + 2 * step);
      if (table[d] !== 0 && this.#isSought(d, bytes, at + 3 * step, end)) mark(at + 3 * step);
    }
    for (; at < to && at + WINDOW <= end; at += step) {
      const h = this.#hash(bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16));
      if (table[h] !== 0 && this.#isSought(h, bytes, at, end)) mark(at);
    }
  }

  #isSought(h: number, bytes: Uint8Array, at: number, end: number): boolean {
    const windows = this.#byHash.get(h);
    if (windows === undefined) return false;
    for (let i = 0; i < windows.length; i++) {
      const { literal } = windows[i];
      const start = at - windows[i].at;
      if (start >= 0 && start + literal.length <= end && isThere(literal, bytes, start)) return true;
    }
    return false;
  }

  /** A literal that crosses the end of the bytes is found with the next packet, at their border. */
  #mark(
    h: number,
    bytes: Uint8Array,
    from: number,
    at: number,
    to: number,
    shift: number,
    found: Uint32Array,
  ): boolean {
    const windows = this.#byHash.get(h);
    if (windows === undefined) return false;
    let any = false;
    for (let i = 0; i < windows.length; i++) {
      const { index, literal } = windows[i];
      const start = at - windows[i].at;
      if (start < from || start + literal.length > to || !isThere(literal, bytes, start)) continue;
      found[index] = Math.max(1, found[index], start + literal.length + shift);
      any = true;
    }
    return any;
  }
}

/** Some bytes of a literal. */
interface Window {
  readonly index: number;
  /** Where in the literal they begin. */
  readonly at: number;
  readonly literal: Uint8Array;
}

function isThere(literal: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < literal.length; i++) if (FOLD[literal[i]] !== FOLD[bytes[start + i]]) return false;
  return true;
}

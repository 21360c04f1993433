/**
 * Finds which of many literals a payload may hold, in one pass: four bytes of each literal, case folded, are a bit in a table;
 * a hit is compared with the literal, and the expressions that it names decide. No literal that is there is ever missed.
 */

/** Windows that a table of 2^13 bytes takes, which stays in the cache nearest to the processor; more of them get one of 2^16. */
const FEW_WINDOWS = 128;
/** Places skipped between two probes, and one: at most. */
const MOST_STEP = 8;
const MULTIPLIER = 0x9e3779b1;

const FOLD = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte));

/** Turns capitals into small letters, and some other bytes into each other: false hits, no misses. */
const LOWER = 0x20202020;

/** How ordinary a byte is in traffic: the window of a literal with the rarest ones gives the fewest false hits. */
const ordinary = (byte: number): number => {
  if (byte === 0x20 || byte === 0x65 || byte === 0x74 || byte === 0x61 || byte === 0x6f) return 6;
  if (byte >= 0x61 && byte <= 0x7a) return 4;
  if (byte >= 0x30 && byte <= 0x39) return 3;
  return byte === 0 || byte === 0x0d || byte === 0x0a || byte === 0x2f ? 5 : 1;
};

/** Where in the literal the rarest four bytes begin, of those at offsets that leave `rest` when divided by `step`. */
const rarest = (literal: Uint8Array, step: number, rest: number): number => {
  let best = rest;
  let least = Infinity;
  for (let at = rest; at + 4 <= literal.length; at += step) {
    let sum = 0;
    for (let i = 0; i < 4; i++) sum += ordinary(FOLD[literal[at + i]]);
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
  /** The bytes on either side of the border between two packets: as many as the longest literal. */
  readonly #border: Uint8Array;
  readonly #borderData: DataView;
  #carried = 0;
  /** The bytes searched last, which are nearly always those searched next: packets come in blocks. */
  #block: Uint8Array = new Uint8Array(0);
  #blockData = new DataView(this.#block.buffer);

  /** @param literals at least four bytes each */
  constructor(literals: readonly Uint8Array[]) {
    const shortest = literals.reduce((least, { length }) => Math.min(least, length), MOST_STEP + 3);
    this.#step = Math.max(1, shortest - 3);
    const bits = literals.length * this.#step <= FEW_WINDOWS ? 13 : 16;
    this.#shift = 32 - bits;
    this.#table = new Uint8Array(1 << bits);
    this.#border = new Uint8Array(2 * literals.reduce((most, { length }) => Math.max(most, length), 4));
    this.#borderData = new DataView(this.#border.buffer);
    literals.forEach((literal, index) => {
      for (let rest = 0; rest < this.#step; rest++) this.#add(literal, rarest(literal, this.#step, rest), index);
    });
  }

  #add(literal: Uint8Array, at: number, index: number): void {
    // As a little-endian word with the bit of lower case set: what `search` reads.
    let word = 0;
    for (let i = 3; i >= 0; i--) word = (word << 8) | literal[at + i];
    const h = Math.imul(word | LOWER, MULTIPLIER) >>> this.#shift;
    this.#table[h] = 1;
    const window = { index, at, literal };
    const same = this.#byHash.get(h);
    if (same) same.push(window);
    else this.#byHash.set(h, [window]);
  }

  /** What came before the bytes that `search` is called with next: `length` bytes that end at `end`. */
  before(bytes: Uint8Array, end: number, length: number): void {
    const border = this.#border;
    const carried = Math.min(border.length >> 1, length);
    for (let i = 0; i < carried; i++) border[i] = bytes[end - carried + i];
    this.#carried = carried;
  }

  /**
   * Marks in `found`, by index of the literal, what the bytes may hold: 1 + the offset from `from` at which its last window
   * ended, 1 for one that ended before. A literal may begin in what `before` was told.
   * @returns whether there is any
   */
  search(bytes: Uint8Array, from: number, to: number, found: Uint32Array): boolean {
    const border = this.#border;
    const carried = this.#carried;
    const fresh = Math.min(border.length >> 1, to - from);
    let any = false;
    if (carried > 0) {
      for (let i = 0; i < fresh; i++) border[carried + i] = bytes[from + i];
      any = this.#scan(border, this.#borderData, 0, carried + fresh, 1, -carried, found);
    }
    if (bytes !== this.#block) {
      this.#block = bytes;
      this.#blockData = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    return this.#scan(bytes, this.#blockData, from, to, this.#step, -from, found) || any;
  }

  #scan(bytes: Uint8Array, data: DataView, from: number, to: number, step: number, shift: number, found: Uint32Array): boolean {
    const table = this.#table;
    const down = this.#shift;
    let any = false;
    for (let at = from; at + 4 <= to; at += step) {
      const h = Math.imul(data.getInt32(at, true) | LOWER, MULTIPLIER) >>> down;
      if (table[h] !== 0) any = this.#mark(h, bytes, from, at, to, shift, found) || any;
    }
    return any;
  }

  /** A literal that crosses the end of the bytes is found with the next packet, at their border. */
  #mark(h: number, bytes: Uint8Array, from: number, at: number, to: number, shift: number, found: Uint32Array): boolean {
    const windows = this.#byHash.get(h);
    if (windows === undefined) return false;
    let any = false;
    for (let i = 0; i < windows.length; i++) {
      const { index, literal } = windows[i];
      const start = at - windows[i].at;
      if (start < from || start + literal.length > to || !isThere(literal, bytes, start)) continue;
      found[index] = Math.max(1, at + 4 + shift);
      any = true;
    }
    return any;
  }
}

/** Four bytes of a literal. */
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

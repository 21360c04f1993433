/**
 * Finds which of many literals a payload may hold, in one pass: four bytes of each literal, case folded, are a bit in a table;
 * a hit is compared with the literal, and the expressions that it names decide. No literal that is there is ever missed.
 */

const BITS = 16;
const MULTIPLIER = 0x9e3779b1;

const FOLD = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte));

/** Turns capitals into small letters, and some other bytes into each other: false hits, no misses. */
const LOWER = 0x20202020;

const hash = (word: number): number => Math.imul(word, MULTIPLIER) >>> (32 - BITS);

/** How ordinary a byte is in traffic: the window of a literal with the rarest ones gives the fewest false hits. */
const ordinary = (byte: number): number => {
  if (byte === 0x20 || byte === 0x65 || byte === 0x74 || byte === 0x61 || byte === 0x6f) return 6;
  if (byte >= 0x61 && byte <= 0x7a) return 4;
  if (byte >= 0x30 && byte <= 0x39) return 3;
  return byte === 0 || byte === 0x0d || byte === 0x0a || byte === 0x2f ? 5 : 1;
};

/** Where in the literal, at an even (0) or odd (1) offset, the rarest four bytes begin; -1 where it is too short for one. */
const rarest = (literal: Uint8Array, parity: number): number => {
  let best = -1;
  let least = Infinity;
  for (let at = parity; at + 4 <= literal.length; at += 2) {
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
  readonly #bits = new Uint8Array((1 << BITS) >> 3);
  /** Hash of a window → the windows that have it. */
  readonly #byHash = new Map<number, Window[]>();

  /** 2 where every literal has a window at an even and one at an odd offset: then every other place is enough. */
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
    this.#step = literals.every((literal) => rarest(literal, 1) >= 0) ? 2 : 1;
    this.#border = new Uint8Array(2 * literals.reduce((most, { length }) => Math.max(most, length), 4));
    this.#borderData = new DataView(this.#border.buffer);
    literals.forEach((literal, index) => {
      for (let parity = 0; parity < this.#step; parity++) this.#add(literal, rarest(literal, parity), index);
    });
  }

  #add(literal: Uint8Array, at: number, index: number): void {
    // As a little-endian word with the bit of lower case set: what `search` reads.
    let word = 0;
    for (let i = 3; i >= 0; i--) word = (word << 8) | literal[at + i];
    const h = hash(word | LOWER);
    this.#bits[h >> 3] |= 1 << (h & 7);
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
    const bits = this.#bits;
    let any = false;
    for (let at = from; at + 4 <= to; at += step) {
      const h = Math.imul(data.getInt32(at, true) | LOWER, MULTIPLIER) >>> (32 - BITS);
      if ((bits[h >> 3] & (1 << (h & 7))) !== 0) any = this.#mark(h, bytes, from, at, to, shift, found) || any;
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

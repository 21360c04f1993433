/**
 * Finds which of many literals a payload may hold, in one pass: four bytes of each literal, case folded, are a bit in a table;
 * the expressions that a hit names decide. No literal that is there is ever missed.
 */

const BITS = 16;
const MULTIPLIER = 0x9e3779b1;

const FOLD = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte));

const hash = (word: number): number => Math.imul(word, MULTIPLIER) >>> (32 - BITS);

/** How ordinary a byte is in traffic: the window of a literal with the rarest ones gives the fewest false hits. */
const ordinary = (byte: number): number => {
  if (byte === 0x20 || byte === 0x65 || byte === 0x74 || byte === 0x61 || byte === 0x6f) return 6;
  if (byte >= 0x61 && byte <= 0x7a) return 4;
  if (byte >= 0x30 && byte <= 0x39) return 3;
  return byte === 0 || byte === 0x0d || byte === 0x0a || byte === 0x2f ? 5 : 1;
};

/** Where in the literal the rarest four bytes begin. */
const rarest = (literal: Uint8Array): number => {
  let best = 0;
  let least = Infinity;
  for (let at = 0; at + 4 <= literal.length; at++) {
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
  /** Hash of a window → the literals that have it, by their index. */
  readonly #byHash = new Map<number, number[]>();

  /** @param literals at least four bytes each */
  constructor(literals: readonly Uint8Array[]) {
    literals.forEach((literal, index) => {
      const at = rarest(literal);
      let word = 0;
      for (let i = 0; i < 4; i++) word = (word << 8) | FOLD[literal[at + i]];
      const h = hash(word);
      this.#bits[h >> 3] |= 1 << (h & 7);
      const same = this.#byHash.get(h);
      if (same) same.push(index);
      else this.#byHash.set(h, [index]);
    });
  }

  /**
   * Marks in `found`, by index of the literal, what the bytes may hold: 1 + the offset from `from` at which its last window
   * ended. `carry` holds the `carried` (0 to 3) folded bytes before `from`, the newest lowest: see `carryOf`.
   * @returns whether there is any
   */
  search(bytes: Uint8Array, from: number, to: number, carry: number, carried: number, found: Uint32Array): boolean {
    const bits = this.#bits;
    const first = Math.min(to, from + 3 - carried);
    let any = false;
    let word = carry;
    for (let at = from; at < first; at++) word = (word << 8) | FOLD[bytes[at]];
    for (let at = first; at < to; at++) {
      word = (word << 8) | FOLD[bytes[at]];
      const h = Math.imul(word, MULTIPLIER) >>> (32 - BITS);
      if ((bits[h >> 3] & (1 << (h & 7))) !== 0) any = this.#mark(h, at - from + 1, found) || any;
    }
    return any;
  }

  #mark(h: number, end: number, found: Uint32Array): boolean {
    const literals = this.#byHash.get(h);
    if (literals === undefined) return false;
    for (let i = 0; i < literals.length; i++) found[literals[i]] = end;
    return true;
  }
}

/** The last bytes before the next ones, folded, as `search` takes them. */
export const carryOf = (bytes: Uint8Array, length: number): number => {
  let word = 0;
  for (let at = Math.max(0, length - 3); at < length; at++) word = (word << 8) | FOLD[bytes[at]];
  return word;
};

/** One literal of a rule, found in bytes from a place on. */

const FOLD = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte));

export class Literal {
  readonly length: number;
  readonly #exact: Buffer | undefined;
  readonly #folded: Uint8Array;
  /** Horspool's shifts, for letters of either case. */
  readonly #shift: Uint8Array | Uint32Array | undefined;

  constructor(bytes: Uint8Array, nocase: boolean) {
    this.length = bytes.length;
    this.#exact = nocase ? undefined : Buffer.from(bytes);
    this.#folded = Uint8Array.from(bytes, (byte) => FOLD[byte] ?? 0);
    if (!nocase) return;
    const shift = new Uint32Array(256).fill(bytes.length);
    for (let i = 0; i < bytes.length - 1; i++) {
      const byte = this.#folded[i];
      shift[byte] = bytes.length - 1 - i;
      if (byte >= 0x61 && byte <= 0x7a) shift[byte - 32] = bytes.length - 1 - i;
    }
    this.#shift = shift;
  }

  /** Where the literal begins, first at or after `from` and wholly before `to`; -1 where it is not. */
  find(bytes: Uint8Array, from: number, to: number): number {
    const { length } = this;
    if (length === 0) return from <= to ? from : -1;
    if (from < 0 || to - from < length) return -1;
    if (this.#exact) {
      // Within a short reach the native search would run on to the end of the buffer.
      if (to < bytes.length && to - from < 256) return this.#findNear(bytes, from, to);
      const at = Buffer.prototype.indexOf.call(bytes, this.#exact, from);
      return at < 0 || at + length > to ? -1 : at;
    }
    const folded = this.#folded;
    const shift = this.#shift as Uint32Array;
    const last = length - 1;
    for (let at = from; at + length <= to; at += shift[bytes[at + last]]) {
      let i = last;
      while (i >= 0 && FOLD[bytes[at + i]] === folded[i]) i--;
      if (i < 0) return at;
    }
    return -1;
  }

  #findNear(bytes: Uint8Array, from: number, to: number): number {
    const exact = this.#exact as Buffer;
    const { length } = this;
    const first = exact[0];
    for (let at = from; at + length <= to; at++) {
      if (bytes[at] !== first) continue;
      let i = 1;
      while (i < length && bytes[at + i] === exact[i]) i++;
      if (i === length) return at;
    }
    return -1;
  }
}

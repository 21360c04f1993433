/**
 * The bytes that reassembly handed on lately, of all directions together, so that bytes sent again can be compared with them. A ring of
 * fixed size: what is overwritten is not compared any more.
 */

const SLOT = 1_536;

/** Steps that a look-up goes back in one direction. */
const MAX_STEPS = 16;

export class RecentBytes {
  readonly #slots: number;
  #bytes: Uint8Array | undefined;
  readonly #from: Float64Array;
  readonly #length: Uint16Array;
  readonly #before: Float64Array;
  #written = 0;

  constructor(slots: number) {
    this.#slots = slots;
    this.#from = new Float64Array(slots);
    this.#length = new Uint16Array(slots);
    this.#before = new Float64Array(slots);
  }

  /**
   * Keeps bytes of a direction, whose first has relative sequence number `from`; `before` is what the call before answered for that
   * direction, -1 at first. Answers where they are. Longer ones than a slot are kept up to its end.
   */
  keep(before: number, from: number, bytes: Uint8Array): number {
    this.#bytes ??= new Uint8Array(this.#slots * SLOT);
    const slot = this.#written % this.#slots;
    const length = Math.min(bytes.length, SLOT);
    this.#bytes.set(length === bytes.length ? bytes : bytes.subarray(0, length), slot * SLOT);
    this.#from[slot] = from;
    this.#length[slot] = length;
    this.#before[slot] = before;
    return this.#written++;
  }

  /**
   * The first stretch in which `bytes`, sent again from `from` on, differ from what is kept from `last` backwards: what was taken, and
   * where in `bytes` it begins.
   */
  difference(last: number, from: number, bytes: Uint8Array): { at: number; taken: Uint8Array } | undefined {
    const kept = this.#bytes;
    let number = last;
    for (let step = 0; kept && step < MAX_STEPS && number >= 0; step++) {
      if (number < this.#written - this.#slots) return undefined;
      const slot = number % this.#slots;
      const start = this.#from[slot] ?? 0;
      const end = start + (this.#length[slot] ?? 0);
      const low = Math.max(start, from);
      const high = Math.min(end, from + bytes.length);
      const base = slot * SLOT - start;
      for (let i = low; i < high; i++)
        if (kept[base + i] !== bytes[i - from])
          return { at: i - from, taken: kept.slice(base + i, base + high) };
      if (start <= from) return undefined;
      number = this.#before[slot] ?? -1;
    }
    return undefined;
  }
}

/** Bytes of something that is not whole yet, joined only once there may be enough of them: their number is the sender's choice. */

export class HeldBytes {
  #parts: Uint8Array[] = [];
  #size = 0;
  #needed = 0;

  get size(): number {
    return this.#size;
  }

  /** What was kept and these, where that is as much as was needed; undefined otherwise: then they are kept. */
  add(bytes: Uint8Array): Uint8Array | undefined {
    if (this.#size + bytes.length >= this.#needed) return this.#size === 0 ? bytes : this.take(bytes);
    this.#parts.push(bytes.slice());
    this.#size += bytes.length;
    return undefined;
  }

  /** Keeps these until there are `needed` of them. */
  keep(bytes: Uint8Array, needed: number): void {
    this.#parts = bytes.length > 0 ? [bytes.slice()] : [];
    this.#size = bytes.length;
    this.#needed = needed;
  }

  /** All that was kept, and nothing is any more. */
  take(more?: Uint8Array): Uint8Array {
    const all = Buffer.concat(more ? [...this.#parts, more] : this.#parts);
    this.drop();
    return all;
  }

  drop(): void {
    this.#parts = [];
    this.#size = 0;
    this.#needed = 0;
  }
}

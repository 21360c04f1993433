/** A stream whose first bytes can be looked at before it is read. */

import type { ByteSource, StreamDamage } from '../source/contract.ts';

export class PeekableSource implements ByteSource {
  readonly #inner: ByteSource;
  readonly #head: Uint8Array;
  #filled = 0;
  #handed = 0;

  private constructor(inner: ByteSource, bytes: number) {
    this.#inner = inner;
    this.#head = new Uint8Array(bytes);
  }

  /** Reads `bytes` bytes of `inner` ahead, or as many as there are. */
  static async open(inner: ByteSource, bytes: number): Promise<PeekableSource> {
    const source = new PeekableSource(inner, bytes);
    while (source.#filled < bytes) {
      const got = await inner.read(source.#head, source.#filled);
      if (got === 0) break;
      source.#filled += got;
    }
    return source;
  }

  get head(): Uint8Array {
    return this.#head.subarray(0, this.#filled);
  }

  get consumed(): number {
    return this.#inner.consumed;
  }

  get damage(): StreamDamage | undefined {
    return this.#inner.damage;
  }

  read(into: Uint8Array, at: number): Promise<number> | number {
    if (this.#handed === this.#filled) return this.#inner.read(into, at);
    const part = this.#head.subarray(this.#handed, Math.min(this.#filled, this.#handed + into.length - at));
    into.set(part, at);
    this.#handed += part.length;
    return part.length;
  }

  reread(offset: number, into: Uint8Array): boolean {
    return this.#inner.reread?.(offset, into) ?? false;
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

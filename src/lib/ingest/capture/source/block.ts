/** The window of a stream that a reader looks at. */

import { CAPTURE_LIMITS } from '../../../model/limits.ts';
import type { ByteSource } from './contract.ts';

/**
 * Bytes `pos` to `end` of `bytes` are still to be read. `fill` moves them to the front and reads on behind them, so that a
 * record that straddles two blocks is moved once and never concatenated. The buffer grows only as far as bytes really come,
 * never because a length claims them.
 */
export class Block {
  bytes: Uint8Array;
  data: DataView;
  pos = 0;
  end = 0;
  /** Where `bytes[0]` lies in the stream. */
  base = 0;
  /** The source has nothing more. */
  ended = false;
  readonly source: ByteSource;

  constructor(source: ByteSource, capacity: number = CAPTURE_LIMITS.blockBytes) {
    this.source = source;
    this.bytes = new Uint8Array(capacity);
    this.data = new DataView(this.bytes.buffer);
  }

  /** Where `pos` lies in the stream. */
  get offset(): number {
    return this.base + this.pos;
  }

  get available(): number {
    return this.end - this.pos;
  }

  /** Reads on until `need` bytes lie between `pos` and `end`, or the stream ends: whether they do. */
  async fill(need: number): Promise<boolean> {
    this.#moveToFront();
    while (this.end < need && !this.ended) {
      if (this.end === this.bytes.length) this.#grow(need);
      const reading = this.source.read(this.bytes, this.end);
      const got = typeof reading === 'number' ? reading : await reading;
      if (got === 0) this.ended = true;
      this.end += got;
    }
    return this.end >= need;
  }

  #moveToFront(): void {
    if (this.pos === 0) return;
    this.bytes.copyWithin(0, this.pos, this.end);
    this.base += this.pos;
    this.end -= this.pos;
    this.pos = 0;
  }

  #grow(need: number): void {
    const larger = new Uint8Array(Math.min(Math.max(need, CAPTURE_LIMITS.blockBytes), this.bytes.length * 2));
    larger.set(this.bytes);
    this.bytes = larger;
    this.data = new DataView(larger.buffer);
  }
}

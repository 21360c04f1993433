/**
 * What a look ahead at a capture's raw bytes found, in memory that two threads share: for each block of the file and each who seeks, a
 * bit for every 64 bytes. The thread that looks ahead goes at most a ring's length in front; the one that decodes never waits for it.
 */

import { PRESCAN_LIMITS } from '../../../model/limits.ts';

const { blockBytes, blocks: BLOCKS, cellBytes } = PRESCAN_LIMITS;
const CELL_SHIFT = Math.log2(cellBytes);
const CELLS = blockBytes / cellBytes;
const WORDS = CELLS / 32;

/** First word: the block that is decoded. Then, for each place of the ring, 1 + the block that lies there whole, 0 for none. */
const READER = 0;
const TAGS = 1;
const BITS = TAGS + BLOCKS;

export const ringBytes = (seekers: number): number => 4 * (BITS + seekers * BLOCKS * WORDS);

export class PrescanRing {
  readonly shared: SharedArrayBuffer;
  readonly #words: Int32Array;
  /** The last block of which it is known that it lies in the ring: nothing takes its place before the reader has left it. */
  #known = -1;
  #reader = 0;

  constructor(shared: SharedArrayBuffer) {
    this.shared = shared;
    this.#words = new Int32Array(shared);
  }

  /** The decoder is at this offset of the file: blocks before it are not asked about again. */
  readerAt(offset: number): void {
    const block = Math.floor(offset / blockBytes);
    if (block === this.#reader) return;
    this.#reader = block;
    // Nobody is woken: that costs more than the search, and the ring is long enough for who looks again after some milliseconds.
    Atomics.store(this.#words, READER, block);
  }

  /** False where the seeker's look ahead has passed these bytes of the file and found nothing there. */
  mayHold(seeker: number, offset: number, length: number): boolean {
    const last = offset + length - 1;
    const lastBlock = Math.floor(last / blockBytes);
    for (let block = Math.floor(offset / blockBytes); block <= lastBlock; block++) {
      if (!this.#isIn(block)) return true;
      const start = block * blockBytes;
      const from = offset > start ? (offset - start) >> CELL_SHIFT : 0;
      const to = block < lastBlock ? CELLS - 1 : (last - start) >> CELL_SHIFT;
      if (this.#any(BITS + (seeker * BLOCKS + (block % BLOCKS)) * WORDS, from, to)) return true;
    }
    return false;
  }

  #isIn(block: number): boolean {
    if (block === this.#known) return true;
    if (block < this.#reader || Atomics.load(this.#words, TAGS + (block % BLOCKS)) !== block + 1)
      return false;
    this.#known = block;
    return true;
  }

  #any(base: number, from: number, to: number): boolean {
    const words = this.#words;
    const first = base + (from >> 5);
    const last = base + (to >> 5);
    const head = -1 << (from & 31);
    const tail = -1 >>> (31 - (to & 31));
    if (first === last) return (words[first] & head & tail) !== 0;
    if ((words[first] & head) !== 0 || (words[last] & tail) !== 0) return true;
    for (let at = first + 1; at < last; at++) if (words[at] !== 0) return true;
    return false;
  }

  /** For the thread that looks ahead: where the decoder is. */
  get reader(): number {
    return Atomics.load(this.#words, READER);
  }

  /** Lets some milliseconds pass. */
  rest(milliseconds: number): void {
    Atomics.wait(this.#words, READER, this.reader, milliseconds);
  }

  /** Makes room for a block: nothing is known of it, and no bit is set. */
  begin(block: number, seekers: number): void {
    const place = block % BLOCKS;
    Atomics.store(this.#words, TAGS + place, 0);
    for (let seeker = 0; seeker < seekers; seeker++) {
      const base = BITS + (seeker * BLOCKS + place) * WORDS;
      this.#words.fill(0, base, base + WORDS);
    }
  }

  /** There is something at this offset of the file. */
  mark(seeker: number, offset: number): void {
    const block = Math.floor(offset / blockBytes);
    const cell = (offset - block * blockBytes) >> CELL_SHIFT;
    const at = BITS + (seeker * BLOCKS + (block % BLOCKS)) * WORDS + (cell >> 5);
    this.#words[at] = this.#words[at] | (1 << (cell & 31));
  }

  /** All of the block was looked at. */
  end(block: number): void {
    Atomics.store(this.#words, TAGS + (block % BLOCKS), block + 1);
  }
}

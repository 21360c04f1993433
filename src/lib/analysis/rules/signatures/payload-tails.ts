/** The last bytes of each direction of each connection, so that a match that lies across packets is found. */

/** Bytes kept of one direction, and of all of them together. */
export const TAIL_LIMITS = { bytes: 512, totalBytes: 32 * 1024 * 1024 } as const;

/** Packets whose places are known of one tail; a match that began further back is put down to the oldest of them. */
const FRAMES = 16;

export interface FramePlace {
  readonly file: number;
  readonly frame: number;
}

/** A literal whose window was seen at this place of the direction's bytes. */
export interface LiteralSeen {
  readonly literal: number;
  readonly at: number;
}

const NOTHING_SEEN: readonly LiteralSeen[] = [];

export class Tail {
  readonly bytes = new Uint8Array(TAIL_LIMITS.bytes);
  length = 0;
  /** Bytes of this direction so far. */
  position = 0;
  /** Literals seen in what the tail holds. */
  seen: readonly LiteralSeen[] = NOTHING_SEEN;
  /** A ring of (file, frame, position after its last byte). */
  readonly #frames = new Float64Array(3 * FRAMES);
  #packets = 0;

  /** Makes the tail as good as new. */
  clear(): void {
    this.length = 0;
    this.position = 0;
    this.seen = NOTHING_SEEN;
    this.#packets = 0;
  }

  /** Takes the payload of one packet in. */
  push(bytes: Uint8Array, off: number, len: number, file: number, frame: number): void {
    const most = TAIL_LIMITS.bytes;
    if (len >= most) this.bytes.set(bytes.subarray(off + len - most, off + len));
    else {
      const kept = Math.min(this.length, most - len);
      this.bytes.copyWithin(0, this.length - kept, this.length);
      this.bytes.set(bytes.subarray(off, off + len), kept);
      this.length = kept;
    }
    this.length = Math.min(most, len >= most ? most : this.length + len);
    this.position += len;
    const at = 3 * (this.#packets++ % FRAMES);
    this.#frames[at] = file;
    this.#frames[at + 1] = frame;
    this.#frames[at + 2] = this.position;
  }

  /** The packet that brought the byte at a position of the direction's bytes. */
  frameOf(position: number): FramePlace | undefined {
    let place: FramePlace | undefined;
    for (let back = 1; back <= Math.min(FRAMES, this.#packets); back++) {
      const at = 3 * ((this.#packets - back) % FRAMES);
      if (place && this.#frames[at + 2] <= position) break;
      place = { file: this.#frames[at], frame: this.#frames[at + 1] };
    }
    return place;
  }
}

/** Tails are used again: making two arrays for each direction of each connection costs more than all searching. */
export class PayloadTails {
  readonly #tails = new Map<number, Tail>();
  readonly #free: Tail[] = [];
  /** Keys in order of their tails' making, from `#oldest` on; some are closed by now. */
  #order: number[] = [];
  #oldest = 0;
  /** Tails given up to stay under the cap: matches across packets may be missed there. */
  dropped = 0;

  /** The tail of a direction, made where there is none. */
  of(connNo: number, fromOrig: boolean): Tail {
    const key = 2 * connNo + (fromOrig ? 1 : 0);
    const known = this.#tails.get(key);
    if (known) return known;
    if (this.bytes >= TAIL_LIMITS.totalBytes) this.#dropOldest();
    const tail = this.#free.pop() ?? new Tail();
    tail.clear();
    this.#tails.set(key, tail);
    this.#order.push(key);
    return tail;
  }

  #dropOldest(): void {
    while (this.#oldest < this.#order.length) {
      const key = this.#order[this.#oldest++];
      if (!this.#take(key)) continue;
      this.dropped++;
      break;
    }
    this.#compact();
  }

  #compact(): void {
    if (this.#oldest < 65_536 || this.#oldest * 2 < this.#order.length) return;
    this.#order = this.#order.slice(this.#oldest);
    this.#oldest = 0;
  }

  #take(key: number): boolean {
    const tail = this.#tails.get(key);
    if (!tail) return false;
    this.#tails.delete(key);
    this.#free.push(tail);
    return true;
  }

  closed(connNo: number): void {
    this.#take(2 * connNo);
    this.#take(2 * connNo + 1);
    if (this.#tails.size === 0) {
      this.#order = [];
      this.#oldest = 0;
    }
  }

  get bytes(): number {
    return this.#tails.size * TAIL_LIMITS.bytes;
  }
}

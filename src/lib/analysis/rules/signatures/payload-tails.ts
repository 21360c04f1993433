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

export class Tail {
  readonly bytes = new Uint8Array(TAIL_LIMITS.bytes);
  length = 0;
  /** Bytes of this direction so far. */
  position = 0;
  /** Literals seen in what the tail holds. */
  seen: readonly LiteralSeen[] = [];
  /** A ring of (file, frame, position after its last byte). */
  readonly #frames = new Float64Array(3 * FRAMES);
  #packets = 0;

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

export class PayloadTails {
  readonly #tails = new Map<number, Tail>();
  /** Tails given up to stay under the cap: matches across packets may be missed there. */
  dropped = 0;

  /** The tail of a direction, made where there is none. */
  of(connNo: number, fromOrig: boolean): Tail {
    const key = 2 * connNo + (fromOrig ? 1 : 0);
    let tail = this.#tails.get(key);
    if (tail) return tail;
    tail = new Tail();
    this.#tails.set(key, tail);
    if (this.bytes > TAIL_LIMITS.totalBytes) {
      // The first key is the direction that began first.
      const [oldest] = this.#tails.keys();
      this.#tails.delete(oldest);
      this.dropped++;
    }
    return tail;
  }

  closed(connNo: number): void {
    this.#tails.delete(2 * connNo);
    this.#tails.delete(2 * connNo + 1);
  }

  get bytes(): number {
    return this.#tails.size * TAIL_LIMITS.bytes;
  }
}

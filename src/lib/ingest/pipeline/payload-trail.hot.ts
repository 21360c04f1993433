/**
 * Where the last payloads of TCP connections lie, each naming the one before it of its direction: a rule that needs the bytes before a
 * packet, which hardly any does, has them read once more from the capture (earlier-payloads.ts). Nothing is copied but what cannot be
 * read twice.
 */

/** An entry: f64 place in its file, then the words below. A place below zero is in the copies: -1 for their first byte ever. */
const WORDS = 8;
const DOUBLES = WORDS / 2;
const PREVIOUS = 2;
const LENGTH = 3;
const FILE = 4;
const FRAME = 5;
const OWNER = 6;
const SERIAL = 7;

/** A direction's word: the serial of its last payload in the lower bits, its last byte in the upper ones; 0 for none. */
const SERIAL_BITS = 24;
const LAST_SERIAL = 2 ** SERIAL_BITS - 1;

const FEWEST_ENTRIES = 4_096;
const MOST_ENTRIES = 524_288;
/** Bytes of a capture for each payload that is remembered, before the most are. */
const BYTES_AN_ENTRY = 128;

/** Of a payload that cannot be read again so many bytes are kept, the last ones; and so many of all. */
const COPIED_BYTES = 512;
const COPIES_BYTES = 32 * 1024 * 1024;
/** Up to so many bytes a loop is faster than a view and a copy. */
const FEW = 96;
/** Payloads that are remembered of a capture of so many bytes: a power of two. */
export const entriesOf = (bytes: number): number =>
  2 ** Math.ceil(Math.log2(Math.min(MOST_ENTRIES, Math.max(FEWEST_ENTRIES, bytes / BYTES_AN_ENTRY))));

export class PayloadTrail {
  readonly #u32: Uint32Array;
  readonly #f64: Float64Array;
  readonly #mask: number;
  /** Made when something comes that cannot be read again. */
  #copies: Uint8Array | undefined;
  /** Bytes copied so far, those that were skipped at the ring's end included. */
  #copied = 0;
  /** Serial of the payload that is noted next; 0 is none's. */
  serial = 1;

  /** `entries`: a power of two. */
  constructor(entries: number) {
    const room = new ArrayBuffer(4 * WORDS * entries);
    this.#u32 = new Uint32Array(room);
    this.#f64 = new Float64Array(room);
    this.#mask = entries - 1;
  }

  /** The last byte of a direction whose word this is, -1 where it had none. */
  static before(word: number): number {
    return word === 0 ? -1 : word >>> SERIAL_BITS;
  }

  /**
   * Takes a payload in; `word` is the direction's, `owner` a number of its own, `fileAt` -1 where it does not lie in the file as it is.
   * @returns the direction's new word
   */
  note(
    word: number,
    owner: number,
    bytes: Uint8Array,
    off: number,
    len: number,
    fileAt: number,
    file: number,
    frame: number,
  ): number {
    const { serial } = this;
    const entry = serial & this.#mask;
    const at = entry * WORDS;
    const u32 = this.#u32;
    u32[at + PREVIOUS] = word & LAST_SERIAL;
    u32[at + LENGTH] = len;
    u32[at + FILE] = file;
    u32[at + FRAME] = frame;
    u32[at + OWNER] = owner;
    u32[at + SERIAL] = serial;
    this.#f64[entry * DOUBLES] = fileAt >= 0 ? fileAt : this.#copy(bytes, off, len);
    this.serial = serial === LAST_SERIAL ? 1 : serial + 1;
    return ((bytes[off + len - 1] << SERIAL_BITS) | serial) >>> 0;
  }

  #copy(bytes: Uint8Array, off: number, len: number): number {
    const copies = (this.#copies ??= new Uint8Array(COPIES_BYTES));
    const kept = Math.min(len, COPIED_BYTES);
    let at = this.#copied % COPIES_BYTES;
    if (at + kept > COPIES_BYTES) {
      this.#copied += COPIES_BYTES - at;
      at = 0;
    }
    const place = -1 - this.#copied;
    const from = off + len - kept;
    if (kept <= FEW) for (let i = 0; i < kept; i++) copies[at + i] = bytes[from + i];
    else copies.set(bytes.subarray(from, from + kept), at);
    this.#copied += kept;
    return place;
  }

  /** Serial of the payload that a direction's word names; 0 for none. */
  static serialOf(word: number): number {
    return word & LAST_SERIAL;
  }

  /** Entry of a payload, -1 where another has taken its place. */
  entryOf(serial: number, owner: number): number {
    const entry = serial & this.#mask;
    const at = entry * WORDS;
    return this.#u32[at + SERIAL] === serial && this.#u32[at + OWNER] === owner ? entry : -1;
  }

  /** Serial of the direction's payload before it, 0 for none. */
  previousOf(entry: number): number {
    return this.#u32[entry * WORDS + PREVIOUS];
  }

  lengthOf(entry: number): number {
    return this.#u32[entry * WORDS + LENGTH];
  }

  fileOf(entry: number): number {
    return this.#u32[entry * WORDS + FILE];
  }

  frameOf(entry: number): number {
    return this.#u32[entry * WORDS + FRAME];
  }

  /** Where it lies in its file; below zero where it was kept. */
  placeOf(entry: number): number {
    return this.#f64[entry * DOUBLES];
  }

  /** Bytes of one that was kept, its last ones: fewer than it had where it was long. */
  keptOf(entry: number): number {
    return Math.min(this.lengthOf(entry), COPIED_BYTES);
  }

  /** The last bytes of one that was kept, as many as `into` takes; false where newer ones have taken their room. */
  readKept(entry: number, into: Uint8Array): boolean {
    const begun = -1 - this.placeOf(entry);
    if (this.#copies === undefined || this.#copied - begun > COPIES_BYTES) return false;
    const end = (begun % COPIES_BYTES) + this.keptOf(entry);
    into.set(this.#copies.subarray(end - into.length, end));
    return true;
  }
}

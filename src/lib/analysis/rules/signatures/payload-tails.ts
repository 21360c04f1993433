/**
 * The last bytes of each direction of each connection, so that a match that lies across packets is found. A tail is a record of fixed
 * size in one block of memory, and its number stands for it: objects with arrays of their own cost more than all searching.
 */

/** Bytes kept of one direction, and of all of them together. */
export const TAIL_LIMITS = { bytes: 512, totalBytes: 32 * 1024 * 1024 } as const;

/** The tail of what stands alone, a datagram: always empty. */
export const NO_TAIL = 0;

/** Packets whose places are known of one tail; a match that began further back is put down to the oldest of them. */
const FRAMES = 16;

/**
 * A record: u32 length, u32 packets so far, f64 bytes of the direction so far, u32 number of a large record or 0, then a ring of
 * (file, frame, position after its last byte modulo 2^32) of its packets, then the bytes. Most connections are short: a record has room
 * for few bytes and packets, and one that outgrows it has its ring and its bytes in a large record.
 */
const RECORD = 192;
const R_U32 = RECORD / 4;
const R_F64 = RECORD / 8;
const LENGTH = 0;
const PACKETS = 1;
const POSITION = 1; // F64
const LARGE_RECORD = 4;
const PLACES = 5;
const PLACE_WORDS = 3;
const SMALL_FRAMES = 4;
const BYTES = 4 * (PLACES + PLACE_WORDS * SMALL_FRAMES);
const SMALL_BYTES = RECORD - BYTES;

const LARGE_PLACES = 4 * PLACE_WORDS * FRAMES;
const LARGE = LARGE_PLACES + TAIL_LIMITS.bytes;

const MOST_TAILS = TAIL_LIMITS.totalBytes / TAIL_LIMITS.bytes;
/** Room at first, and how much more each time: most captures need little, and V8 collects garbage for room as if it were in use. */
const FIRST_TAILS = 1_024;
const GROWTH = 8;

/** A connection's entry in the table: its number, then its tails, 0 for none. An entry without a tail is free. */
const ENTRY = 4;
const ENTRIES = 2 * MOST_TAILS;
const ENTRY_MASK = ENTRIES - 1;
const WORD_MASK = ENTRIES * ENTRY - 1;
const FROM_RESP = 1;
const FROM_ORIG = 2;

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

export class PayloadTails {
  /** All records; `from` and `length` say which bytes are a tail's. */
  bytes: Uint8Array = new Uint8Array(0);
  #u32: Uint32Array = new Uint32Array(0);
  #f64: Float64Array = new Float64Array(0);
  /** Tails, and as many large records, that there is room for. */
  #room = 0;
  /** Where large records begin; the first one is number 1. */
  #largeFrom = 0;
  readonly #entries = new Uint32Array(ENTRIES * ENTRY);
  readonly #owner = new Uint32Array(MOST_TAILS + 1);
  /** In the order of their making, in a ring that begins and ends at 0; free tails are linked by `#newer`. */
  readonly #newer = new Uint32Array(MOST_TAILS + 1);
  readonly #older = new Uint32Array(MOST_TAILS + 1);
  #free = 0;
  #made = 0;
  #open = 0;
  /** The first of the free large records; each names the next in its first word. */
  #freeLarge = 0;
  #madeLarge = 0;
  readonly #seen = new Map<number, readonly LiteralSeen[]>();
  /** Tails given up to stay under the cap: matches across packets may be missed there. */
  dropped = 0;

  constructor() {
    this.#grow(FIRST_TAILS);
  }

  #grow(room: number): void {
    const largeFrom = (room + 1) * RECORD;
    const bytes = new Uint8Array(largeFrom + (room + 1) * LARGE);
    bytes.set(this.bytes.subarray(0, this.#largeFrom));
    bytes.set(this.bytes.subarray(this.#largeFrom), largeFrom);
    this.bytes = bytes;
    this.#u32 = new Uint32Array(bytes.buffer);
    this.#f64 = new Float64Array(bytes.buffer);
    this.#room = room;
    this.#largeFrom = largeFrom;
  }

  /** Offset in `bytes` of a large record: its ring, then its bytes. */
  #largeAt(large: number): number {
    return this.#largeFrom + large * LARGE;
  }

  /** The tail of a direction, made where there is none. */
  of(connNo: number, fromOrig: boolean): number {
    const side = fromOrig ? FROM_ORIG : FROM_RESP;
    const known = this.#entries[this.#find(connNo) + side];
    return known === 0 ? this.#make(connNo, side) : known;
  }

  /** Where a connection's entry is, or would be. Neighbours have neighbouring numbers, and open ones are mostly young. */
  #find(connNo: number): number {
    const entries = this.#entries;
    let at = (connNo & ENTRY_MASK) * ENTRY;
    while (entries[at] !== connNo && (entries[at + FROM_RESP] !== 0 || entries[at + FROM_ORIG] !== 0))
      at = (at + ENTRY) & WORD_MASK;
    return at;
  }

  #make(connNo: number, side: number): number {
    if (this.#open >= MOST_TAILS) {
      this.#release(this.#newer[0]);
      this.dropped++;
    }
    let tail = this.#free;
    if (tail === 0) {
      if (this.#made === this.#room) this.#grow(Math.min(MOST_TAILS, this.#room * GROWTH));
      tail = ++this.#made;
    } else this.#free = this.#newer[tail];
    this.#open++;
    this.#u32[tail * R_U32 + LENGTH] = 0;
    this.#u32[tail * R_U32 + PACKETS] = 0;
    this.#f64[tail * R_F64 + POSITION] = 0;
    this.#u32[tail * R_U32 + LARGE_RECORD] = 0;
    this.#owner[tail] = connNo;
    const last = this.#older[0];
    this.#newer[last] = tail;
    this.#older[tail] = last;
    this.#newer[tail] = 0;
    this.#older[0] = tail;
    // Only now: what was given up may have had the entry.
    const at = this.#find(connNo);
    this.#entries[at] = connNo;
    this.#entries[at + side] = tail;
    return tail;
  }

  #release(tail: number): void {
    const at = this.#find(this.#owner[tail]);
    const side = this.#entries[at + FROM_ORIG] === tail ? FROM_ORIG : FROM_RESP;
    this.#entries[at + side] = 0;
    this.#unlink(tail);
    if (this.#entries[at + FROM_ORIG + FROM_RESP - side] === 0) this.#closeUp(at);
  }

  #unlink(tail: number): void {
    this.#newer[this.#older[tail]] = this.#newer[tail];
    this.#older[this.#newer[tail]] = this.#older[tail];
    this.#newer[tail] = this.#free;
    this.#free = tail;
    this.#open--;
    const large = this.#u32[tail * R_U32 + LARGE_RECORD];
    if (large !== 0) {
      this.#u32[this.#largeAt(large) >> 2] = this.#freeLarge;
      this.#freeLarge = large;
    }
    if (this.#seen.size > 0) this.#seen.delete(tail);
  }

  /** An entry became free: those behind it that were pushed past it move up. */
  #closeUp(free: number): void {
    const entries = this.#entries;
    entries[free] = 0;
    for (let at = (free + ENTRY) & WORD_MASK; ; at = (at + ENTRY) & WORD_MASK) {
      if (entries[at + FROM_RESP] === 0 && entries[at + FROM_ORIG] === 0) return;
      const home = (entries[at] & ENTRY_MASK) * ENTRY;
      if (((at - home) & WORD_MASK) < ((at - free) & WORD_MASK)) continue;
      entries.copyWithin(free, at, at + ENTRY);
      entries.fill(0, at, at + ENTRY);
      free = at;
    }
  }

  closed(connNo: number): void {
    if (this.#open === 0) return;
    const at = this.#find(connNo);
    const orig = this.#entries[at + FROM_ORIG];
    const resp = this.#entries[at + FROM_RESP];
    if (orig === 0 && resp === 0) return;
    this.#entries[at + FROM_ORIG] = 0;
    this.#entries[at + FROM_RESP] = 0;
    if (orig !== 0) this.#unlink(orig);
    if (resp !== 0) this.#unlink(resp);
    this.#closeUp(at);
  }

  length(tail: number): number {
    return this.#u32[tail * R_U32 + LENGTH];
  }

  /** Where in `bytes` the tail begins. */
  from(tail: number): number {
    const large = this.#u32[tail * R_U32 + LARGE_RECORD];
    return large === 0 ? tail * RECORD + BYTES : this.#largeAt(large) + LARGE_PLACES;
  }

  /** Where in `#u32` the place of a tail's packet is, the first packet being 0. */
  #placeOf(tail: number, packet: number): number {
    const large = this.#u32[tail * R_U32 + LARGE_RECORD];
    return large === 0
      ? tail * R_U32 + PLACES + PLACE_WORDS * (packet % SMALL_FRAMES)
      : (this.#largeAt(large) >> 2) + PLACE_WORDS * (packet % FRAMES);
  }

  /** Moves a tail's ring and bytes to a large record. */
  #enlarge(tail: number): void {
    const u32 = this.#u32;
    let large = this.#freeLarge;
    if (large === 0) large = ++this.#madeLarge;
    else this.#freeLarge = u32[this.#largeAt(large) >> 2];
    const to = this.#largeAt(large);
    const packets = u32[tail * R_U32 + PACKETS];
    for (let packet = Math.max(0, packets - SMALL_FRAMES); packet < packets; packet++) {
      const from = this.#placeOf(tail, packet);
      const place = (to >> 2) + PLACE_WORDS * (packet % FRAMES);
      for (let word = 0; word < PLACE_WORDS; word++) u32[place + word] = u32[from + word];
    }
    const from = tail * RECORD + BYTES;
    this.bytes.copyWithin(to + LARGE_PLACES, from, from + u32[tail * R_U32 + LENGTH]);
    u32[tail * R_U32 + LARGE_RECORD] = large;
  }

  /** Bytes of this direction so far. */
  position(tail: number): number {
    return this.#f64[tail * R_F64 + POSITION];
  }

  /** Literals seen in what the tail holds. */
  seen(tail: number): readonly LiteralSeen[] {
    return this.#seen.size === 0 ? NOTHING_SEEN : (this.#seen.get(tail) ?? NOTHING_SEEN);
  }

  remember(tail: number, seen: readonly LiteralSeen[]): void {
    if (seen.length === 0 || tail === NO_TAIL) this.#seen.delete(tail);
    else this.#seen.set(tail, seen);
  }

  /** Takes the payload of one packet in. */
  push(tail: number, bytes: Uint8Array, off: number, len: number, file: number, frame: number): void {
    if (tail === NO_TAIL) return;
    const most = TAIL_LIMITS.bytes;
    const at = tail * R_U32;
    const own = this.bytes;
    const length = this.#u32[at + LENGTH];
    const packets = this.#u32[at + PACKETS];
    if ((packets === SMALL_FRAMES || length + len > SMALL_BYTES) && this.#u32[at + LARGE_RECORD] === 0)
      this.#enlarge(tail);
    const from = this.from(tail);
    const taken = Math.min(len, most);
    const kept = Math.min(length, most - taken);
    if (kept < length) own.copyWithin(from, from + length - kept, from + length);
    const source = off + len - taken;
    if (taken <= FEW) for (let i = 0; i < taken; i++) own[from + kept + i] = bytes[source + i];
    else own.set(bytes.subarray(source, source + taken), from + kept);
    this.#u32[at + LENGTH] = kept + taken;
    const position = this.#f64[tail * R_F64 + POSITION] + len;
    this.#f64[tail * R_F64 + POSITION] = position;
    this.#u32[at + PACKETS] = packets + 1;
    const place = this.#placeOf(tail, packets);
    this.#u32[place] = file;
    this.#u32[place + 1] = frame;
    this.#u32[place + 2] = position;
  }

  /** The packet that brought the byte at a position of the direction's bytes. */
  frameOf(tail: number, position: number): FramePlace | undefined {
    const packets = this.#u32[tail * R_U32 + PACKETS];
    let place: FramePlace | undefined;
    for (let back = 1; back <= Math.min(FRAMES, packets); back++) {
      const one = this.#placeOf(tail, packets - back);
      // Ends lie less than 2^31 bytes apart from any place that is asked for.
      if (place && ((this.#u32[one + 2] - position) | 0) <= 0) break;
      place = { file: this.#u32[one], frame: this.#u32[one + 1] };
    }
    return place;
  }

  /** Of all tails that are open. */
  get openBytes(): number {
    return this.#open * TAIL_LIMITS.bytes;
  }
}

/** Up to so many bytes a loop is faster than a view and a copy. */
const FEW = 96;

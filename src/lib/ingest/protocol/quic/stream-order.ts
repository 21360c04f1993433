/** One direction of one QUIC stream put in order (RFC 9000 2.2): what comes early waits, up to a cap; what never comes is a gap. */

/** Bytes of all streams of a connection that wait for what is before them, and pieces of one. */
const MAX_WAITING_BYTES = 0x10_0000;
const MAX_WAITING_PIECES = 1_024;

export interface StreamReader {
  data(bytes: Uint8Array): void;
  gap(missing: number): void;
}

/** What the streams of one connection hold in all. */
export interface Waiting {
  bytes: number;
}

export class StreamOrder {
  readonly #reader: StreamReader;
  /** Sorted by offset. */
  #waiting: { readonly offset: number; readonly data: Uint8Array }[] = [];
  readonly #all: Waiting;
  #next = 0;
  /** Where the stream ends, once that is known. */
  #end: number | undefined;

  constructor(reader: StreamReader, all: Waiting) {
    this.#all = all;
    this.#reader = reader;
  }

  get done(): boolean {
    return this.#end !== undefined && this.#next >= this.#end;
  }

  add(offset: number, data: Uint8Array, fin: boolean): void {
    if (fin) this.#end ??= offset + data.length;
    if (offset <= this.#next) {
      this.#take(offset, data);
      this.#drain();
      return;
    }
    if (data.length === 0) return;
    let at = this.#waiting.length;
    while (at > 0 && this.#waiting[at - 1].offset > offset) at--;
    this.#waiting.splice(at, 0, { offset, data: Uint8Array.from(data) });
    this.#all.bytes += data.length;
    const { length } = this.#waiting;
    if (this.#all.bytes > MAX_WAITING_BYTES || length > MAX_WAITING_PIECES) this.flush();
  }

  /** Nothing more comes: what waits is given out, with the gaps before it. */
  flush(): void {
    while (this.#waiting.length > 0) this.#skip();
  }

  #take(offset: number, data: Uint8Array): void {
    const fresh = data.subarray(Math.min(this.#next - offset, data.length));
    this.#next += fresh.length;
    if (fresh.length > 0) this.#reader.data(fresh);
  }

  #drain(): void {
    while (this.#waiting.length > 0 && this.#waiting[0].offset <= this.#next) {
      const [{ offset, data }] = this.#waiting.splice(0, 1);
      this.#all.bytes -= data.length;
      this.#take(offset, data);
    }
  }

  #skip(): void {
    const missing = this.#waiting[0].offset - this.#next;
    this.#next += missing;
    this.#reader.gap(missing);
    this.#drain();
  }
}

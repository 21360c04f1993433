/** The bytes of one file in one direction: reads and writes at offsets, put into order. */

import type { Conn, Dir, FileSink, Position } from '../contract.ts';

/** Bytes beyond the next offset that wait for what is before them, a file. */
const MAX_AHEAD = 1 << 20;

interface Ahead {
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly at: Position;
}

export class Transfer {
  private readonly sink: FileSink;
  private readonly total: number | undefined;
  private next: number;
  private ahead: Ahead[] = [];
  private aheadBytes = 0;
  private last: Position;

  constructor(
    conn: Conn,
    dir: Dir,
    filename: string,
    total: number | undefined,
    offset: number,
    at: Position,
  ) {
    // A file read or written from the middle has a hole before it only where its size is known.
    this.next = total === undefined ? offset : 0;
    this.total = total;
    this.last = at;
    this.sink = conn.file({ source: 'SMB', dir, filename, total }, at);
  }

  get fuid(): string {
    return this.sink.fuid;
  }

  data(offset: number, bytes: Uint8Array, at: Position): void {
    if (offset > this.next) {
      this.ahead.push({ offset, bytes: bytes.slice(), at });
      this.aheadBytes += bytes.length;
      if (this.aheadBytes > MAX_AHEAD) this.passHole();
      return;
    }
    this.take(offset, bytes, at);
    if (this.ahead.length > 0) this.drain();
  }

  /** Bytes of a read or write that the capture does not have. */
  missing(offset: number, count: number): void {
    if (offset !== this.next || count <= 0) return;
    this.sink.gap(count);
    this.next += count;
  }

  private take(offset: number, bytes: Uint8Array, at: Position): void {
    // What was read before is not read again.
    const known = this.next - offset;
    if (known >= bytes.length) return;
    const fresh = known > 0 ? bytes.subarray(known) : bytes;
    this.sink.data(fresh, at);
    this.next += fresh.length;
    this.last = at;
  }

  private drain(): void {
    this.ahead.sort((a, b) => a.offset - b.offset);
    let first = this.ahead[0];
    while (first !== undefined && first.offset <= this.next) {
      this.ahead.shift();
      this.aheadBytes -= first.bytes.length;
      this.take(first.offset, first.bytes, first.at);
      first = this.ahead[0];
    }
  }

  private passHole(): void {
    this.ahead.sort((a, b) => a.offset - b.offset);
    const first = this.ahead[0];
    if (first === undefined) return;
    if (first.offset > this.next) {
      this.sink.gap(first.offset - this.next);
      this.next = first.offset;
    }
    this.drain();
  }

  end(): void {
    while (this.ahead.length > 0) this.passHole();
    this.sink.end(this.last, this.total === undefined || this.next >= this.total);
  }
}

/** What connections carry, put together as far as memory allows: files, and streams in windows. */

import type { InspectedConn } from '../../../model/inspection.ts';
import type { Dir, Position } from '../../../model/content.ts';

export interface ContentLimits {
  /** Of a stream at once; the next window begins with the last bytes of the one before. */
  readonly windowBytes: number;
  readonly overlapBytes: number;
  /** Of a file; what is beyond is not searched. */
  readonly fileBytes: number;
  /** Of all that is open; past that what began first is searched early. */
  readonly openBytes: number;
}

export const CONTENT_LIMITS: ContentLimits = {
  windowBytes: 1024 * 1024,
  overlapBytes: 4096,
  fileBytes: 32 * 1024 * 1024,
  openBytes: 128 * 1024 * 1024,
};

/** Where bytes came: those from `offset` on were completed by the packet. */
interface Mark {
  readonly offset: number;
  readonly at: Position;
}

/** Bytes of one file, or of one direction of a stream, that are searched together. */
export class Content {
  readonly conn: InspectedConn;
  readonly dir: Dir;
  readonly buffer: 'file' | 'stream';
  /** Rules that were reported of it: one says a thing once. */
  readonly reported = new Set<string>();
  /** Of the stream, before the bytes that are held. */
  start = 0;
  length = 0;
  #chunks: Uint8Array[] = [];
  #marks: Mark[] = [];

  constructor(conn: InspectedConn, dir: Dir, buffer: 'file' | 'stream') {
    this.conn = conn;
    this.dir = dir;
    this.buffer = buffer;
  }

  /** `bytes` are lent. */
  add(bytes: Uint8Array, { ts, file, frame }: Position): void {
    this.#chunks.push(bytes.slice());
    this.#marks.push({ offset: this.length, at: { ts, file, frame } });
    this.length += bytes.length;
  }

  /** All that is held; `keep` bytes of its end stay. */
  take(keep: number): Piece {
    const bytes = Buffer.concat(this.#chunks, this.length);
    const piece = { bytes, start: this.start, marks: this.#marks };
    const from = this.length - Math.min(keep, this.length);
    const first = this.#marks.findLastIndex(({ offset }) => offset <= from);
    const rest = keep > 0 ? this.#marks.slice(Math.max(0, first)) : [];
    this.#marks = rest.map(({ offset, at }) => ({ offset: Math.max(0, offset - from), at }));
    this.#chunks = keep > 0 ? [new Uint8Array(bytes.subarray(from))] : [];
    this.start += from;
    this.length = keep > 0 ? bytes.length - from : 0;
    return piece;
  }
}

export interface Piece {
  readonly bytes: Uint8Array;
  /** Place of its first byte in the stream or file. */
  readonly start: number;
  readonly marks: readonly Mark[];
}

/** The packet that completed the byte at `offset` of the piece. */
export function positionOf({ marks }: Piece, offset: number): Position | undefined {
  let low = 0;
  for (let high = marks.length; high - low > 1; ) {
    const middle = (low + high) >> 1;
    if ((marks[middle]?.offset ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return marks[low]?.at;
}

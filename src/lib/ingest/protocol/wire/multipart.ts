/** Parts of a multipart body (RFC 2046 5.1), as its bytes come. */

import { PROTOCOL_LIMITS } from '../../../model/limits.ts';
import { fieldsOf, type HeaderField } from './header-fields.ts';

export interface PartSink {
  part(fields: readonly HeaderField[]): void;
  data(bytes: Uint8Array): void;
  endPart(): void;
}

const LF = 0x0a;
const CR = 0x0d;
/** RFC 2046: a boundary has at most 70 characters. */
const MAX_BOUNDARY = 200;

export class MultipartReader {
  readonly #delimiter: Buffer;
  readonly #sink: PartSink;
  #state: 'preamble' | 'delimiter' | 'headers' | 'data' | 'epilogue' = 'preamble';
  #rest: Buffer = Buffer.alloc(0);
  #lines: Uint8Array[] = [];
  #headerBytes = 0;
  /** True where the next byte begins a line. */
  #lineStart = true;

  constructor(boundary: string, sink: PartSink) {
    this.#delimiter = Buffer.from(`--${boundary.slice(0, MAX_BOUNDARY)}`, 'latin1');
    this.#sink = sink;
  }

  data(bytes: Uint8Array): void {
    if (this.#state === 'epilogue') return;
    const all =
      this.#rest.length > 0
        ? Buffer.concat([this.#rest, bytes])
        : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const used = this.#take(all);
    // A copy: the bytes are only lent.
    this.#rest = Buffer.from(all.subarray(used));
  }

  /** A hole: what was held before it is not the beginning of what comes. */
  gap(): void {
    if (this.#state === 'data') this.#sink.data(this.#rest);
    this.#rest = Buffer.alloc(0);
    this.#lineStart = false;
  }

  end(): void {
    if (this.#state !== 'data') return;
    this.#sink.data(this.#rest);
    this.#rest = Buffer.alloc(0);
    this.#sink.endPart();
    this.#state = 'epilogue';
  }

  #take(all: Buffer): number {
    let at = 0;
    for (;;) {
      switch (this.#state) {
        case 'preamble':
        case 'data': {
          const next = this.#untilDelimiter(all, at);
          if (next < 0) return -next - 1;
          at = next;
          break;
        }
        case 'delimiter': {
          const end = all.indexOf(LF, at);
          if (end < 0 && all.length - at < 2) return at;
          if (all[at] === 0x2d && all[at + 1] === 0x2d) {
            this.#state = 'epilogue';
            return all.length;
          }
          if (end < 0) return all.length - at > PROTOCOL_LIMITS.maxLineBytes ? all.length : at;
          at = end + 1;
          this.#state = 'headers';
          this.#lines = [];
          this.#headerBytes = 0;
          break;
        }
        case 'headers': {
          const end = all.indexOf(LF, at);
          if (end < 0) return all.length - at > PROTOCOL_LIMITS.maxLineBytes ? all.length : at;
          const line = all.subarray(at, end > at && all[end - 1] === CR ? end - 1 : end);
          at = end + 1;
          if (line.length === 0) {
            this.#sink.part(fieldsOf(this.#lines));
            this.#state = 'data';
            this.#lineStart = true;
            break;
          }
          this.#headerBytes += line.length;
          if (this.#headerBytes <= PROTOCOL_LIMITS.maxHeaderBytes) this.#lines.push(Uint8Array.from(line));
          break;
        }
        default:
          return all.length;
      }
    }
  }

  /** Hands on what cannot be part of a delimiter; the place after the delimiter, or -1 - (bytes done with) where there is none yet. */
  #untilDelimiter(all: Buffer, from: number): number {
    let search = from;
    for (;;) {
      const found = all.indexOf(this.#delimiter, search);
      if (found < 0) break;
      const starts = found === from ? this.#lineStart : all[found - 1] === LF;
      if (!starts) {
        search = found + 1;
        continue;
      }
      if (this.#state === 'data') {
        let end = found;
        if (end > from && all[end - 1] === LF) end--;
        if (end > from && end < found && all[end - 1] === CR) end--;
        this.#sink.data(all.subarray(from, end));
        this.#sink.endPart();
      }
      this.#state = 'delimiter';
      return found + this.#delimiter.length;
    }
    // The line end before a delimiter belongs to it, so it is kept back with as much as may be the delimiter's beginning.
    const keep = Math.min(all.length - from, this.#delimiter.length + 2);
    const done = all.length - keep;
    if (done > from) {
      if (this.#state === 'data') this.#sink.data(all.subarray(from, done));
      this.#lineStart = all[done - 1] === LF;
    }
    return -1 - done;
  }
}

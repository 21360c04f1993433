/** Messages of one direction: lines, header, body by its framing (RFC 9112), and the way back after a hole. */

import { PROTOCOL_LIMITS } from '../../../model/limits.ts';
import type { Position, Span } from '../contract.ts';
import { fieldsOf, type HeaderField } from '../wire/header-fields.ts';

/** How a body ends. */
export type Framing =
  | { readonly kind: 'none' | 'close' }
  /** `otherwise`: what it is where the first byte is no chunk's, though the header says so. */
  | { readonly kind: 'chunked'; readonly otherwise?: Framing }
  | { readonly kind: 'length'; readonly length: number };

export interface MessageHead {
  readonly fields: readonly HeaderField[];
  /** The lines of the header, without their ends. */
  readonly lines: readonly Uint8Array[];
  readonly at: Position;
}

export interface BodySink {
  data(bytes: Uint8Array, at: Position): void;
  gap(missing: number): void;
}

export interface MessageHandler {
  /** True where what comes is a body without a header (HTTP/0.9). */
  headless(at: Position): boolean;
  /** Is this line the first of a message? `strict`: something unreadable came before it. */
  startLine(line: Uint8Array, first: Position, last: Position, strict: boolean): boolean;
  head(head: MessageHead): Framing;
  body(): BodySink | undefined;
  /** The message is over; `complete` false where it was cut off. */
  done(at: Position, complete: boolean): void;
  /** The size of a chunk is none, or none that can be. */
  badChunkSize(size: string, at: Position): void;
  /** A line of the message, or a part of its header, is beyond a cap and was passed over: told once a message. */
  cut(): void;
  /** True where the bytes that follow are not for this reader, or not yet. */
  paused(): boolean;
}

type State = 'start' | 'headers' | 'length' | 'close' | 'chunk-size' | 'chunk-data' | 'chunk-end' | 'trailer';

const LF = 0x0a;
const CR = 0x0d;
/** Of a size that is told. */
const MAX_TOLD = 64;

/** The last index below `to` from `from` on that was carried by the same frame. */
function sameFrameEnd(data: Span, from: number, to: number): number {
  const at = data.at(from);
  if (data.at(to - 1) === at) return to;
  let low = from;
  let high = to - 1;
  while (low + 1 < high) {
    const middle = (low + high) >> 1;
    if (data.at(middle) === at) low = middle;
    else high = middle;
  }
  return low + 1;
}

/** A hexadecimal digit, white space or a line end. */
const beginsChunk = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) ||
  ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66) ||
  byte === 0x20 ||
  (byte >= 0x09 && byte <= 0x0d);

export class MessageReader {
  readonly #handler: MessageHandler;
  #state: State = 'start';
  #strict = false;
  #left = 0;
  #lines: Uint8Array[] = [];
  #headerBytes = 0;
  #isCut = false;
  #last: Position | undefined;
  #skippingLine = false;
  #unlessChunked: Framing | undefined;

  constructor(handler: MessageHandler) {
    this.#handler = handler;
  }

  /** True between the first line of a message and its end. */
  get open(): boolean {
    return this.#state !== 'start';
  }

  /** Bytes consumed. */
  parse(data: Span): number {
    const { bytes } = data;
    let at = 0;
    while (at < bytes.length && !this.#handler.paused()) {
      const next = this.#step(data, at);
      if (next === at) break;
      at = next;
      this.#last = data.at(at - 1);
    }
    return at;
  }

  #step(data: Span, at: number): number {
    switch (this.#state) {
      case 'length':
      case 'chunk-data':
        return this.#bytes(data, at, this.#left);
      case 'close':
        return this.#bytes(data, at, data.bytes.length);
      case 'start':
        if (this.#handler.headless(data.at(at))) {
          this.#state = 'close';
          return this.#bytes(data, at, data.bytes.length);
        }
        return this.#line(data, at);
      case 'chunk-size':
        if (this.#unlessChunked && !beginsChunk(data.bytes[at])) {
          const otherwise = this.#unlessChunked;
          this.#unlessChunked = undefined;
          this.#frame(otherwise, data.at(at));
          return this.#step(data, at);
        }
        return this.#line(data, at);
      default:
        return this.#line(data, at);
    }
  }

  #bytes(data: Span, from: number, most: number): number {
    const end = Math.min(data.bytes.length, from + most);
    for (let at = from; at < end;) {
      const to = sameFrameEnd(data, at, end);
      this.#handler.body()?.data(data.bytes.subarray(at, to), data.at(at));
      at = to;
    }
    if (this.#state === 'close') return end;
    this.#left -= end - from;
    if (this.#left === 0) {
      if (this.#state === 'length') this.#finish(data.at(end - 1), true);
      else this.#state = 'chunk-end';
    }
    return end;
  }

  #line(data: Span, from: number): number {
    const { bytes } = data;
    const end = bytes.indexOf(LF, from);
    if (end < 0) {
      if (!this.#skippingLine && bytes.length - from < PROTOCOL_LIMITS.maxLineBytes) return from;
      // Too long to be a line of a header: passed over up to its end.
      this.#skippingLine = true;
      return bytes.length;
    }
    const tooLong = this.#skippingLine || end - from >= PROTOCOL_LIMITS.maxLineBytes;
    this.#skippingLine = false;
    if (!tooLong) {
      this.#takeLine(data, from, end);
      return end + 1;
    }
    this.#cut();
    if (this.#state === 'start') this.#strict = true;
    else if (this.#state === 'chunk-size') this.#interrupt(data.at(end));
    return end + 1;
  }

  #cut(): void {
    if (!this.#isCut) this.#handler.cut();
    this.#isCut = true;
  }

  #takeLine(data: Span, from: number, end: number): void {
    let stop = end;
    while (stop > from && data.bytes[stop - 1] === CR) stop--;
    const line = data.bytes.subarray(from, stop);
    switch (this.#state) {
      case 'start':
        this.#start(line, data.at(from), data.at(end));
        return;
      case 'headers':
        if (line.length === 0) this.#header(data.at(end));
        else this.#keep(line);
        return;
      case 'trailer':
        if (line.length === 0) this.#finish(data.at(end), true);
        return;
      case 'chunk-end':
        this.#state = 'chunk-size';
        // Bytes before the line end that closes a chunk: its size was wrong.
        if (line.length > 0) this.#interrupt(data.at(end));
        return;
      default:
        // Blank lines before the size of a chunk are passed over, as browsers do.
        if (line.length > 0) this.#chunkSize(line, data.at(end));
    }
  }

  #start(line: Uint8Array, first: Position, last: Position): void {
    if (line.length === 0) return;
    // A bare CR ends a line too.
    const cr = line.indexOf(CR);
    if (this.#handler.startLine(cr < 0 ? line : line.subarray(0, cr), first, last, this.#strict)) {
      this.#state = 'headers';
      this.#strict = false;
      this.#lines = [];
      this.#headerBytes = 0;
      if (cr >= 0) this.#keep(line.subarray(cr + 1));
    } else this.#strict = true;
  }

  #keep(line: Uint8Array): void {
    this.#headerBytes += line.length;
    if (this.#headerBytes > PROTOCOL_LIMITS.maxHeaderBytes) {
      this.#cut();
      return;
    }
    let from = 0;
    for (let cr = line.indexOf(CR); cr >= 0; cr = line.indexOf(CR, from)) {
      if (cr > from) this.#lines.push(line.slice(from, cr));
      from = cr + 1;
    }
    if (from < line.length) this.#lines.push(line.slice(from));
  }

  #header(at: Position): void {
    const lines = this.#lines;
    this.#lines = [];
    this.#frame(this.#handler.head({ fields: fieldsOf(lines), lines, at }), at);
  }

  #frame(framing: Framing, at: Position): void {
    switch (framing.kind) {
      case 'none':
        this.#finish(at, true);
        return;
      case 'chunked':
        this.#state = 'chunk-size';
        this.#unlessChunked = framing.otherwise;
        return;
      case 'close':
        this.#state = 'close';
        return;
      default:
        this.#state = 'length';
        this.#left = framing.length;
        if (this.#left === 0) this.#finish(at, true);
    }
  }

  #chunkSize(line: Uint8Array, at: Position): void {
    this.#unlessChunked = undefined;
    let size = 0;
    let digits = 0;
    for (const byte of line) {
      const lower = byte | 0x20;
      const value =
        byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
      if (value < 0) {
        if (digits === 0 && (byte === 0x20 || byte === 0x09)) continue;
        break;
      }
      size = size * 16 + value;
      digits++;
    }
    const text = (): string => Buffer.from(line.subarray(0, MAX_TOLD)).toString('latin1').trim();
    if (digits === 0) {
      this.#handler.badChunkSize(text(), at);
      this.#interrupt(at);
      return;
    }
    if (size > Number.MAX_SAFE_INTEGER) {
      this.#handler.badChunkSize(text(), at);
      size = 0;
    }
    this.#left = size;
    this.#state = size === 0 ? 'trailer' : 'chunk-data';
  }

  /** The framing is broken: what follows is searched for the next message. */
  #interrupt(at: Position): void {
    this.#strict = true;
    this.#finish(at, false);
  }

  #finish(at: Position, complete: boolean): void {
    this.#state = 'start';
    this.#isCut = false;
    this.#handler.done(at, complete);
  }

  gap(missing: number): void {
    this.#skippingLine = false;
    const last = this.#last;
    if (last === undefined) {
      this.#strict = true;
      return;
    }
    if (this.#state === 'close') {
      this.#handler.body()?.gap(missing);
      return;
    }
    if (this.#state === 'length' || this.#state === 'chunk-data') {
      const lost = Math.min(missing, this.#left);
      this.#handler.body()?.gap(lost);
      this.#left -= lost;
      if (this.#left > 0) return;
      if (this.#state === 'chunk-data' && lost === missing) {
        this.#state = 'chunk-end';
        return;
      }
      const whole = lost === missing;
      this.#strict = !whole;
      this.#finish(last, whole);
      return;
    }
    this.#strict = true;
    if (this.#state === 'start') return;
    if (this.#state === 'headers') {
      this.#handler.head({ fields: fieldsOf(this.#lines), lines: this.#lines, at: last });
      this.#lines = [];
    }
    this.#finish(last, false);
  }

  /** The stream is over. */
  end(closed: boolean): void {
    if (this.#state === 'start' || this.#last === undefined) return;
    if (this.#state === 'headers') {
      this.#handler.head({ fields: fieldsOf(this.#lines), lines: this.#lines, at: this.#last });
      this.#lines = [];
    }
    this.#finish(this.#last, closed && this.#state === 'close');
  }
}

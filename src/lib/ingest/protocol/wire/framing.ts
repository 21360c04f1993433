/**
 * Messages that say their length: whole ones are handed on, and of long ones only what is wanted, so that a row set or an upload of
 * megabytes is never held. A gap inside a body that is passed over does no harm; elsewhere the caller decides.
 */

import type { Conn, Dir, Position, Span } from '../contract.ts';

/** What the beginning of a message says. `wanted` bytes of its `length` are read. */
export interface Frame {
  readonly length: number;
  readonly wanted: number;
}

export interface Message {
  /** The first `wanted` bytes; valid during the call. */
  readonly bytes: Uint8Array;
  readonly first: Position;
  readonly last: Position;
  /** Bytes on the wire. */
  readonly length: number;
}

/** 'more': the header is not there yet. 'bad': not this protocol. */
export type FrameOf = (bytes: Uint8Array, at: number, dir: Dir) => Frame | 'more' | 'bad';
/** False: not this protocol. 'stop': what follows belongs to somebody else. */
export type TakeMessage = (message: Message, dir: Dir) => boolean | 'stop';

/** Frames in a row that do not begin with a message, after which it is not this protocol. */
const MAX_BROKEN = 4;

export class Framing {
  readonly #conn: Conn;
  readonly #frame: FrameOf;
  readonly #take: TakeMessage;
  readonly #pass: [number, number] = [0, 0];
  readonly #begins: boolean;
  /** The frame whose rest is passed over, and how many there were since the last message. */
  readonly #broken: [Position | undefined, Position | undefined] = [undefined, undefined];
  #brokenCount = 0;

  /** `begins`: senders begin a message with a segment, so that after one that cannot be read the next is tried. */
  constructor(conn: Conn, frame: FrameOf, take: TakeMessage, begins = false) {
    this.#begins = begins;
    this.#conn = conn;
    this.#frame = frame;
    this.#take = take;
  }

  parse(data: Span, dir: Dir): number {
    const { bytes } = data;
    let at = 0;
    while (at < bytes.length) {
      if (this.#pass[dir] > 0) {
        const passed = Math.min(this.#pass[dir], bytes.length - at);
        this.#pass[dir] -= passed;
        at += passed;
        continue;
      }
      const broken = this.#broken[dir];
      if (broken) {
        while (at < bytes.length && isOf(broken, data.at(at))) at++;
        if (at === bytes.length) break;
        this.#broken[dir] = undefined;
      }
      const frame = this.#frame(bytes, at, dir);
      if (frame === 'bad') {
        if (!this.#begins || ++this.#brokenCount > MAX_BROKEN) return -1;
        this.#broken[dir] = data.at(at);
        continue;
      }
      if (frame === 'more') break;
      const wanted = Math.min(frame.wanted, frame.length);
      if (wanted <= 0) return -1;
      if (bytes.length - at < wanted) {
        this.#conn.need(dir, wanted);
        break;
      }
      const message: Message = {
        bytes: bytes.subarray(at, at + wanted),
        first: data.at(at),
        last: data.at(at + wanted - 1),
        length: frame.length,
      };
      at += wanted;
      this.#pass[dir] = frame.length - wanted;
      this.#brokenCount = 0;
      const went = this.#take(message, dir);
      if (went === false) return -1;
      if (went === 'stop') return at;
    }
    return at;
  }

  /** Answers whether the missing bytes were all of a body that nobody wanted. */
  gap(dir: Dir, missing: number): boolean {
    if (this.#pass[dir] < missing) return false;
    this.#pass[dir] -= missing;
    return true;
  }
}

const isOf = (one: Position, other: Position): boolean =>
  one.frame === other.frame && one.file === other.file;

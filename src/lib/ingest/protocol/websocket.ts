/** WebSocket (RFC 6455): frames; what they carry is another connection's content. Its row is written by the HTTP upgrade. */

import { inflateRawSync, constants } from 'node:zlib';
import { PROTOCOL_LIMITS } from '../../model/limits.ts';
import type { ChildStream, Conn, Dir, ParserSession, Position, ProtocolParser, Span } from './contract.ts';
import { ruleNumber } from './wire/rule-number.ts';

/** Longest header: 2 bytes, 8 of length, 4 of mask. */
const MAX_HEADER = 14;
const CLOSE = 8;
/** Deflate looks back at most so far. */
const WINDOW = 32 * 1024;
const EMPTY = new Uint8Array(0);

interface Frame {
  readonly opcode: number;
  /** FIN and the three reserved bits, of which the first says that it is compressed. */
  readonly flags: number;
  readonly compressed: boolean;
  readonly mask: number | undefined;
  readonly headerLength: number;
  readonly length: number;
}

/** Undefined where more bytes are needed, null where it is no frame. */
function frameAt(bytes: Uint8Array, at: number): Frame | undefined | null {
  const present = bytes.length - at;
  if (present < 2) return undefined;
  const opcode = bytes[at] & 15;
  if ((bytes[at] & 0x30) !== 0 || (opcode > 2 && opcode < CLOSE) || opcode > 10) return null;
  const masked = (bytes[at + 1] & 0x80) !== 0;
  const short = bytes[at + 1] & 0x7f;
  const headerLength = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + (masked ? 4 : 0);
  if (present < headerLength) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, Math.min(present, MAX_HEADER));
  const length = short === 126 ? view.getUint16(2) : short === 127 ? Number(view.getBigUint64(2)) : short;
  if (!Number.isSafeInteger(length) || (opcode >= CLOSE && length > 125)) return null;
  return {
    opcode,
    flags: bytes[at] & 0xf0,
    compressed: (bytes[at] & 0x40) !== 0,
    mask: masked ? view.getUint32(headerLength - 4) : undefined,
    headerLength,
    length,
  };
}

class WebSocketSession implements ParserSession {
  readonly #conn: Conn;
  #confirmed = false;
  #inner: ChildStream | undefined;
  #innerAsked = false;
  #tx = 0;
  /** Bytes of the payload under way that are still to come, by direction. */
  readonly #left: [number, number] = [0, 0];
  /** The last plain bytes of each direction: compressed messages may refer back to those before them. */
  readonly #context: [Uint8Array, Uint8Array] = [EMPTY, EMPTY];
  readonly #frames: [Frame | undefined, Frame | undefined] = [undefined, undefined];

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  parse(data: Span, dir: Dir): number {
    const { bytes } = data;
    let at = 0;
    while (at < bytes.length) {
      const open = this.#frames[dir];
      if (open) {
        const end = Math.min(bytes.length, at + this.#left[dir]);
        this.#payload(open, bytes.subarray(at, end), open.length - this.#left[dir], dir, data.at(end - 1));
        this.#left[dir] -= end - at;
        if (this.#left[dir] === 0) this.#frames[dir] = undefined;
        at = end;
        continue;
      }
      const frame = frameAt(bytes, at);
      if (frame === null) return -1;
      if (frame === undefined) break;
      // Compressed messages and control frames are whole or not at all.
      const whole = frame.compressed && frame.length <= PROTOCOL_LIMITS.maxBodyInspectionBytes;
      if (whole && bytes.length - at < frame.headerLength + frame.length) break;
      if (!this.#confirmed) {
        this.#confirmed = true;
        this.#conn.confirm();
      }
      at += frame.headerLength;
      if (frame.length === 0) continue;
      this.#frames[dir] = frame;
      this.#left[dir] = frame.length;
    }
    return at;
  }

  #payload(frame: Frame, bytes: Uint8Array, offset: number, dir: Dir, at: Position): void {
    if (frame.opcode >= CLOSE) return;
    let plain = bytes;
    if (frame.mask !== undefined) {
      plain = new Uint8Array(bytes.length);
      for (let i = 0; i < bytes.length; i++)
        plain[i] = bytes[i] ^ ((frame.mask >>> (24 - 8 * ((offset + i) & 3))) & 0xff);
    }
    if (frame.compressed) {
      const inflated = inflatedMessage(plain, this.#context[dir]);
      if (inflated === undefined) return;
      plain = inflated;
      this.#context[dir] = Buffer.concat([this.#context[dir], plain]).subarray(-WINDOW);
    }
    if (this.#conn.listening) this.#listen(frame, plain, offset + bytes.length >= frame.length, dir, at);
    if (!this.#innerAsked) {
      this.#innerAsked = true;
      this.#inner = this.#conn.child('probe');
    }
    this.#inner?.feed(plain, dir, at);
  }

  #listen(frame: Frame, plain: Uint8Array, isWhole: boolean, dir: Dir, at: Position): void {
    this.#conn.buffer('websocket.payload', this.#tx, dir, plain, at);
    ruleNumber(this.#conn, 'websocket.opcode', this.#tx, dir, frame.opcode, at);
    ruleNumber(this.#conn, 'websocket.flags', this.#tx, dir, frame.flags, at);
    ruleNumber(this.#conn, 'websocket.mask', this.#tx, dir, frame.mask, at);
    if (!isWhole) return;
    this.#conn.tx(this.#tx, dir, dir === 0 ? 'request' : 'response', at);
    this.#conn.tx(this.#tx++, dir, 'end', at);
  }

  gap(dir: Dir, missing: number): boolean {
    if (this.#frames[dir] === undefined || missing > this.#left[dir]) return false;
    this.#left[dir] -= missing;
    if (this.#left[dir] === 0) this.#frames[dir] = undefined;
    this.#inner?.gap(dir, missing);
    return true;
  }

  close(): void {
    this.#inner?.close();
  }
}

/** permessage-deflate (RFC 7692); undefined where it is damaged, or refers to messages that were not seen. */
function inflatedMessage(bytes: Uint8Array, context: Uint8Array): Uint8Array | undefined {
  try {
    return inflateRawSync(bytes, {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: PROTOCOL_LIMITS.maxUnparsedBytes,
      ...(context.length > 0 ? { dictionary: context } : {}),
    });
  } catch {
    return undefined;
  }
}

/** Reached through HTTP's upgrade only: frames alone say too little. */
export const websocket: ProtocolParser = {
  name: 'websocket',
  transport: 'tcp',
  ports: [],
  needsPort: true,
  probe: () => 'no',
  open: (conn) => new WebSocketSession(conn),
};

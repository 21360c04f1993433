/** SMB 1, 2 and 3 over NetBIOS' session service (RFC 1002 §4.3) and directly over TCP. */

import type { Conn, Dir, ParserSession, ProtocolParser, Span, Verdict } from '../contract.ts';
import { Authentication } from '../wire/authentication.ts';
import { u16le, u24be, u32be, u32le } from '../wire/bytes.ts';
import { Shares } from './shares.ts';
import { HEADER as HEADER1, Smb1 } from './smb1.ts';
import { type Content, HEADER as HEADER2, READ, Smb2, WRITE } from './smb2.ts';
import { byteClass } from '../wire/byte-class.ts';

const SMB1 = 0xff534d42;
const SMB2 = 0xfe534d42;
const ENCRYPTED = 0xfd534d42;
const COMPRESSED = 0xfc534d42;
const KINDS: ReadonlySet<number> = new Set([SMB1, SMB2, ENCRYPTED, COMPRESSED]);

const SESSION_MESSAGE = 0;
const SESSION_REQUEST = 0x81;
const POSITIVE_RESPONSE = 0x82;
const KEEP_ALIVE = 0x85;

/** A longer read or write is handed on as it comes; its header is this long at most. */
const LARGE = 1 << 16;
const LARGE_HEADER = 4 + HEADER2 + 48 + 16;
/** Other messages are waited for whole up to so many bytes, and passed over beyond. */
const MAX_MESSAGE = 1 << 21;

/** The rest of a message that is handed on, or passed over, as it comes. */
interface Rest {
  readonly content: Content | undefined;
  /** Bytes of the message before what comes next. */
  done: number;
  readonly length: number;
}

class SmbSession implements ParserSession {
  private readonly conn: Conn;
  private readonly shares: Shares;
  private readonly logons: Authentication;
  private readonly smb1: Smb1;
  private readonly smb2: Smb2;
  private readonly rest: [Rest | undefined, Rest | undefined] = [undefined, undefined];
  private readonly lost: [boolean, boolean] = [false, false];

  constructor(conn: Conn) {
    this.conn = conn;
    this.shares = new Shares(conn);
    this.logons = new Authentication(conn);
    this.smb1 = new Smb1(conn, this.shares, this.logons);
    this.smb2 = new Smb2(conn, this.shares, this.logons);
  }

  parse(data: Span, dir: Dir): number {
    const { bytes } = data;
    let at = 0;
    while (at < bytes.length) {
      const rest = this.rest[dir];
      const used = rest
        ? this.follow(data, at, dir, rest)
        : this.lost[dir]
          ? this.search(bytes, at, dir)
          : this.packet(data, at, dir);
      if (used < 0) return -1;
      at += used;
      if (used === 0) {
        // A search that found the beginning goes on there.
        if (this.lost[dir] || this.waitingFor(bytes, at)) break;
      }
    }
    return at;
  }

  /** True where the packet at `at` is not there far enough. */
  private waitingFor(bytes: Uint8Array, at: number): boolean {
    const left = bytes.length - at;
    if (left < 8) return true;
    const length = u24be(bytes, at + 1);
    return left < 4 + length;
  }

  private packet(data: Span, at: number, dir: Dir): number {
    const { bytes } = data;
    const left = bytes.length - at;
    if (left < 4) return 0;
    const type = bytes[at] ?? 0;
    const length = u24be(bytes, at + 1);
    if (type !== SESSION_MESSAGE) {
      if (type < SESSION_REQUEST || type > KEEP_ALIVE || length > 256) return -1;
      if (left < 4 + length) {
        this.conn.need(dir, 4 + length);
        return 0;
      }
      return 4 + length;
    }
    if (length === 0) return 4;
    if (length < 4) return -1;
    if (left < 8) return 0;
    const kind = u32be(bytes, at + 4);
    if (!KINDS.has(kind)) return -1;
    const whole = 4 + length;
    const large = length > LARGE && this.isContent(kind, bytes, at);
    const wanted =
      kind === ENCRYPTED || kind === COMPRESSED
        ? 8
        : large || length > MAX_MESSAGE
          ? Math.min(whole, LARGE_HEADER)
          : whole;
    if (length > LARGE && left < HEADER2 + 4) {
      this.conn.need(dir, HEADER2 + 4);
      return 0;
    }
    if (left < wanted) {
      this.conn.need(dir, wanted);
      return 0;
    }
    this.conn.confirm();
    const message = bytes.subarray(at + 4, at + wanted);
    const first = data.at(at);
    const last = data.at(at + wanted - 1);
    let content: Content | undefined;
    if (kind === ENCRYPTED) this.conn.app('SMB3 encrypted');
    else if (kind === SMB2) {
      if (message.length >= HEADER2) content = this.smb2.message(message, dir, first, last);
    } else if (kind === SMB1 && message.length > HEADER1) this.smb1.message(message, dir, first, last);
    if (wanted === whole) return whole;
    // What is at hand of the content is handed on with what follows.
    const start =
      content && content.from >= HEADER2 && content.from <= message.length ? content.from : message.length;
    this.rest[dir] = { content: large ? content : undefined, done: start, length };
    return 4 + start;
  }

  /** A single read's answer or a single write, which may be handed on before it is whole. */
  private isContent(kind: number, bytes: Uint8Array, at: number): boolean {
    if (kind !== SMB2 || bytes.length - at < HEADER2 + 4 || u32le(bytes, at + 24) !== 0) return false;
    const command = u16le(bytes, at + 16);
    const reply = (u32le(bytes, at + 20) & 1) !== 0;
    return reply ? command === READ : command === WRITE;
  }

  private follow(data: Span, at: number, dir: Dir, rest: Rest): number {
    const count = Math.min(rest.length - rest.done, data.bytes.length - at);
    const { content } = rest;
    if (content) {
      const from = Math.max(rest.done, content.from);
      const to = Math.min(rest.done + count, content.from + content.length);
      if (to > from) {
        const start = at + from - rest.done;
        const piece = data.bytes.subarray(start, start + to - from);
        this.shares.content(
          content.file,
          dir,
          content.offset + from - content.from,
          piece,
          data.at(start + piece.length - 1),
        );
      }
    }
    rest.done += count;
    if (rest.done >= rest.length) this.rest[dir] = undefined;
    return count;
  }

  /** After a hole: the next message whose beginning can be told. */
  private search(bytes: Uint8Array, at: number, dir: Dir): number {
    for (let i = at; i + 8 <= bytes.length; i++) {
      if (bytes[i] !== SESSION_MESSAGE || !KINDS.has(u32be(bytes, i + 4)) || u24be(bytes, i + 1) < HEADER1)
        continue;
      this.lost[dir] = false;
      return i - at;
    }
    return Math.max(0, bytes.length - at - 7);
  }

  gap(dir: Dir, missing: number): boolean {
    const rest = this.rest[dir];
    if (rest && missing <= rest.length - rest.done) {
      const { content } = rest;
      if (content) this.shares.missing(content.file, dir, content.offset + rest.done - content.from, missing);
      rest.done += missing;
      if (rest.done >= rest.length) this.rest[dir] = undefined;
      return true;
    }
    this.rest[dir] = undefined;
    this.lost[dir] = true;
    return true;
  }

  close(): void {
    this.shares.closeAll();
    this.logons.close();
  }
}

export const smb: ProtocolParser = {
  name: 'smb',
  transport: 'tcp',
  ports: [445, 139],
  firstBytes: byteClass('\\x00\\x81\\x82'),
  probe(bytes, _dir, conn): Verdict {
    const type = bytes[0];
    if (type === undefined) return 'more';
    if (type === SESSION_REQUEST || type === POSITIVE_RESPONSE) {
      // NetBIOS' own opening says nothing of what follows.
      if (conn.respP !== 139 || (bytes.length >= 4 && u24be(bytes, 1) > 256)) return 'no';
      const after = bytes.length >= 4 ? 4 + u24be(bytes, 1) : Infinity;
      return bytes.length < after + 8 ? 'more' : KINDS.has(u32be(bytes, after + 4)) ? 'yes' : 'no';
    }
    if (type !== SESSION_MESSAGE) return 'no';
    if (bytes.length < 8) return bytes.length > 4 && (bytes[4] ?? 0) < 0xfc ? 'no' : 'more';
    const length = u24be(bytes, 1);
    return KINDS.has(u32be(bytes, 4)) && length >= HEADER1 ? 'yes' : 'no';
  },
  open: (conn) => new SmbSession(conn),
};

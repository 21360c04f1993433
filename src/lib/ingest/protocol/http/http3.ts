/**
 * HTTP/3 (RFC 9114), as QUIC hands it over once it is decrypted: rows of the http table, one a request. Only ever opened by QUIC; its
 * bytes are pieces of streams (wire/quic-streams.ts).
 */

import type { Conn, Dir, ParserSession, Position, ProtocolParser, Span } from '../contract.ts';
import { HeldBytes } from '../wire/held-bytes.ts';
import { QpackDecoder } from '../wire/qpack.ts';
import { varint } from '../wire/quic-header.ts';
import { isUnidirectional, pieceAt, type StreamPiece } from '../wire/quic-streams.ts';
import { Exchanges } from './exchanges.ts';
import { FrameStream, type FrameReader } from './http3-frames.ts';

const HEADERS = 1;
const SETTINGS = 4;
const PUSH_PROMISE = 5;
const MAX_TABLE_CAPACITY = 1;

const CONTROL = 0;
const PUSH = 1;
const ENCODER = 2;
/** Streams that are remembered at a time. */
const MAX_STREAMS = 2_000;

/** An id among requests that no stream has: pushes are numbered by themselves. */
const pushed = (push: number): number => -1 - push;

/** What is known of one direction of a stream. */
interface Side {
  readonly dir: Dir;
  /** Of a stream of one direction: its type, once it was said. */
  type: number | undefined;
  /** The request that it is about. */
  exchange: number;
  frames: FrameStream | undefined;
  /** Bytes before the type is whole, or while a field section waits for its entries. */
  readonly held: HeldBytes;
  blocked:
    | { readonly block: Uint8Array; readonly promise: number | undefined; readonly first: Position }
    | undefined;
  ended: boolean;
  dead: boolean;
}

/** Bytes of one stream that wait for entries of the table. */
const MAX_HELD = 256 * 1024;
const nothing = new Uint8Array(0);

class Http3Session implements ParserSession {
  readonly #conn: Conn;
  readonly #exchanges: Exchanges;
  readonly #decoders = [new QpackDecoder(), new QpackDecoder()] as const;
  readonly #sides = new Map<string, Side>();
  /** Sides whose field section waits. */
  readonly #waiting = new Set<Side>();
  #last: Position | undefined;

  constructor(conn: Conn) {
    this.#conn = conn;
    this.#exchanges = new Exchanges(conn, '3');
  }

  parse(data: Span, dir: Dir): number {
    let at = 0;
    for (;;) {
      const piece = pieceAt(data.bytes, at);
      if (piece === 'more') return at;
      if (piece === undefined) return -1;
      at = piece.end;
      this.#last = data.at(at - 1);
      this.#piece(piece, dir, this.#last);
    }
  }

  /** The pieces are QUIC's own: none is ever missing. */
  gap(): boolean {
    return false;
  }

  close(): void {
    const last = this.#last;
    if (last) for (const side of [...this.#waiting]) this.#unblock(side, last, true);
    this.#exchanges.close();
  }

  #piece({ kind, stream, length, data }: StreamPiece, dir: Dir, at: Position): void {
    const key = `${String(stream)} ${String(dir)}`;
    const side = this.#sides.get(key) ?? this.#open(key, stream, dir);
    if (kind === 'gap') this.#gap(side, length, at);
    else if (kind === 'reset') {
      if (!isUnidirectional(stream) || side.type === PUSH) this.#exchanges.reset(side.exchange, dir, at);
      this.#drop(side);
    } else if (!side.dead) this.#bytes(side, stream, data, at);
    if (kind === 'end') this.#end(side, at);
    if (kind === 'end' || kind === 'reset') this.#sides.delete(key);
  }

  #open(key: string, stream: number, dir: Dir): Side {
    if (this.#sides.size >= MAX_STREAMS) {
      const [oldest] = this.#sides;
      this.#sides.delete(oldest[0]);
    }
    const side: Side = {
      dir,
      type: undefined,
      exchange: stream,
      frames: undefined,
      held: new HeldBytes(),
      blocked: undefined,
      ended: false,
      dead: false,
    };
    if (!isUnidirectional(stream)) side.frames = new FrameStream(this.#reader(side));
    this.#sides.set(key, side);
    return side;
  }

  #drop(side: Side): void {
    side.dead = true;
    side.held.drop();
    this.#waiting.delete(side);
  }

  #gap(side: Side, missing: number, at: Position): void {
    if (side.type === ENCODER) this.#decoders[side.dir].lose();
    if (side.blocked) this.#unblock(side, at, true);
    // A hole inside one DATA frame leaves the frames in step.
    if (side.dead || side.frames?.gap(missing)) return;
    this.#drop(side);
    if (side.frames) this.#exchanges.end(side.exchange, side.dir, at, false);
  }

  #end(side: Side, at: Position): void {
    side.ended = true;
    if (!side.blocked && side.frames) this.#exchanges.end(side.exchange, side.dir, at, !side.dead);
  }

  #bytes(side: Side, stream: number, data: Uint8Array, at: Position): void {
    if (side.blocked) {
      side.held.add(data);
      if (side.held.size > MAX_HELD) this.#unblock(side, at, true);
      return;
    }
    const rest = side.frames || side.type !== undefined ? data : this.#type(side, stream, data);
    if (side.type === ENCODER) {
      this.#decoders[side.dir].instructions(rest);
      for (const one of [...this.#waiting]) if (one.dir === side.dir) this.#unblock(one, at, false);
    } else if (side.frames) this.#frames(side, rest, at);
  }

  #frames(side: Side, data: Uint8Array, at: Position): void {
    const used = side.frames?.push(data, at);
    if (used === undefined) {
      this.#conn.capped('headers_cut');
      this.#drop(side);
    } else if (side.blocked) side.held.keep(data.subarray(used), Infinity);
  }

  /** The type of a stream of one direction is before everything else in it; of a push also its number. */
  #type(side: Side, stream: number, data: Uint8Array): Uint8Array {
    const all = side.held.take(data);
    const type = varint(all, 0);
    const push = type?.[0] === PUSH ? varint(all, type[1]) : undefined;
    if (type === undefined || (type[0] === PUSH && push === undefined)) {
      side.held.keep(all, all.length + 1);
      return nothing;
    }
    side.type = type[0];
    side.exchange = push ? pushed(push[0]) : stream;
    if (side.type === CONTROL || push) side.frames = new FrameStream(this.#reader(side));
    return all.subarray(type[1] + (push?.[1] ?? 0));
  }

  #reader(side: Side): FrameReader {
    return {
      wants: (type) =>
        side.type === CONTROL ? type === SETTINGS : type === HEADERS || type === PUSH_PROMISE,
      frame: (type, payload, first, last) => {
        if (type === SETTINGS) this.#settings(payload, side.dir);
        else this.#section(side, type, payload, first, last);
        return side.blocked === undefined;
      },
      data: (bytes, at) => this.#exchanges.data(side.exchange, bytes, side.dir, at),
      gap: (missing) => this.#exchanges.gap(side.exchange, side.dir, missing),
    };
  }

  #settings(payload: Uint8Array, dir: Dir): void {
    this.#conn.confirm();
    let capacity = 0;
    for (let at = 0; at < payload.length;) {
      const id = varint(payload, at);
      const value = id && varint(payload, at + id[1]);
      if (!value) break;
      if (id[0] === MAX_TABLE_CAPACITY) [capacity] = value;
      at += id[1] + value[1];
    }
    // It is the table that the other side's encoder may build.
    this.#decoders[dir === 0 ? 1 : 0].allow(capacity);
  }

  #section(side: Side, type: number, payload: Uint8Array, first: Position, last: Position): void {
    const promise = type === PUSH_PROMISE ? varint(payload, 0) : undefined;
    if (type === PUSH_PROMISE && promise === undefined) return;
    side.blocked = { block: payload.slice(promise?.[1] ?? 0), promise: promise?.[0], first };
    this.#waiting.add(side);
    this.#decode(side, last, false);
  }

  /** Decodes the section that waits, where that can be; true where it does not wait any more. */
  #decode(side: Side, at: Position, anyway: boolean): boolean {
    const { blocked, dir } = side;
    if (!blocked) return true;
    const decoder = this.#decoders[dir];
    const fields = decoder.section(blocked.block, anyway);
    if (fields === 'blocked') return false;
    side.blocked = undefined;
    this.#waiting.delete(side);
    if (decoder.cut) this.#conn.capped('headers_cut');
    if (fields === undefined) {
      this.#conn.weird('http3_bad_field_section', at);
      return true;
    }
    this.#conn.confirm();
    if (blocked.promise !== undefined)
      this.#exchanges.pushed(pushed(blocked.promise), fields, dir, blocked.first, at);
    else this.#exchanges.fields(side.exchange, fields, dir, blocked.first, at, false);
    return true;
  }

  /** Goes on with a side whose section waited. */
  #unblock(side: Side, at: Position, anyway: boolean): void {
    if (!this.#decode(side, at, anyway)) return;
    const held = side.held.take();
    if (held.length > 0 && !side.dead) this.#frames(side, held, at);
    if (side.blocked && anyway) this.#unblock(side, at, true);
    else if (!side.blocked && side.ended) this.#exchanges.end(side.exchange, side.dir, at, true);
  }
}

export const http3: ProtocolParser = {
  name: 'http3',
  transport: 'udp',
  ports: [],
  needsPort: true,
  probe: () => 'no',
  open: (conn) => new Http3Session(conn),
};

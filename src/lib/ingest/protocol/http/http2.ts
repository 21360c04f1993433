/** HTTP/2 (RFC 9113) in clear text or after decryption: rows of the http table, one a stream; gRPC by its content type. */

import { PROTOCOL_LIMITS } from '../../../model/limits.ts';
import type { Conn, Dir, ParserSession, Position, ProtocolParser, Span, Verdict } from '../contract.ts';
import { HpackDecoder } from '../wire/hpack.ts';
import { u16be, u24be, u32be } from '../wire/bytes.ts';
import { Exchanges } from './exchanges.ts';
import { ruleNumber, ruleWord } from '../wire/rule-number.ts';
import { byteClass } from '../wire/byte-class.ts';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
/** Of the preface, as much as no other protocol begins with. */
const PROBE_BYTES = 16;
const FRAME_HEADER = 9;
/** Frames that are read whole: headers and control. */
const MAX_WHOLE_FRAME = 1024 * 1024;

const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const PUSH_PROMISE = 5;
const CONTINUATION = 9;
const LAST_TYPE = 16;

const END_STREAM = 1;
const END_HEADERS = 4;
const PADDED = 8;
const PRIORITY = 0x20;

const PRIORITY_FRAME = 2;
const GOAWAY = 7;
const WINDOW_UPDATE = 8;
/** Transactions of frames that belong to no stream are numbered apart from requests. */
const FIRST_FRAME_TX = 2 ** 32;

/** RFC 9113 §6.5.2, as Suricata's rules write them. */
const SETTING_NAMES: Readonly<Record<number, string>> = {
  1: 'header_table_size',
  2: 'enable_push',
  3: 'max_concurrent_streams',
  4: 'initial_window_size',
  5: 'max_frame_size',
  6: 'max_header_list_size',
};
const NONE: readonly never[] = [];

/** A DATA frame under way: what of it is payload, then padding. */
interface DataFrame {
  readonly stream: number;
  readonly flags: number;
  payload: number;
  padding: number;
}

interface HeaderBlock {
  readonly stream: number;
  readonly flags: number;
  readonly promised: number | undefined;
  readonly first: Position;
  parts: Uint8Array[];
  size: number;
}

class Http2Session implements ParserSession {
  readonly #conn: Conn;
  /** Frames of the connection as a whole that rules were told of. */
  #connectionFrames = 0;
  readonly #exchanges: Exchanges;
  readonly #decoders = [new HpackDecoder(), new HpackDecoder()] as const;
  readonly #data: [DataFrame | undefined, DataFrame | undefined] = [undefined, undefined];
  readonly #blocks: [HeaderBlock | undefined, HeaderBlock | undefined] = [undefined, undefined];
  readonly #begun: [boolean, boolean] = [false, false];
  #last: Position | undefined;
  /** Names of the header block that the frame at hand ended, and sizes that it asked for, until rules were told. */
  #told: readonly string[] = NONE;
  #sizes: readonly number[] = NONE;

  constructor(conn: Conn) {
    this.#conn = conn;
    this.#exchanges = new Exchanges(conn, '2');
  }

  parse(data: Span, dir: Dir): number {
    const { bytes } = data;
    let at = 0;
    if (!this.#begun[dir]) {
      const same = commonStart(bytes);
      if (same === bytes.length && same < PREFACE.length) return 0;
      this.#begun[dir] = true;
      if (same === PREFACE.length) {
        this.#exchanges.setClient(dir);
        at = PREFACE.length;
      }
    }
    while (at < bytes.length) {
      const next = this.#step(data, at, dir);
      if (next < 0) return -1;
      if (next === at) break;
      at = next;
      this.#last = data.at(at - 1);
    }
    return at;
  }

  #step(data: Span, at: number, dir: Dir): number {
    const { bytes } = data;
    const open = this.#data[dir];
    if (open) return this.#dataBytes(open, data, at, dir);
    if (bytes.length - at < FRAME_HEADER) return at;
    const length = u24be(bytes, at);
    const type = bytes[at + 3];
    const flags = bytes[at + 4];
    const stream = u32be(bytes, at + 5) & 0x7fffffff;
    if (type > LAST_TYPE) return -1;
    const from = at + FRAME_HEADER;
    if (type === DATA) {
      if (stream === 0) return -1;
      const padded = (flags & PADDED) !== 0;
      if (padded && bytes.length - from < 1) return at;
      const padding = padded ? bytes[from] : 0;
      if (padding + (padded ? 1 : 0) > length) return -1;
      const frame = { stream, flags, payload: length - padding - (padded ? 1 : 0), padding };
      this.#data[dir] = frame;
      if (frame.payload + frame.padding === 0) this.#endData(frame, dir, data.at(from - 1));
      return from + (padded ? 1 : 0);
    }
    if (length > MAX_WHOLE_FRAME) {
      this.#conn.capped('headers_cut');
      return -1;
    }
    const to = from + length;
    if (bytes.length < to) {
      this.#conn.need(dir, to - at);
      return at;
    }
    const payload = bytes.subarray(from, to);
    const isSound = this.#frame(type, flags, stream, payload, dir, data.at(at), data.at(to - 1));
    if (isSound && this.#conn.listening) this.#listen(type, flags, stream, payload, dir, data.at(to - 1));
    return isSound ? to : -1;
  }

  /** Frames for rules: one of the connection as a whole is a transaction of its own, the others belong to their stream's. */
  #listen(type: number, flags: number, stream: number, payload: Uint8Array, dir: Dir, at: Position): void {
    const own = this.#exchanges.txOf(stream);
    if (stream !== 0 && own === undefined) return;
    const tx = own ?? FIRST_FRAME_TX + this.#connectionFrames++;
    const put = (name: string, value: number | undefined): void =>
      ruleNumber(this.#conn, name, tx, dir, value, at);
    put('http2.frametype', type);
    if (type === RST_STREAM && payload.length >= 4) put('http2.errorcode', u32be(payload, 0));
    else if (type === GOAWAY && payload.length >= 8) put('http2.errorcode', u32be(payload, 4));
    else if (type === WINDOW_UPDATE && payload.length >= 4)
      put('http2.window', u32be(payload, 0) & 0x7fffffff);
    else if (type === PRIORITY_FRAME && payload.length >= 5) put('http2.priority', payload[4]);
    else if (type === HEADERS && (flags & PRIORITY) !== 0)
      put('http2.priority', payload[flags & PADDED ? 5 : 4]);
    else if (type === SETTINGS)
      for (let i = 0; i + 6 <= payload.length; i += 6) {
        const name = SETTING_NAMES[u16be(payload, i)];
        if (name !== undefined)
          ruleWord(this.#conn, 'http2.settings', tx, dir, `${name}=${u32be(payload, i + 2)}`, at);
      }
    for (const field of this.#told) ruleWord(this.#conn, 'http2.header_name', tx, dir, field, at);
    for (const size of this.#sizes) put('http2.size_update', size);
    this.#told = this.#sizes = NONE;
    if (stream === 0) this.#conn.tx(tx, dir, 'end', at);
  }

  #frame(
    type: number,
    flags: number,
    stream: number,
    payload: Uint8Array,
    dir: Dir,
    first: Position,
    last: Position,
  ): boolean {
    if (this.#blocks[dir] && type !== CONTINUATION) return false;
    switch (type) {
      case SETTINGS:
        if (stream !== 0 || payload.length % 6 !== 0) return false;
        this.#conn.confirm();
        return true;
      case HEADERS:
      case PUSH_PROMISE: {
        let from = flags & PADDED ? 1 : 0;
        const end = payload.length - (flags & PADDED ? (payload[0] ?? 0) : 0);
        let promised: number | undefined;
        if (type === PUSH_PROMISE) {
          promised = u32be(payload, from) & 0x7fffffff;
          from += 4;
        } else if (flags & PRIORITY) from += 5;
        if (stream === 0 || from > end) return false;
        const block = { stream, flags, promised, first, parts: [payload.slice(from, end)], size: end - from };
        return flags & END_HEADERS ? this.#block(block, dir, last) : this.#keep(block, dir);
      }
      case CONTINUATION: {
        const block = this.#blocks[dir];
        if (block?.stream !== stream) return false;
        block.parts.push(payload.slice());
        block.size += payload.length;
        if (block.size > PROTOCOL_LIMITS.maxHeaderBytes) {
          this.#conn.capped('headers_cut');
          return false;
        }
        if (!(flags & END_HEADERS)) return true;
        this.#blocks[dir] = undefined;
        return this.#block(block, dir, last);
      }
      case RST_STREAM:
        this.#exchanges.reset(stream, dir, last);
        return true;
      default:
        return true;
    }
  }

  #keep(block: HeaderBlock, dir: Dir): boolean {
    this.#blocks[dir] = block;
    return true;
  }

  #block(block: HeaderBlock, dir: Dir, last: Position): boolean {
    const fields = this.#decoders[dir].decode(
      block.parts.length === 1 ? block.parts[0] : Buffer.concat(block.parts),
    );
    if (!fields) return false;
    this.#conn.confirm();
    if (this.#conn.listening) {
      this.#told = fields.map(({ name }) => name);
      this.#sizes = this.#decoders[dir].sizeUpdates;
    }
    if (this.#decoders[dir].cut) this.#conn.capped('headers_cut');
    const { stream, promised, first, flags } = block;
    if (promised !== undefined) this.#exchanges.pushed(promised, fields, dir, first, last);
    else this.#exchanges.fields(stream, fields, dir, first, last, (flags & END_STREAM) !== 0);
    return true;
  }

  #dataBytes(frame: DataFrame, data: Span, at: number, dir: Dir): number {
    const end = Math.min(data.bytes.length, at + frame.payload);
    if (end > at) {
      this.#exchanges.data(frame.stream, data.bytes.subarray(at, end), dir, data.at(end - 1));
      frame.payload -= end - at;
    }
    const to = Math.min(data.bytes.length, end + (frame.payload === 0 ? frame.padding : 0));
    frame.padding -= to - end;
    if (frame.payload + frame.padding === 0) this.#endData(frame, dir, data.at(to - 1));
    return to;
  }

  #endData(frame: DataFrame, dir: Dir, at: Position): void {
    this.#data[dir] = undefined;
    if (frame.flags & END_STREAM) this.#exchanges.end(frame.stream, dir, at, true);
  }

  gap(dir: Dir, missing: number): boolean {
    // Only a hole inside one DATA frame leaves the header compression in step.
    const frame = this.#data[dir];
    if (!frame || missing > frame.payload) return false;
    frame.payload -= missing;
    this.#exchanges.gap(frame.stream, dir, missing);
    if (frame.payload + frame.padding === 0 && this.#last) this.#endData(frame, dir, this.#last);
    return true;
  }

  close(): void {
    this.#exchanges.close();
  }
}

/** How many of the first bytes are the preface's. */
function commonStart(bytes: Uint8Array): number {
  let same = 0;
  while (same < PREFACE.length && same < bytes.length && bytes[same] === PREFACE[same]) same++;
  return same;
}

/** The server's first frame: SETTINGS. It says too little alone, so the question stays open until the client's preface. */
const isSettings = (bytes: Uint8Array): boolean =>
  bytes.length >= FRAME_HEADER &&
  bytes[0] === 0 &&
  u16be(bytes, 1) % 6 === 0 &&
  u16be(bytes, 1) <= 300 &&
  bytes[3] === SETTINGS &&
  bytes[4] <= 1 &&
  u32be(bytes, 5) === 0;

const probe = (bytes: Uint8Array, dir: Dir): Verdict => {
  const same = commonStart(bytes);
  if (same >= PROBE_BYTES) return 'yes';
  if (same === bytes.length) return 'more';
  return dir === 1 && isSettings(bytes) ? 'more' : 'no';
};

export const http2: ProtocolParser = {
  name: 'http2',
  transport: 'tcp',
  ports: [],
  firstBytes: byteClass('P\\x00'),
  probe,
  open: (conn) => new Http2Session(conn),
};

/** HTTP/2 (RFC 9113) in clear text or after decryption: rows of the http table, one a stream; gRPC by its content type. */

import { PROTOCOL_LIMITS } from '../../../model/limits.ts';
import type { Conn, Dir, ParserSession, Position, ProtocolParser, Span, Verdict } from '../contract.ts';
import { fieldNamed, type HeaderField } from '../wire/header-fields.ts';
import { HpackDecoder } from '../wire/hpack.ts';
import { u16be, u24be, u32be } from '../wire/bytes.ts';
import { Body } from './body.ts';
import { basicOf, tellForm } from './credentials.ts';
import { DnsOverHttps, isDnsMessage } from './dns-over-https.ts';
import { RuleBuffers } from './rule-buffers.ts';
import { Transaction } from './transaction.ts';
import { ruleNumber } from '../wire/rule-number.ts';
import { byteClass } from '../wire/byte-class.ts';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
/** Of the preface, as much as no other protocol begins with. */
const PROBE_BYTES = 16;
const FRAME_HEADER = 9;
const MAX_STREAMS = 1_000;
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

interface Stream {
  readonly transaction: Transaction;
  readonly done: [boolean, boolean];
  readonly bodies: [Body | undefined, Body | undefined];
}

const PRIORITY_FRAME = 2;
const GOAWAY = 7;
const WINDOW_UPDATE = 8;
/** Transactions of frames that belong to no stream are numbered apart from requests. */
const FIRST_FRAME_TX = 2 ** 32;

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
  readonly #rules: RuleBuffers | undefined;
  /** Frames of the connection as a whole that rules were told of. */
  #connectionFrames = 0;
  readonly #doh: DnsOverHttps;
  readonly #decoders = [new HpackDecoder(), new HpackDecoder()] as const;
  readonly #streams = new Map<number, Stream>();
  readonly #data: [DataFrame | undefined, DataFrame | undefined] = [undefined, undefined];
  readonly #blocks: [HeaderBlock | undefined, HeaderBlock | undefined] = [undefined, undefined];
  readonly #begun: [boolean, boolean] = [false, false];
  #client: Dir | undefined;
  #depth = 0;
  #last: Position | undefined;

  constructor(conn: Conn) {
    this.#conn = conn;
    this.#doh = new DnsOverHttps(conn);
    this.#rules = conn.listening ? new RuleBuffers(conn) : undefined;
  }

  parse(data: Span, dir: Dir): number {
    const { bytes } = data;
    let at = 0;
    if (!this.#begun[dir]) {
      const same = commonStart(bytes);
      if (same === bytes.length && same < PREFACE.length) return 0;
      this.#begun[dir] = true;
      if (same === PREFACE.length) {
        this.#client = dir;
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
    if (isSound && this.#rules) this.#listen(type, stream, payload, dir, data.at(to - 1));
    return isSound ? to : -1;
  }

  /** Frames for rules: one of the connection as a whole is a transaction of its own, the others belong to their stream's. */
  #listen(type: number, stream: number, payload: Uint8Array, dir: Dir, at: Position): void {
    const depth = this.#streams.get(stream)?.transaction.depth;
    if (stream !== 0 && depth === undefined) return;
    const tx = depth === undefined ? FIRST_FRAME_TX + this.#connectionFrames++ : depth - 1;
    const put = (name: string, value: number | undefined): void =>
      ruleNumber(this.#conn, name, tx, dir, value, at);
    put('http2.frametype', type);
    if (type === RST_STREAM && payload.length >= 4) put('http2.errorcode', u32be(payload, 0));
    else if (type === GOAWAY && payload.length >= 8) put('http2.errorcode', u32be(payload, 4));
    else if (type === WINDOW_UPDATE && payload.length >= 4)
      put('http2.window', u32be(payload, 0) & 0x7fffffff);
    else if (type === PRIORITY_FRAME && payload.length >= 5) put('http2.priority', payload[4]);
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
        this.#reset(stream, dir, last);
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
    if (block.promised !== undefined) {
      // A pushed request: the server says what the client did not ask.
      const pushed = this.#stream(block.promised, block.first);
      this.#request(pushed, fields, dir, last);
      pushed.done[this.#client ?? 0] = true;
      pushed.transaction.requestDone = true;
      return true;
    }
    const stream = this.#stream(block.stream, block.first);
    const { transaction } = stream;
    const method = fieldNamed(fields, ':method');
    const status = fieldNamed(fields, ':status');
    if (method !== undefined) {
      this.#client ??= dir;
      this.#request(stream, fields, dir, last);
    } else if (status !== undefined) {
      if (this.#response(stream, fields, Number(status), dir, last)) return true;
    } else if (dir === (this.#client ?? 0))
      transaction.requestFields = [...transaction.requestFields, ...fields];
    else transaction.responseFields = [...transaction.responseFields, ...fields];
    transaction.last = last;
    if (block.flags & END_STREAM) this.#endSide(block.stream, stream, dir, last, true);
    return true;
  }

  #stream(id: number, first: Position): Stream {
    let stream = this.#streams.get(id);
    if (stream) return stream;
    if (this.#streams.size >= MAX_STREAMS) {
      const [oldest] = this.#streams;
      this.#finish(oldest[0], oldest[1], first, false);
    }
    stream = {
      transaction: new Transaction(++this.#depth, first),
      done: [false, false],
      bodies: [undefined, undefined],
    };
    this.#streams.set(id, stream);
    return stream;
  }

  #request({ transaction, bodies }: Stream, fields: readonly HeaderField[], dir: Dir, at: Position): void {
    const path = fieldNamed(fields, ':path') ?? '';
    const method = fieldNamed(fields, ':method') ?? '';
    const request = { method, uri: path, rawUri: Buffer.from(path, 'utf8'), version: '2' };
    transaction.request = request;
    transaction.requestFields = fields;
    transaction.authority = fieldNamed(fields, ':authority');
    transaction.basic = basicOf(fields);
    bodies[dir] ??= this.#body(fields, dir, at);
    transaction.requestBody = bodies[dir];
    if (/^application\/grpc/i.test(fieldNamed(fields, 'content-type') ?? '')) this.#conn.app('grpc');
    const host = transaction.authority?.replace(/:\d*$/, '').toLowerCase();
    if (
      host !== undefined &&
      method !== 'CONNECT' &&
      /[a-z]/.test(host) &&
      /^[a-z0-9._-]{1,253}$/.test(host)
    ) {
      const { origH, respH } = this.#conn.facts;
      this.#conn.name(this.#client === 1 ? origH : respH, host, 'http', at);
    }
    this.#rules?.request(
      transaction.depth - 1,
      dir,
      request,
      Buffer.from(`${method} ${path} HTTP/2`, 'utf8'),
      at,
    );
    this.#rules?.pseudo(transaction.depth - 1, dir, true, fields, at);
    this.#rules?.header(transaction.depth - 1, dir, true, withoutPseudo(fields), [], at);
    this.#doh.ask(transaction, dir, at);
  }

  /** True for an interim response: the stream goes on. */
  #response(
    { transaction, bodies }: Stream,
    fields: readonly HeaderField[],
    code: number,
    dir: Dir,
    at: Position,
  ): boolean {
    if (!Number.isInteger(code) || code < 0 || code > 999) return true;
    const status = { version: '2', code, reason: undefined };
    if (code >= 100 && code < 200) {
      transaction.informational = status;
      return true;
    }
    transaction.status = status;
    transaction.responseFields = fields;
    bodies[dir] ??= this.#body(fields, dir, at);
    transaction.responseBody = bodies[dir];
    const { basic } = transaction;
    if (basic)
      this.#conn.credential(
        {
          service: 'http',
          kind: 'basic',
          user: basic.user,
          secret: basic.secret,
          success: code === 401 || code === 407 ? false : code < 400 ? true : undefined,
        },
        at,
      );
    this.#rules?.response(
      transaction.depth - 1,
      dir,
      status,
      Buffer.from(`HTTP/2 ${String(code)}`, 'latin1'),
      at,
    );
    this.#rules?.pseudo(transaction.depth - 1, dir, false, fields, at);
    this.#rules?.header(transaction.depth - 1, dir, false, withoutPseudo(fields), [], at);
    return false;
  }

  #body(fields: readonly HeaderField[], dir: Dir, at: Position): Body {
    const length = /^\d{1,15}$/.exec(fieldNamed(fields, 'content-length') ?? '')?.[0];
    return new Body(
      this.#conn,
      dir,
      fields,
      length === undefined ? undefined : Number(length),
      this.#rules !== undefined || isDnsMessage(fields),
      at,
      undefined,
      dir === (this.#client ?? 0),
    );
  }

  #dataBytes(frame: DataFrame, data: Span, at: number, dir: Dir): number {
    const end = Math.min(data.bytes.length, at + frame.payload);
    if (end > at) {
      this.#streams.get(frame.stream)?.bodies[dir]?.data(data.bytes.subarray(at, end), data.at(end - 1));
      frame.payload -= end - at;
    }
    const to = Math.min(data.bytes.length, end + (frame.payload === 0 ? frame.padding : 0));
    frame.padding -= to - end;
    if (frame.payload + frame.padding === 0) this.#endData(frame, dir, data.at(to - 1));
    return to;
  }

  #endData(frame: DataFrame, dir: Dir, at: Position): void {
    this.#data[dir] = undefined;
    const stream = this.#streams.get(frame.stream);
    if (stream && frame.flags & END_STREAM) this.#endSide(frame.stream, stream, dir, at, true);
  }

  #endSide(id: number, stream: Stream, dir: Dir, at: Position, complete: boolean): void {
    if (stream.done[dir]) return;
    stream.done[dir] = true;
    const { transaction } = stream;
    const body = stream.bodies[dir];
    body?.end(at, complete);
    transaction.last = at;
    const asking = dir === (this.#client ?? 0);
    if (asking) tellForm(this.#conn, transaction, at);
    if (this.#rules) {
      if (body) this.#rules.body(transaction.depth - 1, dir, asking, body.inspected(), at);
      this.#conn.tx(transaction.depth - 1, dir, asking ? 'request' : 'response', at);
    }
    if (!stream.done[0] || !stream.done[1]) return;
    this.#streams.delete(id);
    if (this.#rules) this.#conn.tx(transaction.depth - 1, dir, 'end', at);
    transaction.write(this.#conn);
    this.#doh.look(transaction, this.#client ?? 0);
  }

  /** What the server had sent before it learned of the client's reset may still come. */
  #reset(id: number, dir: Dir, at: Position): void {
    const stream = this.#streams.get(id);
    if (!stream) return;
    if (dir === (this.#client ?? 0)) this.#endSide(id, stream, dir, at, false);
    else this.#finish(id, stream, at, false);
  }

  #finish(id: number, stream: Stream, at: Position, complete: boolean): void {
    for (const dir of [0, 1] as const) this.#endSide(id, stream, dir, at, complete);
  }

  gap(dir: Dir, missing: number): boolean {
    // Only a hole inside one DATA frame leaves the header compression in step.
    const frame = this.#data[dir];
    if (!frame || missing > frame.payload) return false;
    frame.payload -= missing;
    this.#streams.get(frame.stream)?.bodies[dir]?.gap(missing);
    if (frame.payload + frame.padding === 0 && this.#last) this.#endData(frame, dir, this.#last);
    return true;
  }

  close(): void {
    if (this.#last)
      for (const [id, stream] of [...this.#streams]) this.#finish(id, stream, stream.transaction.last, false);
    this.#doh.close();
  }
}

const withoutPseudo = (fields: readonly HeaderField[]): readonly HeaderField[] =>
  fields.flatMap((field) =>
    field.name === ':authority'
      ? [{ ...field, name: 'host', lower: 'host' }]
      : field.name.startsWith(':')
        ? []
        : [field],
  );

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

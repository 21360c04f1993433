/** Requests and answers that share a connection, each in a stream of its own: what HTTP/2 and HTTP/3 have in common (RFC 9110). */

import type { Conn, Dir, Position } from '../contract.ts';
import { fieldNamed, type HeaderField } from '../wire/header-fields.ts';
import { Body } from './body.ts';
import { basicOf, tellForm } from './credentials.ts';
import { DnsOverHttps, isDnsMessage } from './dns-over-https.ts';
import { RuleBuffers } from './rule-buffers.ts';
import { Transaction } from './transaction.ts';

const MAX_STREAMS = 1_000;

interface Stream {
  readonly transaction: Transaction;
  readonly done: [boolean, boolean];
  readonly bodies: [Body | undefined, Body | undefined];
}

export class Exchanges {
  readonly #conn: Conn;
  readonly #version: '2' | '3';
  readonly #rules: RuleBuffers | undefined;
  readonly #doh: DnsOverHttps;
  readonly #streams = new Map<number, Stream>();
  #client: Dir | undefined;
  #depth = 0;

  constructor(conn: Conn, version: '2' | '3') {
    this.#conn = conn;
    this.#version = version;
    this.#doh = new DnsOverHttps(conn);
    this.#rules = conn.listening ? new RuleBuffers(conn) : undefined;
  }

  /** Known by the preface, or else by the first request. */
  setClient(dir: Dir): void {
    this.#client = dir;
  }

  /** The transaction of a stream as rules number them; undefined for a stream that is not open. */
  txOf(id: number): number | undefined {
    const depth = this.#streams.get(id)?.transaction.depth;
    return depth === undefined ? undefined : depth - 1;
  }

  /** A header or trailer section; `end`: nothing follows it on that side. */
  fields(
    id: number,
    fields: readonly HeaderField[],
    dir: Dir,
    first: Position,
    last: Position,
    end: boolean,
  ): void {
    const stream = this.#stream(id, first);
    const { transaction } = stream;
    const method = fieldNamed(fields, ':method');
    const status = fieldNamed(fields, ':status');
    if (method !== undefined) {
      this.#client ??= dir;
      this.#request(stream, fields, dir, last);
    } else if (status !== undefined) {
      if (this.#response(stream, fields, Number(status), dir, last)) return;
    } else if (dir === (this.#client ?? 0))
      transaction.requestFields = [...transaction.requestFields, ...fields];
    else transaction.responseFields = [...transaction.responseFields, ...fields];
    transaction.last = last;
    if (end) this.#endSide(id, stream, dir, last, true);
  }

  /** A pushed request: the server says what the client did not ask. */
  pushed(id: number, fields: readonly HeaderField[], dir: Dir, first: Position, last: Position): void {
    const pushed = this.#stream(id, first);
    this.#request(pushed, fields, dir, last);
    pushed.done[this.#client ?? 0] = true;
    pushed.transaction.requestDone = true;
  }

  data(id: number, bytes: Uint8Array, dir: Dir, at: Position): void {
    this.#streams.get(id)?.bodies[dir]?.data(bytes, at);
  }

  /** Bytes of a body are not in the capture. */
  gap(id: number, dir: Dir, missing: number): void {
    this.#streams.get(id)?.bodies[dir]?.gap(missing);
  }

  /** That side said all of it, or as much as there will be. */
  end(id: number, dir: Dir, at: Position, complete: boolean): void {
    const stream = this.#streams.get(id);
    if (stream) this.#endSide(id, stream, dir, at, complete);
  }

  /** What the server had sent before it learned of the client's reset may still come. */
  reset(id: number, dir: Dir, at: Position): void {
    const stream = this.#streams.get(id);
    if (!stream) return;
    if (dir === (this.#client ?? 0)) this.#endSide(id, stream, dir, at, false);
    else this.#finish(id, stream, at, false);
  }

  close(): void {
    for (const [id, stream] of [...this.#streams]) this.#finish(id, stream, stream.transaction.last, false);
    this.#doh.close();
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
    const request = { method, uri: path, rawUri: Buffer.from(path, 'utf8'), version: this.#version };
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
      Buffer.from(`${method} ${path} HTTP/${this.#version}`, 'utf8'),
      at,
    );
    if (this.#version === '2') this.#rules?.pseudo(transaction.depth - 1, dir, true, fields, at);
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
    const status = { version: this.#version, code, reason: undefined };
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
      Buffer.from(`HTTP/${this.#version} ${String(code)}`, 'latin1'),
      at,
    );
    if (this.#version === '2') this.#rules?.pseudo(transaction.depth - 1, dir, false, fields, at);
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

  #finish(id: number, stream: Stream, at: Position, complete: boolean): void {
    for (const dir of [0, 1] as const) this.#endSide(id, stream, dir, at, complete);
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

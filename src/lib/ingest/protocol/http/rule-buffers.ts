/** What rules may look at, by Suricata's names of buffers. */

import type { Conn, Dir, Position } from '../contract.ts';
import { fieldNamed, type HeaderField } from '../wire/header-fields.ts';
import type { RequestLine, StatusLine } from './start-line.ts';

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');

const HEADER_BUFFERS: readonly (readonly [string, string])[] = [
  ['user-agent', 'http.user_agent'],
  ['referer', 'http.referer'],
  ['accept', 'http.accept'],
  ['accept-language', 'http.accept_lang'],
  ['accept-encoding', 'http.accept_enc'],
  ['connection', 'http.connection'],
  ['content-type', 'http.content_type'],
  ['content-length', 'http.content_len'],
  ['location', 'http.location'],
  ['server', 'http.server'],
];

/** The first line and all fields, normalised. */
const startOf = (line: Uint8Array, fields: readonly HeaderField[]): Uint8Array =>
  Buffer.concat([
    line,
    CRLF,
    Buffer.from(fields.map(({ name, value }) => `${name}: ${value}\r\n`).join(''), 'utf8'),
    CRLF,
  ]);

export class RuleBuffers {
  readonly #conn: Conn;
  /** The first line of each side's message whose header is to come. */
  readonly #lines: [Uint8Array | undefined, Uint8Array | undefined] = [undefined, undefined];

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  request(tx: number, dir: Dir, line: RequestLine, raw: Uint8Array, at: Position): void {
    const put = (name: string, bytes: Uint8Array): void => this.#conn.buffer(name, tx, dir, bytes, at);
    put('http.request_line', raw);
    this.#lines[dir] = raw.slice();
    put('http.method', latin1(line.method));
    put('http.uri', Buffer.from(line.uri, 'utf8'));
    put('http.uri.raw', line.rawUri);
    put('http.protocol', latin1(`HTTP/${line.version}`));
  }

  response(tx: number, dir: Dir, line: StatusLine, raw: Uint8Array, at: Position): void {
    const put = (name: string, bytes: Uint8Array): void => this.#conn.buffer(name, tx, dir, bytes, at);
    put('http.response_line', raw);
    this.#lines[dir] = raw.slice();
    put('http.stat_code', latin1(String(line.code).padStart(3, '0')));
    put('http.stat_msg', Buffer.from(line.reason ?? '', 'utf8'));
    put('http.protocol', latin1(`HTTP/${line.version}`));
  }

  header(
    tx: number,
    dir: Dir,
    fromClient: boolean,
    fields: readonly HeaderField[],
    lines: readonly Uint8Array[],
    at: Position,
  ): void {
    const put = (name: string, bytes: Uint8Array): void => this.#conn.buffer(name, tx, dir, bytes, at);
    const cookie = fromClient ? 'cookie' : 'set-cookie';
    const text = fields
      .filter(({ lower }) => lower !== cookie)
      .map(({ name, value }) => `${name}: ${value}\r\n`)
      .join('');
    put('http.header', Buffer.from(text, 'utf8'));
    const line = this.#lines[dir];
    this.#lines[dir] = undefined;
    if (line) put('http.start', startOf(line, fields));
    put('http.header.raw', Buffer.concat([...lines.flatMap((line) => [line, CRLF]), CRLF]));
    put(
      'http.header_names',
      Buffer.from(`\r\n${fields.map(({ name }) => `${name}\r\n`).join('')}\r\n`, 'utf8'),
    );
    for (const { name, value } of fields)
      put(
        fromClient ? 'http.request_header' : 'http.response_header',
        Buffer.from(`${name}: ${value}`, 'utf8'),
      );
    const cookies = fields.filter(({ lower }) => lower === cookie).map(({ value }) => value);
    if (cookies.length > 0) put('http.cookie', Buffer.from(cookies.join(', '), 'utf8'));
    for (const [name, buffer] of HEADER_BUFFERS) {
      const value = fieldNamed(fields, name);
      if (value !== undefined) put(buffer, Buffer.from(value, 'utf8'));
    }
    const host = fromClient ? fieldNamed(fields, 'host') : undefined;
    if (host !== undefined) {
      put('http.host.raw', Buffer.from(host, 'utf8'));
      put('http.host', Buffer.from(host.replace(/:\d*$/, '').toLowerCase(), 'utf8'));
    }
  }

  /** Pseudo headers of HTTP/2; a user's name and password in the authority is an event. */
  pseudo(tx: number, dir: Dir, fromClient: boolean, fields: readonly HeaderField[], at: Position): void {
    for (const { name, value } of fields) {
      if (!name.startsWith(':')) continue;
      const buffer = fromClient ? 'http.request_header' : 'http.response_header';
      this.#conn.buffer(buffer, tx, dir, Buffer.from(`${name}: ${value}`, 'utf8'), at);
      if (name === ':authority' && value.includes('@'))
        this.#conn.buffer('app-layer-event', tx, dir, latin1('http2.userinfo_in_uri'), at);
    }
  }

  body(tx: number, dir: Dir, fromClient: boolean, bytes: Uint8Array, at: Position): void {
    if (bytes.length === 0) return;
    this.#conn.buffer(fromClient ? 'http.request_body' : 'http.response_body', tx, dir, bytes, at);
    this.#conn.buffer('file.data', tx, dir, bytes, at);
  }
}

const CRLF = latin1('\r\n');

/** What rules may look at, by Suricata's names of buffers. */

import type { Conn, Dir, Position } from '../contract.ts';
import { fieldNamed, type HeaderField } from '../wire/header-fields.ts';
import { ruleEvent } from '../wire/rule-number.ts';
import { type HeaderSection, requestEvents, responseEvents } from './rule-events.ts';
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
  /** The newest request and answer, by transaction: the answer's events depend on what came before. */
  #asked: { readonly tx: number; readonly line: RequestLine } | undefined;
  #answered: { readonly tx: number; readonly line: StatusLine; readonly hadContinue: boolean } | undefined;
  /** Transactions up to this one had a request. */
  #lastAsked = -1;

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  request(tx: number, dir: Dir, line: RequestLine, raw: Uint8Array, at: Position): void {
    const put = (name: string, bytes: Uint8Array): void => this.#conn.buffer(name, tx, dir, bytes, at);
    put('http.request_line', raw);
    this.#asked = { tx, line: { ...line, rawUri: line.rawUri.slice() } };
    this.#lastAsked = tx;
    this.#lines[dir] = raw.slice();
    put('http.method', latin1(line.method));
    put('http.uri', Buffer.from(line.uri, 'utf8'));
    put('http.uri.raw', line.rawUri);
    put('http.protocol', latin1(`HTTP/${line.version}`));
  }

  response(tx: number, dir: Dir, line: StatusLine, raw: Uint8Array, at: Position): void {
    const put = (name: string, bytes: Uint8Array): void => this.#conn.buffer(name, tx, dir, bytes, at);
    put('http.response_line', raw);
    const before = this.#answered;
    this.#answered = { tx, line, hadContinue: before?.tx === tx && before.line.code === 100 };
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
    if (line) this.#events(tx, dir, fromClient, { fields, lines }, line, at);
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

  /** Of HTTP/1: later versions have no lines to be wrong. */
  #events(
    tx: number,
    dir: Dir,
    fromClient: boolean,
    section: HeaderSection,
    line: Uint8Array,
    at: Position,
  ): void {
    const { facts } = this.#conn;
    const [asked, answered] = [this.#asked, this.#answered];
    let events: readonly string[] = [];
    if (fromClient && asked?.tx === tx && isOld(asked.line.version))
      events = requestEvents(section, { ...asked.line, line, port: dir === 0 ? facts.respP : facts.origP });
    else if (!fromClient && answered?.tx === tx && isOld(answered.line.version)) {
      const { line: status, hadContinue } = answered;
      events = responseEvents(section, { ...status, isAsked: tx <= this.#lastAsked, hadContinue });
    }
    for (const event of events) ruleEvent(this.#conn, `http.${event}`, tx, dir, at);
  }

  /** A chunk whose size is none, of the newest message of that side. */
  badChunkSize(dir: Dir, fromClient: boolean, at: Position): void {
    const tx = fromClient ? this.#asked?.tx : this.#answered?.tx;
    const side = fromClient ? 'request' : 'response';
    if (tx !== undefined) ruleEvent(this.#conn, `http.invalid_${side}_chunk_len`, tx, dir, at);
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
const isOld = (version: string): boolean => !/^[23]/.test(version);

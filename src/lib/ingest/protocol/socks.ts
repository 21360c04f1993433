/** SOCKS 4, 4a and 5 (RFC 1928, RFC 1929); what goes through the proxy is looked at in its turn. */

import { SOCKS } from '../../model/tables/socks.ts';
import type { CellValue } from '../../model/column-batch.ts';
import type { Conn, Dir, ParserSession, Position, ProtocolParser, Span, Verdict } from './contract.ts';
import { ipv4Cell, ipv6Cell, isZero } from './wire/address.ts';
import { u16be } from './wire/bytes.ts';
import { registerProxy } from './wire/proxy-tunnel.ts';
import { bytesText } from './wire/text.ts';
import { byteClass } from './wire/byte-class.ts';

const PORTS = [1080, 9050];
const MAX_FIELD = 512;
const USER_PASSWORD = 2;

const STATUS_V5 = [
  'succeeded',
  'general SOCKS server failure',
  'connection not allowed by ruleset',
  'Network unreachable',
  'Host unreachable',
  'Connection refused',
  'TTL expired',
  'Command not supported',
  'Address type not supported',
];
const STATUS_V4: Readonly<Record<number, string>> = {
  0x5a: 'succeeded',
  0x5b: 'general SOCKS server failure',
  0x5c: 'request failed because client is not running identd',
  0x5d: "request failed because client's identd could not confirm the user ID string in the request",
};

interface Place {
  readonly host?: CellValue;
  readonly name?: string;
  readonly port: number;
  readonly length: number;
}

/** Address type, address and port at `at`; 0 where it is not whole, -1 where it is none. */
const placeAt = (bytes: Uint8Array, at: number): Place | 0 | -1 => {
  const kind = bytes[at];
  if (kind === undefined) return 0;
  const size = kind === 1 ? 4 : kind === 4 ? 16 : kind === 3 ? (bytes[at + 1] ?? -1) + 1 : -2;
  if (size === -2) return -1;
  const length = 1 + size + 2;
  if (size === 0 || at + length > bytes.length) return 0;
  const port = u16be(bytes, at + 1 + size);
  if (kind === 1) return { host: ipv4Cell(bytes, at + 1), port, length };
  if (kind === 4) return { host: ipv6Cell(bytes, at + 1), port, length };
  return { name: bytesText(bytes, at + 2, at + 1 + size), port, length };
};

type Step = 'methods' | 'login' | 'request' | 'done';

class SocksSession implements ParserSession {
  readonly #conn: Conn;
  #version: number | undefined;
  #client: Step = 'methods';
  #server: Step = 'methods';
  /** Whether the client goes on with a login: known once the server has chosen. */
  #method: number | undefined;
  #user: string | undefined;
  #secret: { readonly bytes: Uint8Array; readonly at: Position } | undefined;
  #request: Place | undefined;
  #first: Position | undefined;
  #last: Position | undefined;

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  parse(data: Span, dir: Dir): number {
    let at = 0;
    while (at < data.bytes.length) {
      const used = dir === 0 ? this.#fromClient(data, at) : this.#fromServer(data, at);
      if (used < 0) return -1;
      if (used === 0) break;
      at += used;
      if (dir === 1 && this.#server === 'done') {
        this.#conn.switchTo('probe');
        return at;
      }
    }
    return at;
  }

  gap(): boolean {
    return false;
  }

  close(): void {
    this.#login(undefined);
    if (this.#server !== 'done') this.#write(undefined, undefined);
  }

  #fromClient(data: Span, from: number): number {
    const bytes = data.bytes.subarray(from);
    if (this.#client === 'done') return 0;
    if (this.#client === 'methods') {
      const version = bytes[0];
      if (version === 4) return this.#requestV4(data, from);
      if (version !== 5) return -1;
      if (bytes.length < 2 || bytes.length < 2 + bytes[1]) return 0;
      this.#version = 5;
      this.#first = data.at(from);
      this.#client = 'request';
      return 2 + bytes[1];
    }
    // A login has version 1, a request 5: a client may send both at once.
    if (bytes[0] === 1) {
      const user = bytes[1] ?? MAX_FIELD;
      const secret = bytes[2 + user] ?? MAX_FIELD;
      const length = 3 + user + secret;
      if (bytes.length < length) return 0;
      this.#user = bytesText(bytes, 2, 2 + user);
      this.#secret = { bytes: bytes.slice(3 + user, length), at: data.at(from) };
      return length;
    }
    if (bytes[0] !== 5) return -1;
    if (bytes.length < 4) return 0;
    const place = placeAt(bytes, 3);
    if (place === 0 || place === -1) return place;
    this.#request = place;
    this.#first = data.at(from);
    this.#last = data.at(from + 2 + place.length);
    this.#client = 'done';
    return 3 + place.length;
  }

  #requestV4(data: Span, from: number): number {
    const bytes = data.bytes.subarray(from);
    const userEnd = bytes.indexOf(0, 8);
    if (bytes.length < 9 || userEnd < 0) return bytes.length > 8 + MAX_FIELD ? -1 : 0;
    const named = isZero(bytes, 4, 3) && bytes[7] !== 0;
    const nameEnd = named ? bytes.indexOf(0, userEnd + 1) : userEnd;
    if (nameEnd < 0) return bytes.length > userEnd + MAX_FIELD ? -1 : 0;
    this.#version = 4;
    this.#user = userEnd > 8 ? bytesText(bytes, 8, userEnd) : undefined;
    const port = u16be(bytes, 2);
    this.#request = named
      ? { name: bytesText(bytes, userEnd + 1, nameEnd), port, length: 0 }
      : { host: ipv4Cell(bytes, 4), port, length: 0 };
    this.#first = data.at(from);
    this.#last = data.at(from + nameEnd);
    this.#client = 'done';
    return nameEnd + 1;
  }

  #fromServer(data: Span, from: number): number {
    const bytes = data.bytes.subarray(from);
    if (this.#version === undefined) return -1;
    if (this.#version === 4) {
      if (bytes.length < 8) return 0;
      const status = STATUS_V4[bytes[1]];
      if (bytes[0] !== 0 || status === undefined) return -1;
      this.#answered(
        status,
        { host: ipv4Cell(bytes, 4), port: u16be(bytes, 2), length: 8 },
        data.at(from + 7),
      );
      return 8;
    }
    if (this.#server === 'methods') {
      if (bytes.length < 2) return 0;
      if (bytes[0] !== 5) return -1;
      this.#method = bytes[1];
      this.#conn.confirm();
      this.#server = this.#method === USER_PASSWORD ? 'login' : 'request';
      return 2;
    }
    if (this.#server === 'login') {
      if (bytes.length < 2) return 0;
      this.#login(bytes[1] === 0);
      this.#server = 'request';
      return 2;
    }
    if (bytes.length < 4) return 0;
    if (bytes[0] !== 5) return -1;
    const place = placeAt(bytes, 3);
    if (place === 0 || place === -1) return place;
    const status = STATUS_V5[bytes[1]] ?? `unknown-${String(bytes[1])}`;
    this.#answered(status, place, data.at(from + 2 + place.length));
    return 3 + place.length;
  }

  #answered(status: string, place: Place, at: Position): void {
    this.#conn.confirm();
    if (this.#request) registerProxy(this.#conn, 'SOCKS', this.#first ?? at);
    this.#last = at;
    this.#server = 'done';
    this.#write(status, place);
  }

  #login(success: boolean | undefined): void {
    const secret = this.#secret;
    this.#secret = undefined;
    if (!secret) return;
    const found = { service: 'socks', kind: 'password', user: this.#user, secret: secret.bytes, success };
    this.#conn.credential(found, secret.at);
  }

  #write(status: string | undefined, bound: Place | undefined): void {
    const request = this.#request;
    if (!this.#first || !this.#version || (!request && !bound)) return;
    this.#conn.row(
      SOCKS,
      {
        version: this.#version,
        user: this.#user,
        status,
        request_host: request?.host,
        request_name: request?.name,
        request_p: request?.port,
        bound_host: bound?.host,
        bound_name: bound?.name,
        bound_p: bound?.port,
      },
      this.#first,
      this.#last,
    );
  }
}

const probe = (bytes: Uint8Array, dir: Dir, usual: boolean): Verdict => {
  const version = bytes[0];
  // The server's choice, and the answer to a login or to the request.
  if (dir === 1)
    return version === 5 && (bytes.length < 3 || bytes[2] === 1 || bytes[2] === 5) ? 'more' : 'no';
  if (version === 5) {
    const count = bytes[1];
    if (count === undefined) return 'more';
    if (count === 0 || count > 10) return 'no';
    if (bytes.length < 2 + count) return 'more';
    for (let i = 2; i < 2 + count; i++) if (bytes[i] > 9 && bytes[i] < 0x80) return 'no';
    // A login (version 1) or the request (5) follows.
    const next = bytes[2 + count];
    return next === undefined || next === 1 || next === 5 || usual ? 'yes' : 'no';
  }
  if (version !== 4) return 'no';
  if (bytes.length < 9) return bytes.length < 2 || bytes[1] === 1 || bytes[1] === 2 ? 'more' : 'no';
  if ((bytes[1] !== 1 && bytes[1] !== 2) || u16be(bytes, 2) === 0) return 'no';
  const end = bytes.indexOf(0, 8);
  if (end < 0) return bytes.length > 8 + MAX_FIELD ? 'no' : 'more';
  for (let i = 8; i < end; i++) if (bytes[i] < 0x20 || bytes[i] > 0x7e) return 'no';
  const named = isZero(bytes, 4, 3);
  return named || bytes.length === end + 1 || usual ? 'yes' : 'no';
};

export const socks: ProtocolParser = {
  name: 'socks',
  transport: 'tcp',
  ports: PORTS,
  firstBytes: byteClass('\\x04\\x05'),
  probe: (bytes, dir, { respP }) => probe(bytes, dir, PORTS.includes(respP)),
  open: (conn) => new SocksSession(conn),
};

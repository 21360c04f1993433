/** Tabular Data Stream 7.x of Microsoft SQL Server (MS-TDS): logins, statements, calls, errors. */

import { TDS } from '../../model/tables/tds.ts';
import type {
  ChildStream,
  Conn,
  ConnFacts,
  Dir,
  ParserSession,
  Position,
  ProtocolParser,
  Span,
  Verdict,
} from './contract.ts';
import { u16be, u16le, u32le } from './wire/bytes.ts';
import { type Frame, Framing, type Message } from './wire/framing.ts';
import { bytesText } from './wire/text.ts';
import { byteClass } from './wire/byte-class.ts';

const PORT = 1433;
const HEADER = 8;
const LONGEST = 1 << 15;
/** Bytes of a request, over all its packets, that are kept. */
const MOST_KEPT = 1 << 16;

const BATCH = 1;
const OLD_LOGIN = 2;
const RPC = 3;
const RESPONSE = 4;
const LOGIN = 0x10;
const SSPI = 0x11;
const PRELOGIN = 0x12;
const TLS_HANDSHAKE = 0x16;
const TYPES: Readonly<Record<number, string>> = {
  [BATCH]: 'sql_batch',
  [OLD_LOGIN]: 'login',
  [RPC]: 'rpc',
  6: 'attention',
  7: 'bulk_load',
  8: 'federated_authentication',
  14: 'transaction',
  [LOGIN]: 'login',
  [SSPI]: 'sspi',
  [PRELOGIN]: 'prelogin',
};
const TOKEN_ERROR = 0xaa;
const TOKEN_DONE = 0xfd;

const PROCEDURES: readonly string[] = [
  '',
  'sp_cursor',
  'sp_cursoropen',
  'sp_cursorprepare',
  'sp_cursorexecute',
  'sp_cursorprepexec',
  'sp_cursorunprepare',
  'sp_cursorfetch',
  'sp_cursoroption',
  'sp_cursorclose',
  'sp_executesql',
  'sp_prepare',
  'sp_execute',
  'sp_prepexec',
  'sp_prepexecrpc',
  'sp_unprepare',
];

const utf16 = new TextDecoder('utf-16le');
/** UTF-16 from the wire, as text of a table. */
const wide = (b: Uint8Array, from: number, to: number): string =>
  bytesText(Buffer.from(utf16.decode(b.subarray(from, Math.min(to, b.length)))));

/** After the handshake, which is wrapped in packets, records of TLS stand for themselves: all, or the login's alone. */
const isTlsRecord = (b: Uint8Array, at: number): boolean => b[at] >= 0x14 && b[at] <= 0x17 && b[at + 1] === 3;
const TLS_HEADER = 5;

const frameOf = (b: Uint8Array, at: number): Frame | 'more' | 'bad' => {
  if (b.length - at < HEADER) return 'more';
  if (isTlsRecord(b, at)) {
    const length = TLS_HEADER + u16be(b, at + 3);
    return { length, wanted: length };
  }
  const length = u16be(b, at + 2);
  if (length < HEADER || length > LONGEST || (b[at] !== RESPONSE && TYPES[b[at]] === undefined)) return 'bad';
  return { length, wanted: length };
};

interface Request {
  readonly values: Record<string, string | undefined>;
  readonly first: Position;
  readonly last: Position;
  readonly secret?: string | undefined;
}

/** A message put together from its packets, as far as it is kept. */
interface Parts {
  readonly pieces: Uint8Array[];
  size: number;
  readonly first: Position;
}

class TdsSession implements ParserSession {
  readonly #conn: Conn;
  readonly #framing: Framing;
  readonly #parts: [Parts | undefined, Parts | undefined] = [undefined, undefined];
  #request: Request | undefined;
  /** Set once a handshake has begun. */
  #tls: ChildStream | undefined;

  constructor(conn: Conn) {
    this.#conn = conn;
    this.#framing = new Framing(conn, frameOf, (message, dir) => this.#packet(message, dir));
  }

  parse(data: Span, dir: Dir): number {
    return this.#framing.parse(data, dir);
  }

  gap(dir: Dir, missing: number): boolean {
    this.#parts[dir] = undefined;
    this.#tls?.gap(dir, missing);
    return true;
  }

  close(): void {
    this.#write(undefined, undefined, undefined);
    this.#tls?.close();
  }

  #packet({ bytes, first, last }: Message, dir: Dir): boolean {
    const type = bytes[0];
    if (isTlsRecord(bytes, 0)) {
      this.#tls?.feed(bytes, dir, last);
      return this.#tls !== undefined;
    }
    this.#conn.confirm();
    if (type === PRELOGIN && (this.#tls !== undefined || bytes[HEADER] === TLS_HANDSHAKE)) {
      this.#write(undefined, undefined, undefined);
      this.#tls ??= this.#conn.child('ssl');
      this.#tls?.feed(bytes.subarray(HEADER), dir, last);
      return true;
    }
    const parts = (this.#parts[dir] ??= { pieces: [], size: 0, first });
    if (parts.size < MOST_KEPT) parts.pieces.push(bytes.slice(HEADER));
    parts.size += bytes.length - HEADER;
    if ((bytes[1] & 1) === 0) return true;
    this.#parts[dir] = undefined;
    const body = parts.pieces.length === 1 ? parts.pieces[0] : Buffer.concat(parts.pieces);
    if (type === RESPONSE) this.#response(body, last);
    else this.#requested(type, body, parts.first, last);
    return true;
  }

  #requested(type: number, body: Uint8Array, first: Position, last: Position): void {
    this.#write(undefined, undefined, undefined);
    const values: Record<string, string | undefined> = { command: TYPES[type] };
    let secret: string | undefined;
    if (type === LOGIN) secret = login(body, values);
    else if (type === BATCH) values.arg = wide(body, afterHeaders(body), body.length);
    else if (type === RPC) values.arg = procedure(body);
    this.#request = { values, first, last, secret };
  }

  #response(body: Uint8Array, last: Position): void {
    let at = 0;
    let error: string | undefined;
    // Tokens with a length before them come first in answers to logins and failures; others end the search.
    for (let n = 0; n < 64 && at + 3 <= body.length; n++) {
      const token = body[at];
      if (token === TOKEN_ERROR) {
        const size = u16le(body, at + 9);
        error = wide(body, at + 11, at + 11 + 2 * size);
        break;
      }
      if (
        token === 0xab ||
        token === 0xad ||
        token === 0xe3 ||
        token === 0xa9 ||
        token === 0xed ||
        token === 0xe5
      )
        at += 3 + u16le(body, at + 1);
      else if (token === TOKEN_DONE || token === 0xfe || token === 0xff) {
        at += 13;
      } else if (token === 0x79) at += 5;
      else break;
    }
    this.#write(error === undefined, error, last);
  }

  #write(success: boolean | undefined, response: string | undefined, last: Position | undefined): void {
    const request = this.#request;
    if (!request) return;
    this.#request = undefined;
    const at = last ?? request.last;
    const { values, secret } = request;
    if (secret !== undefined)
      this.#conn.credential({ service: 'tds', user: values.user, secret, kind: 'password', success }, at);
    this.#conn.row(TDS, { ...values, success, response }, request.first, at);
  }
}

/** LOGIN7: places of its texts from offset 36 on; answers the password, which is only scrambled. */
function login(b: Uint8Array, values: Record<string, string | undefined>): string | undefined {
  if (b.length < 94 || u32le(b, 0) > 1 << 20) return undefined;
  const text = (at: number): string | undefined => {
    const from = u16le(b, at);
    const size = 2 * u16le(b, at + 2);
    return size > 0 && from + size <= b.length ? wide(b, from, from + size) : undefined;
  };
  values.hostname = text(36);
  values.user = text(40);
  values.application_name = text(48);
  values.server = text(52);
  values.database = text(68);
  const from = u16le(b, 44);
  const size = 2 * u16le(b, 46);
  if (size === 0 || from + size > b.length) return undefined;
  const plain = b.slice(from, from + size).map((byte) => {
    const mixed = byte ^ 0xa5;
    return ((mixed << 4) | (mixed >> 4)) & 0xff;
  });
  return wide(plain, 0, plain.length);
}

/** Since 7.2 headers come first: their whole length, then each with its own. */
function afterHeaders(b: Uint8Array): number {
  const size = u32le(b, 0);
  return size >= 4 && size <= 256 && size <= b.length && b[1] === 0 && u32le(b, 4) <= size ? size : 0;
}

function procedure(b: Uint8Array): string | undefined {
  const at = afterHeaders(b);
  const size = u16le(b, at);
  if (size !== 0xffff) return size > 0 && size < 1024 ? wide(b, at + 2, at + 2 + 2 * size) : undefined;
  return PROCEDURES[u16le(b, at + 2)];
}

function probe(b: Uint8Array, dir: Dir, { origP, respP }: ConnFacts): Verdict {
  const type = b[0];
  // Seen from the middle, the client may be taken for the responder: then its kinds of packets come from there.
  const server = origP === PORT && respP !== PORT ? 0 : 1;
  if (dir === server ? type !== RESPONSE : TYPES[type] === undefined) return 'no';
  if (b.length < HEADER) return 'more';
  const length = u16be(b, 2);
  if (b[1] > 0x1f || length < HEADER || length > LONGEST || b[7] !== 0) return 'no';
  if (respP === PORT || origP === PORT) return 'yes';
  if (type === RESPONSE) return 'no';
  if (type === PRELOGIN) {
    if (b.length < HEADER + 6) return 'more';
    return b[8] === 0 && u16be(b, 9) < length && u16be(b, 11) === 6 ? 'yes' : 'no';
  }
  if (b.length < HEADER + 12) return 'more';
  if (type === LOGIN) return u32le(b, 8) === length - HEADER && (b[15] & 0xf0) === 0x70 ? 'yes' : 'no';
  const headers = u32le(b, 8);
  return (type === BATCH || type === RPC) && headers === 0x16 && u32le(b, 12) === 0x12 ? 'yes' : 'no';
}

export const tds: ProtocolParser = {
  name: 'tds',
  transport: 'tcp',
  ports: [PORT],
  firstBytes: byteClass('\\x01-\\x08\\x0e\\x10-\\x12'),
  probe,
  open: (conn) => new TdsSession(conn),
};

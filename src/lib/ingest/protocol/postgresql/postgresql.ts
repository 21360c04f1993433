/** PostgreSQL, protocol 3.0 (PostgreSQL manual, "Frontend/Backend Protocol"): login, simple queries, errors, switch to TLS. */

import { POSTGRESQL } from '../../../model/tables/postgresql.ts';
import type { Conn, Dir, ParserSession, Position, ProtocolParser, Span, Verdict } from '../contract.ts';
import { hexOf, u32be } from '../wire/bytes.ts';
import { type Frame, Framing, type Message } from '../wire/framing.ts';
import { bytesText } from '../wire/text.ts';
import { authenticationName, fieldName } from './vocabulary.ts';
import { byteClass } from '../wire/byte-class.ts';

const SSL_REQUEST = 80877103;
const GSS_REQUEST = 80877104;
const CANCEL_REQUEST = 80877102;
/** Ways of authentication that are steps of SASL. */
const SASL = 10;
const SASL_CONTINUE = 11;
/** Of longer messages the rest is passed over. */
const LONGEST = 1 << 16;
const MOST_PARAMETERS = 64;

const typesOf = (types: string): ReadonlySet<number> =>
  new Set(Array.from(types, (type) => type.charCodeAt(0)));
const FRONTEND = typesOf('BCDEFHPQSXcdfp');
const BACKEND = typesOf('123ACDEGHIKNRSTVWZcdnstv');
/** Bodies that nobody reads: rows and copies. */
const BULK = typesOf('Dd');

interface Step {
  frontend?: string;
  frontendArg?: string;
  backend?: string;
  backendArg?: string;
  success?: boolean;
  first: Position;
}

class PostgresqlSession implements ParserSession {
  readonly #conn: Conn;
  readonly #framing: Framing;
  #started = false;
  /** The server's next byte is its answer to a request for encryption. */
  #asked: 'ssl' | 'gss' | undefined;
  #step: Step | undefined;
  #user: string | undefined;
  #database: string | undefined;
  #application: string | undefined;
  #rows: number | undefined;
  #wanted = 0;
  #salt = '';
  #mechanism = '';
  /** What both sides said in the order of SCRAM, up to the proof. */
  #scram = '';
  #secret: { readonly kind: string; readonly value: string } | undefined;
  #tx = 0;

  constructor(conn: Conn) {
    this.#conn = conn;
    this.#framing = new Framing(
      conn,
      (bytes, at, dir) => this.#frame(bytes, at, dir),
      (message, dir) => {
        if (dir === 0) return this.#started ? this.#frontend(message) : this.#startup(message);
        return this.#asked ? this.#encryption(message) : this.#backend(message);
      },
    );
  }

  parse(data: Span, dir: Dir): number {
    return this.#framing.parse(data, dir);
  }

  gap(dir: Dir, missing: number): boolean {
    return this.#framing.gap(dir, missing);
  }

  close(): void {
    this.#write(undefined);
  }

  #frame(bytes: Uint8Array, at: number, dir: Dir): Frame | 'more' | 'bad' {
    const there = bytes.length - at;
    if (dir === 0 && !this.#started) {
      if (there < 8) return 'more';
      const length = u32be(bytes, at);
      return length < 8 || length > 10_000 ? 'bad' : { length, wanted: length };
    }
    if (dir === 1 && this.#asked && bytes[at] !== 0x45) return { length: 1, wanted: 1 };
    if (!(dir === 0 ? FRONTEND : BACKEND).has(bytes[at])) return 'bad';
    if (there < 5) return 'more';
    const length = u32be(bytes, at + 1) + 1;
    if (length < 5 || length > 0x40000000) return 'bad';
    const bulk = dir === 1 ? BULK.has(bytes[at]) : bytes[at] === 0x64;
    return { length, wanted: Math.min(length, bulk ? 5 : LONGEST) };
  }

  #startup({ bytes, first, last }: Message): boolean {
    const code = u32be(bytes, 4);
    if (code === SSL_REQUEST || code === GSS_REQUEST) {
      if (bytes.length !== 8) return false;
      this.#asked = code === SSL_REQUEST ? 'ssl' : 'gss';
      this.#conn.confirm();
      if (code === SSL_REQUEST) this.#at(first).frontend = 'ssl_request';
      return true;
    }
    if (code === CANCEL_REQUEST) {
      this.#conn.confirm();
      return bytes.length === 16;
    }
    if (code >>> 16 !== 3 || bytes[bytes.length - 1] !== 0) return false;
    this.#started = true;
    this.#conn.confirm();
    this.#parameters(bytes);
    this.#at(first).frontend = 'startup';
    this.#tx++;
    if (this.#conn.listening) this.#conn.tx(this.#tx, 0, 'request', last);
    return true;
  }

  #parameters(bytes: Uint8Array): void {
    let at = 8;
    for (let n = 0; n < MOST_PARAMETERS && at < bytes.length && bytes[at] !== 0; n++) {
      const nameEnd = bytes.indexOf(0, at);
      const valueEnd = nameEnd < 0 ? -1 : bytes.indexOf(0, nameEnd + 1);
      if (valueEnd < 0) return;
      const value = bytesText(bytes, nameEnd + 1, valueEnd);
      switch (bytesText(bytes, at, nameEnd)) {
        case 'user':
          this.#user = value;
          break;
        case 'database':
          this.#database = value;
          break;
        case 'application_name':
          this.#application = value;
          break;
      }
      at = valueEnd + 1;
    }
  }

  #encryption({ bytes, first, last }: Message): boolean | 'stop' {
    const asked = this.#asked;
    this.#asked = undefined;
    if (bytes.length > 1) return this.#backend({ bytes, first, last, length: bytes.length });
    const answer = String.fromCharCode(bytes[0]);
    if (answer !== 'N' && answer !== (asked === 'ssl' ? 'S' : 'G')) return false;
    if (asked === 'gss') {
      if (answer === 'G') this.#conn.ignoreRest();
      return true;
    }
    const step = this.#at(first);
    step.backend = 'ssl_reply';
    step.backendArg = answer;
    step.success = answer === 'S';
    this.#write(last);
    if (answer === 'N') return true;
    this.#conn.switchTo('ssl');
    return 'stop';
  }

  #frontend({ bytes, first, last }: Message): boolean {
    switch (bytes[0]) {
      case 0x51: {
        // Q
        this.#write(first);
        const end = bytes[bytes.length - 1] === 0 ? bytes.length - 1 : bytes.length;
        const step = this.#at(first);
        step.frontend = 'simple_query';
        step.frontendArg = bytesText(bytes, 5, end);
        this.#rows = 0;
        this.#tx++;
        if (this.#conn.listening) {
          this.#conn.buffer('pgsql.query', this.#tx, 0, bytes.subarray(5, end), first);
          this.#conn.tx(this.#tx, 0, 'request', last);
        }
        break;
      }
      case 0x58: // X
        this.#write(first);
        this.#at(first).frontend = 'terminate';
        this.#write(last);
        break;
      case 0x70: // p
        this.#password(bytes);
        break;
    }
    return true;
  }

  /** The answer to a request for a password: clear text, MD5 over it, the account and a salt, or a message of SASL. */
  #password(bytes: Uint8Array): void {
    const wanted = this.#wanted;
    this.#wanted = 0;
    if (wanted === SASL) {
      // Mechanism, length, and what it begins with.
      const end = bytes.indexOf(0, 5);
      if (end < 0 || end + 5 > bytes.length) return;
      this.#mechanism = bytesText(bytes, 5, end);
      this.#scram = bytesText(bytes, end + 5, bytes.length);
      return;
    }
    if (wanted === SASL_CONTINUE) {
      const proved = bytesText(bytes, 5, bytes.length);
      if (this.#mechanism.startsWith('SCRAM-') && /(?:^|,)p=./.test(proved))
        this.#secret = { kind: this.#mechanism.toLowerCase(), value: `${this.#scram},${proved}` };
      return;
    }
    const value = bytesText(bytes, 5, bytes[bytes.length - 1] === 0 ? bytes.length - 1 : bytes.length);
    if (wanted === 3) this.#secret = { kind: 'password', value };
    else if (wanted === 5) this.#secret = { kind: 'postgres-md5', value: `${this.#salt}*${value}` };
  }

  #backend({ bytes, first, last }: Message): boolean {
    switch (bytes[0]) {
      case 0x52: // R
        if (bytes.length >= 9) this.#authentication(bytes, first, last);
        break;
      case 0x45: // E
        this.#error(bytes, first, last);
        break;
      case 0x4e: {
        // N
        const step = this.#at(first);
        for (const field of fieldsOf(bytes)) step.backendArg = joined(step.backendArg, field);
        break;
      }
      case 0x44: // D
        this.#at(first);
        this.#rows = (this.#rows ?? 0) + 1;
        break;
      case 0x5a: // Z
        this.#ready(bytes, last);
        break;
    }
    return true;
  }

  #authentication(bytes: Uint8Array, first: Position, last: Position): void {
    this.#conn.confirm();
    const way = u32be(bytes, 5);
    const step = this.#at(first);
    if (way === 0) {
      step.backend = 'auth_ok';
      step.success = true;
      this.#credential(true, last);
      return;
    }
    this.#wanted = way;
    if (way === 5) this.#salt = hexOf(bytes.subarray(9, 13));
    // Salt and count of SCRAM (RFC 5802 5): what a guess at the password needs beside the proof.
    else if (way === SASL_CONTINUE) this.#scram += `,${bytesText(bytes, 9, bytes.length)}`;
    step.backend = joined(step.backend, 'auth_request');
    step.backendArg = joined(step.backendArg, authenticationName(way));
  }

  #error(bytes: Uint8Array, first: Position, last: Position): void {
    const step = this.#at(first);
    step.backend = joined(step.backend, 'error');
    step.backendArg = joined(step.backendArg, [...fieldsOf(bytes)].join(','));
    step.success = false;
    this.#credential(false, last);
    this.#write(last);
  }

  #ready(bytes: Uint8Array, last: Position): void {
    const step = this.#step;
    if (!step) return;
    const status = bytes[5];
    step.success ??= status === 0x49 || status === 0x54;
    this.#write(last, this.#rows);
    this.#rows = undefined;
    if (this.#conn.listening) {
      this.#conn.tx(this.#tx, 1, 'response', last);
      this.#conn.tx(this.#tx, 1, 'end', last);
    }
  }

  #credential(success: boolean, at: Position): void {
    const secret = this.#secret;
    if (!secret) return;
    this.#secret = undefined;
    const { kind, value } = secret;
    const shown = kind === 'password' ? { secret: value } : { material: Buffer.from(value, 'latin1') };
    this.#conn.credential({ service: 'postgresql', user: this.#user, ...shown, kind, success }, at);
  }

  #at(first: Position): Step {
    return (this.#step ??= { first });
  }

  #write(last: Position | undefined, rows?: number): void {
    const step = this.#step;
    if (!step) return;
    this.#step = undefined;
    this.#conn.row(
      POSTGRESQL,
      {
        user: this.#user,
        database: this.#database,
        application_name: this.#application,
        frontend: step.frontend,
        frontend_arg: step.frontendArg,
        success: step.success,
        rows,
        backend: step.backend,
        backend_arg: step.backendArg,
      },
      step.first,
      last,
    );
  }
}

const joined = (before: string | undefined, more: string): string =>
  before === undefined ? more : `${before},${more}`;

/** The fields of an error or a notice, as name=value. */
function* fieldsOf(bytes: Uint8Array): Generator<string> {
  let at = 5;
  for (let n = 0; n < MOST_PARAMETERS && at < bytes.length && bytes[at] !== 0; n++) {
    const end = bytes.indexOf(0, at + 1);
    if (end < 0) return;
    yield `${fieldName(bytesText(bytes, at, at + 1))}=${bytesText(bytes, at + 1, end)}`;
    at = end + 1;
  }
}

function probe(b: Uint8Array, dir: Dir): Verdict {
  if (dir === 1) return b.length === 1 && (b[0] === 0x4e || b[0] === 0x53) ? 'more' : 'no';
  if (b[0] !== 0 || (b.length > 1 && b[1] !== 0)) return 'no';
  if (b.length < 8) return 'more';
  const length = u32be(b, 0);
  const code = u32be(b, 4);
  if (code === SSL_REQUEST || code === GSS_REQUEST) return length === 8 ? 'yes' : 'no';
  if (code === CANCEL_REQUEST) return length === 16 ? 'yes' : 'no';
  if (code >>> 16 !== 3 || (code & 0xffff) > 2 || length < 9 || length > 10_000) return 'no';
  const seen = Math.min(b.length, length);
  for (let i = 8; i < seen; i++) if (b[i] !== 0 && (b[i] < 0x20 || b[i] === 0x7f)) return 'no';
  if (b.length < length) return 'more';
  return bytesText(b, 8, length).includes('user\\x00') ? 'yes' : 'no';
}

export const postgresql: ProtocolParser = {
  name: 'postgresql',
  transport: 'tcp',
  ports: [5432],
  firstBytes: byteClass('\\x00NS'),
  probe,
  open: (conn) => new PostgresqlSession(conn),
};

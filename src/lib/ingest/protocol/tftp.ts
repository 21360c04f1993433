/** TFTP (RFC 1350, options: RFC 2347 to 2349, 7440): the request is one connection, the transfer another, from a port of the server's own. */

import { TFTP } from '../../model/tables/tftp.ts';
import type { Conn, Dir, FileSink, ParserSession, Position, ProtocolParser, Span } from './contract.ts';
import { u16 } from './wire/numbers.ts';
import { bytesText } from './wire/text.ts';
import { byteClass } from './wire/byte-class.ts';

const [READ, WRITE, DATA, ACK, ERROR, OPTION_ACK] = [1, 2, 3, 4, 5, 6];
const MODES = new Set(['netascii', 'octet', 'mail']);
const DEFAULT_BLOCK = 512;
const MAX_BLOCK = 65_464;
const MAX_OPTIONS = 16;
/** Seconds in which the transfer has to begin. */
const PATIENCE = 60;

interface Request {
  readonly write: boolean;
  readonly name: string;
  readonly mode: string;
  readonly options: Readonly<Record<string, string>>;
}

/** Strings that end with a zero byte, from `at`; undefined where the last does not. */
const strings = (bytes: Uint8Array, at: number): string[] | undefined => {
  const found: string[] = [];
  for (let from = at; from < bytes.length;) {
    const end = bytes.indexOf(0, from);
    if (end < 0 || found.length >= 2 + 2 * MAX_OPTIONS) return undefined;
    found.push(bytesText(bytes, from, end));
    from = end + 1;
  }
  return found;
};

const pairs = (values: readonly string[]): Record<string, string> => {
  const found: Record<string, string> = {};
  for (let i = 0; i + 1 < values.length; i += 2) found[values[i].toLowerCase()] = values[i + 1];
  return found;
};

const requestOf = (bytes: Uint8Array): Request | undefined => {
  if (bytes.length < 6 || bytes[0] !== 0 || (bytes[1] !== READ && bytes[1] !== WRITE)) return undefined;
  const parts = strings(bytes, 2);
  if (parts === undefined || parts.length < 2 || parts[0] === '') return undefined;
  const mode = parts[1].toLowerCase();
  return MODES.has(mode)
    ? { write: bytes[1] === WRITE, name: parts[0], mode, options: pairs(parts.slice(2)) }
    : undefined;
};

/** One transfer: begun by the request's connection, carried by another, written once. */
class Transfer {
  readonly #conn: Conn;
  readonly #request: Request;
  readonly #first: Position;
  #last: Position;
  #block: number;
  #size = 0;
  #sent = 0;
  #acked = 0;
  #complete = false;
  #written = false;
  #error: { readonly error_code: number; readonly error_msg: string } | undefined;
  #file: FileSink | undefined;
  #fuid: string | undefined;
  #uid: string | undefined;
  claimed = false;

  constructor(conn: Conn, request: Request, at: Position) {
    this.#conn = conn;
    this.#request = request;
    this.#first = at;
    this.#last = at;
    // A server that knows no options says nothing of them, and blocks have 512 bytes.
    this.#block = DEFAULT_BLOCK;
  }

  /** Nothing came of the request yet, and this is the same. */
  isStill({ name, write }: Request): boolean {
    return (
      !this.claimed && this.#uid === undefined && this.#request.name === name && this.#request.write === write
    );
  }

  /** False where the bytes are no TFTP. */
  message(conn: Conn, data: Span, dir: Dir): boolean {
    const { bytes } = data;
    if (bytes.length < 4 || bytes[0] !== 0) return false;
    const at = data.at(0);
    const number = u16(bytes, 2);
    switch (bytes[1]) {
      case DATA:
        this.#data(conn, bytes.subarray(4), number, dir, at);
        break;
      case ACK:
        this.#acked = Math.max(this.#acked, this.#unwrapped(number));
        break;
      case ERROR:
        this.#error ??= { error_code: number, error_msg: bytesText(bytes, 4, endOfText(bytes)) };
        break;
      case OPTION_ACK: {
        const size = Number(pairs(strings(bytes, 2) ?? [])['blksize'] ?? DEFAULT_BLOCK);
        if (Number.isInteger(size) && size >= 8 && size <= MAX_BLOCK) this.#block = size;
        break;
      }
      default:
        return false;
    }
    this.#last = at;
    this.#uid = conn.facts.uid;
    return true;
  }

  write(): void {
    if (this.#written) return;
    this.#written = true;
    this.#file?.end(this.#last, this.#complete);
    const { write, name, mode, options } = this.#request;
    this.#conn.row(
      TFTP,
      {
        wrq: write,
        fname: name,
        mode,
        options: Object.keys(options).length > 0 ? JSON.stringify(options) : undefined,
        uid_data: this.#uid,
        size: this.#size,
        block_sent: this.#sent,
        block_acked: this.#acked,
        complete: this.#complete,
        fuid: this.#fuid,
        ...this.#error,
      },
      this.#first,
      this.#last,
    );
  }

  /** Numbers of blocks begin again after 65535. */
  #unwrapped(number: number): number {
    const near = this.#sent - (this.#sent % 65_536) + number;
    return near + 32_768 < this.#sent
      ? near + 65_536
      : near > this.#sent + 32_768 && near >= 65_536
        ? near - 65_536
        : near;
  }

  #data(conn: Conn, bytes: Uint8Array, number: number, dir: Dir, at: Position): void {
    const block = this.#unwrapped(number);
    // Sent before; or after the end.
    if (block <= this.#sent || this.#complete) return;
    const announced = Number(this.#request.options['tsize']);
    if (this.#file === undefined) {
      const total =
        this.#request.write && Number.isSafeInteger(announced) && announced > 0 ? announced : undefined;
      this.#file = conn.file({ source: 'TFTP', dir, filename: this.#request.name, total }, at);
      this.#fuid = this.#file.fuid;
    }
    if (block > this.#sent + 1) this.#file.gap((block - this.#sent - 1) * this.#block);
    this.#sent = block;
    this.#size += bytes.length;
    this.#file.data(bytes, at);
    if (bytes.length < this.#block) this.#complete = true;
  }
}

const endOfText = (bytes: Uint8Array): number => {
  const end = bytes.indexOf(0, 4);
  return end < 0 ? bytes.length : end;
};

class TftpSession implements ParserSession {
  readonly #conn: Conn;
  /** What the request's connection expected of this one. */
  readonly #expected: Transfer | undefined;
  #transfer: Transfer | undefined;

  constructor(conn: Conn) {
    this.#conn = conn;
    const { expected } = conn.facts;
    if (expected instanceof Transfer) {
      this.#expected = expected;
      this.#transfer = expected;
      expected.claimed = true;
    }
  }

  parse(data: Span, dir: Dir): number {
    const { bytes } = data;
    const request = this.#expected ? undefined : requestOf(bytes);
    if (request) {
      // Asked again, because nobody answered.
      if (this.#transfer?.isStill(request) === true) return bytes.length;
      const { origH, origP, respH, respP } = this.#conn.facts;
      if (!this.#transfer?.claimed) this.#transfer?.write();
      this.#transfer = new Transfer(this.#conn, request, data.at(0));
      this.#conn.confirm();
      const [host, port] = dir === 0 ? [origH, origP] : [respH, respP];
      this.#conn.expect(host, port, 'udp', 'tftp', PATIENCE, this.#transfer);
      return bytes.length;
    }
    if (this.#transfer === undefined || !this.#transfer.message(this.#conn, data, dir))
      return this.#transfer === undefined ? -1 : bytes.length;
    this.#conn.confirm();
    return bytes.length;
  }

  gap(): boolean {
    return true;
  }

  close(): void {
    if (this.#expected) this.#expected.write();
    else if (this.#transfer && !this.#transfer.claimed) this.#transfer.write();
  }
}

export const tftp: ProtocolParser = {
  name: 'tftp',
  transport: 'udp',
  ports: [69],
  firstBytes: byteClass('\\x00'),
  probe: (bytes) => (requestOf(bytes) ? 'yes' : 'no'),
  open: (conn) => new TftpSession(conn),
};

/** DTLS 1.0 to 1.3 (RFC 4347, 6347, 9147): the handshake as in TLS, its messages put together from fragments. */

import type {
  Conn,
  ConnFacts,
  Dir,
  ParserSession,
  Position,
  ProtocolParser,
  Span,
  Verdict,
} from '../contract.ts';
import { u16be, u24be } from '../wire/bytes.ts';
import { TlsHandshake } from '../wire/tls-handshake.ts';
import { byteClass } from '../wire/byte-class.ts';

const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const HEARTBEAT = 24;
const HEADER = 13;
const FRAGMENT_HEADER = 12;
const MAX_MESSAGE = 0x1_0000;
/** Messages of one side that are put together at a time. */
const MAX_OPEN = 16;

/** 1.0, 1.2, 1.3, and the number that Cisco's clients kept from before the first RFC. */
const isVersion = (version: number): boolean =>
  version === 0xfeff || version === 0xfefd || version === 0xfefc || version === 0x0100;

const isRecord = (b: Uint8Array, at: number): boolean => {
  const type = b[at] ?? 0;
  return type >= CHANGE_CIPHER_SPEC && type <= HEARTBEAT + 2 && isVersion(u16be(b, at + 1));
};

const probe = (b: Uint8Array, _dir: Dir, facts: ConnFacts): Verdict => {
  if (facts.transport === 'tcp' || b.length < HEADER + 2 || !isRecord(b, 0)) return 'no';
  const length = u16be(b, 11);
  if (length === 0 || HEADER + length > b.length) return 'no';
  if (b[0] === HANDSHAKE && u16be(b, 3) === 0) {
    const type = b[HEADER] ?? 0;
    const whole = u24be(b, HEADER + 1);
    const from = u24be(b, HEADER + 6);
    const size = u24be(b, HEADER + 9);
    if (length < FRAGMENT_HEADER || from + size > whole || whole > MAX_MESSAGE) return 'no';
    return size + FRAGMENT_HEADER <= length && [1, 2, 3, 11, 12, 14, 16].includes(type) ? 'yes' : 'no';
  }
  if (b[0] === ALERT) return length === 2 || u16be(b, 3) > 0 ? 'yes' : 'no';
  // The rest of the datagram has to be records, too.
  const next = HEADER + length;
  return next === b.length || (next + HEADER <= b.length && isRecord(b, next)) ? 'yes' : 'no';
};

interface OpenMessage {
  readonly body: Uint8Array;
  readonly have: Uint8Array;
  missing: number;
  readonly first: Position;
}

class DtlsSession implements ParserSession {
  readonly #conn: Conn;
  readonly #handshake: TlsHandshake;
  readonly #open: readonly [Map<number, OpenMessage>, Map<number, OpenMessage>] = [new Map(), new Map()];
  /** Numbers of messages already read: what is sent again is not read again. */
  readonly #done: readonly [Set<number>, Set<number>] = [new Set(), new Set()];

  constructor(conn: Conn) {
    this.#conn = conn;
    this.#handshake = new TlsHandshake(conn, 'd', () => {
      conn.confirm();
    });
  }

  parse(data: Span, dir: Dir): number {
    const { bytes } = data;
    const here = data.at(0);
    let at = 0;
    while (at < bytes.length) {
      // The short header of DTLS 1.3: all is encrypted.
      if (((bytes[at] ?? 0) & 0xe0) === 0x20) {
        this.#handshake.data(dir, here);
        break;
      }
      if (at + HEADER > bytes.length || !isRecord(bytes, at)) break;
      const end = at + HEADER + u16be(bytes, at + 11);
      if (end > bytes.length) break;
      this.#record(bytes[at] ?? 0, u16be(bytes, at + 3), bytes.subarray(at + HEADER, end), dir, here);
      at = end;
    }
    if (this.#handshake.written) this.#conn.ignoreRest();
    return bytes.length;
  }

  gap(): boolean {
    return true;
  }

  close(): void {
    this.#handshake.write();
  }

  get settled(): boolean {
    return this.#handshake.written;
  }

  #record(type: number, epoch: number, content: Uint8Array, dir: Dir, here: Position): void {
    const handshake = this.#handshake;
    if (epoch > 0) {
      if (handshake.begun) handshake.data(dir, here);
      // Its beginning was not captured: all that can be said is what it is.
      else this.#conn.app('DTLS');
      return;
    }
    if (type === HANDSHAKE) this.#fragments(content, dir, here);
    else if (type === CHANGE_CIPHER_SPEC && !handshake.isEncrypted(dir))
      handshake.changeCipherSpec(dir, here, here);
    else if (type === ALERT && content.length === 2) handshake.alert(content[1] ?? 0, dir, here, here);
    else if (type === HEARTBEAT) handshake.heartbeat(dir, here, here);
  }

  #fragments(content: Uint8Array, dir: Dir, here: Position): void {
    let at = 0;
    while (at + FRAGMENT_HEADER <= content.length) {
      const type = content[at] ?? 0;
      const length = u24be(content, at + 1);
      const number = u16be(content, at + 4);
      const from = u24be(content, at + 6);
      const size = u24be(content, at + 9);
      at += FRAGMENT_HEADER;
      if (length > MAX_MESSAGE || from + size > length || at + size > content.length) return;
      this.#fragment(type, number, length, from, content.subarray(at, at + size), dir, here);
      at += size;
    }
  }

  #fragment(
    type: number,
    number: number,
    length: number,
    from: number,
    piece: Uint8Array,
    dir: Dir,
    here: Position,
  ): void {
    if (this.#done[dir].has(number)) return;
    if (piece.length === length) {
      this.#message(type, number, piece, dir, here, here);
      return;
    }
    const open = this.#open[dir];
    let message = open.get(number);
    if (message === undefined) {
      if (open.size >= MAX_OPEN) return;
      message = { body: new Uint8Array(length), have: new Uint8Array(length), missing: length, first: here };
      open.set(number, message);
    }
    if (message.body.length !== length) return;
    for (let i = 0; i < piece.length; i++) {
      if (message.have[from + i] !== 0) continue;
      message.have[from + i] = 1;
      message.body[from + i] = piece[i] ?? 0;
      message.missing--;
    }
    if (message.missing > 0) return;
    open.delete(number);
    this.#message(type, number, message.body, dir, message.first, here);
  }

  #message(type: number, number: number, body: Uint8Array, dir: Dir, first: Position, last: Position): void {
    this.#done[dir].add(number);
    this.#handshake.message(type, body, dir, first, last);
  }
}

export const dtls: ProtocolParser = {
  name: 'dtls',
  transport: 'udp',
  ports: [443, 4433, 5684, 5349],
  firstBytes: byteClass('\\x14-\\x1a'),
  probe,
  open: (conn) => new DtlsSession(conn),
};

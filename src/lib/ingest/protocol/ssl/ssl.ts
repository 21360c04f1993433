/**
 * TLS 1.0 to 1.3, SSLv3, and hellos of SSLv2 over TCP. Records and handshake messages are put together; once both ends send encrypted
 * data the connection is left alone, unless its keys are known.
 */

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
import { sslv2ClientHello } from '../wire/tls-hello.ts';
import { TlsHandshake } from '../wire/tls-handshake.ts';
import { HandshakeMessages } from '../wire/tls-messages.ts';
import { tlsApplication } from '../wire/tls-ports.ts';
import { Decryption } from './decryption.ts';
import { byteClass } from '../wire/byte-class.ts';

const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
const HEARTBEAT = 24;

const HEADER = 5;
/** RFC 5246 6.2.3 lets protection add so much. */
const MAX_RECORD = 16_384 + 2048;

const isRecord = (b: Uint8Array, at: number): boolean => {
  const type = b[at] ?? 0;
  return (
    type >= CHANGE_CIPHER_SPEC &&
    type <= HEARTBEAT &&
    ((b[at + 1] === 3 && (b[at + 2] ?? 9) <= 4) || b[at + 1] === 0x7f) &&
    u16be(b, at + 3) <= MAX_RECORD
  );
};

/** A client hello of SSLv2: two bytes of length, 1, version, three lengths that add up. */
const isSslv2 = (b: Uint8Array): Verdict => {
  const length = u16be(b, 0) & 0x7fff;
  if (((b[0] ?? 0) & 0x80) === 0 || length < 9 + 3 + 16 || length > 512) return 'no';
  if (b.length > 2 && b[2] !== 1) return 'no';
  if (b.length > 4 && !(u16be(b, 3) === 2 || (b[3] === 3 && (b[4] ?? 9) <= 3))) return 'no';
  if (b.length < 11) return 'more';
  return 9 + u16be(b, 5) + u16be(b, 7) + u16be(b, 9) === length && u16be(b, 5) % 3 === 0 ? 'yes' : 'no';
};

/** Records of encrypted data in a row that stand for a connection whose beginning was not captured. */
const TAIL_RECORDS = 3;

const probe = (b: Uint8Array, dir: Dir, facts: ConnFacts): Verdict => {
  if (facts.transport !== 'tcp') return 'no';
  if (b.length < 3) return (b[0] ?? 0) >= 0x80 || ((b[0] ?? 0) >= 20 && (b[0] ?? 0) <= 23) ? 'more' : 'no';
  if (((b[0] ?? 0) & 0x80) !== 0) return dir === 0 ? isSslv2(b) : 'no';
  if (b[1] !== 3 || (b[2] ?? 9) > 4) return 'no';
  if (b.length < HEADER) return 'more';
  if (!isRecord(b, 0)) return 'no';
  const length = u16be(b, 3);
  switch (b[0]) {
    case HANDSHAKE: {
      if (b.length < 11) return 'more';
      const message = u24be(b, 6);
      if (b[5] === 1 || b[5] === 2) {
        if (length < 4 || message < 34 || message > 0x2_0000) return 'no';
        return b[9] === 3 || b[9] === 0x7f || b[9] === 0xfe ? 'yes' : 'no';
      }
      if (b[5] === 11 || b[5] === 12 || b[5] === 4) return message < 0x4_0000 && length >= 4 ? 'yes' : 'no';
      return 'no';
    }
    case ALERT:
      if (length !== 2) break;
      if (b.length < 7) return 'more';
      return (b[5] === 1 || b[5] === 2) && (b[6] ?? 255) <= 121 ? 'yes' : 'no';
    default:
  }
  // A beginning that was not captured: a chain of records.
  let at = 0;
  for (let n = 0; n < TAIL_RECORDS; n++) {
    if (at + HEADER > b.length) return n > 0 && at === b.length ? 'yes' : 'more';
    if (!isRecord(b, at) || b[at + 1] !== 3 || u16be(b, at + 3) === 0) return 'no';
    at += HEADER + u16be(b, at + 3);
    // Longer than what a probe is shown: the usual ports have to speak for it.
    if (at > 2048) return n > 0 || ssl.ports.includes(facts.respP) ? 'yes' : 'no';
  }
  return 'yes';
};

class SslSession implements ParserSession {
  readonly #conn: Conn;
  readonly #handshake: TlsHandshake;
  readonly #messages: readonly [HandshakeMessages, HandshakeMessages] = [
    new HandshakeMessages(),
    new HandshakeMessages(),
  ];
  /** A direction with a hole: what follows cannot be read. */
  readonly #lost: [boolean, boolean] = [false, false];
  readonly #begun: [boolean, boolean] = [false, false];
  #decryption: Decryption | undefined;
  #secretsAsked = false;

  constructor(conn: Conn) {
    this.#conn = conn;
    this.#handshake = new TlsHandshake(conn, 't', () => {
      conn.confirm();
    });
  }

  parse(data: Span, dir: Dir): number {
    const { bytes } = data;
    if (this.#lost[dir]) return bytes.length;
    let at = 0;
    while (at + HEADER <= bytes.length) {
      if (!this.#begun[dir] && ((bytes[at] ?? 0) & 0x80) !== 0) {
        const used = this.#sslv2(data, dir);
        if (used <= 0) return used === 0 ? at : this.#over();
        at += used;
        continue;
      }
      if (!isRecord(bytes, at)) return this.#over();
      const end = at + HEADER + u16be(bytes, at + 3);
      if (end > bytes.length) break;
      this.#begun[dir] = true;
      const first = data.at(at);
      const last = data.at(end - 1);
      if (!this.#record(bytes[at] ?? 0, bytes.subarray(at, end), dir, first, last)) return this.#over();
      at = end;
      if (this.#handshake.written && this.#decryption === undefined) {
        this.#conn.ignoreRest();
        return bytes.length;
      }
    }
    return at;
  }

  gap(dir: Dir, missing: number): boolean {
    this.#lost[dir] = true;
    this.#decryption?.gap(dir, missing);
    return !(this.#lost[0] && this.#lost[1]);
  }

  close(): void {
    this.#handshake.write();
    this.#decryption?.close();
  }

  get settled(): boolean {
    return this.#handshake.written && this.#decryption === undefined;
  }

  /** No TLS, or no longer: what was read stays. */
  #over(): number {
    this.#handshake.write();
    return -1;
  }

  #record(type: number, record: Uint8Array, dir: Dir, first: Position, last: Position): boolean {
    const handshake = this.#handshake;
    const content = record.subarray(HEADER);
    const secret = handshake.isEncrypted(dir) || (type === APPLICATION_DATA && handshake.tls13);
    if (secret) {
      this.#askSecrets();
      handshake.data(dir, last);
      // A second change of ciphers in TLS 1.3 is there for old boxes on the way, and not encrypted.
      if (type === CHANGE_CIPHER_SPEC) return true;
      if (this.#decryption?.record(record.subarray(0, HEADER), content, dir, first, last) === false) {
        this.#decryption.close();
        this.#decryption = undefined;
        handshake.write();
      }
      return true;
    }
    switch (type) {
      case HANDSHAKE:
        return this.#messages[dir].push(content, first, last, (kind, body, from, to) =>
          handshake.message(kind, body, dir, from, to),
        );
      case CHANGE_CIPHER_SPEC:
        if (content.length !== 1) return false;
        handshake.changeCipherSpec(dir, first, last);
        return true;
      case ALERT:
        // A longer one is encrypted: the change of ciphers was not captured, or there was none.
        if (content.length === 2) handshake.alert(content[1] ?? 0, dir, first, last);
        if (!handshake.begun) this.#underway();
        return true;
      case HEARTBEAT:
        handshake.heartbeat(dir, first, last);
        return true;
      default:
        return this.#applicationData(dir, last);
    }
  }

  /** Asked once both hellos are there, at the first record that needs them. */
  #askSecrets(): void {
    if (this.#secretsAsked || !this.#handshake.begun) return;
    this.#secretsAsked = true;
    this.#decryption = Decryption.begin(this.#conn, this.#handshake);
    this.#handshake.decrypted = this.#decryption !== undefined;
  }

  /** All that can be said of records of a handshake that was not captured is what they are, and whom their port tells. */
  #underway(): void {
    const { name, confidence } = tlsApplication(this.#conn.facts);
    this.#conn.app(name, confidence);
  }

  #applicationData(dir: Dir, last: Position): boolean {
    const handshake = this.#handshake;
    if (handshake.begun) handshake.data(dir, last);
    else {
      // Its beginning was not captured: all that can be said is what it is.
      this.#underway();
      this.#conn.ignoreRest();
    }
    return true;
  }

  /** Bytes of a hello of SSLv2; 0 where it is not there whole, negative where it is none. */
  #sslv2(data: Span, dir: Dir): number {
    const { bytes } = data;
    const length = u16be(bytes, 0) & 0x7fff;
    if (length > 4096) return -1;
    if (bytes.length < 2 + length) return 0;
    const body = bytes.subarray(2, 2 + length);
    const first = data.at(0);
    const last = data.at(1 + length);
    this.#begun[dir] = true;
    if (dir === 0) {
      const hello = sslv2ClientHello(body);
      if (hello === undefined) return -1;
      this.#handshake.sslv2Hello(hello.version, hello.random, first, last);
      return 2 + length;
    }
    // Type, session hit, kind of certificate, version, three lengths, certificate, ciphers, connection id.
    if (body[0] !== 4 || body.length < 11 || u16be(body, 3) !== 2) return -1;
    const ciphersAt = 11 + u16be(body, 5);
    if (ciphersAt + u16be(body, 7) > body.length) return -1;
    this.#handshake.sslv2ServerHello(u24be(body, ciphersAt), first, last);
    this.#handshake.write();
    return 2 + length;
  }
}

export const ssl: ProtocolParser = {
  name: 'ssl',
  transport: 'tcp',
  ports: [443, 465, 563, 585, 614, 636, 853, 989, 990, 992, 993, 995, 5061, 5223, 8443],
  firstBytes: byteClass('\\x14-\\x18\\x80-\\xff'),
  probe,
  open: (conn) => new SslSession(conn),
};

/** LDAP 3 (RFC 4511) over TCP and, without a connection, over UDP (MS-ADTS §6.3.3, CLDAP). */

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
import { u32be } from '../wire/bytes.ts';
import { envelopeAt, messageAt } from './message.ts';
import { SEARCH_ENTRY, SEARCH_REFERENCE } from './names.ts';
import { Operations } from './operations.ts';
import { unwrapped } from './sasl-layer.ts';
import { byteClass } from '../wire/byte-class.ts';

const PORTS: readonly number[] = [389, 3268];
/** Longest message that is waited for whole, but entries of a search are only counted. */
const MAX_MESSAGE = 2 << 20;
/** Bytes of a message that one wrapped buffer leaves to the next. */
const MAX_REST = 1 << 20;

const EMPTY = new Uint8Array(0);

class LdapSession implements ParserSession {
  private readonly conn: Conn;
  private readonly stream: boolean;
  private readonly operations: Operations;
  /** Bytes of an entry that are passed over. */
  private readonly skip: [number, number] = [0, 0];
  private readonly rest: [Uint8Array, Uint8Array] = [EMPTY, EMPTY];
  private sound = false;

  constructor(conn: Conn, stream: boolean) {
    this.conn = conn;
    this.stream = stream;
    this.operations = new Operations(conn);
  }

  parse(data: Span, dir: Dir): number {
    const { bytes } = data;
    let at = 0;
    while (at < bytes.length) {
      if (this.skip[dir] > 0) {
        const passed = Math.min(this.skip[dir], bytes.length - at);
        this.skip[dir] -= passed;
        at += passed;
        continue;
      }
      const used =
        bytes[at] === 0 && this.stream && this.sound
          ? this.wrapped(data, at, dir)
          : this.plain(data, at, dir);
      if (used < 0) return this.stream || !this.sound ? -1 : bytes.length;
      if (used === 0) return this.stream ? at : bytes.length;
      at += used;
      if (this.operations.startedTls) {
        this.conn.switchTo('ssl');
        return at;
      }
    }
    return at;
  }

  private plain(data: Span, at: number, dir: Dir): number {
    const { bytes } = data;
    const envelope = envelopeAt(bytes, at);
    if (envelope === 'bad') return -1;
    if (envelope === 'more') return 0;
    const { length, operation } = envelope;
    const end = at + length;
    if (this.stream && (operation === SEARCH_ENTRY || operation === SEARCH_REFERENCE)) {
      this.begin();
      this.operations.entry(envelope.id, data.at(at));
      this.skip[dir] = length;
      // What is left of it is passed over from its first byte on.
      const passed = Math.min(length, bytes.length - at);
      this.skip[dir] -= passed;
      return passed;
    }
    if (length > MAX_MESSAGE) return -1;
    if (end > bytes.length) {
      if (this.stream) this.conn.need(dir, length);
      return 0;
    }
    const message = messageAt(bytes, at, end);
    if (message === undefined) return -1;
    this.begin();
    this.operations.message(message, bytes, data.at(at), data.at(end - 1), dir);
    return length;
  }

  private begin(): void {
    if (this.sound) return;
    this.sound = true;
    this.conn.confirm();
  }

  /** A buffer of a SASL security layer: four bytes of length, then what the mechanism made of the messages. */
  private wrapped(data: Span, at: number, dir: Dir): number {
    const { bytes } = data;
    if (bytes.length - at < 4) return 0;
    const length = u32be(bytes, at);
    if (length < 16 || length > MAX_MESSAGE) return -1;
    const end = at + 4 + length;
    if (end > bytes.length) {
      this.conn.need(dir, 4 + length);
      return 0;
    }
    const payload = unwrapped(bytes.subarray(at + 4, end));
    if (payload) this.unwrap(payload, data.at(at), data.at(end - 1), dir);
    else this.conn.ignoreRest();
    return end - at;
  }

  private unwrap(payload: Uint8Array, first: Position, last: Position, dir: Dir): void {
    let bytes = payload;
    if (this.rest[dir].length > 0) {
      bytes = new Uint8Array(this.rest[dir].length + payload.length);
      bytes.set(this.rest[dir]);
      bytes.set(payload, this.rest[dir].length);
    }
    let at = 0;
    while (at < bytes.length) {
      const envelope = envelopeAt(bytes, at);
      if (envelope === 'bad') at = bytes.length;
      if (typeof envelope === 'string') break;
      const end = at + envelope.length;
      if (end > bytes.length) break;
      const message = messageAt(bytes, at, end);
      if (message) this.operations.message(message, bytes, first, last, dir);
      at = end;
    }
    this.rest[dir] = bytes.length - at > MAX_REST ? EMPTY : bytes.slice(at);
  }

  gap(dir: Dir, missing: number): boolean {
    if (!this.stream) return true;
    if (this.skip[dir] < missing) return false;
    this.skip[dir] -= missing;
    return true;
  }

  close(): void {
    this.operations.close();
  }
}

const probe =
  (stream: boolean) =>
  (bytes: Uint8Array, _dir: Dir, conn: ConnFacts): Verdict => {
    const envelope = envelopeAt(bytes, 0);
    if (envelope === 'bad') return 'no';
    if (envelope === 'more') return stream ? 'more' : 'no';
    const { length } = envelope;
    if (length <= bytes.length) return messageAt(bytes, 0, length) ? 'yes' : 'no';
    if (!stream) return 'no';
    return length > MAX_MESSAGE ? 'no' : PORTS.includes(conn.respP) ? 'yes' : 'more';
  };

export const ldapTcp: ProtocolParser = {
  name: 'ldap_tcp',
  transport: 'tcp',
  ports: PORTS,
  firstBytes: byteClass('0'),
  probe: probe(true),
  open: (conn) => new LdapSession(conn, true),
};

export const ldapUdp: ProtocolParser = {
  name: 'ldap_udp',
  transport: 'udp',
  ports: [389],
  firstBytes: byteClass('0'),
  probe: probe(false),
  open: (conn) => new LdapSession(conn, false),
};

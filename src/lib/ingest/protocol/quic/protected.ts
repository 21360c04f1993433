/**
 * What a QUIC connection says under keys of a key log: the rest of its handshake, and the streams of DNS (RFC 9250). Streams of HTTP/3
 * are opened and left.
 */

import type { ChildStream, Conn, Dir, Position } from '../contract.ts';
import { u16be } from '../wire/bytes.ts';
import { cipherName } from '../wire/tls-ciphers.ts';
import type { TlsHandshake } from '../wire/tls-handshake.ts';
import { HandshakeMessages } from '../wire/tls-messages.ts';
import { applicationFrames, framesOf } from '../wire/quic-header.ts';
import { PacketOpener } from '../wire/quic-protection.ts';
import { CryptoStream } from './crypto-stream.ts';

const FINISHED = 20;
/** Streams that are open at a time, and messages of one connection. */
const MAX_STREAMS = 256;
const MAX_MESSAGES = 10_000;

type Pair<T> = [T | undefined, T | undefined];

export class Protected {
  readonly #conn: Conn;
  readonly #tls: TlsHandshake;
  readonly #handshake: Pair<PacketOpener> = [undefined, undefined];
  readonly #application: Pair<PacketOpener> = [undefined, undefined];
  readonly #crypto = [new CryptoStream(), new CryptoStream()] as const;
  readonly #used: [number, number] = [0, 0];
  readonly #messages = [new HandshakeMessages(), new HandshakeMessages()] as const;
  readonly #finished: [boolean, boolean] = [false, false];
  readonly #streams = new Map<string, CryptoStream>();
  /** Streams whose message was handed on: it may be sent again. */
  readonly #done = new Set<string>();
  #dns: ChildStream | undefined;

  private constructor(conn: Conn, tls: TlsHandshake) {
    this.#conn = conn;
    this.#tls = tls;
  }

  /** Once both hellos were read; undefined where no secret of the connection is known. */
  static begin(conn: Conn, tls: TlsHandshake, version: number): Protected | undefined {
    const { cipher, clientRandom } = tls;
    if (cipher === undefined || clientRandom === '') return undefined;
    const made = new Protected(conn, tls);
    const opener = (label: string): PacketOpener | undefined => {
      const secret = conn.secret(label, clientRandom);
      return secret && PacketOpener.of(cipherName(cipher), secret, version);
    };
    for (const dir of [0, 1] as const) {
      const side = tls.isClient(dir) ? 'CLIENT' : 'SERVER';
      made.#handshake[dir] = opener(`${side}_HANDSHAKE_TRAFFIC_SECRET`);
      made.#application[dir] = opener(`${side}_TRAFFIC_SECRET_0`);
    }
    if (![...made.#handshake, ...made.#application].some((one) => one !== undefined)) return undefined;
    tls.decrypted = true;
    return made;
  }

  handshakePacket(packet: Uint8Array, numberAt: number, dir: Dir, at: Position): void {
    const clear = this.#handshake[dir]?.open(packet, numberAt);
    if (clear === undefined) return;
    const stream = this.#crypto[dir];
    for (const { offset, data } of framesOf(clear).crypto) stream.add(offset, data);
    const fresh = stream.bytes.subarray(this.#used[dir]);
    this.#used[dir] = stream.bytes.length;
    this.#messages[dir].push(fresh, at, at, (type, body, first, last) => {
      if (type === FINISHED) this.#finish(dir);
      else this.#tls.decryptedMessage(type, body, dir, first, last);
      return true;
    });
  }

  #finish(dir: Dir): void {
    this.#finished[dir] = true;
    if (this.#finished[0] && this.#finished[1]) this.#tls.established = true;
  }

  applicationPacket(packet: Uint8Array, numberAt: number, dir: Dir, at: Position): void {
    if (!this.#tls.nextProtocol?.startsWith('doq')) return;
    const clear = this.#application[dir]?.open(packet, numberAt);
    if (clear === undefined) return;
    for (const { id, offset, data, fin } of applicationFrames(clear)) {
      const key = `${String(id)} ${String(dir)}`;
      if (this.#done.has(key)) continue;
      let stream = this.#streams.get(key);
      if (!stream) {
        if (this.#streams.size >= MAX_STREAMS || this.#done.size >= MAX_MESSAGES) return;
        stream = new CryptoStream();
        this.#streams.set(key, stream);
      }
      stream.add(offset, data);
      this.#message(key, stream.bytes, fin, dir, at);
    }
  }

  /** One message a stream and side: with its length before it, and in the first drafts without. */
  #message(key: string, bytes: Uint8Array, fin: boolean, dir: Dir, at: Position): void {
    if (bytes.length < 2) return;
    const framed = u16be(bytes, 0) === bytes.length - 2;
    if (!framed && !fin) return;
    this.#streams.delete(key);
    this.#done.add(key);
    this.#dns ??= this.#conn.child('dns');
    this.#dns?.feed(framed ? bytes.subarray(2) : bytes, dir, at);
  }

  close(): void {
    this.#dns?.close();
  }
}

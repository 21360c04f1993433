/** What a QUIC connection says under keys of a key log: the rest of its handshake, and the streams of DNS and HTTP/3. */

import type { Conn, Dir, Position } from '../contract.ts';
import { cipherName } from '../wire/tls-ciphers.ts';
import type { TlsHandshake } from '../wire/tls-handshake.ts';
import { HandshakeMessages } from '../wire/tls-messages.ts';
import { applicationFrames, framesOf, type StreamFrame } from '../wire/quic-header.ts';
import { PacketOpener } from '../wire/quic-protection.ts';
import { CryptoStream } from './crypto-stream.ts';
import { DnsStreams } from './dns-streams.ts';
import type { EarlyData } from './early-data.ts';
import { HttpStreams } from './http-streams.ts';

/** Its name in key logs. */
export const EARLY_SECRET = 'CLIENT_EARLY_TRAFFIC_SECRET';
const FINISHED = 20;
/** Who takes what the streams of a connection carry. */
interface Streams {
  frame(frame: StreamFrame, dir: Dir, at: Position): void;
  close(): void;
}

type Pair<T> = [T | undefined, T | undefined];

export class Protected {
  readonly #conn: Conn;
  readonly #tls: TlsHandshake;
  readonly #handshake: Pair<PacketOpener> = [undefined, undefined];
  readonly #application: Pair<PacketOpener> = [undefined, undefined];
  readonly #early: EarlyData;
  #earlyOpener: PacketOpener | undefined;
  readonly #crypto = [new CryptoStream(), new CryptoStream()] as const;
  readonly #used: [number, number] = [0, 0];
  readonly #messages = [new HandshakeMessages(), new HandshakeMessages()] as const;
  readonly #finished: [boolean, boolean] = [false, false];
  #streams: Streams | undefined;

  private constructor(conn: Conn, tls: TlsHandshake, early: EarlyData) {
    this.#conn = conn;
    this.#tls = tls;
    this.#early = early;
  }

  /** Once both hellos were read; undefined where no secret of the connection is known. */
  static begin(conn: Conn, tls: TlsHandshake, version: number, early: EarlyData): Protected | undefined {
    const { cipher, clientRandom } = tls;
    if (cipher === undefined || clientRandom === '') return undefined;
    const made = new Protected(conn, tls, early);
    const opener = (label: string): PacketOpener | undefined => {
      const secret = conn.secret(label, clientRandom);
      return secret && PacketOpener.of(cipherName(cipher), secret, version);
    };
    for (const dir of [0, 1] as const) {
      const side = tls.isClient(dir) ? 'CLIENT' : 'SERVER';
      made.#handshake[dir] = opener(`${side}_HANDSHAKE_TRAFFIC_SECRET`);
      made.#application[dir] = opener(`${side}_TRAFFIC_SECRET_0`);
    }
    made.#earlyOpener = opener(EARLY_SECRET);
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
    this.earlyPackets();
  }

  /** What the client said early, once it is known that the server took it, and what protocol it is. */
  earlyPackets(): void {
    const { nextProtocol, earlyData } = this.#tls;
    if (nextProtocol === undefined) return;
    if (!this.#earlyOpener || !earlyData) {
      this.#early.drop();
      return;
    }
    this.#streams ??= streamsOf(nextProtocol, this.#conn);
    const client = this.#tls.isClient(0) ? 0 : 1;
    this.#early.open(this.#earlyOpener, (clear, at) => {
      for (const frame of applicationFrames(clear)) this.#streams?.frame(frame, client, at);
    });
  }

  #finish(dir: Dir): void {
    this.#finished[dir] = true;
    if (this.#finished[0] && this.#finished[1]) this.#tls.established = true;
  }

  applicationPacket(packet: Uint8Array, numberAt: number, dir: Dir, at: Position): void {
    this.#streams ??= streamsOf(this.#tls.nextProtocol, this.#conn);
    if (!this.#streams) return;
    const clear = this.#application[dir]?.open(packet, numberAt);
    if (clear === undefined) return;
    for (const frame of applicationFrames(clear)) this.#streams.frame(frame, dir, at);
  }

  close(): void {
    this.#streams?.close();
  }
}

const streamsOf = (protocol: string | undefined, conn: Conn): Streams | undefined => {
  if (protocol?.startsWith('doq')) return new DnsStreams(conn);
  return protocol !== undefined && /^h3(-|$)/.test(protocol) ? new HttpStreams(conn) : undefined;
};

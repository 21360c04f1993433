/** A connection whose secrets are known: its records are opened and what they carry goes to the protocol inside. */

import type { ChildStream, Conn, Dir, Position } from '../contract.ts';
import { cipherName } from '../wire/tls-ciphers.ts';
import { RecordOpener, suiteOf } from '../wire/tls-decrypt.ts';
import type { TlsHandshake } from '../wire/tls-handshake.ts';
import { HandshakeMessages } from '../wire/tls-messages.ts';

const TLS10 = 0x0301;
const TLS12 = 0x0303;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
const FINISHED = 20;
const KEY_UPDATE = 24;

/** Which parser reads what ALPN names. */
const childName = (protocol: string | undefined): string =>
  protocol === 'h2' ? 'http2' : protocol?.startsWith('http/1') ? 'http' : 'probe';

export class Decryption {
  readonly #conn: Conn;
  readonly #handshake: TlsHandshake;
  readonly #openers: [RecordOpener | undefined, RecordOpener | undefined];
  readonly #later: [RecordOpener | undefined, RecordOpener | undefined] = [undefined, undefined];
  readonly #messages = [new HandshakeMessages(), new HandshakeMessages()] as const;
  #child: ChildStream | undefined;
  #failed = false;

  private constructor(
    conn: Conn,
    handshake: TlsHandshake,
    openers: [RecordOpener | undefined, RecordOpener | undefined],
  ) {
    this.#conn = conn;
    this.#handshake = handshake;
    this.#openers = openers;
  }

  /** Once both hellos were read: undefined where the secrets are not known, or the cipher is none that can be opened. */
  static begin(conn: Conn, handshake: TlsHandshake): Decryption | undefined {
    const { cipher, version, clientRandom, serverRandom, tls13 } = handshake;
    if (cipher === undefined || serverRandom === undefined || clientRandom === '') return undefined;
    const suite = suiteOf(cipherName(cipher));
    if (suite === undefined) return undefined;
    const client: Dir = handshake.isClient(0) ? 0 : 1;
    const server: Dir = client === 0 ? 1 : 0;
    if (!tls13) {
      if (version === undefined || version < TLS10 || version > TLS12) return undefined;
      const master = conn.secret('CLIENT_RANDOM', clientRandom);
      if (master === undefined) return undefined;
      const random = Buffer.from(clientRandom, 'hex');
      const pair = RecordOpener.tls12(suite, version, master, random, serverRandom, handshake.encryptThenMac);
      return new Decryption(conn, handshake, [pair[client], pair[server]]);
    }
    const opener = (label: string): RecordOpener | undefined => {
      const secret = conn.secret(label, clientRandom);
      return secret && RecordOpener.tls13(suite, secret);
    };
    const made = new Decryption(conn, handshake, [undefined, undefined]);
    for (const [dir, side] of [
      [client, 'CLIENT'],
      [server, 'SERVER'],
    ] as const) {
      made.#openers[dir] = opener(`${side}_HANDSHAKE_TRAFFIC_SECRET`);
      made.#later[dir] = opener(`${side}_TRAFFIC_SECRET_0`);
    }
    return made.#openers.some((one) => one !== undefined) ? made : undefined;
  }

  /** One protected record. False: nothing more can be opened. */
  record(header: Uint8Array, content: Uint8Array, dir: Dir, first: Position, last: Position): boolean {
    if (this.#failed) return false;
    const opened = this.#openers[dir]?.open(header, content);
    if (opened === undefined) {
      this.#failed = true;
      return false;
    }
    if (opened.type === APPLICATION_DATA) this.#feed(opened.bytes, dir, last);
    else if (opened.type === HANDSHAKE)
      this.#messages[dir].push(opened.bytes, first, last, (type, body, from, to) => {
        this.#message(type, body, dir, from, to);
        return true;
      });
    return true;
  }

  gap(dir: Dir, missing: number): void {
    this.#child?.gap(dir, missing);
  }

  close(): void {
    this.#child?.close();
  }

  #feed(bytes: Uint8Array, dir: Dir, at: Position): void {
    this.#handshake.write();
    if (bytes.length === 0) return;
    this.#child ??= this.#conn.child(childName(this.#handshake.nextProtocol)) ?? this.#conn.child('probe');
    this.#conn.opened(bytes, dir, at);
    this.#child?.feed(bytes, dir, at);
  }

  #message(type: number, body: Uint8Array, dir: Dir, first: Position, last: Position): void {
    if (!this.#handshake.tls13) return;
    if (type === FINISHED) {
      this.#openers[dir] = this.#later[dir];
      if (this.#handshake.isClient(dir)) this.#handshake.write();
    } else if (type === KEY_UPDATE) this.#openers[dir] = this.#openers[dir]?.next();
    else this.#handshake.decryptedMessage(type, body, dir, first, last);
  }
}

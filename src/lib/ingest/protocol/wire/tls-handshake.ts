/** What a TLS handshake says, over TCP, in datagrams or in QUIC: its one row, as Zeek's ssl.log has it. */

import { SSL } from '../../../model/tables/ssl.ts';
import type { Conn, Dir, Position } from '../contract.ts';
import { hexOf, latin1, u16be } from './bytes.ts';
import { tellStapled } from './ocsp.ts';
import { type Chain, certificatesIn, report } from './tls-certificates.ts';
import { cipherName } from './tls-ciphers.ts';
import {
  clientHello,
  type Fingerprint,
  ja3,
  ja3s,
  ja4,
  selectedProtocol,
  serverHello,
  takesEarlyData,
} from './tls-hello.ts';
import { ruleWord } from './rule-number.ts';
import { alertName, groupName, isTls13, messageLetter, ruleVersion, versionName } from './tls-names.ts';
import { isNamed } from './x509-host.ts';

export type TlsTransport = 't' | 'd' | 'q';

const MAX_HISTORY = 100;

const SESSION_TICKET = 35;
const PRE_SHARED_KEY = 41;
const ENCRYPTED_CLIENT_HELLO = 0xfe0d;

const text = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes);

export class TlsHandshake {
  readonly #conn: Conn;
  readonly #transport: TlsTransport;
  readonly #confirm: () => void;
  #first: Position | undefined;
  #last: Position | undefined;
  #written = false;
  #history = '';
  /** The side that sent the client hello: the responder where roles are swapped. */
  #clientDir: Dir = 0;
  #encrypted: [boolean, boolean] = [false, false];
  #serverData = false;
  #serverHello = false;

  clientRandom = '';
  serverRandom: Uint8Array | undefined;
  version: number | undefined;
  cipher: number | undefined;
  established = false;
  /** The server took what the client said before its hello (RFC 8446 §4.2.10). */
  earlyData = false;
  decrypted = false;
  nextProtocol: string | undefined;
  extendedMasterSecret = false;
  encryptThenMac = false;
  serverName: Uint8Array | undefined;
  protocols: readonly string[] = [];

  #helloSeen = false;
  #sessionId = '';
  #ticket = false;
  #keyExchanged = false;
  #pskOffered = false;
  #resumed = false;
  #ech = false;
  #curve: string | undefined;
  #alert: string | undefined;
  #ja3: Fingerprint | undefined;
  #ja3s: Fingerprint | undefined;
  #retried = false;
  #ja4: string | undefined;
  #server: Chain | undefined;
  #client: Chain | undefined;

  constructor(conn: Conn, transport: TlsTransport, confirm: () => void) {
    this.#conn = conn;
    this.#transport = transport;
    this.#confirm = confirm;
  }

  /** A hello of either side was read. */
  get begun(): boolean {
    return this.#helloSeen || this.#serverHello;
  }

  get tls13(): boolean {
    return this.version !== undefined && isTls13(this.version);
  }

  get written(): boolean {
    return this.#written;
  }

  isClient(dir: Dir): boolean {
    return dir === this.#clientDir;
  }

  isEncrypted(dir: Dir): boolean {
    return this.#encrypted[dir];
  }

  /** One whole handshake message; `body` without its header. False: it is not sound. */
  message(type: number, body: Uint8Array, dir: Dir, first: Position, last: Position): boolean {
    if (type === 1 && !this.begun && dir === 1) {
      this.#clientDir = 1;
      this.#history += '^';
    }
    this.#touch(first, last);
    let letter = messageLetter(type);
    let sound = true;
    switch (type) {
      case 1:
        sound = this.#clientHello(body, dir, last);
        break;
      case 2:
      case 6: {
        const retry = this.#readServerHello(body, dir, last);
        if (retry === undefined) sound = false;
        else if (retry) letter = 'j';
        break;
      }
      case 11:
        this.#certificates(body, dir, first, last);
        break;
      case 12:
        ruleWord(this.#conn, 'ssl_state', 0, dir, 'server_keyx', last);
        this.#serverKeyExchange(body);
        break;
      case 22:
        tellStapled(this.#conn, body, dir, first, last);
        break;
      case 16:
        ruleWord(this.#conn, 'ssl_state', 0, dir, 'client_keyx', last);
        if (this.isClient(dir)) this.#keyExchanged = true;
        break;
      default:
    }
    if (sound) this.#note(letter, dir);
    return sound;
  }

  /** A message that was encrypted: it adds to the row, not to its history, which is the same with keys and without. */
  decryptedMessage(type: number, body: Uint8Array, dir: Dir, first: Position, last: Position): void {
    if (type === 8) {
      this.nextProtocol = selectedProtocol(body) ?? this.nextProtocol;
      this.earlyData = takesEarlyData(body);
    } else if (type === 11 && !this.#written) this.#certificates(body, dir, first, last);
  }

  sslv2Hello(version: number, random: Uint8Array, first: Position, last: Position): void {
    this.#touch(first, last);
    this.#confirm();
    this.#helloSeen = true;
    if (version !== 2) this.clientRandom = hexOf(random);
    this.#note('c', 0);
  }

  sslv2ServerHello(cipher: number, first: Position, last: Position): void {
    this.#touch(first, last);
    this.#confirm();
    this.#serverHello = true;
    this.version ??= 2;
    this.cipher = cipher;
    this.#note('s', 1);
  }

  /** The server asked for another client hello: that and its own are still to come, in clear text. */
  get awaitsHello(): boolean {
    return this.#retried && !this.#serverHello;
  }

  changeCipherSpec(dir: Dir, first: Position, last: Position): void {
    this.#touch(first, last);
    this.#note('i', dir);
    // Between two hellos it is there for old boxes on the way (RFC 8446 D.4), and changes nothing.
    if (this.awaitsHello) return;
    if (this.isClient(dir) && this.#ticket && !this.#keyExchanged) this.#resumed = true;
    this.#encrypted[dir] = true;
  }

  alert(code: number, dir: Dir, first: Position, last: Position): void {
    this.#touch(first, last);
    this.#note('l', dir);
    this.#alert = alertName(code);
  }

  heartbeat(dir: Dir, first: Position, last: Position): void {
    this.#touch(first, last);
    this.#note('b', dir);
  }

  /**
   * A record of application data, or one after the change of ciphers: what shows that the handshake is over. TLS 1.3 may do without
   * that change: then the client's first data after the server's are it.
   */
  data(dir: Dir, last: Position): void {
    if (this.established) return;
    const both = this.#encrypted[0] && this.#encrypted[1];
    const client = this.isClient(dir);
    if (!client) this.#serverData = true;
    const silent = this.tls13 && this.#serverHello && client && this.#serverData;
    if (!both && !silent) return;
    this.established = true;
    this.#last = last;
    if (this.#conn.listening) this.#conn.tx(0, dir, 'end', last);
    // Decrypted certificates and names still come in TLS 1.3.
    if (!this.decrypted || !this.tls13) this.write();
  }

  /** Writes the row, once. */
  write(): void {
    const first = this.#first;
    if (this.#written || first === undefined) return;
    this.#written = true;
    const { version, cipher } = this;
    this.#conn.row(
      SSL,
      {
        version: version === undefined ? undefined : versionName(version),
        cipher: cipher === undefined ? undefined : cipherName(cipher),
        curve: this.#curve,
        server_name: this.serverName,
        resumed: this.#resumed,
        last_alert: this.#alert,
        next_protocol: this.nextProtocol,
        client_protocols: this.protocols.length > 0 ? this.protocols : undefined,
        established: this.established,
        ssl_history: this.#history,
        ech: this.#ech ? true : undefined,
        cert_chain_fps: this.#server?.sha256,
        client_cert_chain_fps: this.#client?.sha256,
        cert_sha1: this.#server?.sha1,
        cert_sha256: this.#server?.sha256,
        subject: this.#server?.leaf?.subject,
        issuer: this.#server?.leaf?.issuer,
        client_subject: this.#client?.leaf?.subject,
        client_issuer: this.#client?.leaf?.issuer,
        sni_matches_cert: this.#namesServer(),
        validation: this.#server?.validation,
        ja3: this.#ja3?.hash,
        ja3_string: this.#ja3?.text,
        ja3s: this.#ja3s?.hash,
        ja3s_string: this.#ja3s?.text,
        ja4: this.#ja4,
        client_random: this.clientRandom === '' ? undefined : this.clientRandom,
        decrypted: this.decrypted ? true : undefined,
      },
      first,
      this.#last,
    );
  }

  /** Is the server's certificate made out for the name that was asked for? Undefined where either is unknown. */
  #namesServer(): boolean | undefined {
    const leaf = this.#server?.leaf;
    return leaf && this.serverName && this.serverName.length > 0
      ? isNamed(leaf, latin1(this.serverName))
      : undefined;
  }

  #touch(first: Position, last: Position): void {
    this.#first ??= first;
    this.#last = last;
  }

  #note(letter: string, dir: Dir): void {
    if (this.#history.length >= MAX_HISTORY || this.#written) return;
    this.#history += this.isClient(dir) ? letter.toUpperCase() : letter;
    if (this.#history.length === MAX_HISTORY && this.#last)
      this.#conn.weird('SSL_max_ssl_history_length_reached', this.#last);
  }

  #clientHello(body: Uint8Array, dir: Dir, at: Position): boolean {
    const hello = clientHello(body, this.#transport === 'd');
    if (hello === undefined) return false;
    this.#confirm();
    this.clientRandom = hexOf(hello.random);
    for (const { type, data } of hello.extensions) {
      if (type === SESSION_TICKET && data.length > 0) this.#ticket = true;
      else if (type === PRE_SHARED_KEY) this.#pskOffered = true;
      else if (type === ENCRYPTED_CLIENT_HELLO) this.#ech = true;
    }
    if (hello.sessionId.some((byte) => byte !== 0)) {
      this.#sessionId = hexOf(hello.sessionId);
      this.#ticket = false;
    }
    if (hello.serverName !== undefined) this.serverName = text(hello.serverName);
    this.protocols = hello.protocols;
    // A second hello, after a retry or a cookie, is the same client: the first names it.
    if (!this.#helloSeen) {
      this.#ja3 = ja3(hello);
      this.#ja4 = ja4(hello, this.#transport);
      this.#forRules(hello.version, dir, at);
    }
    this.#helloSeen = true;
    if (this.serverName !== undefined && this.serverName.length > 0) {
      const { respH, origH } = this.#conn.facts;
      this.#conn.name(dir === 0 ? respH : origH, Buffer.from(this.serverName).toString(), 'tls', at);
    }
    return true;
  }

  #forRules(version: number, dir: Dir, at: Position): void {
    if (!this.#conn.listening) return;
    const put = (name: string, value: string | Uint8Array | undefined): void => {
      if (value === undefined) return;
      const bytes = typeof value === 'string' ? Buffer.from(value) : value;
      this.#conn.buffer(name, 0, dir, bytes, at);
    };
    put('ssl_state', 'client_hello');
    put('ssl_version', ruleVersion(version));
    put('tls.sni', this.serverName);
    if (this.#transport === 'q') put('quic.sni', this.serverName);
    for (const protocol of this.protocols) put('tls.alpn', Buffer.from(protocol, 'latin1'));
    put('tls.random', Buffer.from(this.clientRandom, 'hex'));
    put('tls.random_time', Buffer.from(this.clientRandom.slice(0, 8), 'hex'));
    put('tls.random_bytes', Buffer.from(this.clientRandom.slice(8), 'hex'));
    put('ja3.hash', this.#ja3?.hash);
    put('ja3.string', this.#ja3?.text);
    put('ja4.hash', this.#ja4);
    this.#conn.tx(0, dir, 'request', at);
  }

  /** True where it is a hello retry request; undefined where it is not sound. */
  #readServerHello(body: Uint8Array, dir: Dir, at: Position): boolean | undefined {
    const hello = serverHello(body);
    if (hello === undefined) return undefined;
    this.#confirm();
    if (!this.#helloSeen && !this.#serverHello && dir === 0) this.#clientDir = 1;
    this.version = hello.chosenVersion;
    this.cipher = hello.cipher;
    this.serverRandom = hello.random;
    if (hello.group !== undefined) this.#curve = groupName(hello.group);
    if (hello.protocol !== undefined) this.nextProtocol = hello.protocol;
    const id = hexOf(hello.sessionId);
    // Experiments with version numbers of their own echo the id as TLS 1.3 does: Zeek takes that for a resumption.
    const draft = this.version === 0x0304 || this.version === 0xfefc || this.version >> 8 === 0x7f;
    if (id !== '' && id === this.#sessionId && !draft) this.#resumed = true;
    for (const { type } of hello.extensions) {
      if (type === PRE_SHARED_KEY && this.#pskOffered) this.#resumed = true;
      else if (type === 23) this.extendedMasterSecret = true;
      else if (type === 22) this.encryptThenMac = true;
    }
    if (hello.retry) {
      this.#retried = true;
      return true;
    }
    this.#serverHello = true;
    this.#ja3s = ja3s(hello);
    if (this.#conn.listening) {
      const put = (name: string, value: string): void => {
        this.#conn.buffer(name, 0, dir, Buffer.from(value), at);
      };
      put('ssl_state', 'server_hello');
      put('ssl_version', ruleVersion(this.version));
      put('ja3s.hash', this.#ja3s.hash);
      put('ja3s.string', this.#ja3s.text);
      put('tls.version', versionName(this.version).replace(/^TLSv(\d)(\d)$/, '$1.$2'));
      this.#conn.tx(0, dir, 'response', at);
    }
    return false;
  }

  #certificates(body: Uint8Array, dir: Dir, first: Position, last: Position): void {
    const found = certificatesIn(body, this.tls13);
    if (found.length === 0) return;
    const client = this.isClient(dir);
    const chain = report(this.#conn, found, dir, client, first, last);
    if (client) this.#client ??= chain;
    else this.#server ??= chain;
  }

  #serverKeyExchange(body: Uint8Array): void {
    if (this.cipher === undefined || body.length < 4 || body[0] !== 3) return;
    if (/_ECDH(E|_anon)_/.test(`_${cipherName(this.cipher)}`)) this.#curve = groupName(u16be(body, 1));
  }
}

/**
 * QUIC, versions 1 and 2, the drafts, and Google's: Initials are decrypted with the keys that anyone can derive, and the hellos in them
 * read. What follows is opened where a key log has its secrets, and else counted only.
 */

import { createHash } from 'node:crypto';
import { QUIC } from '../../../model/tables/quic.ts';
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
import { hexOf, u16be, u24be, u32be } from '../wire/bytes.ts';
import { framesOf, isKnownVersion, type LongHeader, longHeader } from '../wire/quic-header.ts';
import { type InitialKeys, initialKeys, openInitial, QUIC_V2, saltsOf } from '../wire/quic-initial.ts';
import { ruleWord } from '../wire/rule-number.ts';
import { clientHello } from '../wire/tls-hello.ts';
import { TlsHandshake } from '../wire/tls-handshake.ts';
import { CryptoStream } from './crypto-stream.ts';
import { type GoogleHello, googleHello, googleVersion } from './google.ts';
import { EarlyData } from './early-data.ts';
import { EARLY_SECRET, Protected } from './protected.ts';

const CLIENT_HELLO = 1;
/** What every hello of TLS 1.3 says in its head. */
const TLS_12 = 0x0303;
const MAX_HISTORY = 100;
const MAX_DISCARDED = 100;
/** Initials that no key opens: after so many it is not worth trying. */
const MAX_FAILURES = 16;

const versionText = (version: number): string => {
  if (version === 1) return '1';
  if (version === QUIC_V2) return 'quicv2';
  if (version >>> 8 === 0xff0000) return `draft-${version & 0xff}`;
  if (version >>> 12 === 0xfaceb) return `mvfst (${version.toString(16)})`;
  if (version === 0x51303530) return 'Q050';
  if (version === 0x54303530) return 'T050';
  if (version === 0x54303531) return 'T051';
  return `unknown-${version.toString(16)}`;
};

const isReserved = (version: number): boolean => (version & 0x0f0f0f0f) >>> 0 === 0x0a0a0a0a;

const probe = (b: Uint8Array, _dir: Dir, facts: ConnFacts): Verdict => {
  if (facts.transport !== 'udp' || b.length < 21) return 'no';
  if (googleVersion(b) !== undefined && googleHello(b) !== undefined) return 'yes';
  if (((b[0] ?? 0) & 0xc0) !== 0xc0) return 'no';
  const header = longHeader(b, 0);
  if (header === undefined) return 'no';
  if (header.type === 'unknown')
    return isReserved(header.version) && b.length >= 1200 && header.dcid.length >= 8 ? 'yes' : 'no';
  if (header.type === 'retry') return b.length >= header.numberAt + 16 ? 'yes' : 'no';
  // Cut by a snap length: only where nothing else is expected.
  if (header.cut)
    return facts.respP === 443 && header.type === 'initial' && header.dcid.length >= 8 ? 'yes' : 'no';
  // The number 1 alone says little: the ids that a client has to choose say more.
  const ids = header.dcid.length + header.scid.length;
  return ids >= 4 || header.version !== 1 ? 'yes' : 'no';
};

class QuicSession implements ParserSession {
  readonly #conn: Conn;
  readonly #tls: TlsHandshake;
  #open = false;
  #first: Position | undefined;
  #last: Position | undefined;
  #version = 0;
  #versionName: string | undefined;
  #initialDcid: string | undefined;
  #clientScid: string | undefined;
  #serverScid: string | undefined;
  #serverName: Uint8Array | undefined;
  #protocol: string | undefined;
  #history = '';
  #clientDir: Dir = 0;
  #keys: InitialKeys | undefined;
  #streams: [CryptoStream, CryptoStream] = [new CryptoStream(), new CryptoStream()];
  readonly #finished: [boolean, boolean] = [false, false];
  /** Bytes of the messages that were read: a hello after a retry request follows the first in the same stream. */
  readonly #read: [number, number] = [0, 0];
  readonly #short: [number, number] = [0, 0];
  readonly #nextShort: [number, number] = [1, 1];
  #isHelloTold = false;
  #protected: Protected | undefined;
  readonly #early = new EarlyData();
  #decrypted = 0;
  #discarded = 0;
  #failures = 0;

  constructor(conn: Conn) {
    this.#conn = conn;
    this.#tls = new TlsHandshake(conn, 'q', () => {
      conn.confirm();
      conn.service('ssl');
    });
  }

  parse(data: Span, dir: Dir): number {
    const { bytes } = data;
    const here = data.at(0);
    let at = 0;
    while (at < bytes.length) {
      const first = bytes[at] ?? 0;
      if (at === 0 && this.#google(bytes, dir, here)) break;
      if ((first & 0x40) === 0 && !isReserved(u32be(bytes, at + 1)) && !this.#isGreased(bytes, at)) {
        this.#discarded++;
        if (this.#decrypted > 0 && this.#discarded <= MAX_DISCARDED) this.#note('x', dir, here);
        break;
      }
      if ((first & 0x80) === 0) {
        this.#shortHeader(dir, here);
        this.#applicationPacket(bytes.subarray(at), dir, here);
        break;
      }
      const header = longHeader(bytes, at);
      if (header === undefined) break;
      this.#longHeader(header, bytes.subarray(at, header.end), header.numberAt - at, dir, here);
      at = header.end;
    }
    return bytes.length;
  }

  gap(): boolean {
    return true;
  }

  close(): void {
    this.#write();
    this.#tls.write();
    this.#protected?.close();
  }

  /** A long header of this connection whose fixed bit is off: allowed to those who agreed on it (RFC 9287). */
  #isGreased(bytes: Uint8Array, at: number): boolean {
    const long = ((bytes[at] ?? 0) & 0x80) !== 0;
    return long && this.#decrypted > 0 && u32be(bytes, at + 1) === this.#version;
  }

  /** The id in a short header is the one that its receiver chose. */
  #applicationPacket(packet: Uint8Array, dir: Dir, at: Position): void {
    const id = this.#isClient(dir) ? this.#serverScid : this.#clientScid;
    if (this.#protected && id !== undefined)
      this.#protected.applicationPacket(packet, 1 + id.length / 2, dir, at);
  }

  #isClient(dir: Dir): boolean {
    return dir === this.#clientDir;
  }

  #note(letter: string, dir: Dir, at: Position): void {
    if (!this.#open) return;
    this.#last = at;
    if (this.#history.length < MAX_HISTORY)
      this.#history += this.#isClient(dir) ? letter.toUpperCase() : letter;
  }

  /** Powers of two of packets with short headers. */
  #shortHeader(dir: Dir, at: Position): void {
    this.#short[dir]++;
    if (this.#short[dir] !== this.#nextShort[dir]) return;
    this.#nextShort[dir] *= 2;
    this.#note('o', dir, at);
  }

  #longHeader(header: LongHeader, packet: Uint8Array, numberAt: number, dir: Dir, at: Position): void {
    const { type, version, dcid, scid } = header;
    let clear: Uint8Array | undefined;
    if (header.cut) this.#conn.weird('truncated_QUIC', at);
    else if (type === 'initial' && !this.#finished[dir]) clear = this.#decrypt(header, packet, numberAt, dir);
    this.#session(header, dir, at);
    if (type === 'unknown') {
      // Version 0 is the server's list of its versions: the connection goes on with another.
      this.#note('u', dir, at);
      if (version !== 0) this.#write();
      return;
    }
    this.#note({ initial: 'i', '0rtt': 'z', handshake: 'h', retry: 'r' }[type], dir, at);
    if (this.#isClient(dir)) this.#clientScid = hexOf(scid);
    else this.#serverScid = hexOf(scid);
    if (this.#isClient(dir) && dcid.length > 0) this.#initialDcid ??= hexOf(dcid);
    if (type === 'retry') {
      if (!this.#isClient(dir)) this.#serverScid = undefined;
      this.#write();
      this.#keys = undefined;
      this.#streams = [new CryptoStream(), new CryptoStream()];
      this.#finished[0] = this.#finished[1] = false;
      this.#read[0] = this.#read[1] = 0;
      return;
    }
    if (clear !== undefined) this.#frames(clear, dir, at);
    if (header.cut && type === 'initial' && this.#isClient(dir)) this.#cutHello(header, packet, numberAt, at);
    if (type === '0rtt' && !header.cut && this.#isClient(dir)) this.#earlyPacket(packet, numberAt, at);
    if (type === 'handshake' && !header.cut) this.#protected?.handshakePacket(packet, numberAt, dir, at);
  }

  /** Kept only where a key log has what opens it. */
  #earlyPacket(packet: Uint8Array, numberAt: number, at: Position): void {
    if (!this.#conn.secret(EARLY_SECRET, this.#tls.clientRandom)) return;
    this.#early.add(packet, numberAt, at);
    this.#protected?.earlyPackets();
  }

  /** What a snap length left of a client's hello: its name and protocols, where they are in it. */
  #cutHello({ version, dcid }: LongHeader, packet: Uint8Array, numberAt: number, at: Position): void {
    for (const salt of this.#finished[this.#clientDir] ? [] : saltsOf(version)) {
      const keys = initialKeys(version, salt, dcid);
      const clear = openInitial(packet, numberAt, keys.client, true);
      const [first] = clear ? framesOf(clear, true).crypto : [];
      if (first?.offset !== 0 || first.data[0] !== CLIENT_HELLO || u16be(first.data, 4) !== TLS_12) continue;
      this.#keys = keys;
      this.#conn.confirm();
      const hello = clientHello(first.data.subarray(4));
      if (hello?.serverName) this.#tellName(hello.serverName, this.#clientDir, at);
      this.#protocol ??= hello?.protocols[0];
      return;
    }
  }

  #session({ version }: LongHeader, dir: Dir, at: Position): void {
    if (this.#open) return;
    this.#open = true;
    this.#first = at;
    this.#last = at;
    this.#version = version;
    this.#versionName = versionText(version);
    this.#tellVersion(dir, at);
    this.#clientScid = this.#isClient(dir) ? '' : undefined;
  }

  #decrypt(header: LongHeader, packet: Uint8Array, numberAt: number, dir: Dir): Uint8Array | undefined {
    if (this.#failures >= MAX_FAILURES) return undefined;
    const known = this.#keys;
    if (known !== undefined) {
      const clear = openInitial(packet, numberAt, this.#isClient(dir) ? known.client : known.server);
      if (clear !== undefined) {
        this.#decrypted++;
        return clear;
      }
    }
    // A client's first, or that of a new connection: its own id opens it.
    if (known === undefined || this.#isClient(dir))
      for (const salt of saltsOf(header.version)) {
        const keys = initialKeys(header.version, salt, header.dcid);
        const clear = openInitial(packet, numberAt, keys.client);
        if (clear === undefined) continue;
        if (known === undefined) this.#clientDir = dir;
        this.#keys = keys;
        this.#decrypted++;
        this.#conn.confirm();
        return clear;
      }
    this.#failures++;
    return undefined;
  }

  #frames(clear: Uint8Array, dir: Dir, at: Position): void {
    const { crypto, closed } = framesOf(clear);
    const stream = this.#streams[dir];
    for (const { offset, data } of crypto) stream.add(offset, data);
    const { bytes } = stream;
    if (!this.#finished[dir] && crypto.length > 0) {
      const from = this.#read[dir];
      const end = from + 4 + u24be(bytes, from + 1);
      if (bytes.length >= from + 4 && bytes.length >= end) {
        this.#finished[dir] = true;
        this.#read[dir] = end;
        if (this.#version >>> 24 === 0x51) this.#googleNames(bytes, dir, at);
        else this.#hello(bytes[from] ?? 0, bytes.subarray(from + 4, end), dir, at);
      } else if (this.#version >>> 24 === 0x51) this.#googleNames(bytes, dir, at);
    }
    if (closed) {
      this.#note('c', dir, at);
      this.#write();
    }
  }

  #hello(type: number, body: Uint8Array, dir: Dir, at: Position): void {
    if (!this.#tls.message(type, body, dir, at, at)) return;
    this.#note('s', dir, at);
    if (this.#isClient(dir)) {
      this.#serverName = this.#tls.serverName;
      this.#protocol = this.#tls.protocols[0];
    } else if (this.#tls.awaitsHello) this.#finished[0] = this.#finished[1] = false;
    else this.#protected ??= Protected.begin(this.#conn, this.#tls, this.#version, this.#early);
  }

  /** A hello of Google's in clear text; true where the datagram is one of theirs. */
  #google(bytes: Uint8Array, dir: Dir, at: Position): boolean {
    if (this.#open && !this.#versionName?.startsWith('Q0')) return false;
    const version = googleVersion(bytes);
    if (version === undefined || isKnownVersion(u32be(bytes, 1))) return this.#open && this.#version === 0;
    if (!this.#open) {
      this.#open = true;
      this.#first = at;
      this.#versionName = version;
      this.#tellVersion(dir, at);
    }
    this.#last = at;
    this.#googleNames(bytes, dir, at);
    return true;
  }

  #googleNames(bytes: Uint8Array, dir: Dir, at: Position): void {
    const hello = googleHello(bytes);
    if (hello) this.#tellHello(hello, dir, at);
    const name = hello?.serverName;
    if (name === undefined) return;
    this.#conn.confirm();
    this.#tellName(name, dir, at);
  }

  /** The version of the first long header, for rules. */
  #tellVersion(dir: Dir, at: Position): void {
    ruleWord(this.#conn, 'quic.version', 0, dir, this.#versionName ?? '', at);
  }

  /** Google's hello for rules: name, user agent, and the fingerprint CYU: the version, and the tags in their order. */
  #tellHello({ tags, serverName, userAgent }: GoogleHello, dir: Dir, at: Position): void {
    if (!this.#conn.listening || this.#isHelloTold) return;
    this.#isHelloTold = true;
    if (serverName) this.#conn.buffer('quic.sni', 0, dir, serverName, at);
    if (userAgent) this.#conn.buffer('quic.ua', 0, dir, userAgent, at);
    const cyu = `${this.#versionName?.slice(2) ?? ''},${tags.join('-')}`;
    ruleWord(this.#conn, 'quic.cyu.string', 0, dir, cyu, at);
    ruleWord(this.#conn, 'quic.cyu.hash', 0, dir, createHash('md5').update(cyu, 'latin1').digest('hex'), at);
    this.#conn.tx(0, dir, 'request', at);
  }

  #tellName(name: Uint8Array, dir: Dir, at: Position): void {
    this.#serverName = name;
    const { respH, origH } = this.#conn.facts;
    this.#conn.name(dir === 0 ? respH : origH, Buffer.from(name).toString(), 'quic', at);
  }

  #write(): void {
    if (!this.#open || this.#first === undefined) return;
    this.#open = false;
    this.#conn.row(
      QUIC,
      {
        version: this.#versionName,
        client_initial_dcid: this.#initialDcid,
        client_scid: this.#clientScid,
        server_scid: this.#serverScid,
        server_name: this.#serverName,
        client_protocol: this.#protocol,
        history: this.#history,
      },
      this.#first,
      this.#last,
    );
    this.#history = '';
    this.#initialDcid = this.#clientScid = this.#serverScid = this.#protocol = undefined;
    this.#serverName = undefined;
  }
}

export const quic: ProtocolParser = {
  name: 'quic',
  transport: 'udp',
  ports: [443, 80, 853, 784, 4433, 8443],
  probe,
  open: (conn) => new QuicSession(conn),
};

/** RFB, the protocol of VNC (RFC 6143 §7.1 to §7.3): versions, security, and the desktop; what follows is pictures. */

import { RFB } from '../../model/tables/rfb.ts';
import type { Conn, Dir, ParserSession, Position, ProtocolParser, RowValues, Span } from './contract.ts';
import { spells, u16be, u32be } from './wire/bytes.ts';
import { bytesText } from './wire/text.ts';
import { byteClass } from './wire/byte-class.ts';
import { ruleNumber } from './wire/rule-number.ts';

const VERSION_LENGTH = 12;
const NONE = 1;
const VNC = 2;
const APPLE = 30;
/** The client's user and password, encrypted under the shared secret of a Diffie-Hellman exchange. */
const APPLE_SECRET = 128;
const MAX_APPLE_KEY = 1024;
const MAX_NAME = 4096;

const METHODS: Readonly<Record<number, string>> = {
  0: 'Invalid',
  1: 'None',
  2: 'VNC',
  16: 'Tight',
  17: 'Ultra',
  18: 'TLS',
  19: 'VeNCrypt',
  20: 'GTK-VNC SASL',
  21: 'MD5 hash authentication',
  22: 'Colin Dean xvp',
  30: 'Apple Remote Desktop',
};

/** Numbers that IANA's registry gives to RealVNC as a whole; Zeek calls them so. */
const isRealVnc = (type: number): boolean => (type >= 3 && type <= 15) || (type >= 128 && type <= 255);

const methodName = (type: number): string =>
  METHODS[type] ?? (isRealVnc(type) ? 'RealVNC' : `unknown-${type}`);

/** What is awaited of either side; 'choice' is the client's answer to a list of types. */
type Step = 'version' | 'types' | 'choice' | 'challenge' | 'response' | 'result' | 'init';

const isVersion = (bytes: Uint8Array): boolean => {
  if (!spells(bytes, 0, 'RFB ') || bytes[7] !== 0x2e || bytes[11] !== 0x0a) return false;
  return [4, 5, 6, 8, 9, 10].every((i) => (bytes[i] ?? 0) >= 0x30 && (bytes[i] ?? 0) <= 0x39);
};

const NOWHERE: Position = { ts: 0n, file: 0, frame: 0 };

class RfbSession implements ParserSession {
  private readonly conn: Conn;
  private values: RowValues = {};
  private first: Position | undefined;
  private last: Position | undefined;
  /** Each side says what it has to say in its own order; the security type is known before the rest is read. */
  private readonly steps: [Step, Step] = ['version', 'version'];
  private minor = 8;
  /** Where what is read now begins. */
  private now: Position = NOWHERE;
  private type: number | undefined;
  private keyLength: number | undefined;
  private readonly over: [boolean, boolean] = [false, false];

  constructor(conn: Conn) {
    this.conn = conn;
  }

  parse(data: Span, dir: Dir): number {
    let at = 0;
    while (at < data.bytes.length) {
      if (this.over[dir]) return data.bytes.length;
      const left = data.bytes.subarray(at);
      this.now = data.at(at);
      const used = this.step(left, dir);
      if (used < 0) return -1;
      if (used === 0) break;
      this.first ??= data.at(at);
      this.last = data.at(at + used - 1);
      at += used;
      if (this.conn.listening && this.over[dir])
        this.conn.tx(0, dir, dir === 0 ? 'request' : 'response', this.last);
    }
    return at;
  }

  private step(bytes: Uint8Array, dir: Dir): number {
    const step = this.steps[dir];
    if (step === 'version') return this.version(bytes, dir);
    return dir === 1 ? this.server(bytes, step) : this.client(bytes, step);
  }

  private version(bytes: Uint8Array, dir: Dir): number {
    if (bytes.length < VERSION_LENGTH) return 0;
    if (!isVersion(bytes)) return -1;
    const who = dir === 1 ? 'server' : 'client';
    const minor = bytesText(bytes, 8, 11);
    this.values = {
      ...this.values,
      [`${who}_major_version`]: bytesText(bytes, 4, 7),
      [`${who}_minor_version`]: minor,
    };
    // The client's version is the one that is spoken.
    if (dir === 0) {
      this.minor = Number(minor);
      this.conn.confirm();
    }
    this.steps[dir] = dir === 1 ? 'types' : 'choice';
    return VERSION_LENGTH;
  }

  private server(bytes: Uint8Array, step: Step): number {
    if (step === 'types') {
      if (this.values['client_major_version'] === undefined) return 0;
      if (this.minor < 7) {
        if (bytes.length < 4) return 0;
        this.chosen(u32be(bytes, 0));
        return 4;
      }
      const length = 1 + (bytes[0] ?? 0);
      if (length === 1) this.stop();
      if (bytes.length < length) return 0;
      this.steps[1] = 'challenge';
      return length;
    }
    // What follows depends on the client's choice, which may come later in the capture.
    if (this.type === undefined) return 0;
    if (step === 'challenge') {
      if (this.type === NONE) {
        this.steps[1] = this.minor >= 8 ? 'result' : 'init';
        if (this.minor < 8) this.values = { ...this.values, auth: true };
        return this.server(bytes, this.steps[1]);
      }
      const length = this.type === APPLE ? this.appleChallenge(bytes) : 16;
      if (length <= 0 || bytes.length < length) return Math.min(length, 0);
      this.steps[1] = 'result';
      return length;
    }
    if (step === 'result') {
      if (bytes.length < 4) return 0;
      const auth = u32be(bytes, 0) === 0;
      ruleNumber(this.conn, 'rfb.secresult', 0, 1, u32be(bytes, 0), this.now);
      this.values = { ...this.values, auth };
      const kind = this.type === VNC ? 'vnc' : this.type === APPLE ? 'ard' : undefined;
      if (kind) this.conn.credential({ service: 'rfb', kind, success: auth }, this.last ?? NOWHERE);
      this.steps[1] = 'init';
      if (!auth) this.stop();
      return 4;
    }
    if (bytes.length < 24) return 0;
    const length = u32be(bytes, 20);
    if (length > MAX_NAME) return -1;
    if (bytes.length < 24 + length) return 0;
    if (this.conn.listening) this.conn.buffer('rfb.name', 0, 1, bytes.subarray(24, 24 + length), this.now);
    this.values = {
      ...this.values,
      width: u16be(bytes, 0),
      height: u16be(bytes, 2),
      desktop_name: bytesText(bytes, 24, 24 + length),
    };
    this.over[1] = true;
    return 24 + length;
  }

  /** Generator, length of the prime and of the public key, both: how long it is, 0 while that is not known. */
  private appleChallenge(bytes: Uint8Array): number {
    if (bytes.length < 4) return 0;
    const length = u16be(bytes, 2);
    if (length === 0 || length > MAX_APPLE_KEY) return -1;
    this.keyLength = length;
    return 4 + 2 * length;
  }

  private client(bytes: Uint8Array, step: Step): number {
    if (step === 'choice') {
      if (this.minor >= 7) {
        this.chosen(bytes[0] ?? 0);
        return 1;
      }
      if (this.type === undefined) return 0;
      this.steps[0] = this.type === NONE ? 'init' : 'response';
      return this.client(bytes, this.steps[0]);
    }
    if (step === 'response') {
      // The key's length is the server's to say.
      if (this.type === APPLE && this.keyLength === undefined) return 0;
      const length = this.type === APPLE ? APPLE_SECRET + (this.keyLength ?? 0) : 16;
      if (bytes.length < length) return 0;
      this.steps[0] = 'init';
      return length;
    }
    this.values = { ...this.values, share_flag: bytes[0] !== 0 };
    this.over[0] = true;
    return 1;
  }

  private chosen(type: number): void {
    this.type = type;
    this.values = { ...this.values, authentication_method: methodName(type) };
    ruleNumber(this.conn, 'rfb.sectype', 0, this.minor >= 7 ? 0 : 1, type, this.now);
    if (type !== NONE && type !== VNC && type !== APPLE) {
      this.stop();
      return;
    }
    if (this.minor >= 7) this.steps[0] = type === NONE ? 'init' : 'response';
    else this.steps[1] = 'challenge';
  }

  /** Security types of vendors, and refusals: nothing more can be read. */
  private stop(): void {
    this.over[0] = true;
    this.over[1] = true;
  }

  gap(dir: Dir): boolean {
    return this.over[dir];
  }

  close(): void {
    if (this.first) this.conn.row(RFB, this.values, this.first, this.last);
  }
}

export const rfb: ProtocolParser = {
  name: 'rfb',
  transport: 'tcp',
  ports: [5900],
  firstBytes: byteClass('R'),
  probe(bytes) {
    if (bytes.length < VERSION_LENGTH) return spells(bytes, 0, 'RFB '.slice(0, bytes.length)) ? 'more' : 'no';
    return isVersion(bytes) ? 'yes' : 'no';
  },
  open: (conn) => new RfbSession(conn),
};

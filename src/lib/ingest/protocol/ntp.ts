/** NTP (RFC 5905, and 1 to 3 before it): one row a message; control and private messages (modes 6, 7) are recognised only. */

import { NTP } from '../../model/tables/ntp.ts';
import type { Conn, Dir, ParserSession, Position, ProtocolParser, Span } from './contract.ts';
import { ipv4Text } from './wire/address.ts';
import { u16, u32 } from './wire/numbers.ts';
import { ruleNumber } from './wire/rule-number.ts';
import { bytesText } from './wire/text.ts';

const HEADER = 48;
/** From 1900 to 1970. */
const UNIX_EPOCH = 2_208_988_800;
const ERA = 2 ** 32;
const SECOND = 1_000_000_000n;

const versionOf = (bytes: Uint8Array): number => (bytes[0] >> 3) & 7;
const modeOf = (bytes: Uint8Array): number => bytes[0] & 7;

/** Control (RFC 9327 §2) has counts of its data, private its items. */
const isControl = (bytes: Uint8Array): boolean => {
  const mode = modeOf(bytes);
  if (mode === 6)
    return bytes.length >= 12 && (bytes[1] & 0x1f) <= 31 && 12 + u16(bytes, 10) <= bytes.length + 3;
  return mode === 7 && bytes.length >= 8 && bytes[2] <= 3;
};

const isNtp = (bytes: Uint8Array): boolean => {
  if (bytes.length < 8) return false;
  const version = versionOf(bytes);
  const mode = modeOf(bytes);
  if (version < 1 || version > 4) return false;
  if (mode >= 6) return isControl(bytes);
  return mode >= 1 && bytes.length >= HEADER && bytes[1] <= 16;
};

/** Timestamps of 32 bits of seconds and 32 of fractions; the top bit says which era (RFC 4330 §3). */
const timeAt = (bytes: Uint8Array, at: number): bigint => {
  const seconds = u32(bytes, at);
  const fraction = u32(bytes, at + 4);
  if (seconds === 0 && fraction === 0) return 0n;
  const since1900 = seconds >= 0x80000000 ? seconds : seconds + ERA;
  return BigInt(since1900 - UNIX_EPOCH) * SECOND + ((BigInt(fraction) * SECOND) >> 32n);
};

/** 16.16 bits of seconds. */
const shortAt = (bytes: Uint8Array, at: number): bigint => (BigInt(u32(bytes, at)) * SECOND) >> 16n;

/** Two to the power of a signed byte, in nanoseconds. */
const powerAt = (bytes: Uint8Array, at: number): bigint => {
  const exponent = (bytes[at] << 24) >> 24;
  return BigInt(Math.round(2 ** Math.max(-64, Math.min(32, exponent)) * 1e9));
};

const referenceOf = (bytes: Uint8Array): string =>
  bytes[1] <= 1 ? bytesText(bytes, 12, 16) : ipv4Text(bytes, 12);

/** Extension fields (RFC 7822): what is left of 24 bytes or less is a MAC. */
const extensionsOf = (bytes: Uint8Array): number => {
  let count = 0;
  for (let at = HEADER; bytes.length - at > 24;) {
    const length = u16(bytes, at + 2);
    if (length < 16 || length % 4 !== 0 || at + length > bytes.length) break;
    count++;
    at += length;
  }
  return count;
};

/** RFC 5905 §7.3: a mode. */
const SERVER = 4;

class NtpSession implements ParserSession {
  readonly #conn: Conn;
  #sound: boolean;
  #tx = 0;
  /** Set by a server's answer: what a client asks for. */
  settled = false;

  constructor(conn: Conn, sound = false) {
    this.#conn = conn;
    this.#sound = sound;
  }

  parse(data: Span, dir: Dir): number {
    const { bytes } = data;
    if (!isNtp(bytes)) return this.#sound ? bytes.length : -1;
    this.#sound = true;
    this.#conn.confirm();
    const mode = modeOf(bytes);
    this.settled = mode === SERVER;
    if (mode > 5) return bytes.length;
    this.#conn.row(
      NTP,
      {
        version: versionOf(bytes),
        mode,
        stratum: bytes[1],
        poll: powerAt(bytes, 2),
        precision: powerAt(bytes, 3),
        root_delay: shortAt(bytes, 4),
        root_disp: shortAt(bytes, 8),
        ref_id: referenceOf(bytes),
        ref_time: timeAt(bytes, 16),
        org_time: timeAt(bytes, 24),
        rec_time: timeAt(bytes, 32),
        xmt_time: timeAt(bytes, 40),
        num_exts: extensionsOf(bytes),
      },
      data.at(0),
    );
    this.#tell(bytes, dir, data.at(0));
    return bytes.length;
  }

  /** Each message is a transaction of rules. */
  #tell(bytes: Uint8Array, dir: Dir, at: Position): void {
    if (!this.#conn.listening) return;
    const tx = this.#tx++;
    ruleNumber(this.#conn, 'ntp.version', tx, dir, versionOf(bytes), at);
    ruleNumber(this.#conn, 'ntp.mode', tx, dir, modeOf(bytes), at);
    ruleNumber(this.#conn, 'ntp.stratum', tx, dir, bytes[1], at);
    this.#conn.buffer('ntp.reference_id', tx, dir, bytes.subarray(12, 16), at);
    this.#conn.tx(tx, dir, dir === 0 ? 'request' : 'response', at);
    this.#conn.tx(tx, dir, 'end', at);
  }

  gap(): boolean {
    return true;
  }

  close(): void {
    // Every message wrote its own row.
  }
}

export const ntp: ProtocolParser = {
  name: 'ntp',
  transport: 'udp',
  ports: [123],
  needsPort: true,
  probe: (bytes) => (isNtp(bytes) ? 'yes' : 'no'),
  open: (conn) => new NtpSession(conn),
  resume: (conn) => new NtpSession(conn, true),
};

/**
 * Client and server hello of TLS, DTLS and QUIC (RFC 5246 7.4.1, RFC 8446 4.1, RFC 6347 4.2), and their fingerprints: JA3 and JA3S
 * (Salesforce), JA4 of clients (FoxIO, BSD-3-Clause).
 */

import { createHash } from 'node:crypto';
import { latin1, u16be, u24be } from './bytes.ts';

export interface Extension {
  readonly type: number;
  readonly data: Uint8Array;
}

export interface ClientHello {
  readonly version: number;
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly ciphers: readonly number[];
  readonly extensions: readonly Extension[];
  readonly serverName: Uint8Array | undefined;
  readonly protocols: readonly string[];
  readonly versions: readonly number[];
  readonly groups: readonly number[];
  readonly pointFormats: readonly number[];
  readonly signatureAlgorithms: readonly number[];
}

export interface ServerHello {
  readonly version: number;
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly cipher: number;
  readonly extensions: readonly Extension[];
  /** The version of supported_versions, or the one of the header. */
  readonly chosenVersion: number;
  readonly group: number | undefined;
  readonly protocol: string | undefined;
  readonly retry: boolean;
}

const SERVER_NAME = 0;
const GROUPS = 10;
const POINT_FORMATS = 11;
const SIGNATURE_ALGORITHMS = 13;
const ALPN = 16;
const EARLY_DATA = 42;
const SUPPORTED_VERSIONS = 43;
const KEY_SHARE = 51;

/** SHA-256 of "HelloRetryRequest": the random of a server hello that is one (RFC 8446 4.1.3). */
const RETRY_RANDOM = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c';

export const isGrease = (code: number): boolean => (code & 0x0f0f) === 0x0a0a && code >> 8 === (code & 0xff);

const MAX_EXTENSIONS = 512;

/** Those before the first that does not fit. */
const extensionsAt = (bytes: Uint8Array, at: number): Extension[] => {
  const found: Extension[] = [];
  if (at + 2 > bytes.length) return found;
  const end = Math.min(bytes.length, at + 2 + u16be(bytes, at));
  let i = at + 2;
  while (i + 4 <= end && found.length < MAX_EXTENSIONS) {
    const length = u16be(bytes, i + 2);
    if (i + 4 + length > end) break;
    found.push({ type: u16be(bytes, i), data: bytes.subarray(i + 4, i + 4 + length) });
    i += 4 + length;
  }
  return found;
};

const numbers16 = (data: Uint8Array, from: number, to: number): number[] => {
  const out: number[] = [];
  for (let i = from; i + 2 <= to; i += 2) out.push(u16be(data, i));
  return out;
};

/** A list of 16-bit numbers with its length in `width` bytes before it. */
const list16 = (data: Uint8Array | undefined, width: 1 | 2): number[] => {
  if (data === undefined || data.length < width) return [];
  const length = width === 1 ? (data[0] ?? 0) : u16be(data, 0);
  return numbers16(data, width, Math.min(data.length, width + length));
};

const dataOf = (extensions: readonly Extension[], type: number): Uint8Array | undefined =>
  extensions.find((extension) => extension.type === type)?.data;

const serverNameOf = (data: Uint8Array | undefined): Uint8Array | undefined => {
  if (data === undefined) return undefined;
  let i = 2;
  while (i + 3 <= data.length) {
    const length = u16be(data, i + 1);
    if (i + 3 + length > data.length) return undefined;
    if (data[i] === 0) return data.slice(i + 3, i + 3 + length);
    i += 3 + length;
  }
  return undefined;
};

const protocolsOf = (data: Uint8Array | undefined): string[] => {
  const found: string[] = [];
  if (data === undefined) return found;
  let i = 2;
  while (i < data.length) {
    const length = data[i] ?? 0;
    if (i + 1 + length > data.length) break;
    found.push(latin1(data.subarray(i + 1, i + 1 + length)));
    i += 1 + length;
  }
  return found;
};

/** `body` is the message without its header; a DTLS hello has a cookie after the session id. Undefined where it is not sound. */
export const clientHello = (body: Uint8Array, datagram = false): ClientHello | undefined => {
  if (body.length < 38) return undefined;
  let at = 34;
  const idLength = body[at++] ?? 0;
  if (idLength > 32 || at + idLength + 2 > body.length) return undefined;
  const sessionId = body.slice(at, at + idLength);
  at += idLength;
  if (datagram) at += 1 + (body[at] ?? 0);
  if (at + 2 > body.length) return undefined;
  const cipherBytes = u16be(body, at);
  at += 2;
  if (cipherBytes % 2 !== 0 || at + cipherBytes > body.length) return undefined;
  const ciphers = numbers16(body, at, at + cipherBytes);
  at += cipherBytes;
  at += 1 + (body[at] ?? 0);
  const extensions = extensionsAt(body, at);
  const points = dataOf(extensions, POINT_FORMATS);
  return {
    version: u16be(body, 0),
    random: body.slice(2, 34),
    sessionId,
    ciphers,
    extensions,
    serverName: serverNameOf(dataOf(extensions, SERVER_NAME)),
    protocols: protocolsOf(dataOf(extensions, ALPN)),
    versions: list16(dataOf(extensions, SUPPORTED_VERSIONS), 1),
    groups: list16(dataOf(extensions, GROUPS), 2),
    pointFormats: points ? [...points.subarray(1, 1 + (points[0] ?? 0))] : [],
    signatureAlgorithms: list16(dataOf(extensions, SIGNATURE_ALGORITHMS), 2),
  };
};

const DRAFTS_WITHOUT_SESSION_ID = (version: number): boolean =>
  version >> 8 === 0x7f && (version & 0xff) >= 2 && (version & 0xff) < 0x40;

export const serverHello = (body: Uint8Array): ServerHello | undefined => {
  if (body.length < 36) return undefined;
  const version = u16be(body, 0);
  const random = body.slice(2, 34);
  let at = 34;
  let sessionId: Uint8Array = new Uint8Array(0);
  const draft = DRAFTS_WITHOUT_SESSION_ID(version);
  if (!draft) {
    const idLength = body[at++] ?? 0;
    if (idLength > 32 || at + idLength + 3 > body.length) return undefined;
    sessionId = body.slice(at, at + idLength);
    at += idLength;
  }
  const cipher = u16be(body, at);
  at += draft ? 2 : 3;
  const extensions = extensionsAt(body, at);
  const chosen = dataOf(extensions, SUPPORTED_VERSIONS);
  const share = dataOf(extensions, KEY_SHARE) ?? dataOf(extensions, 40);
  return {
    version,
    random,
    sessionId,
    cipher,
    extensions,
    chosenVersion: chosen?.length === 2 ? u16be(chosen, 0) : version,
    group: share !== undefined && share.length >= 2 ? u16be(share, 0) : undefined,
    protocol: protocolsOf(dataOf(extensions, ALPN))[0],
    retry: Buffer.from(random).toString('hex') === RETRY_RANDOM,
  };
};

/** The protocol in EncryptedExtensions (RFC 8446 4.3.1). */
export const selectedProtocol = (body: Uint8Array): string | undefined =>
  protocolsOf(dataOf(extensionsAt(body, 0), ALPN))[0];

/** Do encrypted extensions say that early data were taken? */
export const takesEarlyData = (body: Uint8Array): boolean =>
  dataOf(extensionsAt(body, 0), EARLY_DATA) !== undefined;

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
const sha256Start = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);

const dashed = (codes: readonly number[]): string => codes.filter((code) => !isGrease(code)).join('-');

export interface Fingerprint {
  readonly hash: string;
  readonly text: string;
}

export const ja3 = (hello: ClientHello): Fingerprint => {
  const text = [
    hello.version,
    dashed(hello.ciphers),
    dashed(hello.extensions.map(({ type }) => type)),
    dashed(hello.groups),
    hello.pointFormats.join('-'),
  ].join(',');
  return { hash: md5(text), text };
};

export const ja3s = (hello: ServerHello): Fingerprint => {
  const text = `${hello.version},${hello.cipher},${hello.extensions.map(({ type }) => type).join('-')}`;
  return { hash: md5(text), text };
};

const JA4_VERSIONS: Readonly<Record<number, string>> = {
  0x0304: '13',
  0x0303: '12',
  0x0302: '11',
  0x0301: '10',
  0x0300: 's3',
  0x0002: 's2',
  0xfeff: 'd1',
  0xfefd: 'd2',
  0xfefc: 'd3',
};

const hex4 = (code: number): string => code.toString(16).padStart(4, '0');
const two = (count: number): string => String(Math.min(count, 99)).padStart(2, '0');

/** First and last character of the first ALPN value; of bytes that are no letters or digits, first and last digit of their hex. */
const alpnOf = (protocol: string | undefined): string => {
  if (protocol === undefined || protocol === '') return '00';
  const first = protocol.charAt(0);
  const last = protocol.charAt(protocol.length - 1);
  if (/^[0-9A-Za-z]{2}$/.test(first + last)) return first + last;
  const hex = Buffer.from(protocol, 'latin1').toString('hex');
  return hex.charAt(0) + hex.charAt(hex.length - 1);
};

/** `transport`: t over TCP, q over QUIC, d over DTLS. */
export const ja4 = (hello: ClientHello, transport: 't' | 'q' | 'd'): string => {
  const offered = hello.versions.filter((version) => !isGrease(version));
  // DTLS counts downwards.
  const version =
    offered.length === 0 ? hello.version : transport === 'd' ? Math.min(...offered) : Math.max(...offered);
  const ciphers = hello.ciphers.filter((code) => !isGrease(code));
  const extensions = hello.extensions.map(({ type }) => type).filter((type) => !isGrease(type));
  const name = extensions.includes(SERVER_NAME) ? 'd' : 'i';
  const start =
    transport +
    (JA4_VERSIONS[version] ?? '00') +
    name +
    two(ciphers.length) +
    two(extensions.length) +
    alpnOf(hello.protocols[0]);
  const sorted = (codes: readonly number[]): string => codes.map(hex4).sort().join(',');
  const hashed = extensions.filter((type) => type !== SERVER_NAME && type !== ALPN);
  const algorithms = hello.signatureAlgorithms.filter((code) => !isGrease(code)).map(hex4);
  const tail = sorted(hashed) + (algorithms.length > 0 ? `_${algorithms.join(',')}` : '');
  return `${start}_${ciphers.length > 0 ? sha256Start(sorted(ciphers)) : '000000000000'}_${
    extensions.length > 0 ? sha256Start(tail) : '000000000000'
  }`;
};

/** The SSLv2 client hello that opens a connection of old clients (RFC 5246 E.2); `body` begins with the message type. */
export const sslv2ClientHello = (
  body: Uint8Array,
): { version: number; ciphers: number[]; random: Uint8Array } | undefined => {
  if (body.length < 9 || body[0] !== 1) return undefined;
  const version = u16be(body, 1);
  const ciphers = u16be(body, 3);
  const id = u16be(body, 5);
  const challenge = u16be(body, 7);
  if (ciphers === 0 || ciphers % 3 !== 0 || id > 32 || challenge < 16 || challenge > 32) return undefined;
  if (9 + ciphers + id + challenge !== body.length) return undefined;
  const codes: number[] = [];
  for (let i = 0; i < ciphers; i += 3) codes.push(u24be(body, 9 + i));
  return { version, ciphers: codes, random: body.slice(9 + ciphers + id) };
};

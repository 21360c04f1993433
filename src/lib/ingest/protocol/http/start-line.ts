/** First lines of requests and responses (RFC 9112 3 and 4), read as liberally as Zeek reads them. */

import { percentDecoded } from '../wire/header-fields.ts';
import { bytesText } from '../wire/text.ts';

export interface RequestLine {
  readonly method: string;
  /** Percent-decoded. */
  readonly uri: string;
  /** As it was sent. */
  readonly rawUri: Uint8Array;
  /** '0.9' where the line names none. */
  readonly version: string;
}

export interface StatusLine {
  readonly version: string;
  readonly code: number;
  /** HTTP/2 has none. */
  readonly reason: string | undefined;
}

const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x09;
const SEPARATORS = new Set(Array.from(' \t()<>@,;:\\"/[]?={}', (letter) => letter.charCodeAt(0)));
const isTokenByte = (byte: number): boolean => byte > 31 && byte < 127 && !SEPARATORS.has(byte);

/** A letter, an underscore, a hyphen. */
const isMethodByte = (byte: number): boolean =>
  (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a) || byte === 0x5f || byte === 0x2d;

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

/** HTTP/d.d at `at`. */
const versionAt = (line: Uint8Array, at: number): string | undefined =>
  line[at] === 0x48 &&
  line[at + 1] === 0x54 &&
  line[at + 2] === 0x54 &&
  line[at + 3] === 0x50 &&
  line[at + 4] === 0x2f
    ? isDigit(line[at + 5]) && line[at + 6] === 0x2e && isDigit(line[at + 7])
      ? String.fromCharCode(line[at + 5], 0x2e, line[at + 7])
      : '0.0'
    : undefined;

const skipBlanks = (line: Uint8Array, from: number): number => {
  let at = from;
  while (at < line.length && isBlank(line[at])) at++;
  return at;
};

/** Undefined where the line is no request line: no method, or HTTP/0.9 without a URI. */
export function requestLine(line: Uint8Array): RequestLine | undefined {
  let end = 0;
  while (end < line.length && isTokenByte(line[end])) end++;
  const start = skipBlanks(line, end);
  if (end === 0 || start === end) return undefined;
  const method = Buffer.from(line.buffer, line.byteOffset, end).toString('latin1');
  let uriEnd = line.length;
  let version: string | undefined = versionAt(line, start);
  if (version !== undefined) uriEnd = start;
  for (let at = start; at < line.length && version === undefined; at++) {
    if (!isBlank(line[at])) continue;
    const next = skipBlanks(line, at);
    version = versionAt(line, next);
    if (version !== undefined) uriEnd = at;
    at = next - 1;
  }
  const rawUri = line.subarray(start, uriEnd);
  if (version === undefined && (rawUri.length === 0 || end < 3)) return undefined;
  return { method, uri: bytesText(percentDecoded(rawUri)), rawUri, version: version ?? '0.9' };
}

/** Undefined where the line is no status line. `lenient`: a line without a status code counts, as browsers take it. */
export function statusLine(line: Uint8Array, lenient = false): StatusLine | undefined {
  const version = versionAt(line, 0);
  if (version === undefined) return undefined;
  let at = 5;
  while (at < line.length && !isBlank(line[at])) at++;
  at = skipBlanks(line, at);
  if (at + 3 > line.length) return lenient ? { version, code: 0, reason: '<empty>' } : undefined;
  const digits = line.subarray(at, at + 3);
  const code = digits.every(isDigit)
    ? (digits[0] - 0x30) * 100 + (digits[1] - 0x30) * 10 + digits[2] - 0x30
    : 0;
  at += 3;
  while (at < line.length && !isBlank(line[at])) at++;
  const reason = at < line.length ? bytesText(line, skipBlanks(line, at)) : '<empty>';
  return { version, code, reason };
}

/** Longest part of a first line that a probe waits for. */
const MAX_PROBE_LINE = 2_000;

const METHODS =
  /^(GET|POST|HEAD|PUT|DELETE|OPTIONS|TRACE|CONNECT|PATCH|PROPFIND|PROPPATCH|MKCOL|COPY|MOVE|LOCK|UNLOCK|POLL|REPORT|SUBSCRIBE|UNSUBSCRIBE|BMOVE|BPROPFIND|BPROPPATCH|SEARCH|MERGE|CHECKOUT|ACL|NOTIFY|PURGE|VERSION-CONTROL|RPC_IN_DATA|RPC_OUT_DATA|BITS_POST|CCM_POST|SSTP_DUPLEX_POST|M-SEARCH|SOURCE)$/;

const isText = (bytes: Uint8Array): boolean =>
  bytes.every((byte) => (byte >= 0x20 && byte !== 0x7f) || byte === 0x09 || byte === 0x0d || byte === 0x0a);

/** Is this a response? 'more' while it may still be one. */
export function probeResponse(bytes: Uint8Array): 'yes' | 'no' | 'more' {
  if (bytes.length > 0 && bytes[0] !== 0x48) return 'no';
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 16)).toString('latin1');
  if (/^HTTP\/\d\.\d\s+\d\d\d/.test(text)) return 'yes';
  if (bytes.length >= 16) return 'no';
  return /^(H(T(T(P(\/(\d(\.(\d(\s+(\d\d?)?)?)?)?)?)?)?)?)?)?$/.test(text) ? 'more' : 'no';
}

/** Is this a request? On a usual port (`known`) methods that nobody registered and HTTP/0.9 count too. */
export function probeRequest(bytes: Uint8Array, known: boolean): 'yes' | 'no' | 'more' {
  let start = 0;
  while (start < bytes.length && (bytes[start] === 0x0d || bytes[start] === 0x0a)) start++;
  if (start > 4) return 'no';
  const end = bytes.indexOf(0x0a, start);
  const line = bytes.subarray(start, end < 0 ? undefined : bytes[end - 1] === 0x0d ? end - 1 : end);
  if (end < 0) {
    if (line.length > MAX_PROBE_LINE) return beginsLikeRequest(line) ? 'yes' : 'no';
    return line.length === 0 || ((known || beginsLikeRequest(line)) && isText(line)) ? 'more' : 'no';
  }
  const request = requestLine(line);
  if (!request) return known && isText(line) ? 'more' : 'no';
  if (request.version === '0.9') {
    if (!/^(GET|POST|HEAD|[A-Z_]{3,12})$/.test(request.method) || request.rawUri[0] !== 0x2f)
      return known && isText(line) ? 'more' : 'no';
    return known || request.method === 'GET' ? 'yes' : 'no';
  }
  if (request.method === 'PRI' || request.version[0] === '2') return 'no';
  return known || METHODS.test(request.method) || /^[A-Za-z_-]{3,24}$/.test(request.method) ? 'yes' : 'no';
}

/** The beginning of a line: a method's first letters, or a method and the beginning of a URI. */
function beginsLikeRequest(line: Uint8Array): boolean {
  let end = 0;
  while (end < line.length && end < 25 && isMethodByte(line[end])) end++;
  // What is no method's letter ends it, and a blank is all that may.
  if (end < line.length ? end < 3 || !isBlank(line[end]) : end === 0) return false;
  const text = Buffer.from(line.buffer, line.byteOffset, Math.min(line.length, 32)).toString('latin1');
  if (/^[A-Za-z_-]{1,24}$/.test(text)) return true;
  const method = /^([A-Za-z_-]{3,24})[ \t]+/.exec(text)?.[1];
  return method !== undefined && METHODS.test(method);
}

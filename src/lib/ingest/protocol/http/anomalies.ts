/** What is odd in messages of HTTP/1: smuggled requests, servers and clients that disagree on where a message ends. Names are Zeek's. */

import type { Conn, Dir, Position } from '../contract.ts';
import { fieldNamed, type HeaderField } from '../wire/header-fields.ts';
import { ruleEvent } from '../wire/rule-number.ts';
import type { RequestLine, StatusLine } from './start-line.ts';

/** Others are weird (Zeek's http_methods). */
const KNOWN_METHODS: ReadonlySet<string> = new Set(
  (
    'GET POST HEAD OPTIONS PUT DELETE TRACE CONNECT PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK POLL REPORT ' +
    'SUBSCRIBE BMOVE SEARCH'
  ).split(' '),
);
const WITH_VERSION = /[ \t]HTTP\/\d\.\d\s*$/;
const MAX_TOLD = 64;
/** The largest length that counts: of 64 bits with a sign. */
const MOST = 2n ** 63n - 1n;

export class Anomalies {
  readonly #conn: Conn;
  #asked: string | undefined;
  #answered: string | undefined;

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  /** A line that is no request; with a version it is one where the method is none, and not where a blank behind it is missing. */
  badRequest(line: Uint8Array, at: Position): void {
    const end = Buffer.from(line.subarray(-16)).toString('latin1');
    const versioned = line[0] >= 0x80 && WITH_VERSION.test(end);
    this.#conn.weird(versioned ? 'bad_HTTP_request_with_version' : 'bad_HTTP_request', at);
  }

  request({ method, rawUri, version }: RequestLine, at: Position): void {
    const told = method.slice(0, MAX_TOLD);
    if (!KNOWN_METHODS.has(method)) this.#conn.weird('unknown_HTTP_method', at, told);
    if (rawUri.length === 0) this.#conn.weird('missing_HTTP_uri', at);
    if (version === '0.9' && method !== 'GET') this.#conn.weird('invalid_http_09_request_method', at, told);
    if (this.#asked !== undefined && this.#asked !== version) this.#conn.weird('HTTP_version_mismatch', at);
    this.#asked = version;
  }

  response({ version }: StatusLine, at: Position): void {
    if (this.#answered !== undefined && this.#answered !== version)
      this.#conn.weird('HTTP_version_mismatch', at);
    this.#answered = version;
  }

  /** What smuggled requests begin with. */
  requestFraming(
    fields: readonly HeaderField[],
    {
      length,
      chunked,
      tx,
    }: { readonly length: number | undefined; readonly chunked: boolean; readonly tx: number },
    dir: Dir,
    at: Position,
  ): void {
    this.framing(fields, at);
    const announced = fieldNamed(fields, 'content-length');
    if (announced === undefined) return;
    if (length === undefined) {
      this.#conn.weird('HTTP_bad_content_length', at, announced.slice(0, MAX_TOLD));
      ruleEvent(this.#conn, 'http.invalid_content_length_field_in_request', tx, dir, at);
    } else if (chunked) this.#conn.weird('HTTP_content_length_and_chunked', at);
    const expects = /^100-continue$/i.test(fieldNamed(fields, 'expect') ?? '');
    if (length === 0 && expects) this.#conn.weird('HTTP_content_length_0_and_expect_100_cont', at);
  }

  /** Of requests and responses: codings behind `chunked`, ranges that cannot be. */
  framing(fields: readonly HeaderField[], at: Position): void {
    for (const { lower, value } of fields) {
      if (lower !== 'transfer-encoding') continue;
      const more = /^\s*chunked(\s*[,;\s].*)$/i.exec(value)?.[1];
      if (more !== undefined) this.#conn.weird('HTTP_chunked_multi', at, more.slice(0, MAX_TOLD));
    }
    const range = /^\s*bytes[\s=]+(\S{1,100})/i.exec(fieldNamed(fields, 'content-range') ?? '')?.[1];
    if (range !== undefined) this.#range(range, at);
  }

  #range(range: string, at: Position): void {
    const found = /^(\d{1,40})-(\d{1,40})\/(\d{1,40}|\*)$/.exec(range);
    if (!found) {
      this.#conn.weird('HTTP_content_range_invalid', at, range);
      return;
    }
    const [from, to] = [BigInt(found[1]), BigInt(found[2])];
    const total = found[3] === '*' ? 0n : BigInt(found[3]);
    // A stretch of one byte more than the largest length is none either.
    if (total > MOST || to - from >= MOST) this.#conn.weird('HTTP_content_range_overflow', at, range);
    else if (to < from) this.#conn.weird('HTTP_non_positive_content_range', at, range);
  }

  /** The size of a chunk that is none, or too large to be one. */
  badChunkSize(size: string, at: Position): void {
    this.#conn.weird('HTTP_bad_chunk_size', at, size.slice(0, MAX_TOLD));
  }
}

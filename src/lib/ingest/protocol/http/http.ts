/** HTTP/1.x and HTTP/0.9 (RFC 9112, RFC 1945), with Zeek's reading of requests, responses and their pairing. */

import { PROTOCOL_LIMITS } from '../../../model/limits.ts';
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
import { fieldNamed, hasToken, type HeaderField } from '../wire/header-fields.ts';
import { registerProxy } from '../wire/proxy-tunnel.ts';
import { Anomalies } from './anomalies.ts';
import { Body } from './body.ts';
import { AuthorizationTokens, basicOf, tellForm } from './credentials.ts';
import { DnsOverHttps, isDnsMessage } from './dns-over-https.ts';
import { type Framing, type MessageHandler, type MessageHead, MessageReader } from './message-reader.ts';
import { RangedFiles } from './ranged-files.ts';
import { RuleBuffers } from './rule-buffers.ts';
import { probeRequest, probeResponse, requestLine, statusLine } from './start-line.ts';
import { Transaction } from './transaction.ts';
import { writeWebSocket } from './websocket-row.ts';
import { byteClass } from '../wire/byte-class.ts';

const PORTS = [80, 81, 631, 1080, 3128, 8000, 8080, 8888];

const PARTIAL = 206;

const urlOf = ({ request, requestFields, depth }: Transaction): string =>
  request ? `${fieldNamed(requestFields, 'host') ?? ''} ${request.uri}` : `answer ${String(depth)}`;

const otherSide = (dir: Dir): Dir => (dir === 0 ? 1 : 0);

/** Content-Length of the last such field; undefined where it is none that can be (negative, no number, beyond 2^53). */
function contentLength(fields: readonly HeaderField[]): number | undefined {
  const value = fieldNamed(fields, 'content-length');
  const digits = value === undefined ? undefined : /^\+?(\d{1,20})(?!\s+\d)(?:[\s,;]|$)/.exec(value)?.[1];
  if (digits === undefined) return undefined;
  const length = Number(digits);
  return Number.isSafeInteger(length) ? length : undefined;
}

const isChunked = (fields: readonly HeaderField[], version: string | undefined): boolean =>
  version !== '1.0' && version !== '0.9' && hasToken(fields, 'transfer-encoding', 'chunked');

class HttpSession implements ParserSession {
  readonly #conn: Conn;
  readonly #rules: RuleBuffers | undefined;
  readonly #anomalies: Anomalies;
  readonly #tokens: AuthorizationTokens;
  /** The side that asks; found out from the first bytes. */
  #client: Dir | undefined;
  readonly #requests: MessageReader;
  readonly #responses: MessageReader;
  readonly #pending: Transaction[] = [];
  readonly #ranged = new RangedFiles();
  readonly #doh: DnsOverHttps;
  #depth = 0;
  /** The transaction of the message that each side is in. */
  #asking: Transaction | undefined;
  #answering: Transaction | undefined;
  #requestBody: Body | undefined;
  #responseBody: Body | undefined;
  #asked = false;
  #tunnelAsked = false;
  #left = false;

  constructor(conn: Conn) {
    this.#conn = conn;
    this.#rules = conn.listening ? new RuleBuffers(conn) : undefined;
    this.#anomalies = new Anomalies(conn);
    this.#tokens = new AuthorizationTokens(conn);
    this.#doh = new DnsOverHttps(conn);
    this.#requests = new MessageReader(this.#requestHandler());
    this.#responses = new MessageReader(this.#responseHandler());
  }

  parse(data: Span, dir: Dir): number {
    if (this.#client === undefined) {
      const answer = probeResponse(data.bytes);
      if (answer === 'more' && data.bytes[0] === 0x48 && data.bytes.length < 9 && !data.bytes.includes(0x20))
        return 0;
      this.#client =
        answer === 'yes' ? otherSide(dir) : dir === 1 && probeRequest(data.bytes, false) === 'yes' ? 1 : 0;
    }
    return (dir === this.#client ? this.#requests : this.#responses).parse(data);
  }

  gap(dir: Dir, missing: number): boolean {
    this.#client ??= 0;
    (dir === this.#client ? this.#requests : this.#responses).gap(missing);
    return true;
  }

  end(dir: Dir): void {
    (dir === (this.#client ?? 0) ? this.#requests : this.#responses).end(true);
  }

  close(): void {
    if (!this.#left) {
      this.#requests.end(false);
      this.#responses.end(false);
    }
    for (const transaction of this.#pending) transaction.write(this.#conn);
    this.#pending.length = 0;
    this.#ranged.close();
    this.#doh.close();
    this.#tokens.close();
  }

  #begin(at: Position): Transaction {
    const transaction = new Transaction(++this.#depth, at);
    this.#pending.push(transaction);
    return transaction;
  }

  #requestHandler(): MessageHandler {
    return {
      headless: () => false,
      cut: () => this.#conn.capped('headers_cut'),
      badChunkSize: (size, at) => {
        this.#anomalies.badChunkSize(size, at);
        this.#rules?.badChunkSize(this.#client ?? 0, true, at);
      },
      paused: () => this.#tunnelAsked || this.#left,
      body: () => this.#requestBody,
      startLine: (line, first, last, strict) => this.#requestLine(line, first, last, strict),
      head: (head) => this.#requestHead(head),
      done: (at, complete) => this.#requestDone(at, complete),
    };
  }

  #responseHandler(): MessageHandler {
    return {
      headless: (at) => this.#headless(at),
      cut: () => this.#conn.capped('headers_cut'),
      badChunkSize: (size, at) => {
        this.#anomalies.badChunkSize(size, at);
        this.#rules?.badChunkSize(otherSide(this.#client ?? 0), false, at);
      },
      paused: () => this.#left,
      body: () => this.#responseBody,
      startLine: (line, first, last) => this.#statusLine(line, first, last),
      head: (head) => this.#responseHead(head),
      done: (at, complete) => this.#responseDone(at, complete),
    };
  }

  #requestLine(line: Uint8Array, first: Position, last: Position, strict: boolean): boolean {
    const request = requestLine(line);
    if (!request || (request.version === '0.9' && (strict || this.#asked))) {
      if (!strict) this.#anomalies.badRequest(line, first);
      return false;
    }
    this.#asked = true;
    this.#conn.confirm();
    this.#anomalies.request(request, first);
    if (this.#pending.length >= PROTOCOL_LIMITS.maxPendingRequests) {
      this.#conn.weird('HTTP_excessive_pipelining', first);
      this.#pending.shift()?.write(this.#conn);
    }
    const transaction = this.#begin(first);
    transaction.request = { ...request, rawUri: request.rawUri.slice() };
    transaction.last = last;
    this.#asking = transaction;
    this.#rules?.request(transaction.depth - 1, this.#client ?? 0, request, line, last);
    return true;
  }

  #requestHead({ fields, lines, at }: MessageHead): Framing {
    const transaction = this.#asking;
    if (!transaction?.request) return { kind: 'none' };
    const dir = this.#client ?? 0;
    const { method, version } = transaction.request;
    transaction.requestFields = fields;
    transaction.basic = basicOf(fields);
    this.#tokens.look(fields, dir, at);
    this.#rules?.header(transaction.depth - 1, dir, true, fields, lines, at);
    this.#doh.ask(transaction, dir, at);
    this.#nameServer(method, fields, at);
    const length = contentLength(fields);
    const body = new Body(
      this.#conn,
      dir,
      fields,
      isChunked(fields, version) ? undefined : length,
      this.#rules !== undefined || isDnsMessage(fields),
      at,
      undefined,
      true,
    );
    body.tx = transaction.depth - 1;
    transaction.requestBody = body;
    this.#requestBody = body;
    const chunked = isChunked(fields, version);
    this.#anomalies.requestFraming(fields, { length, chunked, tx: transaction.depth - 1 }, dir, at);
    if (method === 'CONNECT') this.#tunnelAsked = true;
    if (chunked) return { kind: 'chunked' };
    return length === undefined ? { kind: 'none' } : { kind: 'length', length };
  }

  #nameServer(method: string, fields: readonly HeaderField[], at: Position): void {
    const host = fieldNamed(fields, 'host')?.replace(/:\d*$/, '').toLowerCase();
    // Of a proxy the address says nothing about the name.
    if (method === 'CONNECT' || host === undefined || fieldNamed(fields, 'proxy-connection') !== undefined)
      return;
    if (/[a-z]/.test(host) && /^[a-z0-9._-]{1,253}$/.test(host)) {
      const { respH, origH } = this.#conn.facts;
      this.#conn.name(this.#client === 1 ? origH : respH, host, 'http', at);
    }
  }

  #requestDone(at: Position, complete: boolean): void {
    const transaction = this.#asking;
    this.#asking = undefined;
    const body = this.#requestBody;
    this.#requestBody = undefined;
    body?.end(at, complete);
    if (!transaction) return;
    transaction.last = at;
    transaction.requestDone = true;
    tellForm(this.#conn, transaction, at);
    if (this.#rules) {
      const dir = this.#client ?? 0;
      if (body) this.#rules.body(transaction.depth - 1, dir, true, body.inspected(), at);
      this.#conn.tx(transaction.depth - 1, dir, 'request', at);
    }
    if (transaction.responseDone) this.#over(transaction, at);
  }

  /** HTTP/0.9: the answer is the body and nothing else. */
  #headless(at: Position): boolean {
    const transaction = this.#pending.find((one) => !one.responseDone);
    if (transaction?.request?.version !== '0.9') return false;
    this.#answering = transaction;
    transaction.status = { version: '0.9', code: 0, reason: '<empty>' };
    this.#responseBody = new Body(
      this.#conn,
      otherSide(this.#client ?? 0),
      [],
      undefined,
      this.#rules !== undefined,
      at,
    );
    transaction.responseBody = this.#responseBody;
    return true;
  }

  #statusLine(line: Uint8Array, first: Position, last: Position): boolean {
    let transaction = this.#pending.find((one) => !one.responseDone);
    const status = statusLine(line, transaction !== undefined);
    if (!status) return false;
    this.#conn.confirm();
    this.#anomalies.response(status, first);
    if (!transaction) {
      transaction = this.#begin(first);
      transaction.requestDone = true;
    }
    transaction.status = status;
    transaction.last = last;
    this.#answering = transaction;
    this.#rules?.response(transaction.depth - 1, otherSide(this.#client ?? 0), status, line, last);
    return true;
  }

  #responseHead({ fields, lines, at }: MessageHead): Framing {
    const transaction = this.#answering;
    if (!transaction?.status) return { kind: 'none' };
    const dir = otherSide(this.#client ?? 0);
    const { code, version } = transaction.status;
    const method = transaction.request?.method;
    transaction.responseFields = fields;
    this.#tokens.look(fields, dir, at);
    this.#rules?.header(transaction.depth - 1, dir, false, fields, lines, at);
    if (code < 100 || code >= 200) this.#judge(transaction, code, at);
    const tunnel = method === 'CONNECT' && code >= 200 && code < 300;
    if (method === 'HEAD' || tunnel || (code >= 100 && code < 200) || code === 204 || code === 304)
      return { kind: 'none' };
    this.#anomalies.framing(fields, at);
    const length = contentLength(fields);
    const chunked = isChunked(fields, version);
    const body = new Body(
      this.#conn,
      dir,
      fields,
      chunked ? undefined : length,
      this.#rules !== undefined || isDnsMessage(fields),
      at,
      code === PARTIAL ? { files: this.#ranged, url: urlOf(transaction) } : undefined,
    );
    body.tx = transaction.depth - 1;
    transaction.responseBody = body;
    this.#responseBody = body;
    const plain: Framing = length === undefined ? { kind: 'close' } : { kind: 'length', length };
    return chunked ? { kind: 'chunked', otherwise: plain } : plain;
  }

  /** The server's answer to Basic credentials. */
  #judge(transaction: Transaction, code: number, at: Position): void {
    const { basic } = transaction;
    if (!basic) return;
    this.#conn.credential(
      {
        service: 'http',
        kind: 'basic',
        user: basic.user,
        secret: basic.secret,
        success: code === 401 || code === 407 ? false : code < 400 ? true : undefined,
      },
      at,
    );
  }

  #responseDone(at: Position, complete: boolean): void {
    const transaction = this.#answering;
    this.#answering = undefined;
    const body = this.#responseBody;
    this.#responseBody = undefined;
    body?.end(at, complete);
    if (!transaction?.status) return;
    transaction.last = at;
    const { status } = transaction;
    if (status.code >= 100 && status.code < 200) {
      transaction.informational = status;
      if (status.code === 101) this.#upgrade(transaction, at);
      return;
    }
    transaction.responseDone = true;
    if (this.#rules) {
      const dir = otherSide(this.#client ?? 0);
      if (body) this.#rules.body(transaction.depth - 1, dir, false, body.inspected(), at);
      this.#conn.tx(transaction.depth - 1, dir, 'response', at);
    }
    const tunnelled = transaction.request?.method === 'CONNECT';
    if (tunnelled) this.#tunnelAsked = false;
    if (transaction.requestDone) this.#over(transaction, at);
    if (!tunnelled || status.code < 200 || status.code >= 300) return;
    if (this.#client === 0) registerProxy(this.#conn, 'HTTP', at);
    this.#leave('probe');
  }

  #over(transaction: Transaction, at: Position): void {
    transaction.write(this.#conn);
    this.#doh.look(transaction, this.#client ?? 0);
    const place = this.#pending.indexOf(transaction);
    if (place >= 0) this.#pending.splice(place, 1);
    if (this.#rules) this.#conn.tx(transaction.depth - 1, otherSide(this.#client ?? 0), 'end', at);
  }

  #upgrade(transaction: Transaction, at: Position): void {
    const protocol = fieldNamed(transaction.responseFields, 'upgrade')?.split(',', 1)[0].trim().toLowerCase();
    if (protocol === undefined) return;
    transaction.responseDone = true;
    this.#over(transaction, at);
    if (protocol === 'websocket') writeWebSocket(this.#conn, transaction);
    this.#leave(protocol === 'websocket' ? 'websocket' : protocol === 'h2c' ? 'http2' : 'probe');
  }

  #leave(name: string): void {
    this.#left = true;
    this.#conn.switchTo(name);
  }
}

const probe = (bytes: Uint8Array, dir: Dir, facts: ConnFacts): Verdict => {
  const answer = probeResponse(bytes);
  if (answer !== 'no') return answer;
  const known = PORTS.includes(facts.respP);
  const asked = probeRequest(bytes, known && dir === 0);
  // A server on a usual port may say anything before the request is understood.
  if (asked === 'no' && dir === 1 && known && bytes.length < 256) return 'more';
  return asked;
};

export const http: ProtocolParser = {
  name: 'http',
  transport: 'tcp',
  ports: PORTS,
  firstBytes: byteClass('A-Za-z_\\r\\n-'),
  probe,
  open: (conn) => new HttpSession(conn),
};

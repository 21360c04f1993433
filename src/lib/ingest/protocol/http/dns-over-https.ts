/** DNS carried by HTTP (RFC 8484): its messages go to the parser of DNS, as over TCP. */

import type { ChildStream, Conn, Dir, Position } from '../contract.ts';
import { fieldNamed, type HeaderField } from '../wire/header-fields.ts';
import type { Transaction } from './transaction.ts';

const MAX_MESSAGE = 65_535;
const PARAMETER = /[?&]dns=([A-Za-z0-9_-]{16,8192})(?:&|$)/;

export const isDnsMessage = (fields: readonly HeaderField[]): boolean =>
  /^application\/dns-message/i.test(fieldNamed(fields, 'content-type') ?? '');

export class DnsOverHttps {
  readonly #conn: Conn;
  #child: ChildStream | undefined;
  /** Exchanges whose question was read from their header. */
  readonly #asked = new WeakSet<Transaction>();

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  /** Looks into a request's header: a question in its URI need not wait for the answer. */
  ask(exchange: Transaction, dir: Dir, at: Position): void {
    const { requestFields, request } = exchange;
    if (!/application\/dns-message/i.test(fieldNamed(requestFields, 'accept') ?? '')) return;
    const asked = PARAMETER.exec(request?.uri ?? '')?.[1];
    if (asked === undefined) return;
    this.#asked.add(exchange);
    this.#feed(Buffer.from(asked, 'base64url'), dir, at);
  }

  /** Looks into an exchange that is over; `client` is the side that asked. */
  look(exchange: Transaction, client: Dir): void {
    const { requestFields, responseFields, request, requestBody, responseBody, first, last } = exchange;
    const answered = isDnsMessage(responseFields);
    const posted = isDnsMessage(requestFields);
    if (!answered && !posted) return;
    const asked = PARAMETER.exec(request?.uri ?? '')?.[1];
    if (posted && requestBody) this.#feed(requestBody.inspected(), client, first);
    else if (asked !== undefined && !this.#asked.has(exchange))
      this.#feed(Buffer.from(asked, 'base64url'), client, first);
    if (answered && responseBody) this.#feed(responseBody.inspected(), client === 0 ? 1 : 0, last);
  }

  close(): void {
    this.#child?.close();
  }

  #feed(message: Uint8Array, dir: Dir, at: Position): void {
    if (message.length === 0 || message.length > MAX_MESSAGE) return;
    this.#child ??= this.#conn.child('dns');
    const framed = new Uint8Array(2 + message.length);
    framed.set([message.length >> 8, message.length & 0xff]);
    framed.set(message, 2);
    this.#child?.feed(framed, dir, at);
  }
}

/** Streams of DNS over QUIC (RFC 9250): one message a stream and side. */

import type { ChildStream, Conn, Dir, Position } from '../contract.ts';
import { u16be } from '../wire/bytes.ts';
import type { StreamFrame } from '../wire/quic-header.ts';
import { CryptoStream } from './crypto-stream.ts';

/** Streams that are open at a time, and messages of one connection. */
const MAX_STREAMS = 256;
const MAX_MESSAGES = 10_000;

export class DnsStreams {
  readonly #conn: Conn;
  readonly #streams = new Map<string, CryptoStream>();
  /** Streams whose message was handed on: it may be sent again. */
  readonly #done = new Set<string>();
  #dns: ChildStream | undefined;

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  frame({ id, offset, data, fin, reset }: StreamFrame, dir: Dir, at: Position): void {
    const key = `${String(id)} ${String(dir)}`;
    if (reset || this.#done.has(key)) return;
    let stream = this.#streams.get(key);
    if (!stream) {
      if (this.#streams.size >= MAX_STREAMS || this.#done.size >= MAX_MESSAGES) return;
      stream = new CryptoStream();
      this.#streams.set(key, stream);
    }
    stream.add(offset, data);
    this.#message(key, id, stream.bytes, fin, dir, at);
  }

  /** With its length before it, and in the first drafts without. */
  #message(key: string, id: number, bytes: Uint8Array, fin: boolean, dir: Dir, at: Position): void {
    if (bytes.length < 2) return;
    const framed = u16be(bytes, 0) === bytes.length - 2;
    if (!framed && !fin) return;
    this.#streams.delete(key);
    this.#done.add(key);
    this.#conn.opened(bytes, dir, at, id);
    this.#dns ??= this.#conn.child('dns');
    this.#dns?.feed(framed ? bytes.subarray(2) : bytes, dir, at);
  }

  close(): void {
    this.#dns?.close();
  }
}

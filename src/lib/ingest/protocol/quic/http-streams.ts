/** Streams of a QUIC connection that carries HTTP/3: put in order and handed to its parser piece by piece. */

import type { ChildStream, Conn, Dir, Position } from '../contract.ts';
import type { StreamFrame } from '../wire/quic-header.ts';
import { type PieceKind, pieceBytes } from '../wire/quic-streams.ts';
import { StreamOrder, type Waiting } from './stream-order.ts';

/** Directions of streams that are open at a time, and of all of a connection. */
const MAX_OPEN = 2_000;
const MAX_ALL = 100_000;

interface Open {
  readonly stream: number;
  readonly dir: Dir;
  readonly order: StreamOrder;
}

export class HttpStreams {
  readonly #conn: Conn;
  readonly #open = new Map<string, Open>();
  /** Those that are over: what was sent in them may be sent again. */
  readonly #done = new Set<string>();
  readonly #waiting: Waiting = { bytes: 0 };
  #child: ChildStream | undefined;
  #at: Position | undefined;

  constructor(conn: Conn) {
    this.#conn = conn;
    this.#child = conn.child('http3');
  }

  frame({ id, offset, data, fin, reset }: StreamFrame, dir: Dir, at: Position): void {
    const key = `${String(id)} ${String(dir)}`;
    if (this.#done.has(key)) return;
    this.#at = at;
    const one = this.#open.get(key) ?? this.#begin(key, id, dir);
    if (!one) return;
    if (!reset) {
      one.order.add(offset, data, fin);
      if (!one.order.done) return;
    }
    this.#over(key, one);
    this.#tell(reset ? 'reset' : 'end', id, dir, NOTHING);
  }

  close(): void {
    for (const [key, one] of [...this.#open]) {
      this.#over(key, one);
      if (one.order.done) this.#tell('end', one.stream, one.dir, NOTHING);
    }
    this.#child?.close();
  }

  #begin(key: string, stream: number, dir: Dir): Open | undefined {
    if (this.#open.size >= MAX_OPEN || this.#done.size >= MAX_ALL) {
      if (this.#at) this.#conn.weird('quic_streams_beyond', this.#at);
      return undefined;
    }
    const order = new StreamOrder(
      {
        data: (bytes) => {
          if (this.#at) this.#conn.opened(bytes, dir, this.#at, stream);
          this.#tell('data', stream, dir, bytes);
        },
        gap: (missing) => this.#tell('gap', stream, dir, missing),
      },
      this.#waiting,
    );
    const one = { stream, dir, order };
    this.#open.set(key, one);
    return one;
  }

  /** Gives out what waits. */
  #over(key: string, one: Open): void {
    one.order.flush();
    this.#open.delete(key);
    this.#done.add(key);
  }

  #tell(kind: PieceKind, stream: number, dir: Dir, data: Uint8Array | number): void {
    if (this.#at) this.#child?.feed(pieceBytes(kind, stream, data), dir, this.#at);
  }
}

const NOTHING = new Uint8Array(0);

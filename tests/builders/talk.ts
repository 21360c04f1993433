/** A TCP connection packet by packet: sequence and acknowledgement numbers follow from what was said, unless told otherwise. */

import { ethernet } from './links.ts';
import { flagsOf, ip, tcp, type TcpFields } from './packets.ts';

export interface Said {
  readonly at: number;
  readonly bytes: Buffer;
  readonly len?: number;
}

export interface TalkOptions {
  readonly orig?: string;
  readonly resp?: string;
  readonly sport?: number;
  readonly dport?: number;
  /** Initial sequence numbers. */
  readonly origIsn?: number;
  readonly respIsn?: number;
  /** Time of the first packet, and from one to the next. */
  readonly at?: number;
  readonly step?: number;
  /** Link layer; Ethernet otherwise. */
  readonly wrap?: (packet: Buffer) => Buffer;
}

type More = Partial<Pick<TcpFields, 'seq' | 'ack' | 'window' | 'options' | 'badChecksum'>>;

const ORIG = 0;
const RESP = 1;

export class Talk {
  readonly packets: Said[] = [];
  readonly #o: Required<TalkOptions>;
  readonly #next: [number, number];
  /** Time of the next packet. */
  at: number;

  constructor(options: TalkOptions = {}) {
    this.#o = {
      orig: '10.0.0.1',
      resp: '10.0.0.2',
      sport: 40_000,
      dport: 80,
      origIsn: 1000,
      respIsn: 5000,
      at: 0,
      step: 0.01,
      wrap: ethernet,
      ...options,
    };
    this.#next = [this.#o.origIsn, this.#o.respIsn];
    this.at = this.#o.at;
  }

  /** The originator says: flags (`'SA'`), and payload as text or a number of bytes. */
  orig(flags: string, payload: string | number | Uint8Array = 0, more: More = {}): this {
    return this.#say(ORIG, flags, payload, more);
  }

  resp(flags: string, payload: string | number | Uint8Array = 0, more: More = {}): this {
    return this.#say(RESP, flags, payload, more);
  }

  /** SYN, SYN-ACK, ACK. */
  handshake(): this {
    return this.orig('S').resp('SA').orig('A');
  }

  wait(seconds: number): this {
    this.at += seconds - this.#o.step;
    return this;
  }

  /** Bytes that one side sent and the capture did not see. */
  lost(side: 'orig' | 'resp', bytes: number): this {
    this.#next[side === 'orig' ? ORIG : RESP] += bytes;
    return this;
  }

  /** The next sequence number of a side. */
  next(side: 'orig' | 'resp'): number {
    return this.#next[side === 'orig' ? ORIG : RESP] >>> 0;
  }

  #say(side: number, letters: string, payload: string | number | Uint8Array, more: More): this {
    const o = this.#o;
    const bytes = typeof payload === 'number' ? Buffer.alloc(payload, 0x61) : Buffer.from(payload);
    const flags = flagsOf(letters);
    const seq = more.seq ?? this.#next[side];
    const segment = tcp({
      sport: side === ORIG ? o.sport : o.dport,
      dport: side === ORIG ? o.dport : o.sport,
      flags: letters,
      seq,
      ack: flags & 16 ? this.#next[1 - side] : 0,
      payload: bytes,
      ...more,
    });
    const packet = side === ORIG ? ip(o.orig, o.resp, segment) : ip(o.resp, o.orig, segment);
    this.packets.push({ at: this.at, bytes: o.wrap(packet) });
    this.at = Math.round((this.at + o.step) * 1e9) / 1e9;
    if (more.seq === undefined && !more.badChecksum)
      this.#next[side] = seq + bytes.length + (flags & 2 ? 1 : 0) + (flags & 1 ? 1 : 0);
    return this;
  }
}

/** OPC UA over TCP (OPC 10000-6 §7.1): HELLO, ACKNOWLEDGE, secure channels, errors. Services inside are not read. */

import { OPCUA } from '../../model/tables/opcua.ts';
import type { Conn, Dir, ParserSession, Position, ProtocolParser, Span, Verdict } from './contract.ts';
import { spells, u32le } from './wire/bytes.ts';
import { type Frame, Framing, type Message } from './wire/framing.ts';
import { bytesText } from './wire/text.ts';
import { byteClass } from './wire/byte-class.ts';

const HEADER = 8;
const MESSAGES = ['HEL', 'ACK', 'ERR', 'OPN', 'MSG', 'CLO', 'RHE'] as const;
/** Bodies of messages are passed over. */
const WANTED = 4096;
const LONGEST = 1 << 26;

const kindAt = (b: Uint8Array, at: number): (typeof MESSAGES)[number] | undefined =>
  MESSAGES.find((kind) => spells(b, at, kind));

const frameOf = (b: Uint8Array, at: number): Frame | 'more' | 'bad' => {
  if (b.length - at < HEADER) return 'more';
  const length = u32le(b, at + 4);
  const final = b[at + 3];
  if (!kindAt(b, at) || length < HEADER || length > LONGEST) return 'bad';
  if (final !== 0x46 && final !== 0x43 && final !== 0x41) return 'bad';
  const body = spells(b, at, 'MSG') ? HEADER + 4 : WANTED;
  return { length, wanted: Math.min(length, body) };
};

/** A string with four bytes of length before it; undefined for null and for what does not fit. */
function text(b: Uint8Array, at: number): string | undefined {
  if (at + 4 > b.length) return undefined;
  const size = u32le(b, at);
  return size === 0xffffffff || at + 4 + size > b.length ? undefined : bytesText(b, at + 4, at + 4 + size);
}

class OpcuaSession implements ParserSession {
  readonly #conn: Conn;
  readonly #framing: Framing;
  readonly #messages: [number, number] = [0, 0];
  #first: Position | undefined;
  #last: Position | undefined;
  readonly #values: Record<string, string | number | undefined> = {};

  constructor(conn: Conn) {
    this.#conn = conn;
    this.#framing = new Framing(conn, frameOf, (message, dir) => this.#message(message, dir));
  }

  parse(data: Span, dir: Dir): number {
    return this.#framing.parse(data, dir);
  }

  gap(dir: Dir, missing: number): boolean {
    return this.#framing.gap(dir, missing);
  }

  close(): void {
    if (!this.#first) return;
    const [requests, responses] = this.#messages;
    this.#conn.row(OPCUA, { ...this.#values, requests, responses }, this.#first, this.#last);
  }

  #message({ bytes, first, last }: Message, dir: Dir): boolean {
    this.#conn.confirm();
    this.#first ??= first;
    this.#last = last;
    const values = this.#values;
    switch (kindAt(bytes, 0)) {
      case 'HEL':
        if (bytes.length < 32) return false;
        values.version = u32le(bytes, 8);
        values.endpoint_url = text(bytes, 28);
        break;
      case 'OPN':
        values.channel_id = u32le(bytes, 8) || values.channel_id;
        values.security_policy = text(bytes, 12) ?? values.security_policy;
        break;
      case 'ERR':
        if (bytes.length < 12) return false;
        values.error = `0x${u32le(bytes, 8).toString(16).padStart(8, '0')}`;
        values.reason = text(bytes, 12);
        break;
      case 'MSG':
        this.#messages[dir] += 1;
        break;
      default:
        break;
    }
    return true;
  }
}

function probe(b: Uint8Array): Verdict {
  if (b.length < HEADER) {
    for (const kind of MESSAGES) if (spells(b, 0, kind.slice(0, Math.min(3, b.length)))) return 'more';
    return 'no';
  }
  const frame = frameOf(b, 0);
  if (typeof frame === 'string') return 'no';
  const kind = kindAt(b, 0);
  const { length } = frame;
  if (kind === 'ACK') return length === 28 ? 'yes' : 'no';
  if (kind === 'HEL') return length >= 32 && length <= 4128 ? 'yes' : 'no';
  return length >= 12 && b[3] === 0x46 ? 'yes' : 'no';
}

export const opcua: ProtocolParser = {
  name: 'opcua',
  transport: 'tcp',
  ports: [4840],
  firstBytes: byteClass('HAEOMCR'),
  probe,
  open: (conn) => new OpcuaSession(conn),
};

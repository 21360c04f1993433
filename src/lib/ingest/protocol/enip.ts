/** EtherNet/IP encapsulation and the CIP service inside (ODVA, "The CIP Networks Library", volumes 1 and 2). */

import { ENIP } from '../../model/tables/enip.ts';
import type { Conn, Dir, ParserSession, Position, ProtocolParser, Span, Verdict } from './contract.ts';
import { u16le, u32le } from './wire/bytes.ts';
import { tellRules } from './wire/enip-rules.ts';
import { type Frame, Framing, type Message } from './wire/framing.ts';
import { bytesText } from './wire/text.ts';

const PORT = 44818;
const HEADER = 24;
const LONGEST = 4096;

const COMMANDS: Readonly<Record<number, string>> = {
  0x00: 'nop',
  0x04: 'list_services',
  0x63: 'list_identity',
  0x64: 'list_interfaces',
  0x65: 'register_session',
  0x66: 'unregister_session',
  0x6f: 'send_rr_data',
  0x70: 'send_unit_data',
  0x72: 'indicate_status',
  0x73: 'cancel',
};
const SERVICES: Readonly<Record<number, string>> = {
  0x01: 'get_attributes_all',
  0x02: 'set_attributes_all',
  0x03: 'get_attribute_list',
  0x04: 'set_attribute_list',
  0x05: 'reset',
  0x06: 'start',
  0x07: 'stop',
  0x08: 'create',
  0x09: 'delete',
  0x0a: 'multiple_service_packet',
  0x0d: 'apply_attributes',
  0x0e: 'get_attribute_single',
  0x10: 'set_attribute_single',
  0x11: 'find_next_object_instance',
  0x15: 'restore',
  0x16: 'save',
  0x17: 'nop',
  0x4b: 'execute_pccc',
  0x4c: 'read_tag',
  0x4d: 'write_tag',
  0x4e: 'forward_close',
  0x52: 'unconnected_send',
  0x54: 'forward_open',
  0x5b: 'large_forward_open',
};
const RESPONSE = 0x80;
const LIST_IDENTITY = 0x63;
const IDENTITY_ITEM = 0x0c;
const CONNECTED_DATA = 0xb1;
const UNCONNECTED_DATA = 0xb2;

const frameOf = (b: Uint8Array, at: number): Frame | 'more' | 'bad' => {
  if (b.length - at < HEADER) return 'more';
  if (COMMANDS[u16le(b, at)] === undefined || u32le(b, at + 20) !== 0) return 'bad';
  const length = HEADER + u16le(b, at + 2);
  return { length, wanted: Math.min(length, LONGEST) };
};

interface Inside {
  cip_service?: string;
  cip_status?: number;
  product_name?: string;
}

class EnipSession implements ParserSession {
  readonly #conn: Conn;
  readonly #framing: Framing;
  #tx = 0;

  constructor(conn: Conn) {
    this.#conn = conn;
    this.#framing = new Framing(conn, frameOf, (message, dir) => this.#message(message, dir));
  }

  parse(data: Span, dir: Dir): number {
    return this.#framing.parse(data, dir);
  }

  /** A message mostly begins after a hole; the header says whether it does. */
  gap(): boolean {
    return true;
  }

  /** One message, one transaction: the sender's context joins question and answer, and clients leave it zero. */
  #tell(bytes: Uint8Array, dir: Dir, first: Position, last: Position): void {
    tellRules(this.#conn, bytes, cipOf(bytes), this.#tx, dir, first);
    this.#conn.tx(this.#tx, dir, dir === 0 ? 'request' : 'response', last);
    this.#conn.tx(this.#tx++, dir, 'end', last);
  }

  close(): void {
    // Every row was written with its message.
  }

  #message({ bytes, first, last }: Message, dir: Dir): boolean {
    const code = u16le(bytes, 0);
    this.#conn.confirm();
    if (this.#conn.listening) this.#tell(bytes, dir, first, last);
    this.#conn.row(
      ENIP,
      {
        command: COMMANDS[code],
        is_orig: dir === 0,
        session: u32le(bytes, 4),
        status: u32le(bytes, 8),
        ...(code === 0x6f || code === 0x70 ? carried(bytes) : code === LIST_IDENTITY ? identity(bytes) : {}),
      },
      first,
      last,
    );
    return true;
  }
}

/** Items of the common packet format: the data item holds the CIP message, after a sequence count where it is connected. */
function cipOf(b: Uint8Array): Uint8Array | undefined {
  const code = u16le(b, 0);
  if (code !== 0x6f && code !== 0x70) return undefined;
  const count = Math.min(u16le(b, HEADER + 6), 8);
  let at = HEADER + 8;
  for (let i = 0; i < count && at + 4 <= b.length; i++) {
    const type = u16le(b, at);
    const size = u16le(b, at + 2);
    const data = at + 4 + (type === CONNECTED_DATA ? 2 : 0);
    const end = Math.min(b.length, at + 4 + size);
    if ((type === CONNECTED_DATA || type === UNCONNECTED_DATA) && data < end) return b.subarray(data, end);
    at += 4 + size;
  }
  return undefined;
}

function carried(b: Uint8Array): Inside {
  const cip = cipOf(b);
  if (!cip) return {};
  const service = cip[0];
  const name = SERVICES[service & 0x7f] ?? `unknown-${service & 0x7f}`;
  return service & RESPONSE && cip.length > 2
    ? { cip_service: name, cip_status: cip[2] }
    : { cip_service: name };
}

function identity(b: Uint8Array): Inside {
  const item = HEADER + 2;
  if (u16le(b, item) !== IDENTITY_ITEM) return {};
  const name = item + 4 + 32;
  const size = b[name] ?? 0;
  return size > 0 && name + 1 + size <= b.length
    ? { product_name: bytesText(b, name + 1, name + 1 + size) }
    : {};
}

function probe(b: Uint8Array): Verdict {
  if (b.length >= 2 && COMMANDS[u16le(b, 0)] === undefined) return 'no';
  if (b.length < HEADER) return 'more';
  const code = u16le(b, 0);
  // Options are zero, and a status is a small number.
  if (u32le(b, 20) !== 0 || u32le(b, 8) > 0x69) return 'no';
  if (code === 0x65) return u16le(b, 2) === 4 ? 'yes' : 'no';
  if (code === 0x6f || code === 0x70) {
    if (u16le(b, 2) < 8) return 'no';
    if (b.length < HEADER + 8) return 'more';
    return u32le(b, HEADER) === 0 && u16le(b, HEADER + 6) <= 4 ? 'yes' : 'no';
  }
  return code !== 0 && u16le(b, 2) <= 512 ? 'yes' : 'no';
}

export const enip: ProtocolParser = {
  name: 'enip',
  transport: 'both',
  ports: [PORT],
  needsPort: true,
  probe,
  open: (conn) => new EnipSession(conn),
};

/** DCE/RPC (C706, MS-RPCE): connections over TCP and pipes, and the connectionless form over UDP. */

import { DCE_RPC } from '../../../model/tables/dce-rpc.ts';
import type { Conn, Dir, ParserSession, Position, ProtocolParser, Span, Verdict } from '../contract.ts';
import { Authentication } from '../wire/authentication.ts';
import { u16be, u16le, u32be, u32le } from '../wire/bytes.ts';
import { ruleWord } from '../wire/rule-number.ts';
import { bytesText } from '../wire/text.ts';
import { endpointName, ENDPOINT_MAPPER, EPT_MAP, isNoise, operationName } from './interfaces.ts';
import { byteClass } from '../wire/byte-class.ts';

const REQUEST = 0;
const RESPONSE = 2;
const FAULT = 3;
const BIND = 11;
const BIND_ACK = 12;
const ALTER_CONTEXT = 14;
const ALTER_CONTEXT_RESP = 15;
const AUTH3 = 16;
const TYPES: ReadonlySet<number> = new Set([0, 2, 3, 11, 12, 13, 14, 15, 16, 17, 18, 19]);

/** Authentication type of the secure channel between members and controllers. */
const NETLOGON_AUTH = 68;

const HEADER = 16;
const FIRST_FRAGMENT = 1;
const LAST_FRAGMENT = 2;
const HAS_OBJECT = 0x80;

/** Calls that wait for their answers, and contexts: the oldest goes when more come. */
const MAX_CALLS = 512;
const MAX_CONTEXTS = 256;
const MAX_CONTEXTS_IN_BIND = 64;

const HEADER_CL = 80;

interface Call {
  readonly first: Position;
  readonly last: Position;
  readonly uuid: string;
  readonly opnum: number;
}

const uuidAt = (bytes: Uint8Array, at: number, little: boolean): string => {
  const hex = (from: number, count: number, turned: boolean): string => {
    let text = '';
    for (let i = 0; i < count; i++) {
      const byte = bytes[at + from + (turned ? count - 1 - i : i)] ?? 0;
      text += byte.toString(16).padStart(2, '0');
    }
    return text;
  };
  return [hex(0, 4, little), hex(4, 2, little), hex(6, 2, little), hex(8, 2, false), hex(10, 6, false)].join(
    '-',
  );
};

/** Is there a header of a connection at `at`? */
const headerVerdict = (bytes: Uint8Array, at = 0): Verdict => {
  const left = bytes.length - at;
  if (left < 1) return 'more';
  if (bytes[at] !== 5 || (left > 1 && (bytes[at + 1] ?? 0) > 1)) return 'no';
  if (left > 2 && !TYPES.has(bytes[at + 2] ?? 0)) return 'no';
  if (left < HEADER) return 'more';
  const order = bytes[at + 4] ?? 0;
  if (
    (order & 0xe0) !== 0 ||
    (order & 0x0f) > 1 ||
    (bytes[at + 5] ?? 0) > 3 ||
    bytes[at + 6] !== 0 ||
    bytes[at + 7] !== 0
  )
    return 'no';
  const little = (order & 0x10) !== 0;
  const length = little ? u16le(bytes, at + 8) : u16be(bytes, at + 8);
  const auth = little ? u16le(bytes, at + 10) : u16be(bytes, at + 10);
  return length < HEADER || auth > length - HEADER ? 'no' : 'yes';
};

class DceRpcSession implements ParserSession {
  private readonly conn: Conn;
  private readonly logons: Authentication;
  private readonly contexts = new Map<number, string>();
  /** Major versions of the interfaces that were bound. */
  private readonly versions = new Map<string, number>();
  private readonly calls = new Map<number, Call>();
  private pipe: string | undefined;

  constructor(conn: Conn) {
    this.conn = conn;
    this.logons = new Authentication(conn);
  }

  parse(data: Span, dir: Dir): number {
    const { bytes } = data;
    let at = 0;
    while (at < bytes.length) {
      const verdict = headerVerdict(bytes, at);
      if (verdict === 'no') return -1;
      if (verdict === 'more') break;
      const little = ((bytes[at + 4] ?? 0) & 0x10) !== 0;
      const length = little ? u16le(bytes, at + 8) : u16be(bytes, at + 8);
      if (at + length > bytes.length) {
        this.conn.need(dir, length);
        break;
      }
      this.fragment(bytes.subarray(at, at + length), little, dir, data.at(at), data.at(at + length - 1));
      at += length;
    }
    return at;
  }

  private fragment(bytes: Uint8Array, little: boolean, dir: Dir, first: Position, last: Position): void {
    this.conn.confirm();
    const type = bytes[2] ?? 0;
    const u16 = little ? u16le : u16be;
    const u32 = little ? u32le : u32be;
    const call = u32(bytes, 12);
    switch (type) {
      case BIND:
      case ALTER_CONTEXT:
        this.bind(bytes, u16, little);
        this.verifier(bytes, u16, first, last);
        break;
      case BIND_ACK:
      case ALTER_CONTEXT_RESP: {
        const length = u16(bytes, 24);
        if (length > 1 && 26 + length <= bytes.length) this.pipe = bytesText(bytes, 26, 25 + length);
        this.verifier(bytes, u16, first, last);
        break;
      }
      case AUTH3:
        this.verifier(bytes, u16, first, last);
        break;
      case REQUEST:
        if (bytes.length >= 24) this.request(bytes, call, u16, dir, first, last);
        break;
      case RESPONSE:
        this.response(bytes, call, dir, last);
        break;
      case FAULT:
        this.answered(call, last, bytes.length >= 28 ? u32(bytes, 24) : undefined);
        break;
      default:
    }
  }

  private bind(bytes: Uint8Array, u16: typeof u16le, little: boolean): void {
    const count = Math.min(bytes[24] ?? 0, MAX_CONTEXTS_IN_BIND);
    let at = 28;
    for (let i = 0; i < count && at + 24 <= bytes.length; i++) {
      const id = u16(bytes, at);
      if (this.contexts.size < MAX_CONTEXTS || this.contexts.has(id))
        this.contexts.set(id, uuidAt(bytes, at + 4, little));
      if (this.versions.size < MAX_CONTEXTS)
        this.versions.set(uuidAt(bytes, at + 4, little), u16(bytes, at + 20));
      at += 24 + (bytes[at + 2] ?? 0) * 20;
    }
  }

  /** The trailer of authentication: type, level, padding, context, then the mechanism's token. */
  private verifier(bytes: Uint8Array, u16: typeof u16le, first: Position, last: Position): void {
    const length = u16(bytes, 10);
    if (length === 0 || length + 8 > bytes.length - HEADER) return;
    const type = bytes[bytes.length - length - 8] ?? 0;
    if (type === NETLOGON_AUTH) this.conn.weird('netlogon_dce_rpc_auth_type', first, String(type));
    else this.logons.token(bytes.subarray(bytes.length - length), first, last);
  }

  private request(
    bytes: Uint8Array,
    call: number,
    u16: typeof u16le,
    dir: Dir,
    first: Position,
    last: Position,
  ): void {
    const flags = bytes[3] ?? 0;
    const uuid = this.contexts.get(u16(bytes, 20));
    if ((flags & FIRST_FRAGMENT) !== 0 && uuid !== undefined) {
      if (this.calls.size >= MAX_CALLS) this.dropOldest();
      this.calls.set(call, { first, last, uuid, opnum: u16(bytes, 22) });
    }
    if (!this.conn.listening) return;
    this.listen(call, uuid, u16(bytes, 22), dir, first);
    const stub = (flags & HAS_OBJECT) === 0 ? 24 : 40;
    this.conn.buffer('dcerpc.stub_data', call, dir, bytes.subarray(Math.min(stub, bytes.length)), first);
    if ((flags & LAST_FRAGMENT) !== 0) this.conn.tx(call, dir, 'request', last);
  }

  /** For rules: the interface and the operation of a call. */
  private listen(
    call: number,
    uuid: string | undefined,
    opnum: number | undefined,
    dir: Dir,
    at: Position,
  ): void {
    if (uuid !== undefined)
      ruleWord(this.conn, 'dcerpc.iface', call, dir, `${uuid} version=${this.versions.get(uuid) ?? 0}`, at);
    if (opnum !== undefined)
      this.conn.buffer('dcerpc.opnum', call, dir, Buffer.from(String(opnum), 'latin1'), at);
  }

  private dropOldest(): void {
    const oldest = this.calls.entries().next().value;
    if (oldest === undefined) return;
    this.calls.delete(oldest[0]);
    this.write(oldest[1], undefined, undefined);
  }

  private response(bytes: Uint8Array, call: number, dir: Dir, last: Position): void {
    const found = this.calls.get(call);
    if (found?.uuid === ENDPOINT_MAPPER && found.opnum === EPT_MAP) this.mapped(bytes);
    if (((bytes[3] ?? 0) & LAST_FRAGMENT) !== 0) this.answered(call, last, undefined);
    if (!this.conn.listening) return;
    this.listen(call, found?.uuid, found?.opnum, dir, last);
    this.conn.buffer('dcerpc.stub_data', call, dir, bytes.subarray(Math.min(24, bytes.length)), last);
    if (((bytes[3] ?? 0) & LAST_FRAGMENT) !== 0) {
      this.conn.tx(call, dir, 'response', last);
      this.conn.tx(call, dir, 'end', last);
    }
  }

  /** Towers of an answer of the endpoint mapper: the ports at which an interface can be reached over TCP. */
  private mapped(bytes: Uint8Array): void {
    let expected = 0;
    for (let at = 24; at + 16 <= bytes.length && expected < 8; at++) {
      // A floor of TCP (1 byte: 07; 2 bytes: port), then one of IP (1 byte: 09; 4 bytes: address).
      if (
        bytes[at] !== 1 ||
        bytes[at + 1] !== 0 ||
        bytes[at + 2] !== 7 ||
        bytes[at + 3] !== 2 ||
        bytes[at + 4] !== 0
      )
        continue;
      if (bytes[at + 7] !== 1 || bytes[at + 8] !== 0 || bytes[at + 9] !== 9) continue;
      this.conn.expect(this.conn.facts.respH, u16be(bytes, at + 5), 'tcp', 'dce_rpc', 300);
      expected++;
    }
  }

  private answered(id: number, last: Position, fault: number | undefined): void {
    const call = this.calls.get(id);
    if (call === undefined) return;
    this.calls.delete(id);
    this.write(call, last, fault);
  }

  private write(call: Call, answer: Position | undefined, fault: number | undefined): void {
    const endpoint = endpointName(call.uuid);
    const operation = operationName(call.uuid, call.opnum);
    if (isNoise(endpoint, operation)) return;
    this.conn.row(
      DCE_RPC,
      {
        rtt: answer && answer.ts > call.first.ts ? answer.ts - call.first.ts : undefined,
        named_pipe: this.pipe,
        endpoint,
        operation,
        interface_uuid: call.uuid,
        opnum: call.opnum,
        fault,
      },
      call.first,
      answer ?? call.last,
    );
  }

  /** Fragments carry their lengths: after a hole nobody knows where the next begins. */
  gap(): boolean {
    return false;
  }

  close(): void {
    for (const call of this.calls.values()) this.write(call, undefined, undefined);
    this.calls.clear();
    this.logons.close();
  }
}

/** Is the datagram one of the connectionless protocol (C706 §12.5)? */
const isDatagram = (bytes: Uint8Array): boolean => {
  if (bytes.length < HEADER_CL || bytes[0] !== 4 || (bytes[1] ?? 0) > 10) return false;
  const order = bytes[4] ?? 0;
  if ((order & 0xe0) !== 0 || (order & 0x0f) > 1 || (bytes[5] ?? 0) > 3 || bytes[6] !== 0) return false;
  return ((order & 0x10) === 0 ? u16be : u16le)(bytes, 74) === bytes.length - HEADER_CL;
};

class DatagramSession implements ParserSession {
  private readonly conn: Conn;
  private readonly calls = new Map<number, Call>();

  constructor(conn: Conn) {
    this.conn = conn;
  }

  parse(data: Span): number {
    const { bytes } = data;
    if (!isDatagram(bytes)) return bytes.length;
    this.conn.confirm();
    const little = ((bytes[4] ?? 0) & 0x10) !== 0;
    const sequence = (little ? u32le : u32be)(bytes, 64);
    const type = bytes[1] ?? 0;
    const at = data.at(0);
    const found = this.calls.get(sequence);
    if (type === REQUEST && found === undefined && this.calls.size < MAX_CALLS) {
      const opnum = (little ? u16le : u16be)(bytes, 68);
      this.calls.set(sequence, { first: at, last: at, uuid: uuidAt(bytes, 24, little), opnum });
    } else if ((type === RESPONSE || type === FAULT) && found) {
      this.calls.delete(sequence);
      this.write(found, at);
    }
    return bytes.length;
  }

  private write(call: Call, answer: Position | undefined): void {
    this.conn.row(
      DCE_RPC,
      {
        rtt: answer && answer.ts > call.first.ts ? answer.ts - call.first.ts : undefined,
        endpoint: endpointName(call.uuid),
        operation: operationName(call.uuid, call.opnum),
        interface_uuid: call.uuid,
        opnum: call.opnum,
      },
      call.first,
      answer ?? call.last,
    );
  }

  gap(): boolean {
    return true;
  }

  close(): void {
    for (const call of this.calls.values()) this.write(call, undefined);
    this.calls.clear();
  }
}

export const dceRpc: ProtocolParser = {
  name: 'dce_rpc',
  transport: 'both',
  ports: [135],
  firstBytes: byteClass('\\x04\\x05'),
  probe(bytes, _dir, conn): Verdict {
    if (conn.transport !== 'tcp') return isDatagram(bytes) ? 'yes' : 'no';
    return headerVerdict(bytes);
  },
  open: (conn) => (conn.facts.transport === 'tcp' ? new DceRpcSession(conn) : new DatagramSession(conn)),
};

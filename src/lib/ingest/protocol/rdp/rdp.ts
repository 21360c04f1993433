/** Remote Desktop (MS-RDPBCGR): connection request and confirm, settings of both sides, then TLS or RDP's own encryption. */

import { RDP } from '../../../model/tables/rdp.ts';
import type {
  Conn,
  Dir,
  ParserSession,
  Position,
  ProtocolParser,
  RowValues,
  Span,
  Verdict,
} from '../contract.ts';
import { spells, u16be, u16le, u32be, u32le } from '../wire/bytes.ts';
import { bytesText } from '../wire/text.ts';
import { report } from '../wire/tls-certificates.ts';
import { FAILURES, named, SECURITY } from './names.ts';
import { settingsOf } from './settings.ts';
import { byteClass } from '../wire/byte-class.ts';

const CONNECT_REQUEST = 0xe0;
const CONNECT_CONFIRM = 0xd0;
const DATA = 0xf0;
const NEGOTIATION_RESPONSE = 2;
const NEGOTIATION_FAILURE = 3;
const COOKIE = 'Cookie: mstshash=';
/** Settings are complete within so many packets of a side; other bytes are no concern of this table. */
const MAX_PACKET = 1 << 16;

class RdpSession implements ParserSession {
  private readonly conn: Conn;
  private values: RowValues = { cert_count: 0 };
  private first: Position | undefined;
  private last: Position | undefined;
  private secured = false;

  constructor(conn: Conn) {
    this.conn = conn;
  }

  parse(data: Span, dir: Dir): number {
    const { bytes } = data;
    let at = 0;
    while (bytes.length - at >= 4) {
      if (bytes[at] !== 3 || bytes[at + 1] !== 0) return -1;
      const length = u16be(bytes, at + 2);
      if (length < 7 || length > MAX_PACKET) return -1;
      if (bytes.length - at < length) {
        this.conn.need(dir, length);
        break;
      }
      const packet = bytes.subarray(at, at + length);
      const first = data.at(at);
      at += length;
      if (!this.packet(packet, dir, first, data.at(at - 1))) return -1;
      if (this.secured) {
        this.write();
        this.conn.switchTo('ssl');
        break;
      }
    }
    return at;
  }

  private packet(bytes: Uint8Array, dir: Dir, first: Position, last: Position): boolean {
    const type = (bytes[5] ?? 0) & 0xf0;
    if (this.first === undefined && type === DATA) return false;
    this.first ??= first;
    this.last = last;
    this.conn.confirm();
    if (type === CONNECT_REQUEST && dir === 0) this.request(bytes);
    else if (type === CONNECT_CONFIRM && dir === 1) this.confirmed(bytes);
    else if (type === DATA) this.settings(bytes, dir, first, last);
    return true;
  }

  private request(bytes: Uint8Array): void {
    if (!spells(bytes, 11, COOKIE)) return;
    const from = 11 + COOKIE.length;
    const end = bytes.indexOf(0x0d, from);
    this.values = { ...this.values, cookie: bytesText(bytes, from, end < 0 ? bytes.length : end) };
  }

  private confirmed(bytes: Uint8Array): void {
    if (bytes.length < 19) return;
    const value = u32le(bytes, 15);
    if (bytes[11] === NEGOTIATION_RESPONSE) {
      this.values = { ...this.values, security_protocol: named(SECURITY, value, 'security_protocol') };
      if (value === 0) return;
      this.values = { ...this.values, result: 'encrypted' };
      this.secured = true;
    } else if (bytes[11] === NEGOTIATION_FAILURE) {
      this.values = { ...this.values, result: named(FAILURES, value, 'failure_code') };
    }
  }

  private settings(bytes: Uint8Array, dir: Dir, first: Position, last: Position): void {
    const found = settingsOf(bytes, dir === 0);
    if (found === undefined) return;
    this.values = { ...this.values, ...found.values };
    const name = found.values['client_name'];
    if (typeof name === 'string') this.conn.name(this.conn.facts.origH, name, 'rdp', last);
    if (dir === 0) return;
    report(this.conn, found.certificates, dir, false, first, last, 'RDP');
    // Without TLS the rest is RDP's own encryption.
    this.write();
    this.conn.ignoreRest();
  }

  private write(): void {
    if (this.first) this.conn.row(RDP, this.values, this.first, this.last);
    this.first = undefined;
  }

  gap(): boolean {
    return false;
  }

  close(): void {
    this.write();
  }
}

export const rdp: ProtocolParser = {
  name: 'rdp',
  transport: 'tcp',
  ports: [3389],
  firstBytes: byteClass('\\x03'),
  probe(bytes, dir, conn): Verdict {
    // TPKT and X.224: a connection request or its confirmation that fill the packet.
    if (bytes[0] !== undefined && bytes[0] !== 3) return 'no';
    if (bytes.length > 1 && bytes[1] !== 0) return 'no';
    if (bytes.length < 11) return 'more';
    const length = u16be(bytes, 2);
    const type = bytes[5] ?? 0;
    if (
      type !== (dir === 0 ? CONNECT_REQUEST : CONNECT_CONFIRM) ||
      length !== (bytes[4] ?? 0) + 5 ||
      length < 11
    )
      return 'no';
    if (bytes.length < length) return length > 512 ? 'no' : 'more';
    if (spells(bytes, 11, 'Cookie: ')) return 'yes';
    // A negotiation of eight bytes ends the packet; without one only the port tells it from other users of X.224.
    const negotiation = length - 8;
    const kind = bytes[negotiation] ?? 0;
    if (
      negotiation >= 11 &&
      u16le(bytes, negotiation + 2) === 8 &&
      (dir === 0 ? kind === 1 : kind === 2 || kind === 3)
    )
      return 'yes';
    return length === 11 && conn.respP === 3389 ? 'yes' : 'no';
  },
  open: (conn) => new RdpSession(conn),
};

const SYN = 0x0001;
const ACK = 0x0004;
const UDP_HEADER = 16;

class RdpUdpSession implements ParserSession {
  private readonly conn: Conn;
  private asked = false;

  constructor(conn: Conn) {
    this.conn = conn;
  }

  parse(data: Span, dir: Dir): number {
    const { bytes } = data;
    const flags = u16be(bytes, 6);
    if (bytes.length >= UDP_HEADER) {
      if (dir === 0 && u32be(bytes, 0) === 0xffffffff && (flags & SYN) !== 0) this.asked = true;
      else if (dir === 1 && this.asked && (flags & (SYN | ACK)) === (SYN | ACK)) {
        this.conn.confirm();
        this.conn.app('RDP');
        this.conn.ignoreRest();
      }
    }
    return bytes.length;
  }

  gap(): boolean {
    return true;
  }

  close(): void {
    this.asked = false;
  }
}

/** Remote Desktop over UDP (MS-RDPEUDP): only that it is. */
export const rdpUdp: ProtocolParser = {
  name: 'rdpeudp',
  transport: 'udp',
  ports: [3389],
  needsPort: true,
  probe: (bytes, dir) =>
    dir === 0 &&
    bytes.length >= 1132 &&
    u32be(bytes, 0) === 0xffffffff &&
    (u16be(bytes, 6) & (SYN | ACK)) === SYN
      ? 'yes'
      : 'no',
  open: (conn) => new RdpUdpSession(conn),
};

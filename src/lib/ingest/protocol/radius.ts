/** RADIUS (RFC 2865, 2866): one row a login, over its challenges, and one an accounting request. */

import { parseAddress } from '../../model/address.ts';
import { RADIUS } from '../../model/tables/radius.ts';
import type { CellValue } from '../../model/column-batch.ts';
import type { Conn, ParserSession, Position, ProtocolParser, Span } from './contract.ts';
import { ipv4Cell, ipv4Text, ipv6Text } from './wire/address.ts';
import { u16, u32 } from './wire/numbers.ts';
import { bytesText, hexText } from './wire/text.ts';

const HEADER = 20;
const MAX_LENGTH = 4096;
const [ACCESS_REQUEST, ACCEPT, REJECT, ACCOUNTING_REQUEST, CHALLENGE] = [1, 2, 3, 4, 11];
/** RFC 2865, 2866, 5176 (disconnect and change of authorisation), 5997 (status). */
const CODES = new Set([1, 2, 3, 4, 5, 11, 12, 13, 40, 41, 42, 43, 44, 45]);
const MICROSOFT = 311;
const STATUS = new Map([
  [1, 'Start'],
  [2, 'Stop'],
  [3, 'Interim-Update'],
  [7, 'Accounting-On'],
  [8, 'Accounting-Off'],
  [15, 'Failed'],
]);
const MAX_OPEN = 256;

type Attributes = ReadonlyMap<number, Uint8Array>;

/** Attributes of a packet, the first of each type; undefined where they do not fill it exactly. */
const attributesOf = (bytes: Uint8Array): Attributes | undefined => {
  if (bytes.length < HEADER || !CODES.has(bytes[0])) return undefined;
  const end = u16(bytes, 2);
  // What follows the length is padding (RFC 2865 §3).
  if (end < HEADER || end > MAX_LENGTH || end > bytes.length || bytes.length - end > 64) return undefined;
  const found = new Map<number, Uint8Array>();
  for (let at = HEADER; at < end; at += bytes[at + 1]) {
    if (at + 2 > end || bytes[at + 1] < 2 || at + bytes[at + 1] > end) return undefined;
    if (!found.has(bytes[at])) found.set(bytes[at], bytes.subarray(at + 2, at + bytes[at + 1]));
  }
  return found;
};

const text = (bytes: Uint8Array | undefined): string | undefined => bytes && bytesText(bytes);

/** aa:bb:… of the many ways to write a hardware address; other text stays as it is. */
const macText = (bytes: Uint8Array | undefined): string | undefined => {
  if (bytes === undefined) return undefined;
  const plain = bytesText(bytes, 0, Math.min(bytes.length, 253));
  const digits = plain.replaceAll(/[-:.]/g, '').toLowerCase();
  if (!/^[0-9a-f]{12}$/.test(digits)) return plain;
  return (digits.match(/../g) ?? []).join(':');
};

const methodOf = (attributes: Attributes): string | undefined => {
  if (attributes.has(79)) return 'eap';
  if (attributes.has(3)) return 'chap';
  if (attributes.has(2)) return 'pap';
  const vendor = attributes.get(26);
  if (vendor === undefined || vendor.length < 6 || u32(vendor, 0) !== MICROSOFT) return undefined;
  return vendor[4] === 25 ? 'mschapv2' : vendor[4] === 1 || vendor[4] === 11 ? 'mschap' : undefined;
};

interface Login {
  readonly first: Position;
  last: Position;
  readonly values: Record<string, CellValue>;
  /** Identifier of the request that waits for its answer. */
  id: number;
  /** What the last challenge wants to see again. */
  state: string | undefined;
}

class RadiusSession implements ParserSession {
  readonly #conn: Conn;
  #logins: Login[] = [];
  #sound = false;

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  parse(data: Span): number {
    const { bytes } = data;
    const attributes = attributesOf(bytes);
    if (attributes === undefined) return this.#sound ? bytes.length : -1;
    this.#sound = true;
    this.#conn.confirm();
    const at = data.at(0);
    const [code, id] = bytes;
    if (code === ACCESS_REQUEST) this.#request(id, attributes, at);
    else if (code === ACCEPT || code === REJECT || code === CHALLENGE) this.#answer(code, id, attributes, at);
    else if (code === ACCOUNTING_REQUEST) this.#accounting(attributes, at);
    return bytes.length;
  }

  gap(): boolean {
    return true;
  }

  close(): void {
    for (const login of this.#logins) this.#write(login, 'unknown');
    this.#logins = [];
  }

  #request(id: number, attributes: Attributes, at: Position): void {
    const state = attributes.get(24);
    const key = state && hexText(state);
    let login =
      this.#logins.find((one) => key !== undefined && one.state === key) ??
      // The same request again: it was not answered in time.
      this.#logins.find(
        (one) =>
          one.id === id && one.state === undefined && one.values['username'] === text(attributes.get(1)),
      );
    if (login === undefined) {
      if (this.#logins.length >= MAX_OPEN) this.close();
      login = { first: at, last: at, values: {}, id, state: undefined };
      this.#logins.push(login);
    }
    login.id = id;
    login.state = undefined;
    login.last = at;
    this.#asked(login.values, attributes);
    login.values['auth_method'] = methodOf(attributes) ?? login.values['auth_method'];
  }

  #asked(values: Record<string, CellValue>, attributes: Attributes): void {
    values['username'] ??= text(attributes.get(1));
    values['mac'] ??= macText(attributes.get(31));
    values['called_station'] ??= text(attributes.get(30));
    values['connect_info'] ??= text(attributes.get(77));
    values['nas_identifier'] ??= text(attributes.get(32));
    const tunnel = attributes.get(66);
    // A tag may come first (RFC 2868 §3.3).
    if (tunnel) values['tunnel_client'] ??= bytesText(tunnel, tunnel[0] <= 0x1f ? 1 : 0);
    const [v4, v6] = [attributes.get(4), attributes.get(95)];
    if (v4?.length === 4) values['nas_address'] ??= ipv4Text(v4, 0);
    else if (v6?.length === 16) values['nas_address'] ??= ipv6Text(v6, 0);
  }

  #answer(code: number, id: number, attributes: Attributes, at: Position): void {
    let login = this.#logins.find((one) => one.id === id && one.state === undefined);
    if (login === undefined) {
      login = { first: at, last: at, values: {}, id, state: undefined };
      this.#logins.push(login);
    }
    login.last = at;
    const framed = attributes.get(8);
    if (framed?.length === 4) login.values['framed_addr'] ??= ipv4Cell(framed, 0);
    login.values['reply_msg'] ??= text(attributes.get(18));
    if (code === ACCEPT) login.values['username'] ??= text(attributes.get(1));
    if (code === CHALLENGE) {
      const state = attributes.get(24);
      login.state = state ? hexText(state) : '';
      return;
    }
    this.#logins = this.#logins.filter((one) => one !== login);
    this.#write(login, code === ACCEPT ? 'success' : 'failed');
  }

  #accounting(attributes: Attributes, at: Position): void {
    const values: Record<string, CellValue> = {};
    this.#asked(values, attributes);
    const [framed, status] = [attributes.get(8), attributes.get(40)];
    if (framed?.length === 4) {
      values['framed_addr'] = ipv4Cell(framed, 0);
      const host = text(attributes.get(31));
      if (host !== undefined && parseAddress(host) === undefined && !/^[0-9a-f:.-]+$/i.test(host))
        this.#conn.name(ipv4Text(framed, 0), host, 'radius', at);
    }
    const kind = status?.length === 4 ? u32(status, 0) : 0;
    this.#conn.row(
      RADIUS,
      { ...values, acct_status: STATUS.get(kind) ?? String(kind), acct_session: text(attributes.get(44)) },
      at,
    );
  }

  #write({ first, last, values }: Login, result: string): void {
    const ttl = last.ts - first.ts;
    const answered = result !== 'unknown' && ttl > 0n;
    this.#conn.row(RADIUS, { ...values, result, ...(answered && { ttl }) }, first, last);
  }
}

export const radius: ProtocolParser = {
  name: 'radius',
  transport: 'udp',
  ports: [1812, 1813, 1645, 1646, 3799],
  probe: (bytes, _dir, { respP, origP }) => {
    const attributes = attributesOf(bytes);
    if (attributes === undefined) return 'no';
    const usual = radius.ports.includes(respP) || radius.ports.includes(origP);
    // Away from its ports it has to have something to say.
    return usual || (attributes.size >= 2 && bytes.length === u16(bytes, 2)) ? 'yes' : 'no';
  },
  open: (conn) => new RadiusSession(conn),
};

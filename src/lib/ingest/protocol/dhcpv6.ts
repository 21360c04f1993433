/** DHCPv6 (RFC 8415): one row a transaction. */

import { DHCPV6 } from '../../model/tables/dhcpv6.ts';
import type { CellValue } from '../../model/column-batch.ts';
import type { Conn, Dir, ParserSession, Position, ProtocolParser, Span } from './contract.ts';
import { ipv6Text, macOf } from './wire/address.ts';
import { u16 } from './wire/numbers.ts';
import { bytesText, hexText } from './wire/text.ts';

const TYPES =
  'SOLICIT ADVERTISE REQUEST CONFIRM RENEW REBIND REPLY RELEASE DECLINE RECONFIGURE INFORMATION-REQUEST RELAY-FORW RELAY-REPL LEASEQUERY LEASEQUERY-REPLY LEASEQUERY-DONE LEASEQUERY-DATA RECONFIGURE-REQUEST RECONFIGURE-REPLY DHCPV4-QUERY DHCPV4-RESPONSE'.split(
    ' ',
  );
const RELAY_FORWARD = 12;
const RELAY_REPLY = 13;
const RELAY_HEADER = 34;
const MAX_RELAYS = 8;
const MAX_OPEN = 256;
const RELAY_MESSAGE = 9;

interface Option {
  readonly code: number;
  readonly from: number;
  readonly to: number;
}

/** Options from `at` to `end`; undefined where they do not fill it exactly. */
const optionsOf = (bytes: Uint8Array, at: number, end: number): Option[] | undefined => {
  const found: Option[] = [];
  while (at < end) {
    if (at + 4 > end) return undefined;
    const to = at + 4 + u16(bytes, at + 2);
    if (to > end) return undefined;
    found.push({ code: u16(bytes, at), from: at + 4, to });
    at = to;
  }
  return found;
};

interface Message {
  readonly type: number;
  readonly id: number;
  readonly options: readonly Option[];
  readonly linkAddress: string | undefined;
}

/** The message, out of its relays' envelopes; undefined where this is no DHCPv6. */
const messageOf = (bytes: Uint8Array): Message | undefined => {
  let at = 0;
  let end = bytes.length;
  let linkAddress: string | undefined;
  for (let relays = 0; relays <= MAX_RELAYS; relays++) {
    if (end - at < 4) return undefined;
    const type = bytes[at];
    if (type === 0 || type > TYPES.length) return undefined;
    if (type !== RELAY_FORWARD && type !== RELAY_REPLY) {
      const options = optionsOf(bytes, at + 4, end);
      const id = (bytes[at + 1] << 16) | u16(bytes, at + 2);
      return options && { type, id, options, linkAddress };
    }
    if (end - at < RELAY_HEADER) return undefined;
    linkAddress ??= ipv6Text(bytes, at + 2);
    const inside = optionsOf(bytes, at + RELAY_HEADER, end)?.find(({ code }) => code === RELAY_MESSAGE);
    if (inside === undefined) return undefined;
    at = inside.from;
    end = inside.to;
  }
  return undefined;
};

const domainText = (bytes: Uint8Array, from: number, to: number): string => {
  const labels: string[] = [];
  for (let at = from; at < to && bytes[at] > 0 && at + 1 + bytes[at] <= to; at += bytes[at] + 1)
    labels.push(bytesText(bytes, at + 1, at + 1 + bytes[at]));
  return labels.join('.');
};

class Transaction {
  readonly first: Position;
  last: Position;
  readonly types: string[] = [];
  readonly addresses = new Set<string>();
  readonly prefixes = new Set<string>();
  readonly values: Record<string, CellValue> = {};

  constructor(first: Position) {
    this.first = first;
    this.last = first;
  }

  /** Options of a message, and of an association inside it. */
  take(bytes: Uint8Array, options: readonly Option[], depth: number): void {
    const { values } = this;
    for (const { code, from, to } of options) {
      const length = to - from;
      if (code === 1) {
        values['client_duid'] = hexText(bytes, from, to);
        const type = length > 4 ? u16(bytes, from) : 0;
        // DUID-LLT and DUID-LL of Ethernet (RFC 8415 §11.2, §11.4).
        const mac = type === 1 && length === 14 ? from + 8 : type === 3 && length === 10 ? from + 4 : -1;
        if (mac > 0) values['mac'] = macOf(bytes, mac);
      } else if (code === 2) values['server_duid'] = hexText(bytes, from, to);
      else if (code === 39 && length > 1) values['client_fqdn'] = domainText(bytes, from + 1, to);
      else if (code === 16 && length > 6) values['vendor_class'] = bytesText(bytes, from + 6, to);
      else if (code === 23) {
        const servers: string[] = [];
        for (let at = from; at + 16 <= to; at += 16) servers.push(ipv6Text(bytes, at));
        values['name_servers'] = servers;
      } else if (code === 13 && length >= 2 && u16(bytes, from) !== 0)
        values['status'] = `${u16(bytes, from)} ${bytesText(bytes, from + 2, to)}`.trimEnd();
      else if (depth === 0 && (code === 3 || code === 25) && length >= 12)
        this.take(bytes, optionsOf(bytes, from + 12, to) ?? [], 1);
      else if (depth === 0 && code === 4 && length >= 4)
        this.take(bytes, optionsOf(bytes, from + 4, to) ?? [], 1);
      else if (depth === 1 && code === 5 && length >= 24) this.addresses.add(ipv6Text(bytes, from));
      else if (depth === 1 && code === 26 && length >= 25)
        this.prefixes.add(`${ipv6Text(bytes, from + 9)}/${bytes[from + 8]}`);
    }
  }
}

class Dhcpv6Session implements ParserSession {
  readonly #conn: Conn;
  readonly #open = new Map<number, Transaction>();
  #sound = false;

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  parse(data: Span, dir: Dir): number {
    const { bytes } = data;
    const message = messageOf(bytes);
    if (message === undefined) return this.#sound ? bytes.length : -1;
    this.#sound = true;
    this.#conn.confirm();
    const at = data.at(0);
    let transaction = this.#open.get(message.id);
    if (transaction === undefined) {
      if (this.#open.size >= MAX_OPEN) this.close();
      transaction = new Transaction(at);
      this.#open.set(message.id, transaction);
    }
    transaction.last = at;
    transaction.types.push(TYPES[message.type - 1]);
    transaction.values['relay_link_addr'] ??= message.linkAddress;
    const fromServer = message.type === 2 || message.type === 7;
    if (!fromServer) {
      const { addresses, prefixes } = transaction;
      transaction.take(bytes, message.options, 0);
      // What a client asks for is not assigned yet.
      addresses.clear();
      prefixes.clear();
    } else transaction.take(bytes, message.options, 0);
    const name = transaction.values['client_fqdn'];
    if (typeof name === 'string') {
      for (const address of transaction.addresses) this.#conn.name(address, name, 'dhcpv6', at);
      if (!fromServer) {
        const { origH, respH } = this.#conn.facts;
        this.#conn.name(dir === 0 ? origH : respH, name, 'dhcpv6', at);
      }
    }
    if (message.type === 7) {
      this.#write(message.id, transaction);
      this.#open.delete(message.id);
    }
    return bytes.length;
  }

  gap(): boolean {
    return true;
  }

  close(): void {
    for (const [id, transaction] of this.#open) this.#write(id, transaction);
    this.#open.clear();
  }

  #write(id: number, { first, last, types, addresses, prefixes, values }: Transaction): void {
    this.#conn.row(
      DHCPV6,
      {
        ...values,
        trans_id: id,
        msg_types: types,
        duration: last.ts - first.ts,
        ...(addresses.size > 0 && { assigned_addrs: [...addresses] }),
        ...(prefixes.size > 0 && { assigned_prefixes: [...prefixes] }),
      },
      first,
      last,
    );
  }
}

export const dhcpv6: ProtocolParser = {
  name: 'dhcpv6',
  transport: 'udp',
  ports: [546, 547],
  needsPort: true,
  probe: (bytes) => {
    const message = messageOf(bytes);
    return message !== undefined && message.options.length > 0 ? 'yes' : 'no';
  },
  open: (conn) => new Dhcpv6Session(conn),
};

/** What one transaction (the messages of an identifier, over one or more connections) puts into its row, as Zeek's dhcp.log has it. */

import { parseAddress } from '../../../model/address.ts';
import { DHCP } from '../../../model/tables/dhcp.ts';
import type { CellValue } from '../../../model/column-batch.ts';
import type { Conn, Dir, Position } from '../contract.ts';
import { ipv4Cell, ipv4Text, isZero, macOf } from '../wire/address.ts';
import { u32 } from '../wire/numbers.ts';
import { bytesText, hexText } from '../wire/text.ts';
import { FIXED, messageTypeName, type Options, optionsOf, subOptionsOf } from './options.ts';

const SECOND = 1_000_000_000n;
/** Zeek's limits: silence, and age, after which an identifier begins a new transaction; connections and messages of one row. */
const SILENCE = 5n * SECOND;
const AGE = 30n * SECOND;
const MAX_CONNECTIONS = 10;
const MAX_MESSAGES = 50;

const ETHERNET = 1;

const addresses = (bytes: Uint8Array | undefined): string[] | undefined => {
  if (bytes === undefined || bytes.length < 4) return undefined;
  const found: string[] = [];
  for (let at = 0; at + 4 <= bytes.length; at += 4) found.push(ipv4Text(bytes, at));
  return found;
};

const text = (bytes: Uint8Array | undefined): string | undefined => bytes && bytesText(bytes);

/** Names end where C ends them: some clients send the zero byte, too. */
const nameText = (bytes: Uint8Array | undefined): string | undefined => {
  if (bytes === undefined) return undefined;
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytesText(bytes, 0, end);
};

/** RFC 4702: flags, two response codes, the name: in the wire format of DNS (flag E) or as text. */
const fqdnText = (bytes: Uint8Array | undefined): string | undefined => {
  if (bytes === undefined || bytes.length < 4) return undefined;
  if ((bytes[0] & 4) === 0) return bytesText(bytes, 3);
  const labels: string[] = [];
  for (
    let at = 3;
    at < bytes.length && bytes[at] > 0 && at + 1 + bytes[at] <= bytes.length;
    at += bytes[at] + 1
  )
    labels.push(bytesText(bytes, at + 1, at + 1 + bytes[at]));
  return labels.join('.');
};

const addressCell = (address: string): CellValue => {
  const halves = parseAddress(address);
  return halves && [halves.hi, halves.lo];
};

export class Transaction {
  readonly #conn: Conn;
  readonly #first: Position;
  #last: Position;
  readonly #uids = new Set<string>();
  readonly #types: string[] = [];
  readonly #values: Record<string, CellValue> = {};
  #chaddr: string | undefined;
  #hostAddress: string | undefined;
  /** Connections of it that may still carry messages. */
  open = 0;

  constructor(conn: Conn, first: Position) {
    this.#conn = conn;
    this.#first = first;
    this.#last = first;
  }

  isOver(now: bigint): boolean {
    return (
      now - this.#first.ts > AGE ||
      now - this.#last.ts > SILENCE ||
      this.#uids.size >= MAX_CONNECTIONS ||
      this.#types.length >= MAX_MESSAGES
    );
  }

  message(conn: Conn, bytes: Uint8Array, dir: Dir, at: Position): void {
    const { facts } = conn;
    const values = this.#values;
    const options = optionsOf(bytes);
    const sender = dir === 0 ? facts.origH : facts.respH;
    this.#uids.add(facts.uid);
    this.#last = at;
    const type = options.get(53)?.[0];
    if (type !== undefined) this.#types.push(messageTypeName(type));
    const chaddr = bytes[2] > 0 ? macOf(bytes, 28, bytes[2]) : undefined;
    if (bytes[0] === 1) this.#fromClient(options, sender, chaddr);
    else this.#fromServer(bytes, options, sender, chaddr);
    const relay = options.get(82);
    if (relay) {
      const parts = subOptionsOf(relay);
      values['circuit_id'] ??= text(parts.get(1));
      values['agent_remote_id'] ??= text(parts.get(2));
      values['subscriber_id'] ??= text(parts.get(6));
    }
    const name = values['host_name'];
    const told = type === 5 ? (this.#hostAddress ?? sender) : type === 8 ? sender : undefined;
    if (typeof name === 'string' && told !== undefined) conn.name(told, name, 'dhcp', at);
  }

  #fromClient(options: Options, sender: string, chaddr: string | undefined): void {
    const values = this.#values;
    if (sender !== '0.0.0.0' && sender !== '255.255.255.255') values['client_addr'] = addressCell(sender);
    const set = (name: string, value: CellValue): void => {
      if (value !== undefined) values[name] = value;
    };
    set('host_name', nameText(options.get(12)));
    set('client_fqdn', fqdnText(options.get(81)));
    set('client_message', text(options.get(56)));
    set('vendor_class', text(options.get(60)));
    const id = options.get(61);
    if (id && id[0] === ETHERNET && id.length === 7) values['mac'] = macOf(id, 1);
    else if (chaddr !== undefined) this.#chaddr = chaddr;
    if (id) values['client_id'] = hexText(id);
    const requested = options.get(50);
    if (requested?.length === 4) values['requested_addr'] = ipv4Cell(requested, 0);
    const wanted = options.get(55);
    if (wanted) values['param_list'] = JSON.stringify([...wanted]);
  }

  #fromServer(bytes: Uint8Array, options: Options, sender: string, chaddr: string | undefined): void {
    const values = this.#values;
    if (!isZero(bytes, 16, 4)) {
      values['server_addr'] = addressCell(sender);
      values['assigned_addr'] = ipv4Cell(bytes, 16);
      this.#hostAddress = ipv4Text(bytes, 16);
      values['client_addr'] ??= values['assigned_addr'];
    }
    if (chaddr !== undefined) values['mac'] ??= chaddr;
    const set = (name: string, value: CellValue): void => {
      if (value !== undefined) values[name] = value;
    };
    set('domain', nameText(options.get(15)));
    set('server_message', text(options.get(56)));
    set('routers', addresses(options.get(3)));
    set('name_servers', addresses(options.get(6)));
    set('ntp_servers', addresses(options.get(42)));
    const id = options.get(54);
    if (id?.length === 4) values['server_id'] = ipv4Cell(id, 0);
    const mask = options.get(1);
    if (mask?.length === 4) values['subnet_mask'] = ipv4Text(mask, 0);
    const lease = options.get(51);
    if (lease?.length === 4) values['lease_time'] = BigInt(u32(lease, 0)) * SECOND;
    const file = options.get(67);
    if (file) values['boot_file'] = text(file);
    else if (bytes.length >= FIXED && bytes[108] !== 0 && !options.has(52)) {
      const end = bytes.indexOf(0, 108);
      values['boot_file'] = bytesText(bytes, 108, end < 0 || end > 236 ? 236 : end);
    }
  }

  write(): void {
    this.#values['mac'] ??= this.#chaddr;
    this.#conn.row(
      DHCP,
      {
        ...this.#values,
        uids: [...this.#uids],
        msg_types: this.#types,
        duration: this.#last.ts - this.#first.ts,
      },
      this.#first,
      this.#last,
    );
  }
}

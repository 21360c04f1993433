/**
 * NetBIOS' datagram service (RFC 1002 §4.4): who sends to which name; in mailslots, the announcements of the browser service (MS-BRWS §2.2).
 */

import { NETBIOS_DATAGRAM } from '../../model/tables/netbios-datagram.ts';
import type { RowValues } from '../../model/content.ts';
import type { Conn, Dir, ParserSession, ProtocolParser, Span } from './contract.ts';
import { ipv4Cell } from './wire/address.ts';
import { u16le, u32be, u32le } from './wire/bytes.ts';
import { decodeNetbios, type NetbiosName, netbiosName } from './wire/netbios-name.ts';
import { u16 } from './wire/numbers.ts';
import { bytesText } from './wire/text.ts';

const PORT = 138;
const HEADER = 10;
/** Length and offset of a datagram's content follow the header. */
const CONTENT_HEADER = 14;
const ENCODED_NAME = 34;
const SMB_HEADER = 32;
const SMB1 = 0xff534d42;
const TRANSACTION = 0x25;
const [UNIQUE, ERROR, LAST] = [0x10, 0x13, 0x16];

const TYPES: readonly string[] = [
  'direct_unique',
  'direct_group',
  'broadcast',
  'error',
  'query_request',
  'positive_query_response',
  'negative_query_response',
];

const HOST_ANNOUNCEMENT = 1;
const DOMAIN_ANNOUNCEMENT = 12;
const LOCAL_MASTER_ANNOUNCEMENT = 15;
const BROWSER_COMMANDS: Readonly<Record<number, string>> = {
  [HOST_ANNOUNCEMENT]: 'host_announcement',
  2: 'announcement_request',
  8: 'election',
  9: 'get_backup_list_request',
  10: 'get_backup_list_response',
  11: 'become_backup',
  [DOMAIN_ANNOUNCEMENT]: 'domain_announcement',
  13: 'master_announcement',
  14: 'reset_state',
  [LOCAL_MASTER_ANNOUNCEMENT]: 'local_master_announcement',
};
const ANNOUNCEMENTS: ReadonlySet<number> = new Set([
  HOST_ANNOUNCEMENT,
  DOMAIN_ANNOUNCEMENT,
  LOCAL_MASTER_ANNOUNCEMENT,
]);

interface EncodedName {
  readonly name: NetbiosName;
  readonly end: number;
}

/** A first label of 32 letters and the labels of a scope; no pointers: undefined where it is none. */
function nameAt(b: Uint8Array, at: number): EncodedName | undefined {
  if (b[at] !== 32) return undefined;
  const labels: string[] = [];
  let i = at;
  while (i < b.length && labels.length < 16) {
    const length = b[i];
    if (length === 0) {
      const name = decodeNetbios(labels.join('.'));
      return name && { name, end: i + 1 };
    }
    if (length > 63 || i + 1 + length > b.length) return undefined;
    labels.push(bytesText(b, i + 1, i + 1 + length));
    i += 1 + length;
  }
  return undefined;
}

function isDatagram(b: Uint8Array): boolean {
  const type = b[0] ?? 0;
  if (type < UNIQUE || type > LAST || b.length < HEADER + 1 || (b[1] & 0xf0) !== 0) return false;
  if (type === ERROR) return b.length === HEADER + 1 && b[HEADER] >= 0x82 && b[HEADER] <= 0x84;
  if (type > ERROR) return b.length >= HEADER + ENCODED_NAME && nameAt(b, HEADER) !== undefined;
  return b.length >= CONTENT_HEADER + 2 * ENCODED_NAME && nameAt(b, CONTENT_HEADER) !== undefined;
}

const endOfText = (b: Uint8Array, at: number): number => {
  const end = b.indexOf(0, at);
  return end < 0 ? b.length : end;
};

/** An announcement: the server's name, its system and its comment. */
function announcement(b: Uint8Array): RowValues {
  return {
    server_name: netbiosName(b.subarray(6, 22)).text || bytesText(b, 6, Math.min(22, endOfText(b, 6))),
    os_version: `${b[22]}.${b[23]}`,
    server_type: u32le(b, 24).toString(16).padStart(8, '0'),
    comment: bytesText(b, 32, endOfText(b, 32)) || undefined,
  };
}

/** What a mailslot message carries; nothing where the bytes are no write to a mailslot. */
function mailslot(b: Uint8Array): RowValues {
  if (b.length < SMB_HEADER + 35 || u32be(b, 0) !== SMB1 || b[4] !== TRANSACTION) return {};
  const words = SMB_HEADER + 1;
  const nameFrom = words + 2 * (b[SMB_HEADER] ?? 0) + 2;
  const slot = bytesText(b, nameFrom, Math.min(nameFrom + 64, endOfText(b, nameFrom)));
  if (slot === '') return {};
  const from = u16le(b, words + 24);
  const data = b.subarray(from, from + u16le(b, words + 22));
  if (!/^\\MAILSLOT\\(?:BROWSE|LANMAN)$/i.test(slot) || data.length === 0) return { mailslot: slot };
  const command = data[0];
  const whole = ANNOUNCEMENTS.has(command) && data.length >= 32;
  return {
    mailslot: slot,
    browser_command: BROWSER_COMMANDS[command] ?? `unknown-${command}`,
    ...(whole ? announcement(data) : undefined),
  };
}

class NetbiosDatagramSession implements ParserSession {
  readonly #conn: Conn;

  constructor(conn: Conn) {
    this.#conn = conn;
  }

  parse(data: Span, dir: Dir): number {
    const { bytes } = data;
    if (!isDatagram(bytes)) return bytes.length;
    this.#conn.confirm();
    this.#conn.app('NetBIOS');
    const type = bytes[0];
    const at = data.at(0);
    const contains = type < ERROR;
    const source = contains ? nameAt(bytes, CONTENT_HEADER) : undefined;
    const destination = type === ERROR ? undefined : nameAt(bytes, source ? source.end : HEADER);
    this.#conn.row(
      NETBIOS_DATAGRAM,
      {
        msg_type: TYPES[type - UNIQUE],
        dgm_id: u16(bytes, 2),
        source_ip: ipv4Cell(bytes, 4),
        source_port: u16(bytes, 8),
        source_name: source?.name.text,
        source_suffix: source?.name.suffix,
        destination_name: destination?.name.text,
        destination_suffix: destination?.name.suffix,
        error_code: type === ERROR ? bytes[HEADER] : undefined,
        ...(contains && destination ? mailslot(bytes.subarray(destination.end)) : undefined),
      },
      at,
    );
    if (source && isHost(source.name)) {
      const { origH, respH } = this.#conn.facts;
      this.#conn.name(dir === 0 ? origH : respH, source.name.text, 'nbdgm', at);
    }
    return bytes.length;
  }

  gap(): boolean {
    return true;
  }

  close(): void {
    // Every datagram wrote its own row.
  }
}

/** Workstation and file server are names of the host itself; others are of groups and services. */
const isHost = ({ text, suffix }: NetbiosName): boolean => text !== '' && (suffix === 0 || suffix === 0x20);

export const netbiosDatagram: ProtocolParser = {
  name: 'nbdgm',
  transport: 'udp',
  ports: [PORT],
  needsPort: true,
  probe: (bytes) => (isDatagram(bytes) ? 'yes' : 'no'),
  open: (conn) => new NetbiosDatagramSession(conn),
};

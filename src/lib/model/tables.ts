/**
 * Every table and column, once: name, type, unit, meaning, ECS and EVE names. DuckDB's schema, the views with Zeek's names,
 * NDJSON, the filter language, the column chooser and the documentation are all made from this file and its folder.
 */

import { PROTOS } from './ids.ts';
import { column, connectionColumns, frameColumns, type Table } from './tables/column.ts';
import { CASE_CONN, CONN } from './tables/conn.ts';
import { CASE_HOSTS, HOSTS } from './tables/hosts.ts';
import { PACKETS } from './tables/packets.ts';
import { ICMP } from './tables/icmp.ts';
import { ND } from './tables/nd.ts';
import { PROTOCOL_TABLES } from './tables/protocols.ts';

export * from './tables/column.ts';
export * from './tables/conn.ts';
export * from './tables/found.ts';
export * from './tables/hosts.ts';
export * from './tables/packets.ts';
export { PROTOCOL_TABLES };

const opt = { nullable: true } as const;

export const ARP: Table = {
  name: 'arp',
  doc: 'One row an ARP (or RARP) packet.',
  key: ['file', 'first_frame'],
  columns: [
    column('ts', 'time', 'time of the packet'),
    column('op', 'u16', '1 request, 2 reply, 3 RARP request, 4 RARP reply (RFC 826, 903)'),
    column('sender_mac', 'mac', 'sender hardware address', opt),
    column('sender_ip', 'addr', 'sender protocol address', opt),
    column('target_mac', 'mac', 'target hardware address', opt),
    column('target_ip', 'addr', 'target protocol address', opt),
    column('eth_src', 'mac', 'source of the frame', opt),
    column('eth_dst', 'mac', 'destination of the frame', opt),
    column('vlan', 'u16[]', 'VLAN stack, outermost first', opt),
    ...frameColumns,
  ],
};

export const TUNNEL: Table = {
  name: 'tunnel',
  doc: 'One row a tunnel found.',
  key: ['uid', 'tunnel_type'],
  columns: [
    ...connectionColumns,
    column('tunnel_type', 'text', "how the inner packets are carried: Zeek's Tunnel::VXLAN and so on"),
    column('action', 'text', "Zeek's Tunnel::DISCOVER or Tunnel::CLOSE"),
    column('tunnel_id', 'u32', 'VNI, GRE key, TEID or session, of the first packet', opt),
    ...frameColumns,
  ],
};

export const WEIRD: Table = {
  name: 'weird',
  doc: "A protocol anomaly, by Zeek's name where it has one; written once a connection and name.",
  key: ['uid', 'name', 'first_frame'],
  columns: [
    ...connectionColumns.map((c) => (c.name === 'ts' ? c : { ...c, nullable: true })),
    column('name', 'text', 'the anomaly'),
    column('addl', 'text', 'more about it', opt),
    column('source', 'text', "who found it: the protocol's analyzer, by Zeek's name", opt),
    ...frameColumns,
  ],
};

export const ALERT: Table = {
  name: 'alert',
  doc: 'A signature matched.',
  key: ['rule_id', 'uid', 'capture_frame'],
  columns: [
    ...connectionColumns,
    column('rule_id', 'text', 'sid, signature_id or UUID of the rule', {
      ecs: 'rule.id',
      eve: 'alert.signature_id',
    }),
    column('rule_gid', 'u32', 'group of the rule', opt),
    column('rule_rev', 'u32', 'revision of the rule', { ...opt, eve: 'alert.rev' }),
    column('msg', 'text', 'message of the rule', { ecs: 'message', eve: 'alert.signature' }),
    column('classtype', 'text', 'class of the rule', { ...opt, eve: 'alert.category' }),
    column('severity', 'u8', '0 to 100', { ecs: 'event.severity', eve: 'alert.severity' }),
    column('action', 'text', 'what the rule asks for', opt),
    column('src', 'addr', 'source address of the packet'),
    column('src_p', 'u16', 'source port of the packet'),
    column('dst', 'addr', 'destination address of the packet'),
    column('dst_p', 'u16', 'destination port of the packet'),
    column('proto', 'enum', 'transport', { values: PROTOS }),
    column('app_proto', 'text', 'application protocol', opt),
    column('direction', 'text', 'to_server or to_client'),
    column('matches', 'text', '[{buffer, offset, length}]', { ...opt, json: true }),
    column('metadata', 'text', 'what else the rule says', { ...opt, json: true }),
    ...frameColumns,
  ],
};

/** Names that hosts were seen with. One row a (address, name, source). */
export const NAMES: Table = {
  name: 'names',
  doc: 'Names seen for addresses: name resolution blocks of the capture; DNS and others as their parsers come.',
  key: ['address', 'name', 'source'],
  columns: [
    column('address', 'addr', 'the address'),
    column('name', 'text', 'the name'),
    column('source', 'text', 'where it was seen: nrb, dns, tls, …'),
    column('first_seen', 'time', 'first time', opt),
  ],
};

/** Faults of the files and packets: the completeness ledger. */
export const LEDGER: Table = {
  name: 'ledger',
  doc: 'What was not read or not decoded, by class.',
  key: ['file', 'code', 'offset'],
  columns: [
    column('file', 'u16', 'index of the capture file in the input'),
    column('scope', 'text', 'capture (a place in the file), packet (a class of packets), connection (a cap)'),
    column('code', 'text', 'fault name'),
    column('count', 'u64', 'how many packets or places'),
    column('offset', 'u64', 'first offset in the decompressed stream', { ...opt, unit: 'bytes' }),
    column('skipped', 'u64', 'bytes passed over', { ...opt, unit: 'bytes' }),
    column('recovered', 'bool', 'among the packets after the first break'),
    column('detail', 'text', 'one sentence', opt),
  ],
};

/** Facts of each capture file of the input; DIR/capture.json prints the same. */
export const CAPTURES: Table = {
  name: 'captures',
  doc: 'The capture files of the input, in order.',
  key: ['file'],
  columns: [
    column('file', 'u16', 'index in the input, from 0'),
    column('name', 'text', 'base name'),
    column('size', 'u64', 'bytes on disk', { unit: 'bytes' }),
    column('sha256', 'text', 'of the file as it lies on disk'),
    column('format', 'text', 'pcap, pcapng, snoop, netmon'),
    column('compression', 'text', 'none or the layers from the outside'),
    column('byte_order', 'text', 'little, big, mixed'),
    column('link_types', 'u16[]', 'distinct, in order of first appearance'),
    column('snaplen', 'u32', 'largest snap length', { unit: 'bytes' }),
    column('packets', 'u64', 'up to the first break', { unit: 'packets' }),
    column('recovered_packets', 'u64', 'after the first break', { unit: 'packets' }),
    column('decoded', 'u64', 'packets decoded with no fault', { unit: 'packets' }),
    column('recovered_decoded', 'u64', 'of the recovered ones', { unit: 'packets' }),
    column('duplicates', 'u64', 'packets that another tap or file also saw, kept', { unit: 'packets' }),
    column('cut_short', 'bool', 'ends inside a record'),
    column('first_ts', 'time', 'earliest packet', opt),
    column('last_ts', 'time', 'latest packet', opt),
    column('blocks', 'text', 'pcapng block counts', { ...opt, json: true }),
    column('interfaces', 'text', 'interfaces', { ...opt, json: true }),
    column('comments', 'text', 'comments', { ...opt, json: true }),
    column('hardware', 'text', 'capture hardware', opt),
    column('os', 'text', 'operating system', opt),
    column('application', 'text', 'capturing application', opt),
  ],
};

/** Made in SQL at sealing, from conn, arp and names. */
/** Tables that the pipeline fills by column batches, in the order in which they are created. */
export const PIPELINE_TABLES: readonly Table[] = [
  CONN,
  PACKETS,
  ARP,
  ICMP,
  ND,
  TUNNEL,
  WEIRD,
  ALERT,
  NAMES,
  LEDGER,
  CAPTURES,
  ...PROTOCOL_TABLES,
];

/** Every table of records.duckdb. */
export const TABLES: readonly Table[] = [...PIPELINE_TABLES, HOSTS];

const READ_AS = new Map([
  [CONN, CASE_CONN],
  [HOSTS, CASE_HOSTS],
]);

/** Every table of a case, as it is read. */
export const CASE_TABLES: readonly Table[] = TABLES.map((table) => READ_AS.get(table) ?? table);

export const tableNamed = (name: string): Table | undefined => TABLES.find((table) => table.name === name);

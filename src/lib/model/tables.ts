/**
 * Every table and column, once: name, type, unit, meaning, ECS and EVE names. DuckDB's schema, the views with Zeek's names,
 * NDJSON, the filter language, the column chooser and the documentation are all made from this file.
 */

import { APP_CONFIDENCES, CONN_ENDS, CONN_STATES, FAMILIES, PROTOS } from './ids.ts';
import { column, connectionColumns, frameColumns, type Table } from './tables/column.ts';
import { ICMP } from './tables/icmp.ts';
import { ND } from './tables/nd.ts';
import { PROTOCOL_TABLES } from './tables/protocols.ts';

export * from './tables/column.ts';
export { PROTOCOL_TABLES };

const opt = { nullable: true } as const;

export const CONN: Table = {
  name: 'conn',
  doc: 'One row a connection: TCP, UDP, SCTP, ICMP and every other IP protocol; each layer of a tunnel is a connection of its own.',
  key: ['uid'],
  columns: [
    column('conn_no', 'u32', 'number of the connection in the input, from 1 in order of first packets', {
      internal: true,
    }),
    ...connectionColumns.map((c) => (c.name === 'uid' ? { ...c, nullable: false } : c)),
    column('proto', 'enum', 'transport', { values: PROTOS, ecs: 'network.transport', eve: 'proto' }),
    column('ip_proto', 'u8', 'IP protocol number', { ecs: 'network.iana_number' }),
    column('service', 'text', 'application protocols seen, comma-separated', {
      ...opt,
      ecs: 'network.protocol',
      eve: 'app_proto',
    }),
    column('app', 'text', 'the application, where it is known beyond service', {
      ...opt,
      ecs: 'network.application',
    }),
    column(
      'app_confidence',
      'enum',
      'what tells the application: its bytes, the name of its host, or its port alone',
      {
        ...opt,
        values: APP_CONFIDENCES,
      },
    ),
    column('duration', 'span', 'last packet minus first packet; absent for a single packet', {
      ...opt,
      unit: 'ns',
      ecs: 'event.duration',
    }),
    column('orig_bytes', 'u64', 'payload bytes of the originator, by sequence numbers for TCP', {
      ...opt,
      unit: 'bytes',
    }),
    column('resp_bytes', 'u64', 'payload bytes of the responder', { ...opt, unit: 'bytes' }),
    column('conn_state', 'enum', 'state at its end', {
      values: CONN_STATES,
      ecs: 'zeek.connection.state',
      eve: 'flow.state',
    }),
    column('missed_bytes', 'u64', 'bytes missing in gaps', {
      unit: 'bytes',
      ecs: 'zeek.connection.missed_bytes',
    }),
    column('history', 'text', 'what happened, a letter an event; capitals are the originator', {
      ...opt,
      ecs: 'zeek.connection.history',
    }),
    column('orig_pkts', 'u64', 'packets of the originator', {
      unit: 'packets',
      ecs: 'source.packets',
      eve: 'flow.pkts_toserver',
    }),
    column('orig_ip_bytes', 'u64', 'bytes by the IP headers of the originator', {
      unit: 'bytes',
      ecs: 'source.bytes',
      eve: 'flow.bytes_toserver',
    }),
    column('resp_pkts', 'u64', 'packets of the responder', {
      unit: 'packets',
      ecs: 'destination.packets',
      eve: 'flow.pkts_toclient',
    }),
    column('resp_ip_bytes', 'u64', 'bytes by the IP headers of the responder', {
      unit: 'bytes',
      ecs: 'destination.bytes',
      eve: 'flow.bytes_toclient',
    }),
    column('orig_frame_bytes', 'u64', 'bytes on the wire of the originator, link header included', {
      unit: 'bytes',
    }),
    column('resp_frame_bytes', 'u64', 'bytes on the wire of the responder, link header included', {
      unit: 'bytes',
    }),
    column('orig_l2_addr', 'mac', 'link-layer address of the originator', {
      ...opt,
      ecs: 'source.mac',
      eve: 'ether.src_mac',
    }),
    column('resp_l2_addr', 'mac', 'link-layer address of the responder', {
      ...opt,
      ecs: 'destination.mac',
      eve: 'ether.dest_mac',
    }),
    column('vlan', 'u16[]', 'VLAN stack, outermost first', { ...opt, ecs: 'network.vlan.id', eve: 'vlan' }),
    column('community_id', 'text', 'Community ID v1', {
      ...opt,
      ecs: 'network.community_id',
      eve: 'community_id',
    }),
    column('tunnel_parents', 'text[]', 'uids of the connections that carry this one, innermost first', opt),
    column('handshake_rtt', 'span', 'from SYN to the ACK that ends the handshake', { ...opt, unit: 'ns' }),
    column('orig_retransmits', 'u32', 'segments sent again by the originator', { unit: 'packets' }),
    column('resp_retransmits', 'u32', 'segments sent again by the responder', { unit: 'packets' }),
    column('orig_out_of_order', 'u32', 'segments of the originator that filled an earlier hole', {
      unit: 'packets',
    }),
    column('resp_out_of_order', 'u32', 'segments of the responder that filled an earlier hole', {
      unit: 'packets',
    }),
    column('orig_zero_windows', 'u32', 'zero windows announced by the originator', { unit: 'packets' }),
    column('resp_zero_windows', 'u32', 'zero windows announced by the responder', { unit: 'packets' }),
    column('resets', 'u32', 'segments with RST', { unit: 'packets' }),
    column('orig_flags', 'u8', 'TCP flags seen from the originator, together'),
    column('resp_flags', 'u8', 'TCP flags seen from the responder, together'),
    column('first_flags', 'u8', 'TCP flags of the first packet'),
    column('continued_from', 'text', 'uid of the connection that a time-out cut off before this one', opt),
    column('ended_by', 'enum', 'why the row was written', { values: CONN_ENDS }),
    ...frameColumns,
  ],
};

export const PACKETS: Table = {
  name: 'packets',
  doc: 'One row a packet: when, which connection, where in the file.',
  key: ['file', 'n'],
  columns: [
    column('file', 'u16', 'index of the capture file in the input, from 0'),
    column('n', 'u32', 'number in its file, from 1'),
    column('ts', 'time', 'time of the packet'),
    column('conn_no', 'u32', 'its innermost connection; 0 for none', { internal: true }),
    column('offset', 'u64', "where the packet's bytes begin in the decompressed stream", { unit: 'bytes' }),
    column('caplen', 'u32', 'bytes captured', { unit: 'bytes' }),
    column('len', 'u32', 'bytes on the wire', { unit: 'bytes' }),
    column('link_type', 'u16', 'LINKTYPE_ number'),
    column(
      'flags',
      'u8',
      '1 from the originator, 2 recovered, 4 fragment, 8 retransmission, 16 carries payload',
    ),
    column('tcp_flags', 'u8', 'TCP flags of the innermost header, 0 for others'),
    column('fault', 'u8', 'fault code, 0 for none'),
  ],
};

export const PACKET_FLAG = { orig: 1, recovered: 2, fragment: 4, retransmission: 8, payload: 16 } as const;

/** `coldwire read --packets`: the packet as tcpdump lists it, outermost addresses and ports. Not stored: read again by offset. */
export const PACKET_LISTING: Table = {
  name: 'packets',
  doc: 'One row a packet as `read --packets` prints it: outermost network layer.',
  key: ['file', 'n'],
  columns: [
    column('file', 'u16', 'index of the capture file in the input, from 0'),
    column('n', 'u32', 'number in its file, from 1'),
    column('ts', 'time', 'time of the packet', opt),
    column('caplen', 'u32', 'bytes captured'),
    column('len', 'u32', 'bytes on the wire'),
    column('link_type', 'u16', 'LINKTYPE_ number'),
    column('family', 'enum', 'outermost network layer', { values: FAMILIES, nullable: true }),
    column('src', 'addr', 'outermost source address', opt),
    column('dst', 'addr', 'outermost destination address', opt),
    column('sport', 'u16', 'outermost source port', opt),
    column('dport', 'u16', 'outermost destination port', opt),
    column('proto', 'u8', 'outermost IP protocol', opt),
    column('uid', 'text', 'innermost connection', opt),
    column('fault', 'text', 'why it was not decoded in full', opt),
    column('recovered', 'bool', 'found after the chain of records broke', opt),
  ],
};

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
export const HOSTS: Table = {
  name: 'hosts',
  doc: 'One row an address.',
  key: ['address'],
  columns: [
    column('address', 'addr', 'the address', { ecs: 'host.ip' }),
    column('text', 'text', 'the address as text (RFC 5952)'),
    column('first_seen', 'time', 'first packet'),
    column('last_seen', 'time', 'last packet'),
    column('macs', 'text[]', 'link-layer addresses seen with it', { ...opt, ecs: 'host.mac' }),
    column('vendors', 'text[]', 'vendors of those', opt),
    column('names', 'text[]', 'names seen', { ...opt, ecs: 'host.name' }),
    column('conns_orig', 'u64', 'connections that it began'),
    column('conns_resp', 'u64', 'connections that it answered'),
    column('sent_bytes', 'u64', 'IP bytes sent', { unit: 'bytes' }),
    column('received_bytes', 'u64', 'IP bytes received', { unit: 'bytes' }),
    column('sent_pkts', 'u64', 'packets sent', { unit: 'packets' }),
    column('received_pkts', 'u64', 'packets received', { unit: 'packets' }),
    column('scope', 'text', 'private, loopback, link-local, multicast, broadcast, global …'),
    column('is_home', 'bool', 'inside the home networks as inferred at ingest'),
    column('country', 'text', 'ISO 3166-1 alpha-2', { ...opt, ecs: 'host.geo.country_iso_code' }),
    column('asn', 'u32', 'autonomous system', { ...opt, ecs: 'host.as.number' }),
    column('as_name', 'text', 'its holder', { ...opt, ecs: 'host.as.organization.name' }),
    column('city', 'text', "where the user's own database has it", opt),
    column('lat', 'f64', 'latitude, degrees', opt),
    column('lon', 'f64', 'longitude, degrees', opt),
  ],
};

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

/** What snapshots kept with a case say of its connections: no part of records.duckdb, joined when the case is read. */
export const PROCESS_COLUMNS = [
  column('process', 'text', 'process at the local end, where a snapshot kept with the case knows it', {
    ...opt,
    ecs: 'process.name',
  }),
  column('process_pid', 'u32', 'its number', { ...opt, ecs: 'process.pid' }),
  column('process_user', 'text', 'the user that it belongs to', { ...opt, ecs: 'process.user.name' }),
  column('process_end', 'text', 'the end that it runs at: orig or resp', opt),
] as const;

/** What was found, as far as nobody suppressed it or called it false: no part of records.duckdb, joined when the case is read. */
export const SEVERITY = column(
  'severity',
  'u8',
  'highest severity, 0 to 100, of the findings that rest on it; the first 100 connections and addresses of a finding count',
  opt,
);

/** `conn` as a case has it: what was found and the process stand behind what the connection speaks. */
export const CASE_CONN: Table = {
  ...CONN,
  columns: CONN.columns.flatMap((one) =>
    one.name === 'duration' ? [SEVERITY, ...PROCESS_COLUMNS, one] : [one],
  ),
};

/** Who saw a host: no part of records.duckdb, where every host is of the capture. */
export const SEEN_IN = column(
  'seen_in',
  'text',
  'capture; or, of a host without a packet, what is kept with the case and lists it: scan, snapshot, scan and snapshot',
);

/** `hosts` as a case has it: with those that only scans joined to it and snapshots kept with it know, whose `input` is that one's id. */
export const CASE_HOSTS: Table = {
  ...HOSTS,
  columns: HOSTS.columns.flatMap((one) => (one.name === 'macs' ? [SEEN_IN, SEVERITY, one] : [one])),
};

/** The connection of a packet by its public name: no part of records.duckdb, where a number says it in four bytes. */
export const PACKET_UID = column('uid', 'text', 'its innermost connection; NULL for none', opt);

/** `packets` as people read them. */
export const CASE_PACKETS: Table = {
  ...PACKETS,
  columns: PACKETS.columns.flatMap((one) => (one.name === 'conn_no' ? [PACKET_UID, one] : [one])),
};

const READ_AS = new Map([
  [CONN, CASE_CONN],
  [HOSTS, CASE_HOSTS],
]);

/** Every table of a case, as it is read. */
export const CASE_TABLES: readonly Table[] = TABLES.map((table) => READ_AS.get(table) ?? table);

export const tableNamed = (name: string): Table | undefined => TABLES.find((table) => table.name === name);

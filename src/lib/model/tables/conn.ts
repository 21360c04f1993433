import { APP_CONFIDENCES, CONN_ENDS, CONN_STATES, PROTOS } from '../ids.ts';
import { column, connectionColumns, frameColumns, type Table } from './column.ts';
import { SEVERITY } from './found.ts';

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
    column(
      'failed_service',
      'text',
      'of these the ones whose parser gave up at bytes that are not theirs',
      opt,
    ),
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

/** `conn` as a case has it: what was found and the process stand behind what the connection speaks. */
export const CASE_CONN: Table = {
  ...CONN,
  columns: CONN.columns.flatMap((one) =>
    one.name === 'duration' ? [SEVERITY, ...PROCESS_COLUMNS, one] : [one],
  ),
};

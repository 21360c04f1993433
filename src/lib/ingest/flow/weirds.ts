/** Anomalies of a connection, Zeek's names. A bit each, so that one is told once a connection. Order = bit; append only. */

import { C, C_U32 } from './flow-record.ts';
import type { FlowStore } from './flow-store.ts';

export const WEIRDS = [
  'bad_TCP_checksum',
  'bad_UDP_checksum',
  'bad_ICMP_checksum',
  'SYN_seq_jump',
  'active_connection_reuse',
  'TCP_seq_underflow_or_misorder',
  'TCP_ack_underflow_or_misorder',
  'SYN_inside_connection',
  'TCP_christmas',
  'baroque_SYN',
  'SYN_with_data',
  'possible_split_routing',
  'connection_originator_SYN_ack',
  'spontaneous_FIN',
  'spontaneous_RST',
  'bad_SYN_ack',
  'simultaneous_open',
  'unsolicited_SYN_response',
  'repeated_SYN_with_ack',
  'inappropriate_FIN',
  'data_before_established',
  'SYN_after_partial',
  'SYN_after_close',
  'SYN_after_reset',
  'FIN_after_reset',
  'data_after_reset',
  'above_hole_data_without_any_acks',
  'excessive_data_without_further_acks',
  'inner_packet_of_mixed_parents',
] as const;

type Weird = (typeof WEIRDS)[number];

export const WEIRD_BIT = Object.fromEntries(WEIRDS.map((name, at) => [name, 2 ** at])) as Readonly<
  Record<Weird, number>
>;

/** Remembers an anomaly of a connection; the flow table tells it once. */
export function markWeird(s: FlowStore, slot: number, bit: number): void {
  s.cU32[slot * C_U32 + C.weirds] = s.cU32[slot * C_U32 + C.weirds] | bit;
}

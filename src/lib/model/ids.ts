/** Codes that several stages share and that are stored: transports, states, directions. Index = code. */

/** `conn.proto`. Zeek's transport names, and sctp. */
export const PROTOS = ['unknown_transport', 'tcp', 'udp', 'icmp', 'sctp'] as const;
export type Proto = (typeof PROTOS)[number];

/** `conn.conn_state`, Zeek's names (scripts/base/protocols/conn/main.zeek). */
export const CONN_STATES = [
  'S0',
  'S1',
  'SF',
  'REJ',
  'S2',
  'S3',
  'RSTO',
  'RSTR',
  'RSTOS0',
  'RSTRH',
  'SH',
  'SHR',
  'OTH',
] as const;
export type ConnState = (typeof CONN_STATES)[number];

/** `conn.app_confidence`: what tells the application. */
export const APP_CONFIDENCES = ['content', 'name', 'port'] as const;
export type AppConfidence = (typeof APP_CONFIDENCES)[number];

/** Why a connection's row was written. */
export const CONN_ENDS = [
  'end_of_capture',
  'timeout',
  'closed',
  'reset',
  'attempt',
  'reused',
  'cap',
] as const;
export type ConnEnd = (typeof CONN_ENDS)[number];

/** How one IP layer is carried in another. */
export const TUNNEL_TYPES = [
  'none',
  'ip',
  'gre',
  'erspan',
  'vxlan',
  'geneve',
  'teredo',
  'gtpv1',
  'l2tp',
  'ah',
  'pppoe',
  'capwap',
] as const;
export type TunnelType = (typeof TUNNEL_TYPES)[number];

/** `packets.family`: the outermost network layer as tcpdump names it. */
export const FAMILIES = ['none', 'IP', 'IP6', 'ARP', 'RARP', 'other'] as const;

export const IP_PROTO = {
  icmp: 1,
  igmp: 2,
  ipip: 4,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  gre: 47,
  esp: 50,
  ah: 51,
  icmpv6: 58,
  sctp: 132,
} as const;

/** What messages of ICMP and ICMPv6 say (RFC 792, 950, 1191, 1256, 4443, 2710, 3810, 8335). */

import type { RowValues } from '../../model/content.ts';

/** Bytes of the header that all messages have. */
export const ICMP_HEADER = 8;
const MAPPED_PREFIX = 0xffff_0000_0000n;
const [IPV4_HEADER, IPV6_HEADER] = [20, 40];
const FRAGMENT_OFFSET = 0x1fff;

const NAMES_4: ReadonlyMap<number, string> = new Map([
  [0, 'echo_reply'],
  [3, 'destination_unreachable'],
  [4, 'source_quench'],
  [5, 'redirect'],
  [8, 'echo_request'],
  [9, 'router_advertisement'],
  [10, 'router_solicitation'],
  [11, 'time_exceeded'],
  [12, 'parameter_problem'],
  [13, 'timestamp_request'],
  [14, 'timestamp_reply'],
  [15, 'information_request'],
  [16, 'information_reply'],
  [17, 'address_mask_request'],
  [18, 'address_mask_reply'],
  [42, 'extended_echo_request'],
  [43, 'extended_echo_reply'],
]);
const NAMES_6: ReadonlyMap<number, string> = new Map([
  [1, 'destination_unreachable'],
  [2, 'packet_too_big'],
  [3, 'time_exceeded'],
  [4, 'parameter_problem'],
  [128, 'echo_request'],
  [129, 'echo_reply'],
  [130, 'multicast_listener_query'],
  [131, 'multicast_listener_report'],
  [132, 'multicast_listener_done'],
  [138, 'router_renumbering'],
  [139, 'node_information_query'],
  [140, 'node_information_response'],
  [143, 'multicast_listener_report_v2'],
  [144, 'home_agent_discovery_request'],
  [145, 'home_agent_discovery_reply'],
  [146, 'mobile_prefix_solicitation'],
  [147, 'mobile_prefix_advertisement'],
  [160, 'extended_echo_request'],
  [161, 'extended_echo_reply'],
]);
const UNREACHABLE_4 = [
  ...['net', 'host', 'protocol', 'port', 'fragmentation_needed', 'source_route_failed', 'net_unknown'],
  ...['host_unknown', 'source_host_isolated', 'net_prohibited', 'host_prohibited', 'net_tos', 'host_tos'],
  ...['communication_prohibited', 'host_precedence_violation', 'precedence_cutoff'],
];
const UNREACHABLE_6 = [
  ...['no_route', 'communication_prohibited', 'beyond_scope', 'address', 'port', 'policy', 'reject_route'],
];
const EXCEEDED = ['in_transit', 'reassembly'];
const WITH_ID_4: ReadonlySet<number> = new Set([0, 8, 13, 14, 15, 16, 17, 18]);
const WITH_ID_6: ReadonlySet<number> = new Set([128, 129]);
const ERRORS_4: ReadonlySet<number> = new Set([3, 4, 5, 11, 12]);
const ERRORS_6: ReadonlySet<number> = new Set([1, 2, 3, 4]);
/** IP protocols whose first four bytes are ports. */
const WITH_PORTS: ReadonlySet<number> = new Set([6, 17, 33, 132, 136]);

const address4 = (data: DataView, at: number): readonly [bigint, bigint] => [
  0n,
  MAPPED_PREFIX | BigInt(data.getUint32(at)),
];
const address6 = (data: DataView, at: number): readonly [bigint, bigint] => [
  data.getBigUint64(at),
  data.getBigUint64(at + 8),
];

/** The packet that an error is about, as far as its beginning is there. */
function quoted(data: DataView, off: number, end: number): RowValues {
  if (off + IPV4_HEADER > end) return {};
  const version = data.getUint8(off) >> 4;
  if (version === 6) {
    if (off + IPV6_HEADER > end) return {};
    const proto = data.getUint8(off + 6);
    const found = { quoted_src: address6(data, off + 8), quoted_dst: address6(data, off + 24) };
    return { quoted_proto: proto, ...found, ...quotedPorts(data, proto, off + IPV6_HEADER, end) };
  }
  const header = (data.getUint8(off) & 15) * 4;
  if (version !== 4 || header < IPV4_HEADER) return {};
  const proto = data.getUint8(off + 9);
  const found = { quoted_src: address4(data, off + 12), quoted_dst: address4(data, off + 16) };
  const isFirst = (data.getUint16(off + 6) & FRAGMENT_OFFSET) === 0;
  return { quoted_proto: proto, ...found, ...(isFirst ? quotedPorts(data, proto, off + header, end) : {}) };
}

const quotedPorts = (data: DataView, proto: number, at: number, end: number): RowValues =>
  WITH_PORTS.has(proto) && at + 4 <= end
    ? { quoted_src_p: data.getUint16(at), quoted_dst_p: data.getUint16(at + 2) }
    : {};

function nameOf(isV6: boolean, type: number, code: number): string | undefined {
  const name = (isV6 ? NAMES_6 : NAMES_4).get(type);
  const [unreachable, exceeded] = isV6 ? [1, 3] : [3, 11];
  const more =
    type === unreachable
      ? (isV6 ? UNREACHABLE_6 : UNREACHABLE_4)[code]
      : type === exceeded
        ? EXCEEDED[code]
        : undefined;
  return name === undefined || more === undefined ? name : `${name}: ${more}`;
}

const utf8 = new TextEncoder();
/** Names that were asked for, in bytes: there are few. */
const known = new Map<number, Uint8Array | undefined>();

/** What type and code are called, in UTF-8; undefined for those without a name. */
export function messageName(isV6: boolean, type: number, code: number): Uint8Array | undefined {
  const key = (isV6 ? 0x1_0000 : 0) | (type << 8) | code;
  const before = known.get(key);
  if (before !== undefined || known.has(key)) return before;
  const name = nameOf(isV6, type, code);
  const bytes = name === undefined ? undefined : utf8.encode(name);
  known.set(key, bytes);
  return bytes;
}

/** Whether the message is an identifier and a sequence number. */
export const hasEcho = (isV6: boolean, type: number): boolean => (isV6 ? WITH_ID_6 : WITH_ID_4).has(type);

/** What only some types have, echoes apart; `end` lies behind the header. */
export function detailsOf(data: DataView, isV6: boolean, off: number, end: number): RowValues {
  const type = data.getUint8(off);
  const code = data.getUint8(off + 1);
  if (!(isV6 ? ERRORS_6 : ERRORS_4).has(type)) return {};
  const about = quoted(data, off + ICMP_HEADER, end);
  if (isV6) {
    if (type === 2) return { mtu: data.getUint32(off + 4), ...about };
    return type === 4 ? { pointer: data.getUint32(off + 4), ...about } : about;
  }
  // Before RFC 1191 the field was unused: 0 says nothing.
  if (type === 3 && code === 4) return { mtu: data.getUint16(off + 6) || undefined, ...about };
  if (type === 5) return { gateway: address4(data, off + 4), ...about };
  return type === 12 ? { pointer: data.getUint8(off + 4), ...about } : about;
}

/** Messages of neighbor discovery as rows (RFC 4861 §4, 8106 §5.1). */

import { addressText } from '../../model/address.ts';
import type { Headers } from '../../model/headers.ts';
import { IP_PROTO } from '../../model/ids.ts';
import type { RowValues } from '../../model/content.ts';
import type { RowSink } from '../../model/sinks.ts';
import { ND, ND_TYPES } from '../../model/tables/nd.ts';
import type { FlowStore } from '../flow/flow-store.ts';
import type { FramePosition } from '../flow/flow-table.hot.ts';
import { connectionValues, frameValues } from './flow-rows.ts';

const FIRST = 133;
const LAST = 137;
const [ROUTER_SOLICITATION, ROUTER_ADVERTISEMENT, NEIGHBOR_SOLICITATION, NEIGHBOR_ADVERTISEMENT] = [
  133, 134, 135, 136,
];
/** Bytes before the options, by type. */
const FIXED: Readonly<Record<number, number>> = { 133: 8, 134: 16, 135: 24, 136: 24, 137: 40 };
const [SOURCE_ADDRESS, TARGET_ADDRESS, PREFIX, MTU, DNS_SERVERS] = [1, 2, 3, 5, 25];
const MAX_OPTIONS = 64;
const HOP_LIMIT = 7;

const IPV6_HEADER = 40;

/** Is the layer a message of neighbor discovery? Cheap: asked of every packet. In fragments it has no meaning (RFC 6980). */
export const isNeighborDiscovery = (h: Headers, layer: number): boolean =>
  h.ipProto[layer] === IP_PROTO.icmpv6 &&
  h.l3Off[layer] + IPV6_HEADER <= h.l4Off[layer] &&
  h.l4Off[layer] < h.l4End[layer] &&
  h.bytes[h.l4Off[layer]] >= FIRST &&
  h.bytes[h.l4Off[layer]] <= LAST;

const halvesAt = (data: DataView, at: number): readonly [bigint, bigint] => [
  data.getBigUint64(at),
  data.getBigUint64(at + 8),
];
const textAt = (data: DataView, at: number): string => {
  const [hi, lo] = halvesAt(data, at);
  return addressText({ hi, lo });
};
const macAt = (data: DataView, at: number): bigint =>
  (BigInt(data.getUint16(at)) << 32n) | BigInt(data.getUint32(at + 2));

interface Options {
  source_mac?: bigint;
  target_mac?: bigint;
  mtu?: number;
  readonly prefixes: string[];
  readonly dns_servers: string[];
}

/** Options from `at`; those before the first that is broken. */
function optionsOf(data: DataView, from: number, end: number): Options {
  const found: Options = { prefixes: [], dns_servers: [] };
  for (let at = from, n = 0; at + 8 <= end && n < MAX_OPTIONS; n++) {
    const type = data.getUint8(at);
    const length = 8 * data.getUint8(at + 1);
    if (length === 0 || at + length > end) break;
    if (type === SOURCE_ADDRESS) found.source_mac = macAt(data, at + 2);
    else if (type === TARGET_ADDRESS) found.target_mac = macAt(data, at + 2);
    else if (type === MTU) found.mtu = data.getUint32(at + 4);
    else if (type === PREFIX && length >= 32)
      found.prefixes.push(`${textAt(data, at + 16)}/${String(data.getUint8(at + 2))}`);
    else if (type === DNS_SERVERS)
      for (let one = at + 8; one + 16 <= at + length; one += 16) found.dns_servers.push(textAt(data, one));
    at += length;
  }
  return found;
}

const bit = (data: DataView, at: number, mask: number): boolean => (data.getUint8(at) & mask) !== 0;

/** What stands before the options. */
function fixedOf(data: DataView, type: number, off: number): RowValues {
  switch (type) {
    case ROUTER_SOLICITATION:
      return {};
    case ROUTER_ADVERTISEMENT:
      return {
        managed: bit(data, off + 5, 0x80),
        other_config: bit(data, off + 5, 0x40),
        router_lifetime: data.getUint16(off + 6),
      };
    case NEIGHBOR_SOLICITATION:
      return { target: halvesAt(data, off + 8) };
    case NEIGHBOR_ADVERTISEMENT:
      return {
        router: bit(data, off + 4, 0x80),
        solicited: bit(data, off + 4, 0x40),
        override: bit(data, off + 4, 0x20),
        target: halvesAt(data, off + 8),
      };
    default:
      return { target: halvesAt(data, off + 8), destination: halvesAt(data, off + 24) };
  }
}

/** Writes the row of a layer that `isNeighborDiscovery`; nothing where it is cut short. */
export function writeNdRow(
  rows: RowSink,
  store: FlowStore,
  slot: number,
  h: Headers,
  layer: number,
  at: FramePosition,
): void {
  const off = h.l4Off[layer];
  const end = h.l4End[layer];
  const { data } = h;
  const type = data.getUint8(off);
  const fixed = FIXED[type];
  if (off + fixed > end) return;
  const { prefixes, dns_servers, ...options } = optionsOf(data, off + fixed, end);
  const hasMacs = h.hasMacs === 1;
  rows.row(ND, {
    ...connectionValues(store, slot),
    ...frameValues(at),
    msg_type: ND_TYPES[type - FIRST],
    hop_limit: data.getUint8(h.l3Off[layer] + HOP_LIMIT),
    ...fixedOf(data, type, off),
    ...options,
    prefixes: prefixes.length > 0 ? prefixes : undefined,
    dns_servers: dns_servers.length > 0 ? dns_servers : undefined,
    eth_src: hasMacs ? (BigInt(h.srcMacHi) << 32n) | BigInt(h.srcMacLo) : undefined,
    eth_dst: hasMacs ? (BigInt(h.dstMacHi) << 32n) | BigInt(h.dstMacLo) : undefined,
    vlan: h.vlanCount > 0 ? [...h.vlans.subarray(0, h.vlanCount)] : undefined,
  });
}

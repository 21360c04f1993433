/** ICMPv6 with neighbour discovery. */

import type { Dissector, Following, Layer } from '../contract.ts';

const TYPES: Readonly<Record<number, string>> = {
  1: 'destination unreachable',
  2: 'packet too big',
  3: 'time exceeded',
  4: 'parameter problem',
  128: 'echo request',
  129: 'echo reply',
  130: 'multicast listener query',
  131: 'multicast listener report',
  132: 'multicast listener done',
  133: 'router solicitation',
  134: 'router advertisement',
  135: 'neighbor solicitation',
  136: 'neighbor advertisement',
  137: 'redirect',
  143: 'multicast listener report v2',
};
const LAST_ERROR = 4;
const TOO_BIG = 2;

/** Where the options of neighbour discovery begin. */
const OPTIONS_AT: Readonly<Record<number, number>> = { 133: 8, 134: 16, 135: 24, 136: 24, 137: 40 };
const OPTION_NAMES: Readonly<Record<number, string>> = {
  1: 'source link-layer address',
  2: 'target link-layer address',
  3: 'prefix information',
  4: 'redirected header',
  5: 'MTU',
  25: 'recursive DNS server',
  31: 'DNS search list',
};

export const icmpv6: Dissector = (packet): Following => {
  const layer = packet.layer('icmpv6', 'Internet Control Message Protocol v6');
  const type = layer.num('icmpv6.type', 'Type', 0, 1, TYPES);
  layer.num('icmpv6.code', 'Code', 1, 1);
  layer.hex('icmpv6.checksum', 'Checksum', 2, 2);
  packet.info = TYPES[type] ?? `ICMPv6 type ${type}`;
  const { at, end } = packet;
  if (type <= LAST_ERROR) {
    if (type === TOO_BIG) layer.num('icmpv6.mtu', 'MTU', 4, 4);
    layer.ends(8);
    return { by: 'protocol', key: 'quoted', at: at + 8, end };
  }
  if (type === 128 || type === 129) {
    layer.hex('icmpv6.echo.identifier', 'Identifier', 4, 2);
    const sequence = layer.num('icmpv6.echo.sequence_number', 'Sequence', 6, 2);
    packet.info += `, seq ${sequence}`;
    return { by: 'payload', at: at + 8, end };
  }
  const options = OPTIONS_AT[type];
  if (options === undefined) return { by: 'payload', at: at + 4, end };
  if (type === 135) packet.info += ` for ${layer.ipv6('icmpv6.nd.ns.target_address', 'Target', 8)}`;
  if (type === 136) packet.info += ` of ${layer.ipv6('icmpv6.nd.na.target_address', 'Target', 8)}`;
  if (type === 137) layer.ipv6('icmpv6.rd.na.target_address', 'Target', 8);
  discoveryOptions(layer, options, end - at);
  return undefined;
};

function discoveryOptions(layer: Layer, first: number, end: number): void {
  let off = first;
  while (off + 2 <= end) {
    const type = layer.uint(off, 1);
    const length = layer.uint(off + 1, 1) * 8;
    if (length === 0) break;
    layer.need(off, length);
    const option = layer.group('icmpv6.opt', OPTION_NAMES[type] ?? `option ${type}`, off, length);
    option.num('icmpv6.opt.type', 'Type', off, 1, OPTION_NAMES);
    option.num('icmpv6.opt.length', 'Length in 8 bytes', off + 1, 1);
    if (type <= 2 && length === 8) option.mac('icmpv6.opt.linkaddr', 'Link-layer address', off + 2);
    off += length;
  }
}

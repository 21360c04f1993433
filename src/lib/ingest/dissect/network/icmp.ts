/** ICMP; errors carry the packet they are about. */

import type { Dissector, Following } from '../contract.ts';

const TYPES: Readonly<Record<number, string>> = {
  0: 'echo reply',
  3: 'destination unreachable',
  4: 'source quench',
  5: 'redirect',
  8: 'echo request',
  9: 'router advertisement',
  10: 'router solicitation',
  11: 'time exceeded',
  12: 'parameter problem',
  13: 'timestamp request',
  14: 'timestamp reply',
  17: 'address mask request',
  18: 'address mask reply',
};
const UNREACHABLE = [
  'network',
  'host',
  'protocol',
  'port',
  'fragmentation needed',
  'source route failed',
  'network unknown',
  'host unknown',
  'source host isolated',
  'network prohibited',
  'host prohibited',
  'network for this service',
  'host for this service',
  'communication prohibited',
];
const ECHO = [0, 8];
const ERRORS = [3, 4, 5, 11, 12];
const REDIRECT = 5;

export const icmp: Dissector = (packet): Following => {
  const layer = packet.layer('icmp', 'Internet Control Message Protocol');
  const type = layer.num('icmp.type', 'Type', 0, 1, TYPES);
  const code = layer.num('icmp.code', 'Code', 1, 1, type === 3 ? UNREACHABLE : undefined);
  layer.hex('icmp.checksum', 'Checksum', 2, 2);
  packet.info = TYPES[type] ?? `ICMP type ${type}`;
  if (type === 3) packet.info += `: ${UNREACHABLE[code] ?? code}`;
  const [at, end] = [packet.at + 8, packet.end];
  if (ECHO.includes(type)) {
    const id = layer.num('icmp.ident', 'Identifier', 4, 2);
    const sequence = layer.num('icmp.seq', 'Sequence', 6, 2);
    packet.info += `, id ${id}, seq ${sequence}`;
    return { by: 'payload', at, end };
  }
  if (!ERRORS.includes(type)) return { by: 'payload', at: packet.at + 4, end };
  if (type === REDIRECT) layer.ipv4('icmp.redir_gw', 'Gateway', 4);
  layer.ends(8);
  return { by: 'protocol', key: 'quoted', at, end };
};

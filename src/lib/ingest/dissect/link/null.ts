/** BSD loopback: an address family in the byte order of the machine that captured (LINKTYPE_NULL) or of the network (LOOP). */

import type { Dissector } from '../contract.ts';

const INET = 2;
/** AF_INET6 differs from system to system. */
const INET6 = [10, 23, 24, 28, 30];
const FAMILIES: Readonly<Record<number, string>> = {
  2: 'IPv4',
  10: 'IPv6',
  23: 'IPv6',
  24: 'IPv6',
  28: 'IPv6',
  30: 'IPv6',
};

export const loopback: Dissector = (packet) => {
  const layer = packet.layer('null', 'Null/Loopback');
  const big = layer.uint(0, 4);
  const family = big > 0xffff ? layer.uint(0, 4, true) : big;
  layer.add('null.family', 'Family', 0, 4, `${family}${family in FAMILIES ? ` (${FAMILIES[family]})` : ''}`);
  const at = packet.at + 4;
  if (family === INET) return { by: 'ether', key: 0x0800, at, end: packet.end };
  if (INET6.includes(family)) return { by: 'ether', key: 0x86dd, at, end: packet.end };
  return { by: 'payload', at, end: packet.end };
};

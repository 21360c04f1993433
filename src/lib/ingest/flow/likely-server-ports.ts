/**
 * Ports on which the server side is likely, for connections whose beginning was not captured. The set is that of the
 * protocols registered by port in Zeek's default scripts, so that directions agree.
 */

import { IP_PROTO } from '../../model/ids.ts';

const TCP = [
  21, 22, 25, 53, 80, 81, 88, 110, 135, 139, 143, 389, 443, 445, 502, 514, 563, 585, 587, 614, 631, 636, 989,
  990, 992, 993, 995, 1080, 1434, 1883, 2811, 3128, 3268, 3306, 3389, 5060, 5222, 5223, 5269, 5432, 6379,
  6666, 6667, 6668, 6669, 8000, 8080, 8888, 20_000,
];
const UDP = [
  53, 67, 88, 123, 137, 161, 162, 389, 443, 514, 1434, 1812, 2123, 2152, 3389, 3544, 4789, 5060, 5072, 5353,
  5355, 6081, 19_132, 19_133, 20_000,
];

const bitmap = (ports: readonly number[]): Uint8Array => {
  const out = new Uint8Array(65_536);
  for (const port of ports) out[port] = 1;
  return out;
};

const tcp = bitmap(TCP);
const udp = bitmap(UDP);

export function isLikelyServerPort(ipProto: number, port: number): boolean {
  if (ipProto === IP_PROTO.tcp) return tcp[port] === 1;
  if (ipProto === IP_PROTO.udp) return udp[port] === 1;
  return false;
}

/** Frames that begin with an IP header; its first four bits tell which. */

import type { Dissector, Packet } from '../contract.ts';

export function ipVersion(packet: Packet, at: number): number {
  return at < packet.end ? packet.bytes[at] >> 4 : 0;
}

export const rawIp: Dissector = (packet) => {
  const { at, end } = packet;
  const version = ipVersion(packet, at);
  if (version === 4) return { by: 'ether', key: 0x0800, at, end };
  if (version === 6) return { by: 'ether', key: 0x86dd, at, end };
  return { by: 'payload', at, end };
};

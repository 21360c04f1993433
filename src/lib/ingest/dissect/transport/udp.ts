/** UDP. */

import type { Dissector } from '../contract.ts';

export const udp: Dissector = (packet) => {
  const layer = packet.layer('udp', 'User Datagram Protocol');
  const sport = layer.num('udp.srcport', 'Source port', 0, 2);
  const dport = layer.num('udp.dstport', 'Destination port', 2, 2);
  const length = layer.num('udp.length', 'Length', 4, 2);
  layer.hex('udp.checksum', 'Checksum', 6, 2);
  const at = packet.at + 8;
  const end = length < 8 ? packet.end : Math.min(packet.end, packet.at + length);
  packet.info = `${sport} → ${dport} len ${Math.max(0, length - 8)}`;
  return { by: 'udp', key: [dport, sport], at, end };
};

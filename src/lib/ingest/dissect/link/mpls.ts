/** MPLS label stack entries. What lies under the bottom is told by its first four bits alone. */

import type { Dissector } from '../contract.ts';
import { ipVersion } from './raw-ip.ts';

export const mpls: Dissector = (packet) => {
  const layer = packet.layer('mpls', 'MultiProtocol Label Switching');
  const label = layer.bits('mpls.label', 'Label', 0, 4, 0xfffff000);
  layer.bits('mpls.exp', 'Experimental bits', 0, 4, 0x0e00);
  const bottom = layer.bits('mpls.bottom', 'Bottom of the stack', 0, 4, 0x0100);
  layer.bits('mpls.ttl', 'TTL', 0, 4, 0xff);
  packet.info = `MPLS label ${label}`;
  const at = packet.at + 4;
  if (bottom === 0) return { by: 'protocol', key: 'mpls', at, end: packet.end };
  const version = ipVersion(packet, at);
  if (version === 4 || version === 6) return { by: 'protocol', key: 'raw', at, end: packet.end };
  return { by: 'payload', at, end: packet.end };
};

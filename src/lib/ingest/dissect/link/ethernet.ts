/** Ethernet II and IEEE 802.3 with LLC. */

import type { Dissector } from '../contract.ts';
import { ETHER_TYPES } from '../words.ts';

const HEADER = 14;
const FIRST_TYPE = 0x600;

export const ethernet: Dissector = (packet) => {
  const layer = packet.layer('eth', 'Ethernet');
  const dst = layer.mac('eth.dst', 'Destination', 0);
  const src = layer.mac('eth.src', 'Source', 6);
  packet.info = `${src} → ${dst}`;
  const at = packet.at + HEADER;
  const type = layer.uint(12, 2);
  if (type >= FIRST_TYPE) {
    layer.hex('eth.type', 'Type', 12, 2, ETHER_TYPES);
    return { by: 'ether', key: type, at, end: packet.end };
  }
  layer.num('eth.len', 'Length', 12, 2);
  return { by: 'protocol', key: 'llc', at, end: Math.min(packet.end, at + type) };
};

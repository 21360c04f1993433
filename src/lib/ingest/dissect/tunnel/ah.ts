/** IP authentication header (RFC 4302). */

import type { Dissector } from '../contract.ts';
import { IP_PROTOCOLS } from '../words.ts';

export const ah: Dissector = (packet) => {
  const layer = packet.layer('ah', 'Authentication Header');
  const next = layer.num('ah.next_header', 'Next header', 0, 1, IP_PROTOCOLS);
  const length = (layer.uint(1, 1) + 2) * 4;
  layer.hex('ah.spi', 'SPI', 4, 4);
  layer.num('ah.sequence', 'Sequence', 8, 4);
  layer.need(0, length);
  layer.ends(length);
  return { by: 'ip', key: next, at: packet.at + length, end: packet.end };
};

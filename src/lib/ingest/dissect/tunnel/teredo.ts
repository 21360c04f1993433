/** Teredo (RFC 4380): IPv6 in UDP, with an authentication and an origin indication in front at times. */

import type { Dissector } from '../contract.ts';

const ORIGIN = 0x0000;
const AUTHENTICATION = 0x0001;

export const teredo: Dissector = (packet) => {
  const layer = packet.layer('teredo', 'Teredo IPv6 over UDP tunneling');
  let off = 0;
  if (layer.uint(off, 2) === AUTHENTICATION) {
    const size = 13 + layer.uint(2, 1) + layer.uint(3, 1);
    layer.need(0, size);
    layer.add('teredo.auth', 'Authentication', 0, size);
    off = size;
  }
  if (layer.uint(off, 2) === ORIGIN) {
    layer.need(off, 8);
    layer.add('teredo.orig.port', 'Origin port', off + 2, 2, String(layer.uint(off + 2, 2) ^ 0xffff));
    const address = [0, 1, 2, 3].map((i) => layer.uint(off + 4 + i, 1) ^ 0xff).join('.');
    layer.add('teredo.orig.addr', 'Origin address', off + 4, 4, address);
    off += 8;
  }
  packet.info = 'Teredo';
  return { by: 'protocol', key: 'raw', at: packet.at + off, end: packet.end };
};

/** IEEE 802.2 logical link control, with SNAP. */

import type { Dissector } from '../contract.ts';
import { ETHER_TYPES } from '../words.ts';

const SNAP = 0xaa;
const UNNUMBERED = 0x03;
const SAPS: Readonly<Record<number, string>> = {
  0x42: 'spanning tree',
  0xaa: 'SNAP',
  0xe0: 'IPX',
  0xf0: 'NetBIOS',
  0xfe: 'ISO',
};

export const llc: Dissector = (packet) => {
  const layer = packet.layer('llc', 'Logical Link Control');
  const dsap = layer.hex('llc.dsap', 'Destination SAP', 0, 1, SAPS);
  const ssap = layer.hex('llc.ssap', 'Source SAP', 1, 1, SAPS);
  const control = layer.uint(2, 1);
  const unnumbered = (control & UNNUMBERED) === UNNUMBERED;
  layer.add('llc.control', 'Control', 2, unnumbered ? 1 : 2);
  if (dsap === SNAP && ssap === SNAP && unnumbered) {
    const oui = layer.uint(3, 3);
    layer.add('llc.oui', 'Organization', 3, 3, String(oui));
    if (oui === 0) {
      const type = layer.hex('llc.type', 'Type', 6, 2, ETHER_TYPES);
      return { by: 'ether', key: type, at: packet.at + 8, end: packet.end };
    }
    layer.hex('llc.pid', 'Protocol', 6, 2);
    return { by: 'payload', at: packet.at + 8, end: packet.end };
  }
  return { by: 'payload', at: packet.at + (unnumbered ? 3 : 4), end: packet.end };
};

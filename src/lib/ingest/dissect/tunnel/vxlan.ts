/** VXLAN (RFC 7348) and GENEVE (RFC 8926). */

import type { Dissector } from '../contract.ts';
import { ETHER_TYPES } from '../words.ts';

export const vxlan: Dissector = (packet) => {
  const layer = packet.layer('vxlan', 'Virtual eXtensible Local Area Network');
  layer.hex('vxlan.flags', 'Flags', 0, 2);
  layer.num('vxlan.gbp', 'Group policy', 2, 2);
  const vni = layer.num('vxlan.vni', 'VNI', 4, 3);
  layer.need(7, 1);
  layer.ends(8);
  packet.info = `VXLAN ${vni}`;
  return { by: 'protocol', key: 'eth', at: packet.at + 8, end: packet.end };
};

export const geneve: Dissector = (packet) => {
  const layer = packet.layer('geneve', 'Generic Network Virtualization Encapsulation');
  layer.bits('geneve.version', 'Version', 0, 1, 0xc0);
  const options = (layer.uint(0, 1) & 0x3f) * 4;
  const type = layer.hex('geneve.proto_type', 'Protocol', 2, 2, ETHER_TYPES);
  const vni = layer.uint(4, 3);
  layer.add('geneve.vni', 'VNI', 4, 3, `0x${vni.toString(16).padStart(6, '0')}`);
  if (options > 0) layer.hexBytes('geneve.options', 'Options', 8, options);
  layer.ends(8 + options);
  packet.info = `GENEVE ${vni}`;
  return { by: 'ether', key: type, at: packet.at + 8 + options, end: packet.end };
};

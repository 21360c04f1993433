/** ARP and RARP. */

import type { Dissector, Layer } from '../contract.ts';
import { ETHER_TYPES } from '../words.ts';

const OPCODES: Readonly<Record<number, string>> = {
  1: 'request',
  2: 'reply',
  3: 'reverse request',
  4: 'reverse reply',
  8: 'inverse request',
  9: 'inverse reply',
};

export const arp: Dissector = (packet) => {
  const layer = packet.layer('arp', 'Address Resolution Protocol');
  layer.num('arp.hw.type', 'Hardware type', 0, 2, { 1: 'Ethernet', 6: 'IEEE 802' });
  const protocol = layer.hex('arp.proto.type', 'Protocol type', 2, 2, ETHER_TYPES);
  const hardwareSize = layer.num('arp.hw.size', 'Hardware size', 4, 1);
  const protocolSize = layer.num('arp.proto.size', 'Protocol size', 5, 1);
  const opcode = layer.num('arp.opcode', 'Opcode', 6, 2, OPCODES);
  const target = 8 + hardwareSize + protocolSize;
  const isIpv4 = protocol === 0x0800 && protocolSize === 4;
  const srcHw = hardware(layer, 'src', 'Sender', 8, hardwareSize);
  const src = isIpv4 ? layer.ipv4('arp.src.proto_ipv4', 'Sender address', 8 + hardwareSize) : '';
  hardware(layer, 'dst', 'Target', target, hardwareSize);
  const dst = isIpv4 ? layer.ipv4('arp.dst.proto_ipv4', 'Target address', target + hardwareSize) : '';
  layer.ends(target + hardwareSize + protocolSize);
  packet.info = opcode === 1 ? `who has ${dst}? tell ${src}` : `${src} is at ${srcHw}`;
  return undefined;
};

function hardware(layer: Layer, side: 'src' | 'dst', label: string, off: number, size: number): string {
  if (size === 6) return layer.mac(`arp.${side}.hw_mac`, `${label} hardware address`, off);
  layer.hexBytes(`arp.${side}.hw`, `${label} hardware address`, off, size);
  return '';
}

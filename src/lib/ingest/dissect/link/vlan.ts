/** IEEE 802.1Q and 802.1ad tags. */

import type { Dissector, Packet } from '../contract.ts';
import { ETHER_TYPES } from '../words.ts';

const FIRST_TYPE = 0x600;

export const vlan: Dissector = (packet) => tag(packet, 'vlan', '802.1Q Virtual LAN');
export const qinq: Dissector = (packet) => tag(packet, 'ieee8021ad', '802.1ad');

function tag(packet: Packet, name: string, label: string) {
  const layer = packet.layer(name, label);
  // Wireshark's places: both bytes in one dissector, the first in the other.
  const size = name === 'vlan' ? 2 : 1;
  layer.bits(`${name}.priority`, 'Priority', 0, size, size === 2 ? 0xe000 : 0xe0);
  layer.bits(`${name}.dei`, 'Drop eligible', 0, size, size === 2 ? 0x1000 : 0x10);
  const id = layer.bits(`${name}.id`, 'VLAN', 0, 2, 0x0fff);
  layer.field.value = `VLAN ${id}`;
  const at = packet.at + 4;
  const type = layer.uint(2, 2);
  if (type < FIRST_TYPE) {
    layer.num('vlan.len', 'Length', 2, 2);
    return { by: 'protocol', key: 'llc', at, end: Math.min(packet.end, at + type) } as const;
  }
  layer.hex('vlan.etype', 'Type', 2, 2, ETHER_TYPES);
  return { by: 'ether', key: type, at, end: packet.end } as const;
}

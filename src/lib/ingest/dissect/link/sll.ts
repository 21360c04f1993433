/** Linux cooked captures, versions 1 and 2. */

import type { Dissector, Following, Layer } from '../contract.ts';
import { ETHER_TYPES } from '../words.ts';

const PACKET_TYPES = ['to us', 'broadcast', 'multicast', 'to another host', 'sent by us'];
const ETHERNET = 1;
/** Types below are Linux's own; this one is 802.2. */
const LINUX_802_2 = 4;
const FIRST_TYPE = 0x600;

function following(type: number, at: number, end: number): Following {
  if (type === LINUX_802_2) return { by: 'protocol', key: 'llc', at, end };
  return type < FIRST_TYPE ? { by: 'payload', at, end } : { by: 'ether', key: type, at, end };
}

function address(layer: Layer, off: number, hardware: number, length: number): void {
  if (hardware === ETHERNET && length === 6) layer.mac('sll.src.eth', 'Source', off);
  else if (length > 0) layer.hexBytes('sll.src.other', 'Source', off, Math.min(length, 8));
}

export const sll: Dissector = (packet) => {
  const layer = packet.layer('sll', 'Linux cooked capture v1');
  layer.num('sll.pkttype', 'Packet type', 0, 2, PACKET_TYPES);
  const hardware = layer.num('sll.hatype', 'Hardware type', 2, 2);
  const length = layer.num('sll.halen', 'Address length', 4, 2);
  layer.need(6, 8);
  address(layer, 6, hardware, length);
  const type = layer.hex('sll.etype', 'Protocol', 14, 2, ETHER_TYPES);
  return following(type, packet.at + 16, packet.end);
};

export const sll2: Dissector = (packet) => {
  const layer = packet.layer('sll', 'Linux cooked capture v2');
  const type = layer.hex('sll.etype', 'Protocol', 0, 2, ETHER_TYPES);
  layer.num('sll.ifindex', 'Interface index', 4, 4);
  const hardware = layer.num('sll.hatype', 'Hardware type', 8, 2);
  layer.num('sll.pkttype', 'Packet type', 10, 1, PACKET_TYPES);
  const length = layer.num('sll.halen', 'Address length', 11, 1);
  layer.need(12, 8);
  address(layer, 12, hardware, length);
  layer.ends(20);
  return following(type, packet.at + 20, packet.end);
};

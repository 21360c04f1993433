/** GRE (RFC 2784, 2890, 2637) and the ERSPAN headers it carries. */

import type { Dissector } from '../contract.ts';
import { ETHER_TYPES } from '../words.ts';

const CHECKSUM = 0x8000;
const ROUTING = 0x4000;
const KEY = 0x2000;
const SEQUENCE = 0x1000;
const ACKNOWLEDGEMENT = 0x0080;
const ERSPAN_I_OR_II = 0x88be;

export const gre: Dissector = (packet) => {
  const layer = packet.layer('gre', 'Generic Routing Encapsulation');
  const flags = layer.hex('gre.flags_and_version', 'Flags and version', 0, 2);
  const type = layer.hex('gre.proto', 'Protocol', 2, 2, ETHER_TYPES);
  const enhanced = (flags & 7) === 1;
  let off = 4;
  if (flags & (CHECKSUM | ROUTING)) {
    layer.hex('gre.checksum', 'Checksum', off, 2);
    layer.need(off, 4);
    off += 4;
  }
  if (flags & KEY) {
    if (enhanced) {
      layer.num('gre.key.payload_length', 'Payload length', off, 2);
      layer.num('gre.key.call_id', 'Call', off + 2, 2);
    } else {
      layer.hex('gre.key', 'Key', off, 4);
    }
    off += 4;
  }
  if (flags & SEQUENCE) {
    layer.num('gre.sequence_number', 'Sequence number', off, 4);
    off += 4;
  }
  if (enhanced && flags & ACKNOWLEDGEMENT) {
    layer.num('gre.ack_number', 'Acknowledgement number', off, 4);
    off += 4;
  }
  layer.ends(off);
  packet.info = `GRE ${ETHER_TYPES[type] ?? ''}`.trim();
  const [at, end] = [packet.at + off, packet.end];
  // Source routes are not walked; ERSPAN I has no header of its own.
  if (flags & ROUTING) return { by: 'payload', at, end };
  if (type === ERSPAN_I_OR_II && !(flags & SEQUENCE)) return { by: 'protocol', key: 'eth', at, end };
  return { by: 'ether', key: type, at, end };
};

export const erspan2: Dissector = (packet) => {
  const layer = packet.layer('erspan', 'ERSPAN II');
  layer.bits('erspan.version', 'Version', 0, 2, 0xf000);
  layer.bits('erspan.vlan', 'VLAN', 0, 2, 0x0fff);
  layer.bits('erspan.spanid', 'Session', 2, 2, 0x03ff);
  layer.need(4, 4);
  layer.ends(8);
  return { by: 'protocol', key: 'eth', at: packet.at + 8, end: packet.end };
};

export const erspan3: Dissector = (packet) => {
  const layer = packet.layer('erspan', 'ERSPAN III');
  layer.bits('erspan.version', 'Version', 0, 2, 0xf000);
  layer.bits('erspan.vlan', 'VLAN', 0, 2, 0x0fff);
  layer.bits('erspan.spanid', 'Session', 2, 2, 0x03ff);
  const frameType = layer.bits('erspan.ft', 'Frame type', 10, 2, 0x7c00, { 0: 'Ethernet', 2: 'IP' });
  const length = layer.uint(11, 1) & 1 ? 20 : 12;
  layer.need(0, length);
  layer.ends(length);
  const [at, end] = [packet.at + length, packet.end];
  if (frameType === 0) return { by: 'protocol', key: 'eth', at, end };
  return frameType === 2 ? { by: 'protocol', key: 'raw', at, end } : { by: 'payload', at, end };
};

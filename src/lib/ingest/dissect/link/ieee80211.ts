/** IEEE 802.11 frames, and the radiotap header in front of them. */

import { hexText, type Dissector, type Following, type Layer } from '../contract.ts';

export const radiotap: Dissector = (packet) => {
  const layer = packet.layer('radiotap', 'Radiotap');
  layer.num('radiotap.version', 'Version', 0, 1);
  const length = layer.uint(2, 2, true);
  layer.add('radiotap.length', 'Length', 2, 2, String(length));
  layer.ends(Math.max(length, 8));
  return { by: 'protocol', key: 'wlan', at: packet.at + Math.max(length, 8), end: packet.end };
};

const TYPES = ['management', 'control', 'data', 'extension'];
const SUBTYPES: Readonly<Record<number, string>> = {
  0x00: 'association request',
  0x01: 'association response',
  0x02: 'reassociation request',
  0x03: 'reassociation response',
  0x04: 'probe request',
  0x05: 'probe response',
  0x08: 'beacon',
  0x0a: 'disassociation',
  0x0b: 'authentication',
  0x0c: 'deauthentication',
  0x0d: 'action',
  0x18: 'block ack request',
  0x19: 'block ack',
  0x1a: 'PS poll',
  0x1b: 'request to send',
  0x1c: 'clear to send',
  0x1d: 'acknowledgement',
  0x20: 'data',
  0x24: 'null',
  0x28: 'QoS data',
  0x2c: 'QoS null',
};
const DATA = 2;
const MANAGEMENT = 0;
/** What the third address of a data frame is, by the bits to and from the distribution system. */
const THIRD_ADDRESS = ['bssid', 'da', 'sa', 'da'];

export const wlan: Dissector = (packet) => {
  const layer = packet.layer('wlan', 'IEEE 802.11');
  const control = layer.uint(0, 1);
  const [type, subtype] = [(control >> 2) & 3, control >> 4];
  const both = (type << 4) | subtype;
  const flags = layer.uint(1, 1);
  const word = SUBTYPES[both] ?? TYPES[type];
  layer.add('wlan.fc.type_subtype', 'Type and subtype', 0, 1, `${hexText(both, 4)} (${word})`);
  layer.add('wlan.fc.type', 'Type', 0, 1, `${type} (${TYPES[type]})`);
  layer.add('wlan.fc.subtype', 'Subtype', 0, 1, String(subtype));
  layer.add('wlan.fc.ds', 'To and from the distribution system', 1, 1, hexText(flags & 3, 2));
  layer.add('wlan.fc.protected', 'Protected', 1, 1, String((flags >> 6) & 1));
  layer.add('wlan.duration', 'Duration', 2, 2, String(layer.uint(2, 2, true)));
  const receiver = layer.mac('wlan.ra', 'Receiver', 4);
  packet.info = `802.11 ${word} → ${receiver}`;
  if (type !== DATA && type !== MANAGEMENT) return undefined;
  return addressed(layer, type, subtype, flags);
};

function addressed(layer: Layer, type: number, subtype: number, flags: number): Following {
  const { packet } = layer;
  const transmitter = layer.mac('wlan.ta', 'Transmitter', 10);
  const third = type === MANAGEMENT ? 'bssid' : THIRD_ADDRESS[flags & 3];
  layer.mac(`wlan.${third}`, 'Third address', 16);
  layer.add('wlan.frag', 'Fragment', 22, 2, String(layer.uint(22, 2, true) & 0xf));
  layer.add('wlan.seq', 'Sequence', 22, 2, String(layer.uint(22, 2, true) >> 4));
  let length = 24;
  if (type === DATA && (flags & 3) === 3) {
    layer.mac('wlan.sa', 'Source', 24);
    length += 6;
  }
  const qos = type === DATA && (subtype & 8) !== 0;
  if (qos) {
    layer.add('wlan.qos', 'QoS control', length, 2, hexText(layer.uint(length, 2, true), 4));
    length += 2;
  }
  layer.ends(length);
  packet.info = `${packet.info.split(' → ')[0]} ${transmitter} → ${packet.info.split(' → ')[1]}`;
  const [at, end] = [packet.at + length, packet.end];
  const isProtected = (flags & 0x40) !== 0;
  // Subtypes with bit 2 set carry no data.
  if (type === DATA && (subtype & 4) === 0 && !isProtected) return { by: 'protocol', key: 'llc', at, end };
  return { by: 'payload', at, end };
}

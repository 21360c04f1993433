/** IPv6 and its extension headers. */

import { DECODE_LIMITS } from '../../../model/limits.ts';
import { hexText, type Dissector, type Following, type Layer, type Packet } from '../contract.ts';
import { IP_PROTOCOLS } from '../words.ts';

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const NO_NEXT = 59;
const DESTINATION = 60;

export const ipv6: Dissector = (packet) => {
  const layer = packet.layer('ipv6', 'Internet Protocol Version 6');
  layer.bits('ipv6.version', 'Version', 0, 1, 0xf0);
  const first = layer.uint(0, 4);
  layer.add('ipv6.tclass', 'Traffic class', 0, 4, hexText((first >>> 20) & 0xff, 8));
  layer.add('ipv6.flow', 'Flow label', 1, 3, hexText(first & 0xfffff, 6));
  const length = layer.num('ipv6.plen', 'Payload length', 4, 2);
  const next = layer.num('ipv6.nxt', 'Next header', 6, 1, IP_PROTOCOLS);
  layer.num('ipv6.hlim', 'Hop limit', 7, 1);
  const src = layer.ipv6('ipv6.src', 'Source', 8);
  const dst = layer.ipv6('ipv6.dst', 'Destination', 24);
  packet.info = `${src} → ${dst}`;
  // A jumbo payload has its length in an option: the frame's end will do.
  const end = length === 0 ? packet.end : Math.min(packet.end, packet.at + 40 + length);
  const following = extensions(packet, layer, next, end);
  layer.field.len = Math.max(40, (following?.at ?? packet.at + 40) - packet.at);
  return following;
};

/** Walks the extension headers, which are fields of the IPv6 header as in Wireshark. */
function extensions(packet: Packet, layer: Layer, first: number, end: number): Following {
  let next = first;
  let off = 40;
  for (let count = 0; count < DECODE_LIMITS.maxExtensionHeaders; count++) {
    const at = packet.at + off;
    if (next === FRAGMENT) {
      const fragment = fragmentHeader(layer, off);
      next = fragment.next;
      off += 8;
      if (fragment.offset > 0) return { by: 'payload', at: packet.at + off, end };
      continue;
    }
    if (next !== HOP_BY_HOP && next !== ROUTING && next !== DESTINATION) {
      if (next === NO_NEXT) return { by: 'payload', at, end };
      packet.info += ` ${IP_PROTOCOLS[next] ?? `protocol ${next}`}`;
      return { by: 'ip', key: next, at, end };
    }
    const length = (layer.uint(off + 1, 1) + 1) * 8;
    layer.need(off, length);
    if (next === ROUTING) routingHeader(layer, off, length);
    else optionsHeader(layer, off, length, next === HOP_BY_HOP ? 'ipv6.hopopts' : 'ipv6.dstopts');
    next = layer.uint(off, 1);
    off += length;
  }
  return { by: 'payload', at: packet.at + off, end };
}

function optionsHeader(layer: Layer, off: number, length: number, name: string): void {
  const header = layer.group(
    name,
    name.endsWith('hopopts') ? 'Hop-by-hop options' : 'Destination options',
    off,
    length,
  );
  header.num(`${name}.nxt`, 'Next header', off, 1, IP_PROTOCOLS);
  header.num(`${name}.len`, 'Length in 8 bytes, less one', off + 1, 1);
  let at = off + 2;
  while (at < off + length) {
    const type = header.uint(at, 1);
    const size = type === 0 ? 1 : Math.min(2 + header.uint(at + 1, 1), off + length - at);
    const option = header.group('ipv6.opt', OPTION_NAMES[type] ?? `option ${type}`, at, size);
    option.hex('ipv6.opt.type', 'Type', at, 1);
    at += size;
  }
}

const OPTION_NAMES: Readonly<Record<number, string>> = {
  0: 'Pad1',
  1: 'PadN',
  5: 'Router alert',
  0xc2: 'Jumbo payload',
  0xc9: 'Home address',
};

function routingHeader(layer: Layer, off: number, length: number): void {
  const header = layer.group('ipv6.routing', 'Routing header', off, length);
  header.num('ipv6.routing.nxt', 'Next header', off, 1, IP_PROTOCOLS);
  header.num('ipv6.routing.len', 'Length in 8 bytes, less one', off + 1, 1);
  const type = header.num('ipv6.routing.type', 'Type', off + 2, 1, {
    0: 'source route',
    2: 'mobile IP',
    3: 'RPL',
    4: 'segment routing',
  });
  header.num('ipv6.routing.segleft', 'Segments left', off + 3, 1);
  if (type !== 0) return;
  for (let at = off + 8; at + 16 <= off + length; at += 16)
    header.ipv6('ipv6.routing.src.addr', 'Address', at);
}

function fragmentHeader(layer: Layer, off: number): { next: number; offset: number } {
  layer.need(off, 8);
  const header = layer.group('ipv6.fraghdr', 'Fragment header', off, 8);
  const next = header.num('ipv6.fraghdr.nxt', 'Next header', off, 1, IP_PROTOCOLS);
  const offset = header.uint(off + 2, 2) >> 3;
  header.add('ipv6.fraghdr.offset', 'Offset in 8 bytes', off + 2, 2, String(offset));
  header.bits('ipv6.fraghdr.more', 'More fragments', off + 2, 2, 1);
  header.hex('ipv6.fraghdr.ident', 'Identification', off + 4, 4);
  return { next, offset };
}

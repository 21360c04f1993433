/** IPv4 with its options. */

import type { Dissector, Layer } from '../contract.ts';
import { IP_PROTOCOLS } from '../words.ts';

export const ipv4: Dissector = (packet) => {
  const layer = packet.layer('ip', 'Internet Protocol Version 4');
  layer.bits('ip.version', 'Version', 0, 1, 0xf0);
  const headerBytes = (layer.uint(0, 1) & 0xf) * 4;
  layer.add('ip.hdr_len', 'Header length', 0, 1, `${headerBytes} (bytes)`);
  const service = layer.group(
    'ip.dsfield',
    'Differentiated services',
    1,
    1,
    `0x${layer.uint(1, 1).toString(16).padStart(2, '0')}`,
  );
  service.bits('ip.dsfield.dscp', 'Codepoint', 1, 1, 0xfc);
  service.bits('ip.dsfield.ecn', 'Explicit congestion notification', 1, 1, 0x03);
  const total = layer.num('ip.len', 'Total length', 2, 2);
  layer.hex('ip.id', 'Identification', 4, 2);
  const flags = layer.group(
    'ip.flags',
    'Flags',
    6,
    1,
    `0x${(layer.uint(6, 1) >> 5).toString(16).padStart(2, '0')}`,
  );
  flags.bits('ip.flags.rb', 'Reserved', 6, 1, 0x80);
  flags.bits('ip.flags.df', "Don't fragment", 6, 1, 0x40);
  const more = flags.bits('ip.flags.mf', 'More fragments', 6, 1, 0x20);
  const offset = (layer.uint(6, 2) & 0x1fff) * 8;
  layer.add('ip.frag_offset', 'Fragment offset, bytes', 6, 2, String(offset));
  layer.num('ip.ttl', 'Time to live', 8, 1);
  const protocol = layer.num('ip.proto', 'Protocol', 9, 1, IP_PROTOCOLS);
  layer.hex('ip.checksum', 'Header checksum', 10, 2);
  const src = layer.ipv4('ip.src', 'Source', 12);
  const dst = layer.ipv4('ip.dst', 'Destination', 16);
  packet.info = `${src} → ${dst} ${IP_PROTOCOLS[protocol] ?? `protocol ${protocol}`}`;
  if (headerBytes > 20) options(layer, headerBytes);
  const header = Math.max(headerBytes, 20);
  layer.ends(header);
  const at = packet.at + header;
  // Segmentation offload leaves the total length 0; bytes behind it are padding of the frame.
  const end = total === 0 ? packet.end : Math.max(at, Math.min(packet.end, packet.at + total));
  if (offset > 0) {
    packet.info += `, fragment at ${offset}`;
    return { by: 'payload', at, end };
  }
  if (more) packet.info += ', first fragment';
  return { by: 'ip', key: protocol, at, end };
};

const OPTIONS: Readonly<Record<number, string>> = {
  0: 'end of options',
  1: 'no operation',
  7: 'record route',
  68: 'time stamp',
  130: 'security',
  131: 'loose source route',
  134: 'commercial security',
  136: 'stream identifier',
  137: 'strict source route',
  148: 'router alert',
};
const MAX_OPTIONS = 40;

function options(layer: Layer, headerBytes: number): void {
  const group = layer.group('ip.options', 'Options', 20, headerBytes - 20);
  let off = 20;
  for (let count = 0; off < headerBytes && count < MAX_OPTIONS; count++) {
    const type = group.uint(off, 1);
    const length = type <= 1 ? 1 : Math.max(2, group.uint(off + 1, 1));
    const label = OPTIONS[type] ?? `option ${type}`;
    const option = group.group('ip.opt', label, off, Math.min(length, headerBytes - off));
    option.num('ip.opt.type', 'Type', off, 1);
    if (length > 1) option.num('ip.opt.len', 'Length', off + 1, 1);
    if (type === 0) break;
    off += length;
  }
}

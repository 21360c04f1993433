/** TCP with its options. */

import { hexText, type Dissector, type Layer } from '../contract.ts';

const FLAGS: readonly (readonly [name: string, label: string, mask: number, letters: string])[] = [
  ['tcp.flags.cwr', 'Congestion window reduced', 0x80, 'CWR'],
  ['tcp.flags.ece', 'ECN echo', 0x40, 'ECE'],
  ['tcp.flags.urg', 'Urgent', 0x20, 'URG'],
  ['tcp.flags.ack', 'Acknowledgement', 0x10, 'ACK'],
  ['tcp.flags.push', 'Push', 0x08, 'PSH'],
  ['tcp.flags.reset', 'Reset', 0x04, 'RST'],
  ['tcp.flags.syn', 'Synchronize', 0x02, 'SYN'],
  ['tcp.flags.fin', 'Finish', 0x01, 'FIN'],
];

export const tcp: Dissector = (packet) => {
  const layer = packet.layer('tcp', 'Transmission Control Protocol');
  const sport = layer.num('tcp.srcport', 'Source port', 0, 2);
  const dport = layer.num('tcp.dstport', 'Destination port', 2, 2);
  const sequence = layer.num('tcp.seq_raw', 'Sequence number', 4, 4);
  const acknowledged = layer.num('tcp.ack_raw', 'Acknowledgement number', 8, 4);
  const header = (layer.uint(12, 1) >> 4) * 4;
  layer.add('tcp.hdr_len', 'Header length', 12, 1, `${header} (bytes)`);
  const bits = layer.uint(12, 2) & 0xfff;
  const names = FLAGS.filter(([, , mask]) => bits & mask).map(([, , , letters]) => letters);
  const flags = layer.group(
    'tcp.flags',
    'Flags',
    12,
    2,
    `${hexText(bits, 4)} (${names.reverse().join(', ') || 'none'})`,
  );
  for (const [name, label, mask] of FLAGS) flags.bits(name, label, 13, 1, mask);
  const window = layer.num('tcp.window_size_value', 'Window', 14, 2);
  layer.hex('tcp.checksum', 'Checksum', 16, 2);
  layer.num('tcp.urgent_pointer', 'Urgent pointer', 18, 2);
  const size = Math.max(20, header);
  const at = Math.min(packet.end, packet.at + size);
  packet.info = `${sport} → ${dport} [${names.join(', ')}] seq ${sequence} ack ${acknowledged} win ${window} len ${packet.end - at}`;
  if (header > 20) options(layer, header);
  layer.ends(size);
  return { by: 'tcp', key: [dport, sport], at, end: packet.end };
};

const NAMES: Readonly<Record<number, string>> = {
  0: 'end of options',
  1: 'no operation',
  2: 'maximum segment size',
  3: 'window scale',
  4: 'SACK permitted',
  5: 'SACK',
  8: 'timestamps',
  19: 'MD5 signature',
  28: 'user time-out',
  29: 'authentication',
  30: 'multipath TCP',
  34: 'fast open',
};

function options(layer: Layer, header: number): void {
  const group = layer.group('tcp.options', 'Options', 20, header - 20);
  let off = 20;
  while (off < header) {
    const kind = group.uint(off, 1);
    const length = kind <= 1 ? 1 : group.uint(off + 1, 1);
    if (length < 1 || (kind > 1 && length < 2) || off + length > header) break;
    const option = group.group(
      kind === 1 ? 'tcp.options.nop' : 'tcp.option',
      NAMES[kind] ?? `option ${kind}`,
      off,
      length,
    );
    option.num('tcp.option_kind', 'Kind', off, 1);
    if (kind > 1) option.num('tcp.option_len', 'Length', off + 1, 1);
    optionValue(option, kind, off, length);
    if (kind === 0) break;
    off += length;
  }
}

function optionValue(option: Layer, kind: number, off: number, length: number): void {
  if (kind === 2 && length === 4) {
    option.num('tcp.options.mss_val', 'Maximum segment size', off + 2, 2);
  } else if (kind === 3 && length === 3) {
    option.num('tcp.options.wscale.shift', 'Shift', off + 2, 1);
  } else if (kind === 8 && length === 10) {
    option.num('tcp.options.timestamp.tsval', 'Timestamp', off + 2, 4);
    option.num('tcp.options.timestamp.tsecr', 'Timestamp echoed', off + 6, 4);
  } else if (kind === 5) {
    for (let at = off + 2; at + 8 <= off + length; at += 8) {
      option.num('tcp.options.sack_le', 'Left edge', at, 4);
      option.num('tcp.options.sack_re', 'Right edge', at + 4, 4);
    }
  }
}

/** Decoder events of TCP, UDP and ICMP headers. Offsets are into `data`; `end` is where the IP packet ends. */

const TCP_HEADER = 20;
const UDP_HEADER = 8;
const ICMP4_HEADER = 8;
const ICMP6_HEADER = 4;

/** Lengths that TCP options have; those with several are not listed. */
const TCP_OPTION_LENGTHS: Readonly<Record<number, number>> = { 2: 4, 3: 3, 4: 2, 8: 10 };
const ONCE = new Set([2, 3, 4, 8]);

export function tcpEvents(data: DataView, at: number, end: number, out: Set<string>): void {
  if (end - at < TCP_HEADER) return void out.add('tcp.pkt_too_small');
  const header = (data.getUint8(at + 12) >> 4) * 4;
  if (header < TCP_HEADER) return void out.add('tcp.hlen_too_small');
  if (at + header > end) return void out.add('tcp.hlen_too_small');
  const seen = new Set<number>();
  for (let i = at + TCP_HEADER; i < at + header;) {
    const kind = data.getUint8(i);
    if (kind === 0) return;
    if (kind === 1) {
      i++;
      continue;
    }
    const length = i + 1 < at + header ? data.getUint8(i + 1) : 0;
    if (length < 2 || i + length > at + header) return void out.add('tcp.opt_invalid_len');
    const wanted = TCP_OPTION_LENGTHS[kind];
    if (wanted !== undefined && length !== wanted) out.add('tcp.opt_invalid_len');
    else if (ONCE.has(kind) && seen.has(kind)) out.add('tcp.opt_duplicate');
    seen.add(kind);
    i += length;
  }
}

export function udpEvents(data: DataView, at: number, end: number, out: Set<string>): void {
  if (end - at < UDP_HEADER) return void out.add('udp.pkt_too_small');
  const length = data.getUint16(at + 4);
  if (length === 0 && end - at === UDP_HEADER) return;
  if (length < UDP_HEADER || length > end - at) out.add('udp.len_invalid');
  if (length > end - at) out.add('udp.pkt_too_small');
  else if (length !== end - at) out.add('udp.hlen_invalid');
}

/** Highest code of each type of ICMPv4 that is assigned; types that are not listed are unknown. */
const ICMP4_CODES: Readonly<Record<number, number>> = {
  0: 0,
  3: 15,
  4: 0,
  5: 3,
  8: 0,
  9: 16,
  10: 0,
  11: 1,
  12: 2,
  13: 0,
  14: 0,
  15: 0,
  16: 0,
  17: 0,
  18: 0,
};
/** Types of ICMPv4 that carry the header of the packet they are about. */
const ICMP4_ERRORS = new Set([3, 4, 5, 11, 12]);
/** Codes of the error messages of ICMPv6. */
const ICMP6_CODES: Readonly<Record<number, number>> = { 1: 6, 2: 0, 3: 1, 4: 2, 128: 0, 129: 0, 130: 0, 131: 0, 132: 0, 133: 0, 134: 0, 135: 0, 136: 0, 137: 0 };

export function icmpEvents(data: DataView, at: number, end: number, version: 4 | 6, out: Set<string>): void {
  const name = version === 4 ? 'icmpv4' : 'icmpv6';
  if (end - at < (version === 4 ? ICMP4_HEADER : ICMP6_HEADER)) return void out.add(`${name}.pkt_too_small`);
  const type = data.getUint8(at);
  const code = data.getUint8(at + 1);
  const most = (version === 4 ? ICMP4_CODES : ICMP6_CODES)[type];
  if (most !== undefined && code > most) out.add(`${name}.unknown_code`);
  if (version === 4) {
    if (most === undefined) out.add('icmpv4.unknown_type');
    if (ICMP4_ERRORS.has(type)) embedded(data, at + ICMP4_HEADER, end, 4, out);
    return;
  }
  if (type === 100 || type === 101 || type === 200 || type === 201) out.add('icmpv6.experimentation_type');
  else if ((type > 4 && type < 100) || (type > 102 && type < 127) || (type > 160 && type < 200)) out.add('icmpv6.unassigned_type');
  if (type >= 1 && type <= 4) embedded(data, at + 8, end, 6, out);
}

/** The packet that an error is about. */
function embedded(data: DataView, at: number, end: number, version: 4 | 6, out: Set<string>): void {
  const name = version === 4 ? 'icmpv4.ipv4' : 'icmpv6.ipv6';
  if (end - at < (version === 4 ? 20 : 40)) {
    if (end > at || version === 4) out.add(`${name}_trunc_pkt`);
  } else if (data.getUint8(at) >> 4 !== version) out.add(version === 4 ? `${name}_unknown_ver` : `${name}_unknown_version`);
}

/**
 * What is wrong with a frame's headers, by Suricata's names of decoder events. Read from the frame itself, and only where rules ask:
 * the decoder of the pipeline counts faults in classes of its own.
 */

import type { Headers } from '../../../../model/headers.ts';
import { IP_PROTO } from '../../../../model/ids.ts';
import { FragmentEvents } from './fragment-events.ts';
import { icmpEvents, tcpEvents, udpEvents } from './transport-events.ts';

const IPV4_HEADER = 20;
const IPV6_HEADER = 40;
const ETHERTYPE = { ipv4: 0x0800, ipv6: 0x86dd, vlan: 0x8100, qinq: 0x88a8 } as const;
const MAX_EXTENSIONS = 32;
/** Next headers of IPv6 that lead on. */
const EXT = { hopByHop: 0, routing: 43, fragment: 44, esp: 50, ah: 51, none: 59, destination: 60, mobility: 135, hip: 139, shim6: 140 } as const;
const MAX_DATAGRAM = 65_535;

/** IPv4 options that hold one byte; all others a length too. */
const ONE_BYTE_OPTIONS = new Set([0, 1]);
const KNOWN_OPTIONS = new Set([0, 1, 7, 25, 68, 130, 131, 133, 134, 136, 137, 148]);

export class DecoderEvents {
  readonly #fragments = new FragmentEvents();

  /** Adds the events of a frame to `out`; `now` in seconds. */
  of(h: Headers, now: number, out: Set<string>): void {
    const off = ipOffset(h);
    if (off < 0 || off >= h.end) return;
    const version = h.bytes[off] >> 4;
    const announced = h.layers > 0 ? h.version[0] : version;
    if (announced === 6 || version === 6) this.#ipv6(h, off, now, out);
    else this.#ipv4(h, off, now, out);
  }

  #ipv4({ data, end }: Headers, off: number, now: number, out: Set<string>): void {
    const length = end - off;
    if (length < IPV4_HEADER) return void out.add('ipv4.pkt_too_small');
    if (data.getUint8(off) >> 4 !== 4) return void out.add('ipv4.wrong_ip_version');
    const header = (data.getUint8(off) & 15) * 4;
    const total = data.getUint16(off + 2);
    if (header < IPV4_HEADER) return void out.add('ipv4.hlen_too_small');
    if (total < header) return void out.add('ipv4.iplen_smaller_than_hlen');
    if (length < total) return void out.add('ipv4.trunc_pkt');
    if (header > IPV4_HEADER) ipv4Options(data, off + IPV4_HEADER, off + header, out);
    const flags = data.getUint16(off + 6);
    const proto = data.getUint8(off + 9);
    const from = (flags & 0x1fff) * 8;
    if (from > 0 || (flags & 0x2000) !== 0) {
      const payload = total - header;
      if (from + payload > MAX_DATAGRAM) out.add('ipv4.frag_pkt_too_large');
      const key = `${data.getUint32(off + 12)}>${data.getUint32(off + 16)} ${data.getUint16(off + 4)} ${proto}`;
      if (this.#fragments.overlaps(key, from, from + payload, now)) out.add('ipv4.frag_overlap');
      return;
    }
    if (proto === IP_PROTO.icmpv6) out.add('ipv4.icmpv6');
    transport(data, off + header, off + total, proto, 4, out);
  }

  #ipv6(h: Headers, off: number, now: number, out: Set<string>): void {
    const { data, end } = h;
    if (end - off < IPV6_HEADER) return void out.add('ipv6.pkt_too_small');
    if (data.getUint8(off) >> 4 !== 6) return void out.add('ipv6.wrong_ip_version');
    const payload = data.getUint16(off + 4);
    if (end - off < IPV6_HEADER + payload) return void out.add('ipv6.trunc_pkt');
    this.#extensions(h, off, off + IPV6_HEADER + payload, now, out);
  }

  #extensions({ data }: Headers, ip: number, end: number, now: number, out: Set<string>): void {
    let next = data.getUint8(ip + 6);
    let at = ip + IPV6_HEADER;
    const seen = new Set<number>();
    for (let i = 0; i < MAX_EXTENSIONS; i++) {
      if (next === EXT.none) {
        if (at < end) out.add('ipv6.data_after_none_header');
        return;
      }
      if (!isExtension(next)) break;
      if (next === EXT.esp) return;
      if (at + 2 > end) return void out.add('ipv6.trunc_exthdr');
      const length = next === EXT.fragment ? 8 : next === EXT.ah ? (data.getUint8(at + 1) + 2) * 4 : (data.getUint8(at + 1) + 1) * 8;
      if (at + length > end) return void out.add('ipv6.trunc_exthdr');
      if (next === EXT.fragment) {
        if (this.#fragmentHeader(data, ip, at, end, seen.has(next), now, out)) return;
      } else extension(data, next, at, length, seen, out);
      seen.add(next);
      next = data.getUint8(at);
      at += length;
    }
    if (next === IP_PROTO.icmp) out.add('ipv6.icmpv4');
    transport(data, at, end, next, 6, out);
  }

  /** True where what follows is a piece, and no header. */
  #fragmentHeader(data: DataView, ip: number, at: number, end: number, isSecond: boolean, now: number, out: Set<string>): boolean {
    if (isSecond) out.add('ipv6.exthdr_dupl_fh');
    const word = data.getUint16(at + 2);
    const from = word & 0xfff8;
    const more = (word & 1) !== 0;
    if (data.getUint8(at + 1) !== 0) out.add('ipv6.fh_non_zero_reserved_field');
    if (from === 0 && !more) {
      out.add('ipv6.exthdr_useless_fh');
      return false;
    }
    const length = end - at - 8;
    if (more && length % 8 !== 0) out.add('ipv6.frag_invalid_length');
    if (from + length > MAX_DATAGRAM) out.add('ipv6.frag_pkt_too_large');
    const addresses: number[] = [];
    for (let i = 8; i < 40; i += 4) addresses.push(data.getUint32(ip + i));
    if (this.#fragments.overlaps(`${addresses.join('.')} ${data.getUint32(at + 4)}`, from, from + length, now)) out.add('ipv6.frag_overlap');
    return true;
  }
}

const isExtension = (next: number): boolean =>
  next === EXT.hopByHop ||
  next === EXT.routing ||
  next === EXT.fragment ||
  next === EXT.esp ||
  next === EXT.ah ||
  next === EXT.destination ||
  next === EXT.mobility ||
  next === EXT.hip ||
  next === EXT.shim6;

/** Where the outermost IP header begins; -1 where the frame carries none. */
function ipOffset(h: Headers): number {
  if (h.layers > 0) return h.l3Off[0];
  if (h.hasMacs === 0 || h.start + 14 > h.end) return -1;
  let at = h.start + 12;
  let type = h.data.getUint16(at);
  while ((type === ETHERTYPE.vlan || type === ETHERTYPE.qinq) && at + 6 <= h.end) type = h.data.getUint16((at += 4));
  return type === ETHERTYPE.ipv4 || type === ETHERTYPE.ipv6 ? at + 2 : -1;
}

function ipv4Options(data: DataView, from: number, end: number, out: Set<string>): void {
  const seen = new Set<number>();
  for (let at = from; at < end;) {
    const option = data.getUint8(at);
    if (option === 0) return;
    if (ONE_BYTE_OPTIONS.has(option)) {
      at++;
      continue;
    }
    if (at + 1 >= end) return void out.add('ipv4.opt_malformed').add('ipv4.opt_invalid');
    const length = data.getUint8(at + 1);
    if (length < 2 || at + length > end) return void out.add('ipv4.opt_invalid_len').add('ipv4.opt_invalid');
    if (!KNOWN_OPTIONS.has(option)) out.add('ipv4.opt_unknown');
    else if (seen.has(option)) out.add('ipv4.opt_duplicate');
    seen.add(option);
    at += length;
  }
}

/** Extension headers of IPv6 other than the fragment header: twice, of a wrong length, with odd options. */
function extension(data: DataView, kind: number, at: number, length: number, seen: Set<number>, out: Set<string>): void {
  switch (kind) {
    case EXT.routing:
      if (seen.has(kind)) out.add('ipv6.exthdr_dupl_rh');
      if (data.getUint8(at + 2) === 0) out.add('ipv6.rh_type_0');
      return;
    case EXT.hopByHop:
      if (seen.has(kind)) out.add('ipv6.exthdr_dupl_hh');
      ipv6Options(data, at + 2, at + length, 'hopopts', out);
      return;
    case EXT.destination:
      // One before the routing header and one at the end are allowed.
      if (seen.has(kind) && !seen.has(EXT.routing)) out.add('ipv6.exthdr_dupl_dh');
      ipv6Options(data, at + 2, at + length, 'dstopts', out);
      return;
    case EXT.ah:
      if (seen.has(kind)) out.add('ipv6.exthdr_dupl_ah');
      if (data.getUint16(at + 2) !== 0) out.add('ipv6.exthdr_ah_res_not_null');
      return;
    default:
  }
}

function ipv6Options(data: DataView, from: number, end: number, name: 'hopopts' | 'dstopts', out: Set<string>): void {
  let others = 0;
  let padding = 0;
  for (let at = from; at < end;) {
    const option = data.getUint8(at);
    if (option === 0) {
      padding++;
      at++;
      continue;
    }
    if (at + 2 > end) return void out.add('ipv6.exthdr_invalid_optlen');
    const length = data.getUint8(at + 1);
    if (at + 2 + length > end) return void out.add('ipv6.exthdr_invalid_optlen');
    if (option === 1) {
      padding++;
      if (length === 0) out.add('ipv6.zero_len_padn');
    } else {
      others++;
      if (option === 5 && length !== 2) out.add('ipv6.exthdr_invalid_optlen');
      if (option !== 5 && option !== 0xc2 && option !== 0xc9) out.add(`ipv6.${name}_unknown_opt`);
    }
    at += 2 + length;
  }
  if (padding > 0 && others === 0) out.add(`ipv6.${name}_only_padding`);
}

function transport(data: DataView, at: number, end: number, proto: number, version: 4 | 6, out: Set<string>): void {
  if (proto === IP_PROTO.tcp) tcpEvents(data, at, end, out);
  else if (proto === IP_PROTO.udp) udpEvents(data, at, end, out);
  else if (proto === IP_PROTO.icmp && version === 4) icmpEvents(data, at, end, 4, out);
  else if (proto === IP_PROTO.icmpv6 && version === 6) icmpEvents(data, at, end, 6, out);
  else if (proto === IP_PROTO.sctp && end - at < 12) out.add('sctp.pkt_too_small');
}

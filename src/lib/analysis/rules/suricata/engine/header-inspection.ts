/** Tests of a packet's headers and of its flow's counters. */

import { IP_PROTO } from '../../../../model/ids.ts';
import type { FlowTest, HeaderTest, PacketField } from '../language/header-test.ts';
import { holds, type IntegerTest } from '../language/integer-test.ts';
import type { FlowField } from '../language/header-test.ts';
import { entropyOf } from './content-inspection.ts';
import type { PacketView } from './packet-view.ts';
import { sctpChunks, verificationTag } from './sctp-chunks.ts';

/** Countries of an address (four words), for geoip; absent where no data is at hand. */
export type CountryOf = (words: Uint32Array, at: number) => string | undefined;

const TCP_HEADER = 20;
/** Values of Headers.badChecksum. */
const BAD_NETWORK = 1;
const BAD_TRANSPORT = 2;

/** The value of a TCP option as a number, undefined where the segment has none of that kind. */
function tcpOption(p: PacketView, kind: number): number | undefined {
  const off = p.l4Off;
  if (!p.h || off < 0 || p.ipProto !== IP_PROTO.tcp) return undefined;
  const { bytes } = p.h;
  const end = off + (bytes[off + 12] >> 4) * 4;
  for (let at = off + TCP_HEADER; at < end && at < p.h.end;) {
    const one = bytes[at];
    if (one === 0) return undefined;
    if (one === 1) {
      at++;
      continue;
    }
    const length = bytes[at + 1];
    if (length < 2 || at + length > end) return undefined;
    if (one === kind) {
      let value = 0;
      for (let i = at + 2; i < at + length; i++) value = value * 256 + bytes[i];
      return value;
    }
    at += length;
  }
  return undefined;
}

const isIcmp = (p: PacketView): boolean => p.ipProto === IP_PROTO.icmp || p.ipProto === IP_PROTO.icmpv6;

function ipField(p: PacketView, read: (data: DataView, off: number, isV4: boolean) => number | undefined): number | undefined {
  const off = p.ipOff;
  if (!p.h || off < 0) return undefined;
  return read(p.h.data, off, p.isIpv4);
}

function l4Field(p: PacketView, needed: number, read: (data: DataView, off: number) => number): number | undefined {
  const off = p.l4Off;
  if (!p.h || off < 0 || off + needed > p.h.end) return undefined;
  return read(p.h.data, off);
}

/** Identifier and sequence number stand in echo messages and a few others alone. */
const ICMP4_WITH_ID = new Set([0, 8, 13, 14, 15, 16, 17, 18]);
const ICMP6_WITH_ID = new Set([128, 129]);

function icmpWord(p: PacketView, at: number): number | undefined {
  if (!isIcmp(p)) return undefined;
  const type = l4Field(p, 8, (data, off) => data.getUint8(off));
  if (type === undefined) return undefined;
  if (!(p.ipProto === IP_PROTO.icmp ? ICMP4_WITH_ID : ICMP6_WITH_ID).has(type)) return undefined;
  return l4Field(p, 8, (data, off) => data.getUint16(off + at));
}

function fieldOf(p: PacketView, field: PacketField): number | undefined {
  const { h, layer } = p;
  if (!h) return undefined;
  const isTcp = p.ipProto === IP_PROTO.tcp && p.l4Off >= 0;
  switch (field) {
    case 'dsize':
      return p.payloadLen;
    case 'ttl':
      return ipField(p, (data, off, isV4) => data.getUint8(off + (isV4 ? 8 : 7)));
    case 'id':
      return ipField(p, (data, off, isV4) => (isV4 ? data.getUint16(off + 4) : undefined));
    case 'tos':
      return ipField(p, (data, off, isV4) => (isV4 ? data.getUint8(off + 1) : undefined));
    case 'ip_proto':
      return p.ipProto;
    case 'fragoffset':
      return ipField(p, (data, off, isV4) => (isV4 ? data.getUint16(off + 6) & 0x1fff : h.fragOffset[layer] >> 3));
    case 'tcp.seq':
      return isTcp ? h.tcpSeq[layer] : undefined;
    case 'tcp.ack':
      return isTcp ? h.tcpAck[layer] : undefined;
    case 'tcp.window':
      return isTcp ? h.tcpWindow[layer] : undefined;
    case 'tcp.mss':
      return tcpOption(p, 2);
    case 'tcp.wscale':
      return tcpOption(p, 3);
    case 'itype':
      return isIcmp(p) ? l4Field(p, 2, (data, off) => data.getUint8(off)) : undefined;
    case 'icode':
      return isIcmp(p) ? l4Field(p, 2, (data, off) => data.getUint8(off + 1)) : undefined;
    case 'icmp_id':
      return icmpWord(p, 4);
    case 'icmp_seq':
      return icmpWord(p, 6);
    case 'icmpv6.mtu':
      return p.ipProto === IP_PROTO.icmpv6 && l4Field(p, 8, (data, off) => data.getUint8(off)) === 2
        ? l4Field(p, 8, (data, off) => data.getUint32(off + 4))
        : undefined;
    case 'igmp.type':
      return p.ipProto === 2 && h.l4Off[layer] < h.end ? h.bytes[h.l4Off[layer]] : undefined;
    case 'vlan.layers':
      return h.vlanCount;
    case 'sctp.vtag':
      return verificationTag(p);
    case 'sctp.chunk_cnt':
      return p.ipProto === IP_PROTO.sctp ? sctpChunks(p).length : undefined;
    case 'arp.opcode':
      return h.arpOff >= 0 && h.arpOff + 8 <= h.end ? h.data.getUint16(h.arpOff + 6) : undefined;
    case 'payload_entropy':
      return p.payloadLen > 0 ? entropyOf(p.payload) : undefined;
  }
}

function counterHolds(p: PacketView, field: FlowField, test: IntegerTest): boolean {
  const { flow } = p;
  if (!flow) return false;
  const [toServer, toClient] = field.startsWith('flow.pkts')
    ? [flow.packets(0), flow.packets(1)]
    : [flow.bytes(0), flow.bytes(1)];
  switch (field) {
    case 'flow.age':
      return holds(test, Math.floor(p.sec + p.nsec * 1e-9 - flow.conn.began));
    case 'flow.pkts':
    case 'flow.bytes':
      return holds(test, toServer + toClient);
    case 'flow.pkts_toserver':
    case 'flow.bytes_toserver':
      return holds(test, toServer);
    case 'flow.pkts_toclient':
    case 'flow.bytes_toclient':
      return holds(test, toClient);
    case 'flow.pkts_either':
    case 'flow.bytes_either':
      return holds(test, toServer) || holds(test, toClient);
    case 'flow.pkts_both':
    case 'flow.bytes_both':
      return holds(test, toServer) && holds(test, toClient);
    case 'flow.elephant':
      return false;
  }
}

function bitsHold(mode: 'exact' | 'atLeast' | 'any' | 'none', wanted: number, have: number): boolean {
  switch (mode) {
    case 'exact':
      return have === wanted;
    case 'atLeast':
      return (have & wanted) === wanted;
    case 'any':
      return (have & wanted) !== 0;
    case 'none':
      return (have & wanted) !== wanted;
  }
}

/** IPv4 options by number: record route, end of list, no operation, time stamp … */
const IP_OPTIONS: Readonly<Record<string, number>> = {
  eol: 0,
  nop: 1,
  rr: 7,
  qs: 25,
  ts: 68,
  sec: 130,
  lsrr: 131,
  esec: 133,
  cipso: 134,
  satid: 136,
  ssrr: 137,
};

function hasIpOption(p: PacketView, option: string): boolean {
  const off = p.ipOff;
  if (!p.h || off < 0 || !p.isIpv4) return false;
  const { bytes } = p.h;
  const end = Math.min(p.h.end, off + (bytes[off] & 15) * 4);
  if (option === 'any') return end > off + 20;
  const wanted = IP_OPTIONS[option];
  for (let at = off + 20; at < end;) {
    const kind = bytes[at];
    if (kind === wanted) return true;
    if (kind === 0) return false;
    at += kind === 1 ? 1 : Math.max(2, bytes[at + 1]);
  }
  return false;
}

function vlanHolds(p: PacketView, test: IntegerTest, layer: number | 'all' | 'count' | undefined): boolean {
  const { h } = p;
  if (layer === 'count') return h !== undefined && holds(test, h.vlanCount);
  if (!h || h.vlanCount === 0) return false;
  const tags = Array.from(h.vlans.subarray(0, h.vlanCount));
  if (layer === 'all') return tags.every((tag) => holds(test, tag));
  if (layer === undefined) return tags.some((tag) => holds(test, tag));
  const tag = tags.at(layer);
  return tag !== undefined && holds(test, tag);
}

function streamSizeHolds(p: PacketView, test: Extract<HeaderTest, { kind: 'stream_size' }>): boolean {
  const { flow } = p;
  if (!flow || p.ipProto !== IP_PROTO.tcp) return false;
  const client = flow.sent(0);
  const server = flow.sent(1);
  switch (test.side) {
    case 'client':
      return holds(test.test, client);
    case 'server':
      return holds(test.test, server);
    case 'both':
      return holds(test.test, client) && holds(test.test, server);
    case 'either':
      return holds(test.test, client) || holds(test.test, server);
  }
}

function geoHolds(p: PacketView, test: Extract<HeaderTest, { kind: 'geoip' }>, countryOf: CountryOf | undefined): boolean {
  if (!countryOf) return false;
  const is = (at: number): boolean => {
    const country = countryOf(p.addresses, at);
    return country !== undefined && test.countries.includes(country) !== test.negated;
  };
  if (test.side === 'src') return is(0);
  if (test.side === 'dst') return is(4);
  return test.side === 'both' ? is(0) && is(4) : is(0) || is(4);
}

const IGMP = 2;

/** RFC 1071: with its checksum in it, a message sums up to all ones. */
function isSummed(bytes: Uint8Array): boolean {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i] << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return bytes.length >= 8 && sum === 0xffff;
}

/** Checksums are computed only where they are looked at: where nobody verified them, they are taken to be right. */
function checksumHolds(p: PacketView, { of, valid }: Extract<HeaderTest, { kind: 'checksum' }>): boolean {
  const { h } = p;
  if (!h || p.isFragment) return false;
  const [, name = '', version] = /^([a-z]+?)(v4|v6)?-?(?:csum)?$/.exec(of) ?? [];
  if (version !== undefined && version !== `v${p.ipVersion}`) return false;
  if (name === 'igmp') return p.ipProto === IGMP && isSummed(p.payload) === valid;
  const bad = h.badChecksum[p.layer];
  if (name === 'ip') return p.isIpv4 && (bad === BAD_NETWORK) !== valid;
  const proto = { tcp: IP_PROTO.tcp, udp: IP_PROTO.udp, icmp: p.isIpv4 ? IP_PROTO.icmp : IP_PROTO.icmpv6 }[name];
  return proto === p.ipProto && (bad === BAD_TRANSPORT) !== valid;
}

/** ONC RPC: a call's program, version and procedure; over TCP behind a record mark. */
function rpcHolds(p: PacketView, test: Extract<HeaderTest, { kind: 'rpc' }>): boolean {
  const bytes = p.payload;
  const at = p.ipProto === IP_PROTO.tcp ? 4 : 0;
  if (bytes.length < at + 24) return false;
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (data.getUint32(at + 4) !== 0) return false;
  return (
    data.getUint32(at + 12) === test.program &&
    (test.version === undefined || data.getUint32(at + 16) === test.version) &&
    (test.procedure === undefined || data.getUint32(at + 20) === test.procedure)
  );
}

export function headerHolds(test: HeaderTest, p: PacketView, countryOf: CountryOf | undefined): boolean {
  const { h, layer } = p;
  switch (test.kind) {
    case 'packet': {
      if (p.isPseudo) return false;
      const value = fieldOf(p, test.field);
      return value !== undefined && holds(test.test, value);
    }
    case 'sctp.chunk_type':
      return !p.isPseudo && sctpChunks(p).some(({ type }) => holds(test.test, type));
    case 'flow-counter':
      return counterHolds(p, test.field, test.test);
    case 'tcp.flags':
      return (
        !p.isPseudo &&
        h !== undefined &&
        p.ipProto === IP_PROTO.tcp &&
        p.l4Off >= 0 &&
        bitsHold(test.mode, test.flags & ~test.ignore, h.tcpFlags[layer] & ~test.ignore)
      );
    case 'fragbits': {
      const word = ipField(p, (data, off, isV4) => (isV4 ? data.getUint16(off + 6) & 0xe000 : undefined));
      return word !== undefined && bitsHold(test.mode, test.bits, word);
    }
    case 'ipopts':
      return hasIpOption(p, test.option);
    case 'sameip':
      return p.hasSameAddresses;
    case 'geoip':
      return geoHolds(p, test, countryOf);
    case 'vlan.id':
      return vlanHolds(p, test.test, test.layer);
    case 'stream_size':
      return streamSizeHolds(p, test);
    case 'ip-version':
      return p.ipVersion === test.version;
    case 'checksum':
      return checksumHolds(p, test);
    case 'event':
      return p.events.has(test.of === 'decode' ? test.event : `${test.of}.${test.event}`);
    case 'rpc':
      return rpcHolds(p, test);
  }
}

/** `flow:` – `onStream` is whether the bytes that matched are the stream's. */
export function flowHolds(test: FlowTest, p: PacketView): boolean {
  if (test.fragment === 'only') return p.isFragment;
  if (test.fragment === 'no' && p.isFragment) return false;
  if (test.direction !== undefined && (!p.flow || (test.direction === 'to_server') !== (p.dir === 0))) return false;
  if (test.state === 'established') return p.established;
  if (test.state === 'not_established') return p.flow !== undefined && !p.established;
  return true;
}

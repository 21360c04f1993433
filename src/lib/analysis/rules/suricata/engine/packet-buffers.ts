/** Sticky buffers that lie in a packet's headers. */

import type { Headers } from '../../../../model/headers.ts';
import { IP_PROTO } from '../../../../model/ids.ts';
import type { PacketView } from './packet-view.ts';
import { sctpChunks } from './sctp-chunks.ts';

const IGMP = 2;
const ETHERNET_HEADER = 14;

/** The frame begins with an Ethernet header. */
export const hasEthernet = (h: Headers): boolean => h.hasMacs === 1 && h.start + ETHERNET_HEADER <= h.end;

function ipHeader(p: PacketView, version: 4 | 6): Uint8Array | undefined {
  const off = p.ipOff;
  if (!p.h || off < 0 || p.ipVersion !== version) return undefined;
  // Of IPv6 the extension headers belong to it.
  const end = version === 4 ? off + (p.h.bytes[off] & 15) * 4 : Math.max(off + 40, p.h.l4Off[p.layer]);
  return p.h.bytes.subarray(off, Math.min(end, p.h.end));
}

function transportHeader(p: PacketView, ipProto: number, length: (off: number) => number): Uint8Array | undefined {
  const off = p.l4Off;
  if (!p.h || off < 0 || p.ipProto !== ipProto) return undefined;
  return p.h.bytes.subarray(off, Math.min(off + length(off), p.h.end));
}

/** Of ICMP the whole message is what stands behind its first eight bytes' type. */
function icmpHeader(p: PacketView, ipProto: number): Uint8Array | undefined {
  return transportHeader(p, ipProto, () => 8);
}

function addressBytes(p: PacketView, at: number): Uint8Array {
  const out = new Uint8Array(p.isIpv4 ? 4 : 16);
  const data = new DataView(out.buffer);
  if (p.isIpv4) data.setUint32(0, p.addresses[at + 3]);
  else for (let word = 0; word < 4; word++) data.setUint32(4 * word, p.addresses[at + word]);
  return out;
}

/** Buffers of which a packet may have several: one of them must hold. */
export function packetBuffers(p: PacketView, name: string): readonly Uint8Array[] {
  if (name === 'sctp.chunk_data') return p.isPseudo ? [] : sctpChunks(p).flatMap(({ data }) => data ?? []);
  const one = packetBuffer(p, name);
  return one ? [one] : [];
}

/** The buffer's bytes; undefined where the packet has none of it. */
export function packetBuffer(p: PacketView, name: string): Uint8Array | undefined {
  if (name === 'ip.src') return addressBytes(p, 0);
  if (name === 'ip.dst') return addressBytes(p, 4);
  if (p.isPseudo || !p.h) return undefined;
  switch (name) {
    case 'payload':
      return p.payload;
    case 'ether.hdr':
      return hasEthernet(p.h) ? p.h.bytes.subarray(p.h.start, p.h.start + ETHERNET_HEADER) : undefined;
    case 'ipv4.hdr':
      return ipHeader(p, 4);
    case 'ipv6.hdr':
      return ipHeader(p, 6);
    case 'tcp.hdr':
      return transportHeader(p, IP_PROTO.tcp, (off) => ((p.h?.bytes[off + 12] ?? 0x50) >> 4) * 4);
    case 'udp.hdr':
      return transportHeader(p, IP_PROTO.udp, () => 8);
    case 'icmpv4.hdr':
      return icmpHeader(p, IP_PROTO.icmp);
    case 'icmpv6.hdr':
      return icmpHeader(p, IP_PROTO.icmpv6);
    case 'igmp.hdr':
      return p.ipProto === IGMP ? p.payload : undefined;
    case 'sctp.hdr':
      // All chunks belong to it.
      return transportHeader(p, IP_PROTO.sctp, () => Number.POSITIVE_INFINITY);
    case 'sctp.data':
      return p.ipProto === IP_PROTO.sctp ? p.payload : undefined;
    default:
      return undefined;
  }
}

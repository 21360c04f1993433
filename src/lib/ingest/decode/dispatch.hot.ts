/**
 * Who decodes what: tables by link type, ether type, IP protocol and UDP port. The registry fills them once; decoders find
 * the next one here and so never import each other.
 */

import { FAULT } from '../../model/faults.ts';
import type { Headers } from '../../model/headers.ts';

/** Decodes from `off`; bytes up to `end` were captured. Answers a fault code, 0 for none. */
export type Decode = (h: Headers, off: number, end: number) => number;

export const byLinkType: (Decode | undefined)[] = [];
export const byEtherType: (Decode | undefined)[] = [];
export const byIpProto: (Decode | undefined)[] = [];
/** Answers 0 whatever it finds: a UDP payload that is no tunnel is simply a payload. */
export const byUdpPort: (Decode | undefined)[] = [];

/** 1 for IP protocols that are tunnels. */
const carriesByIpProto = new Uint8Array(256);

export const FAMILY = { none: 0, ip: 1, ip6: 2, arp: 3, rarp: 4, other: 5 } as const;

const UDP = 17;

for (let i = 0; i < 65_536; i++) {
  byEtherType.push(undefined);
  byUdpPort.push(undefined);
  if (i < 256) byIpProto.push(undefined);
  if (i < 512) byLinkType.push(undefined);
}

export function declareCarrier(ipProto: number): void {
  carriesByIpProto[ipProto] = 1;
}

/** Whether packets of the layer's connection could be a tunnel's: by its IP protocol and ports alone, so that it is the same for all of them. */
export function mayCarry(h: Headers, layer: number): boolean {
  if (h.ipProto[layer] === UDP)
    return byUdpPort[h.sport[layer]] !== undefined || byUdpPort[h.dport[layer]] !== undefined;
  return carriesByIpProto[h.ipProto[layer]] === 1;
}

export function decodeLink(linkType: number, h: Headers, off: number, end: number): number {
  const decode = byLinkType[linkType];
  return decode === undefined ? FAULT.unsupported_link_type : decode(h, off, end);
}

export function decodeEtherType(etherType: number, h: Headers, off: number, end: number): number {
  const decode = byEtherType[etherType];
  if (decode !== undefined) return decode(h, off, end);
  if (h.family === FAMILY.none) h.family = FAMILY.other;
  return FAULT.none;
}

/** IP by its own version nibble: raw IP links, MPLS and tunnels that do not say which. */
export function decodeIpByVersion(h: Headers, off: number, end: number): number {
  if (off >= end) return FAULT.truncated_network;
  const version = h.bytes[off] >> 4;
  if (version === 4) return decodeEtherType(0x0800, h, off, end);
  if (version === 6) return decodeEtherType(0x86dd, h, off, end);
  return FAULT.bad_network;
}

/** Past the IP header of layer `layer`: transport or a tunnel. */
export function decodeIpPayload(h: Headers, layer: number): number {
  h.hasTransport[layer] = 0;
  h.sport[layer] = 0;
  h.dport[layer] = 0;
  h.tcpFlags[layer] = 0;
  h.oneWay[layer] = 0;
  h.payloadOff[layer] = h.l4Off[layer];
  h.payloadLen[layer] = h.l4Len[layer];
  h.payloadCap[layer] = Math.max(0, h.l4End[layer] - h.l4Off[layer]);
  if (h.fragment[layer] !== 0) return FAULT.none;
  const decode = byIpProto[h.ipProto[layer]];
  return decode === undefined ? FAULT.none : decode(h, h.l4Off[layer], h.l4End[layer]);
}

/** IPv4 (RFC 791) and IPv6 (RFC 8200) with its extension headers. */

import { FAULT } from '../../../model/faults.ts';
import { DECODE_LIMITS } from '../../../model/limits.ts';
import { internetChecksum } from '../checksum.hot.ts';
import { decodeIpPayload, FAMILY } from '../dispatch.hot.ts';
import { FRAGMENT, type Headers, MAPPED } from '../../../model/headers.ts';

/** Opens a layer for an IP header; answers its index or -1 at the cap. */
function openLayer(h: Headers, off: number, version: number): number {
  const layer = h.layers;
  if (layer >= DECODE_LIMITS.maxEncapsulation) return -1;
  h.layers = layer + 1;
  h.version[layer] = version;
  h.l3Off[layer] = off;
  h.fragment[layer] = FRAGMENT.none;
  h.badChecksum[layer] = 0;
  h.tunnel[layer] = h.nextTunnel;
  h.tunnelKey[layer] = h.nextTunnelKey;
  h.tunnelId[layer] = h.nextTunnelId;
  h.nextTunnel = 0;
  h.nextTunnelKey = 0;
  h.nextTunnelId = 0;
  h.layerHasMacs[layer] = h.hasMacs;
  h.layerSrcMacHi[layer] = h.srcMacHi;
  h.layerSrcMacLo[layer] = h.srcMacLo;
  h.layerDstMacHi[layer] = h.dstMacHi;
  h.layerDstMacLo[layer] = h.dstMacLo;
  h.layerVlanFrom[layer] = h.vlanFrom;
  h.layerVlanTo[layer] = h.vlanCount;
  return layer;
}

export function ipv4(h: Headers, off: number, end: number): number {
  if (h.family === FAMILY.none) h.family = FAMILY.ip;
  if (end - off < 20) return FAULT.truncated_network;
  const { bytes, data } = h;
  const first = bytes[off];
  const headerLen = (first & 15) * 4;
  if (first >> 4 !== 4 || headerLen < 20) return FAULT.bad_network;
  const written = data.getUint16(off + 2);
  // Segmentation offload leaves the length 0: then it is what was on the wire. What is counted is what the header says.
  const total = written === 0 ? h.wireLen - (off - h.start) : written;
  if (total < headerLen) return FAULT.bad_network;
  const layer = openLayer(h, off, 4);
  if (layer < 0) return FAULT.encapsulation_cap;
  const at = 4 * layer;
  h.src[at] = 0;
  h.src[at + 1] = 0;
  h.src[at + 2] = MAPPED;
  h.src[at + 3] = data.getUint32(off + 12);
  h.dst[at] = 0;
  h.dst[at + 1] = 0;
  h.dst[at + 2] = MAPPED;
  h.dst[at + 3] = data.getUint32(off + 16);
  h.ipProto[layer] = bytes[off + 9];
  h.ipLen[layer] = written;
  h.l4Off[layer] = off + headerLen < end ? off + headerLen : end;
  h.l4Len[layer] = total - headerLen;
  h.l4End[layer] = off + total < end ? off + total : end;
  const fragment = data.getUint16(off + 6);
  if ((fragment & 0x3fff) !== 0) {
    h.fragOffset[layer] = (fragment & 0x1fff) * 8;
    h.fragMore[layer] = (fragment >> 13) & 1;
    h.fragId[layer] = data.getUint16(off + 4);
    h.fragment[layer] = (fragment & 0x1fff) === 0 ? FRAGMENT.first : FRAGMENT.later;
  }
  if (off + headerLen > end) {
    emptyPayload(h, layer);
    return FAULT.truncated_network;
  }
  const leftToHardware = h.forgiveOffload && data.getUint16(off + 10) === 0;
  if (h.verifyChecksums && !leftToHardware && internetChecksum(data, off, headerLen, 0) !== 0)
    h.badChecksum[layer] = 1;
  return decodeIpPayload(h, layer);
}

function emptyPayload(h: Headers, layer: number): void {
  h.hasTransport[layer] = 0;
  h.sport[layer] = 0;
  h.dport[layer] = 0;
  h.tcpFlags[layer] = 0;
  h.oneWay[layer] = 0;
  h.payloadOff[layer] = h.l4Off[layer];
  h.payloadLen[layer] = h.l4Len[layer];
  h.payloadCap[layer] = 0;
}

/** Ethernet pads frames to 60 bytes without their check sequence. */
const MAX_PADDING = 46;
const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT_HEADER = 44;
const DESTINATION = 60;
const HIP = 139;
const SHIM6 = 140;

const isExtension = (next: number): boolean =>
  next === HOP_BY_HOP ||
  next === ROUTING ||
  next === DESTINATION ||
  next === FRAGMENT_HEADER ||
  next === HIP ||
  next === SHIM6;

export function ipv6(h: Headers, off: number, end: number): number {
  if (h.family === FAMILY.none) h.family = FAMILY.ip6;
  if (end - off < 40) return FAULT.truncated_network;
  const { bytes, data } = h;
  if (bytes[off] >> 4 !== 6) return FAULT.bad_network;
  const layer = openLayer(h, off, 6);
  if (layer < 0) return FAULT.encapsulation_cap;
  const at = 4 * layer;
  for (let word = 0; word < 4; word++) {
    h.src[at + word] = data.getUint32(off + 8 + 4 * word);
    h.dst[at + word] = data.getUint32(off + 24 + 4 * word);
  }
  let payload = data.getUint16(off + 4);
  let next = bytes[off + 6];
  h.ipLen[layer] = payload + 40;
  // A jumbogram (RFC 2675) or segmentation offload says 0: then it is what was on the wire, if that is more than padding.
  if (payload === 0 && h.wireLen - (off - h.start) - 40 > MAX_PADDING)
    payload = h.wireLen - (off - h.start) - 40;
  const stop = off + 40 + payload < end ? off + 40 + payload : end;
  let p = off + 40;
  let fault: number = FAULT.none;
  for (let n = 0; isExtension(next); n++) {
    if (n >= DECODE_LIMITS.maxExtensionHeaders || p + 8 > stop) {
      fault = n >= DECODE_LIMITS.maxExtensionHeaders ? FAULT.bad_network : FAULT.truncated_network;
      break;
    }
    if (next === FRAGMENT_HEADER) {
      const word = data.getUint16(p + 2);
      // An atomic fragment (RFC 6946) is whole.
      if ((word & 0xfff9) !== 0) {
        h.fragOffset[layer] = word & 0xfff8;
        h.fragMore[layer] = word & 1;
        h.fragId[layer] = data.getUint32(p + 4);
        h.fragment[layer] = (word & 0xfff8) === 0 ? FRAGMENT.first : FRAGMENT.later;
      }
      next = bytes[p];
      p += 8;
      if (h.fragment[layer] !== FRAGMENT.none) break;
    } else {
      next = bytes[p];
      p += (bytes[p + 1] + 1) * 8;
    }
  }
  if (p > stop) {
    p = stop;
    fault = FAULT.truncated_network;
  }
  h.ipProto[layer] = next;
  h.l4Off[layer] = p;
  h.l4Len[layer] = Math.max(0, off + 40 + payload - p);
  h.l4End[layer] = stop;
  if (fault !== FAULT.none) {
    emptyPayload(h, layer);
    return fault;
  }
  return decodeIpPayload(h, layer);
}

/** Decodes one packet out of the middle of a block, for the tests. */

import { newView } from '../../src/lib/ingest/capture/view.ts';
import { decodeLink } from '../../src/lib/ingest/decode/registry.ts';
import { addressText } from '../../src/lib/model/address.ts';
import { faultName } from '../../src/lib/model/faults.ts';
import { Headers } from '../../src/lib/model/headers.ts';
import { FAMILIES, TUNNEL_TYPES } from '../../src/lib/model/ids.ts';

export interface DecodeOptions {
  linkType?: number;
  /** Bytes on the wire; those captured otherwise. */
  len?: number;
  fcsLen?: number;
  /** Value of the bytes before and behind the packet in its block. */
  surroundings?: number;
  /** Bytes between the packet and the end of its block. */
  room?: number;
  verifyChecksums?: boolean;
  forgiveOffload?: boolean;
  h?: Headers;
  /** Fills what an earlier packet may have left in the headers with this value. */
  leftovers?: number;
}

const BEFORE = 7;
const ROOM = 64;

export interface Decoded {
  fault: string;
  h: Headers;
}

export function decoded(packet: Uint8Array, options: DecodeOptions = {}): Decoded {
  const { linkType = 1, surroundings = 0, room = ROOM, h = new Headers() } = options;
  const block = new Uint8Array(BEFORE + packet.length + room).fill(surroundings);
  block.set(packet, BEFORE);
  const view = newView();
  view.bytes = block;
  view.data = new DataView(block.buffer);
  view.off = BEFORE;
  view.caplen = packet.length;
  view.len = options.len ?? packet.length;
  view.fcsLen = options.fcsLen ?? 0;
  view.linkType = linkType;
  h.verifyChecksums = options.verifyChecksums ?? false;
  h.forgiveOffload = options.forgiveOffload ?? false;
  if (options.leftovers !== undefined)
    for (const array of Object.values(h) as unknown[])
      if (ArrayBuffer.isView(array) && array !== h.bytes && !(array instanceof DataView))
        (array as Uint8Array).fill(options.leftovers);
  h.reset(view);
  return { fault: faultName(decodeLink(linkType, h, BEFORE, h.end)), h };
}

const half = (words: Uint32Array, at: number): bigint => (BigInt(words[at]) << 32n) | BigInt(words[at + 1]);

export const addressAt = (words: Uint32Array, layer: number): string =>
  addressText({ hi: half(words, 4 * layer), lo: half(words, 4 * layer + 2) });

const mac = (hi: number, lo: number): string =>
  hi.toString(16).padStart(4, '0') + lo.toString(16).padStart(8, '0');

/** A layer as plain values; offsets relative to the packet. */
export function layerOf(h: Headers, layer: number) {
  return {
    version: h.version[layer],
    proto: h.ipProto[layer],
    src: addressAt(h.src, layer),
    dst: addressAt(h.dst, layer),
    ipLen: h.ipLen[layer],
    l3Off: h.l3Off[layer] - h.start,
    l4Off: h.l4Off[layer] - h.start,
    l4Len: h.l4Len[layer],
    l4End: h.l4End[layer] - h.start,
    fragment: h.fragment[layer],
    tunnel: TUNNEL_TYPES[h.tunnel[layer]],
    tunnelKey: h.tunnelKey[layer],
    tunnelId: h.tunnelId[layer],
    hasTransport: h.hasTransport[layer],
    sport: h.sport[layer],
    dport: h.dport[layer],
    payloadOff: h.payloadOff[layer] - h.start,
    payloadLen: h.payloadLen[layer],
    payloadCap: h.payloadCap[layer],
    tcpFlags: h.tcpFlags[layer],
    oneWay: h.oneWay[layer],
    badChecksum: h.badChecksum[layer],
    hasMacs: h.layerHasMacs[layer],
    src_mac: h.layerHasMacs[layer] === 0 ? '' : mac(h.layerSrcMacHi[layer], h.layerSrcMacLo[layer]),
    dst_mac: h.layerHasMacs[layer] === 1 ? mac(h.layerDstMacHi[layer], h.layerDstMacLo[layer]) : '',
    vlans: [...h.vlans.subarray(h.layerVlanFrom[layer], h.layerVlanTo[layer])],
  };
}

/** Everything that decoding said of a packet, as plain values. */
export const everything = ({ h, fault }: Decoded) => ({
  fault,
  family: FAMILIES[h.family],
  arpOff: h.arpOff < 0 ? -1 : h.arpOff - h.start,
  vlans: [...h.vlans.subarray(0, h.vlanCount)],
  layers: Array.from({ length: h.layers }, (_, layer) => layerOf(h, layer)),
});

/**
 * What decoding found in one packet: reused for every packet, all numbers, no object inside. Offsets are into `bytes`.
 * Layer 0 is the outermost IP layer; each tunnel adds one. Addresses are four 32-bit words, big end first, IPv4 mapped.
 */

import type { PacketView } from './capture.ts';
import { DECODE_LIMITS } from './limits.ts';

const LAYERS = DECODE_LIMITS.maxEncapsulation;

/** Index of the IPv4-mapped prefix's last word. */
export const MAPPED = 0xffff;

/** State of an IP layer's fragmentation. */
export const FRAGMENT = { none: 0, first: 1, later: 2 } as const;

export class Headers {
  bytes: Uint8Array = new Uint8Array(0);
  data: DataView = new DataView(new ArrayBuffer(0));
  /** First byte of the packet, and one past its last captured byte (frame check sequence left out). */
  start = 0;
  end = 0;
  /** Bytes on the wire. */
  wireLen = 0;

  /** Link-layer addresses as 16 high and 32 low bits; `hasMacs` 0 where the link has none. */
  hasMacs = 0;
  srcMacHi = 0;
  srcMacLo = 0;
  dstMacHi = 0;
  dstMacLo = 0;
  /** Tags of the whole packet; those from `vlanFrom` on belong to the frame being decoded (a tunnel may carry frames with their own). */
  vlanCount = 0;
  vlanFrom = 0;
  readonly vlans = new Uint16Array(DECODE_LIMITS.maxVlanTags);

  /** Index into FAMILIES: the outermost network layer. */
  family = 0;
  /** Offset of an ARP header, or -1. */
  arpOff = -1;

  layers = 0;
  readonly version = new Uint8Array(LAYERS);
  readonly ipProto = new Uint8Array(LAYERS);
  readonly src = new Uint32Array(4 * LAYERS);
  readonly dst = new Uint32Array(4 * LAYERS);
  readonly l3Off = new Int32Array(LAYERS);
  /** Total length of the IP packet by its own header (by the capture where the header says 0: segmentation offload). */
  readonly ipLen = new Uint32Array(LAYERS);
  readonly l4Off = new Int32Array(LAYERS);
  /** Bytes of transport header and payload by the IP header; captured ones end at `l4End`. */
  readonly l4Len = new Int32Array(LAYERS);
  readonly l4End = new Int32Array(LAYERS);
  readonly fragment = new Uint8Array(LAYERS);
  readonly fragOffset = new Uint32Array(LAYERS);
  readonly fragMore = new Uint8Array(LAYERS);
  readonly fragId = new Uint32Array(LAYERS);
  /** The link header that the layer came in. */
  readonly layerHasMacs = new Uint8Array(LAYERS);
  readonly layerSrcMacHi = new Uint16Array(LAYERS);
  readonly layerSrcMacLo = new Uint32Array(LAYERS);
  readonly layerDstMacHi = new Uint16Array(LAYERS);
  readonly layerDstMacLo = new Uint32Array(LAYERS);
  readonly layerVlanFrom = new Uint8Array(LAYERS);
  readonly layerVlanTo = new Uint8Array(LAYERS);
  /** How the layer is carried in the one outside it: index into TUNNEL_TYPES, 0 for the outermost. */
  readonly tunnel = new Uint8Array(LAYERS);
  /** VNI or GRE key, where both directions share it; part of the flow key. */
  readonly tunnelKey = new Uint32Array(LAYERS);
  /** What the tunnel's header says (VNI, key, TEID, session), for the record. */
  readonly tunnelId = new Uint32Array(LAYERS);

  /** 1 where the transport header was read in full. */
  readonly hasTransport = new Uint8Array(LAYERS);
  readonly sport = new Uint16Array(LAYERS);
  readonly dport = new Uint16Array(LAYERS);
  readonly payloadOff = new Int32Array(LAYERS);
  /** Payload bytes by the headers; of these `payloadCap` were captured. */
  readonly payloadLen = new Int32Array(LAYERS);
  readonly payloadCap = new Int32Array(LAYERS);
  readonly tcpFlags = new Uint8Array(LAYERS);
  readonly tcpSeq = new Uint32Array(LAYERS);
  readonly tcpAck = new Uint32Array(LAYERS);
  readonly tcpWindow = new Uint16Array(LAYERS);
  /** Window scale option of a SYN, -1 without. */
  readonly tcpScale = new Int8Array(LAYERS);
  /** 1 where the ICMP message has no counterpart: its connection has one direction. */
  readonly oneWay = new Uint8Array(LAYERS);
  /** Bad checksums: 1 network, 2 transport. Filled only where checksums are looked at. */
  readonly badChecksum = new Uint8Array(LAYERS);

  /** What the next layer to be decoded will be carried in. */
  nextTunnel = 0;
  nextTunnelKey = 0;
  nextTunnelId = 0;

  /** Set by options, before the first packet. */
  verifyChecksums = false;
  /** A checksum that offloading left unfinished is no bad one. */
  forgiveOffload = false;
  /** Whose address pairs are looked at closely, of how many threads: checksums of other TCP segments are theirs to judge. */
  share = 0;
  shares = 1;

  reset(view: PacketView): void {
    this.bytes = view.bytes;
    this.data = view.data;
    this.start = view.off;
    this.end = view.off + view.caplen;
    this.wireLen = view.len;
    if (view.fcsLen > 0 && view.caplen > view.len - view.fcsLen)
      this.end = view.off + Math.max(0, view.len - view.fcsLen);
    this.hasMacs = 0;
    this.vlanCount = 0;
    this.vlanFrom = 0;
    this.family = 0;
    this.arpOff = -1;
    this.layers = 0;
    this.nextTunnel = 0;
    this.nextTunnelKey = 0;
    this.nextTunnelId = 0;
  }

  /** A layer between the same addresses as `outer` and with the same link header; -1 at the cap. */
  openInner(outer: number): number {
    const layer = this.layers;
    if (layer >= LAYERS) return -1;
    this.layers = layer + 1;
    for (const each of [
      this.version,
      this.l3Off,
      this.ipLen,
      this.badChecksum,
      this.layerHasMacs,
      this.layerSrcMacHi,
      this.layerSrcMacLo,
      this.layerDstMacHi,
      this.layerDstMacLo,
      this.layerVlanFrom,
      this.layerVlanTo,
    ]) {
      each[layer] = each[outer];
    }
    this.src.copyWithin(4 * layer, 4 * outer, 4 * outer + 4);
    this.dst.copyWithin(4 * layer, 4 * outer, 4 * outer + 4);
    this.fragment[layer] = FRAGMENT.none;
    this.tunnelKey[layer] = 0;
    this.tunnelId[layer] = 0;
    return layer;
  }

  /** Decode on from a reassembled datagram, whose bytes lie elsewhere. */
  continueIn(bytes: Uint8Array, data: DataView, off: number, end: number): void {
    this.bytes = bytes;
    this.data = data;
    this.start = off;
    this.end = end;
  }
}

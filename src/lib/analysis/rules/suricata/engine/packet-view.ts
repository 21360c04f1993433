/** One packet as rules see it: where its headers lie, which flow and direction it is of. One object, set anew for every packet. */

import type { Dir, Position } from '../../../../model/content.ts';
import { FRAGMENT, type Headers, MAPPED } from '../../../../model/headers.ts';
import { IP_PROTO } from '../../../../model/ids.ts';
import type { PacketAt } from '../../../../model/inspection.ts';
import type { FlowState } from './flow-state.ts';

const NONE = new Uint8Array(0);

export class PacketView {
  h: Headers | undefined;
  layer = 0;
  flow: FlowState | undefined;
  dir: Dir = 0;
  /** Of a connection that is over: no packet of the capture. */
  isPseudo = false;
  leftOut = false;
  established = false;
  sec = 0;
  nsec = 0;
  file = 0;
  frame = 0;
  ipProto = 0;
  ipVersion = 4;
  sport = 0;
  dport = 0;
  /** Source and destination, four words each. */
  readonly addresses = new Uint32Array(8);
  payloadOff = 0;
  payloadLen = 0;
  isFragment = false;
  /** Events of decoding and of the stream engine, by Suricata's names. */
  readonly events = new Set<string>();

  of(h: Headers, layer: number, flow: FlowState | undefined, dir: Dir, leftOut: boolean, at: PacketAt): void {
    this.h = h;
    this.layer = layer;
    this.flow = flow;
    this.dir = dir;
    this.isPseudo = false;
    this.leftOut = leftOut;
    this.sec = at.sec;
    this.nsec = at.nsec;
    this.file = at.file;
    this.frame = at.frame;
    if (layer < 0) {
      this.#nothing();
      return;
    }
    this.ipProto = h.ipProto[layer];
    this.ipVersion = h.version[layer];
    this.isFragment = h.fragment[layer] !== FRAGMENT.none;
    const withPorts =
      this.ipProto === IP_PROTO.tcp || this.ipProto === IP_PROTO.udp || this.ipProto === IP_PROTO.sctp;
    this.sport = withPorts ? h.sport[layer] : 0;
    this.dport = withPorts ? h.dport[layer] : 0;
    for (let word = 0; word < 4; word++) {
      this.addresses[word] = h.src[4 * layer + word];
      this.addresses[4 + word] = h.dst[4 * layer + word];
    }
    const hasTransport = h.hasTransport[layer] === 1 && !this.isFragment;
    this.payloadOff = hasTransport ? h.payloadOff[layer] : h.l4Off[layer];
    this.payloadLen = hasTransport
      ? Math.max(0, Math.min(h.payloadCap[layer], h.payloadLen[layer]))
      : Math.max(0, h.l4End[layer] - h.l4Off[layer]);
  }

  /** A frame in which no IP header could be read. */
  #nothing(): void {
    this.layer = 0;
    this.ipProto = 0;
    this.ipVersion = 0;
    this.isFragment = false;
    this.sport = 0;
    this.dport = 0;
    this.addresses.fill(0);
    this.payloadOff = 0;
    this.payloadLen = 0;
  }

  /** Stands for a direction of a flow with no packet of it at hand. */
  standIn(flow: FlowState, dir: Dir): void {
    const { conn } = flow;
    this.h = undefined;
    this.flow = flow;
    this.dir = dir;
    this.isPseudo = true;
    this.leftOut = false;
    this.established = flow.isEstablished || (conn.ipProto !== IP_PROTO.tcp && flow.seen[0] && flow.seen[1]);
    this.sec = flow.lastSec;
    this.nsec = flow.lastNsec;
    this.file = flow.lastFile;
    this.frame = flow.lastFrame;
    this.ipProto = conn.ipProto;
    this.ipVersion = conn.ipVersion;
    const side = flow.side(dir);
    this.sport = side === 0 ? conn.origP : conn.respP;
    this.dport = side === 0 ? conn.respP : conn.origP;
    const [src, dst] =
      side === 0 ? [conn.origAddress, conn.respAddress] : [conn.respAddress, conn.origAddress];
    setWords(this.addresses, 0, src);
    setWords(this.addresses, 4, dst);
    this.payloadLen = 0;
    this.isFragment = false;
    this.events.clear();
  }

  /** As it is now: alerts are written after the view went on. */
  copy(): PacketView {
    const copy = new PacketView();
    copy.flow = this.flow;
    copy.dir = this.dir;
    copy.isPseudo = true;
    copy.sec = this.sec;
    copy.nsec = this.nsec;
    copy.file = this.file;
    copy.frame = this.frame;
    copy.ipProto = this.ipProto;
    copy.ipVersion = this.ipVersion;
    copy.sport = this.sport;
    copy.dport = this.dport;
    copy.addresses.set(this.addresses);
    return copy;
  }

  get position(): Position {
    return { ts: BigInt(this.sec) * 1_000_000_000n + BigInt(this.nsec), file: this.file, frame: this.frame };
  }

  get hasPorts(): boolean {
    return this.ipProto === IP_PROTO.tcp || this.ipProto === IP_PROTO.udp || this.ipProto === IP_PROTO.sctp;
  }

  get payload(): Uint8Array {
    return this.h ? this.h.bytes.subarray(this.payloadOff, this.payloadOff + this.payloadLen) : NONE;
  }

  /** Offset of the IP header; -1 where the bytes at hand are those of a reassembled datagram, which has none. */
  get ipOff(): number {
    const { h, layer } = this;
    if (!h) return -1;
    const off = h.l3Off[layer];
    return off >= 0 && off < h.end && h.bytes[off] >> 4 === this.ipVersion ? off : -1;
  }

  /** Offset of the transport header, -1 without. */
  get l4Off(): number {
    const { h, layer } = this;
    return h && h.hasTransport[layer] === 1 && !this.isFragment ? h.l4Off[layer] : -1;
  }

  get isIpv4(): boolean {
    return this.ipVersion === 4;
  }

  /** Text of the direction's ends, for rows: halves of 64 bits. */
  address(side: 'src' | 'dst'): readonly [bigint, bigint] {
    const at = side === 'src' ? 0 : 4;
    const half = (i: number): bigint => (BigInt(this.addresses[at + i]) << 32n) | BigInt(this.addresses[at + i + 1]);
    return [half(0), half(2)];
  }

  get hasSameAddresses(): boolean {
    const a = this.addresses;
    return a[0] === a[4] && a[1] === a[5] && a[2] === a[6] && a[3] === a[7];
  }

  get isMapped(): boolean {
    return this.addresses[2] === MAPPED && this.addresses[0] === 0 && this.addresses[1] === 0;
  }
}

function setWords(words: Uint32Array, at: number, [hi, lo]: readonly [bigint, bigint]): void {
  words[at] = Number(hi >> 32n);
  words[at + 1] = Number(hi & 0xffffffffn);
  words[at + 2] = Number(lo >> 32n);
  words[at + 3] = Number(lo & 0xffffffffn);
}

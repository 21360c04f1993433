/**
 * A thread's share of a capture. Every thread reads and decodes all packets, and keeps the connections of its own address pairs: threads
 * share nothing, and what an address pair's connections mean to each other is known where they are. Two things go beyond a pair and are
 * therefore followed by all threads alike: tunnels, whose inner connections may be another thread's, and protocols whose transactions go
 * over several connections, which the first thread has whole.
 */

import { addressPairHash } from '../../../model/address-pair.hot.ts';
import type { Headers } from '../../../model/headers.ts';
import { IP_PROTO } from '../../../model/ids.ts';
import { mayCarry } from '../../decode/dispatch.hot.ts';
import { C, C_U32, C_U8 } from '../../flow/flow-record.ts';
import type { FlowStore } from '../../flow/flow-store.ts';

export class Partition {
  /** Packets without any connection, and figures of the capture as a whole, are the first's. */
  readonly isFirst: boolean;
  readonly index: number;
  readonly count: number;
  /** UDP ports of which the first partition has all connections. */
  readonly #joined = new Uint8Array(65_536);

  constructor(index: number, count: number, joinedPorts: readonly number[]) {
    this.index = index;
    this.count = count;
    this.isFirst = index === 0;
    for (const port of joinedPorts) this.#joined[port] = 1;
  }

  /** Whether the packet's innermost layer, or the packet itself where it has none, belongs here. */
  ownsPacket(h: Headers): boolean {
    return h.layers === 0 ? this.isFirst : this.ownsLayer(h, h.layers - 1);
  }

  ownsLayer(h: Headers, layer: number): boolean {
    if (
      h.ipProto[layer] === IP_PROTO.udp &&
      (this.#joined[h.sport[layer]] === 1 || this.#joined[h.dport[layer]] === 1)
    )
      return this.isFirst;
    return addressPairHash(h.src, h.dst, 4 * layer, 4 * layer) % this.count === this.index;
  }

  ownsConnection(s: FlowStore, slot: number): boolean {
    const ports = s.cU32[slot * C_U32 + C.ports];
    if (
      s.cU8[slot * C_U8 + C.ipProto] === IP_PROTO.udp &&
      (this.#joined[ports >>> 16] === 1 || this.#joined[ports & 0xffff] === 1)
    )
      return this.isFirst;
    const at = slot * C_U32 + C.address;
    return addressPairHash(s.cU32, s.cU32, at, at + 4) % this.count === this.index;
  }

  /** Whether the layer's connection is followed here: its own, and whatever takes part in a tunnel or could. */
  follows(h: Headers, layer: number): boolean {
    return h.layers > 1 || mayCarry(h, layer) || this.ownsLayer(h, layer);
  }
}

/** What tells connections apart: addresses, ports and protocol of a layer, in an order that both directions share, and what a tunnel or a VLAN tag adds. */

import type { Headers } from '../../model/headers.ts';
import type { FlowIndex } from './flow-index.hot.ts';
import { C, C_U32, C_U8 } from './flow-record.ts';
import type { FlowStore } from './flow-store.ts';

export const NO_FLOW = -1;

/** True where the source is end A: the smaller address, then port. One-way messages are never turned. */
export function isCanonical(h: Headers, layer: number): boolean {
  if (h.oneWay[layer] === 1) return true;
  const at = 4 * layer;
  for (let word = 0; word < 4; word++) {
    const a = h.src[at + word];
    const b = h.dst[at + word];
    if (a !== b) return a < b;
  }
  return h.sport[layer] <= h.dport[layer];
}

export function keyHash(h: Headers, layer: number, srcIsA: boolean, vlanKey: number): number {
  const at = 4 * layer;
  const a = srcIsA ? h.src : h.dst;
  const b = srcIsA ? h.dst : h.src;
  const ports = srcIsA ? (h.sport[layer] << 16) | h.dport[layer] : (h.dport[layer] << 16) | h.sport[layer];
  let x = Math.imul(a[at + 3] ^ 0x9e3779b9, 0x85ebca6b);
  x = Math.imul((x ^ (x >>> 15)) + b[at + 3], 0xc2b2ae35);
  x = Math.imul((x ^ (x >>> 13)) + ports, 0x27d4eb2f);
  x ^= Math.imul(a[at] ^ a[at + 1] ^ Math.imul(a[at + 2], 31), 0x165667b1);
  x ^= Math.imul(b[at] + b[at + 1] + Math.imul(b[at + 2], 17), 0x9e3779b1);
  x = Math.imul(
    x ^ (x >>> 16) ^ h.ipProto[layer] ^ Math.imul(h.tunnelKey[layer] + vlanKey, 0x2c1b3c6d),
    0x297a2d39,
  );
  return x ^ (x >>> 15);
}

/** The slot of the open connection with the layer's key, NO_FLOW where there is none. */
export function findFlow(
  s: FlowStore,
  index: FlowIndex,
  h: Headers,
  layer: number,
  srcIsA: boolean,
  vlanKey: number,
  hash: number,
): number {
  const at = 4 * layer;
  const a = srcIsA ? h.src : h.dst;
  const b = srcIsA ? h.dst : h.src;
  const ports =
    (srcIsA ? (h.sport[layer] << 16) | h.dport[layer] : (h.dport[layer] << 16) | h.sport[layer]) >>> 0;
  const { entries, mask } = index;
  for (let place = hash & mask; ; place = (place + 1) & mask) {
    const slot = entries[2 * place + 1] - 1;
    if (slot < 0) return NO_FLOW;
    if (entries[2 * place] !== hash) continue;
    const key = slot * C_U32 + C.address;
    if (
      s.cU32[slot * C_U32 + C.ports] === ports &&
      s.cU8[slot * C_U8 + C.ipProto] === h.ipProto[layer] &&
      s.cU32[key + 3] === a[at + 3] &&
      s.cU32[key + 7] === b[at + 3] &&
      s.cU32[key + 2] === a[at + 2] &&
      s.cU32[key + 6] === b[at + 2] &&
      s.cU32[key + 1] === a[at + 1] &&
      s.cU32[key + 5] === b[at + 1] &&
      s.cU32[key] === a[at] &&
      s.cU32[key + 4] === b[at] &&
      s.cU32[slot * C_U32 + C.tunnelKey] === h.tunnelKey[layer] &&
      s.cU32[slot * C_U32 + C.vlanKey] === vlanKey &&
      s.cU8[slot * C_U8 + C.oneWay] === h.oneWay[layer]
    ) {
      return slot;
    }
  }
}

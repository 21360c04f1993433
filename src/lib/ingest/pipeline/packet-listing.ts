/** Packets as `read --packets` lists them: the outermost network layer. Not hot: asked for by scripts and the score. */

import type { PacketView } from '../../model/capture.ts';
import { faultName } from '../../model/faults.ts';
import { FAMILIES } from '../../model/ids.ts';
import type { Headers } from '../../model/headers.ts';
import type { RowSink } from '../../model/sinks.ts';
import { PACKET_LISTING } from '../../model/tables.ts';
import { addressOf } from './flow-rows.ts';

/** The outermost layer of the packet last decoded; taken before a reassembled datagram is decoded over it. */
export interface Outermost {
  family: number;
  layers: number;
  src: readonly [bigint, bigint] | undefined;
  dst: readonly [bigint, bigint] | undefined;
  sport: number | undefined;
  dport: number | undefined;
  proto: number | undefined;
}

const WITH_PORTS: ReadonlySet<number> = new Set([6, 17, 33, 132]);

export function outermost(h: Headers): Outermost {
  const proto = h.layers > 0 ? h.ipProto[0] : undefined;
  const ports =
    proto !== undefined &&
    WITH_PORTS.has(proto) &&
    (h.hasTransport[0] === 1 || h.sport[0] !== 0 || h.dport[0] !== 0);
  return {
    family: h.family,
    layers: h.layers,
    src: h.layers > 0 ? addressOf(h.src, 0) : undefined,
    dst: h.layers > 0 ? addressOf(h.dst, 0) : undefined,
    sport: ports ? h.sport[0] : undefined,
    dport: ports ? h.dport[0] : undefined,
    proto,
  };
}

export function writeListing(
  rows: RowSink,
  view: PacketView,
  file: number,
  ts: bigint | undefined,
  outer: Outermost,
  uid: string | undefined,
  fault: number,
): void {
  rows.row(PACKET_LISTING, {
    file,
    n: view.n,
    ts,
    caplen: view.caplen,
    len: view.len,
    link_type: view.linkType,
    family: outer.family === 0 ? undefined : FAMILIES[outer.family],
    src: outer.src,
    dst: outer.dst,
    sport: outer.sport,
    dport: outer.dport,
    proto: outer.proto,
    uid,
    fault: fault === 0 ? undefined : faultName(fault),
    recovered: view.recovered ? true : undefined,
  });
}

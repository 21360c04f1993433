/** Conversations added up by tuple, from tshark's frames and from our rows, in one shape that can be compared. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonical, type Frame, type Layer } from './tshark.ts';

/** Packets and bytes of frames each way; the first way is that of the endpoint that sorts first. */
export interface Sums {
  readonly packets: [number, number];
  readonly bytes: [number, number];
}

const TCP = 6;
const UDP = 17;
const ICMP = 1;
const ICMPV6 = 58;
const NO_NEXT_HEADER = 59;

/** RFC 792, 950, 1256: who answers whom. */
const ANSWERS_4: Readonly<Record<number, number>> = {
  8: 0,
  0: 8,
  13: 14,
  14: 13,
  15: 16,
  16: 15,
  17: 18,
  18: 17,
  10: 9,
  9: 10,
};
/** RFC 4443, 2710, 4861, 4620, 6275. */
const ANSWERS_6: Readonly<Record<number, number>> = {
  128: 129,
  129: 128,
  130: 131,
  131: 130,
  133: 134,
  134: 133,
  135: 136,
  136: 135,
  139: 140,
  140: 139,
  144: 145,
  145: 144,
};

/** A connection's ports: of ICMP the type and its counterpart, or the code where no type answers it. */
function portsOf(layer: Layer, [a, b]: readonly [number, number]): readonly [number, number] {
  if (layer.ipProto === ICMP) return [a, ANSWERS_4[a] ?? b];
  if (layer.ipProto === ICMPV6) return [a, ANSWERS_6[a] ?? b];
  return [a, b];
}

const needsPorts = (ipProto: number): boolean =>
  ipProto === TCP || ipProto === UDP || ipProto === ICMP || ipProto === ICMPV6;

/** Adds to the conversation of a tuple. */
function add(
  sums: Map<string, Sums>,
  ipProto: number,
  from: string,
  to: string,
  packets: number,
  bytes: number,
): void {
  const forward = from <= to;
  const key = `${ipProto} ${forward ? from : to} ${forward ? to : from}`;
  let entry = sums.get(key);
  if (!entry) {
    entry = { packets: [0, 0], bytes: [0, 0] };
    sums.set(key, entry);
  }
  const way = forward ? 0 : 1;
  entry.packets[way] += packets;
  entry.bytes[way] += bytes;
}

/** The tuple of a layer that belongs to a connection, as "protocol endpoint endpoint". */
export function tshark(frames: readonly Frame[]): Map<string, Sums> {
  const sums = new Map<string, Sums>();
  for (const { layers } of frames) {
    for (const layer of layers) {
      if (layer.isFragment || layer.ipProto === NO_NEXT_HEADER || (!layer.ports && needsPorts(layer.ipProto)))
        continue;
      const [a, b] = layer.ports ? portsOf(layer, layer.ports) : [0, 0];
      add(sums, layer.ipProto, `${layer.src}|${a}`, `${layer.dst}|${b}`, 1, layer.frameBytes);
    }
  }
  return sums;
}

interface ConnRow {
  ip_proto: number;
  id_orig_h: string;
  id_orig_p: number;
  id_resp_h: string;
  id_resp_p: number;
  orig_pkts: number;
  resp_pkts: number;
  orig_frame_bytes: number;
  resp_frame_bytes: number;
}

export async function rowsIn<T>(folder: string, table: string): Promise<T[]> {
  const text = await readFile(join(folder, `${table}.ndjson`), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

/** The rows of `conn` of an output folder of `read`. */
export async function ours(folder: string): Promise<Map<string, Sums>> {
  const sums = new Map<string, Sums>();
  for (const row of await rowsIn<ConnRow>(folder, 'conn')) {
    const orig = `${canonical(row.id_orig_h)}|${row.id_orig_p}`;
    const resp = `${canonical(row.id_resp_h)}|${row.id_resp_p}`;
    add(sums, row.ip_proto, orig, resp, row.orig_pkts, row.orig_frame_bytes);
    add(sums, row.ip_proto, resp, orig, row.resp_pkts, row.resp_frame_bytes);
  }
  return sums;
}

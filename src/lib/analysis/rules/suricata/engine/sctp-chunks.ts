/** Chunks of an SCTP packet (RFC 9260, 3.2). */

import { IP_PROTO } from '../../../../model/ids.ts';
import type { PacketView } from './packet-view.ts';

export interface SctpChunk {
  readonly type: number;
  /** User data of a DATA chunk. */
  readonly data: Uint8Array | undefined;
}

const COMMON_HEADER = 12;
const CHUNK_HEADER = 4;
const DATA_HEADER = 16;
const DATA = 0;
const MAX_CHUNKS = 1_024;

/** As far as their lengths are sound. */
export function sctpChunks(p: PacketView): readonly SctpChunk[] {
  const off = p.l4Off;
  if (!p.h || off < 0 || p.ipProto !== IP_PROTO.sctp) return [];
  const { bytes, end } = p.h;
  const found: SctpChunk[] = [];
  let at = off + COMMON_HEADER;
  while (at + CHUNK_HEADER <= end && found.length < MAX_CHUNKS) {
    const type = bytes[at];
    const length = (bytes[at + 2] << 8) | bytes[at + 3];
    if (length < CHUNK_HEADER) break;
    const isData = type === DATA && length >= DATA_HEADER;
    found.push({ type, data: isData ? bytes.subarray(at + DATA_HEADER, Math.min(end, at + length)) : undefined });
    at += (length + 3) & ~3;
  }
  return found;
}

/** The verification tag of the common header. */
export function verificationTag(p: PacketView): number | undefined {
  const off = p.l4Off;
  return p.h && off >= 0 && p.ipProto === IP_PROTO.sctp && off + COMMON_HEADER <= p.h.end ? p.h.data.getUint32(off + 4) : undefined;
}

/** Rows of `icmp`, written straight into the columns: a ping has one a packet. */

import type { ColumnBatch } from '../../model/column-batch.ts';
import type { Headers } from '../../model/headers.ts';
import { IP_PROTO } from '../../model/ids.ts';
import { BATCH_ROWS } from '../../model/limits.ts';
import type { BatchSink } from '../../model/sinks.ts';
import { ICMP } from '../../model/tables/icmp.ts';
import { writeNanoseconds } from '../../model/wide.hot.ts';
import { uidOf } from '../flow/conn-uid.hot.ts';
import { C, C_U32, C_U8 } from '../flow/flow-record.ts';
import type { FlowStore } from '../flow/flow-store.ts';
import type { FramePosition } from '../flow/flow-table.hot.ts';
import { detailsOf, hasEcho, ICMP_HEADER, messageName } from './icmp-messages.ts';

const IPV4_HEADER = 20;
const IPV6_HEADER = 40;

/** Cheap: asked of every packet. */
export const isIcmp = (h: Headers, layer: number): boolean =>
  (h.ipProto[layer] === IP_PROTO.icmp || h.ipProto[layer] === IP_PROTO.icmpv6) && h.hasTransport[layer] === 1;

/** Time to live of the packet; -1 where its header is not before the message. */
function hopLimit(h: Headers, layer: number): number {
  const [from, to] = [h.l3Off[layer], h.l4Off[layer]];
  if (from + IPV4_HEADER > to) return -1;
  const version = h.bytes[from] >> 4;
  if (version === 4) return h.bytes[from + 8];
  return version === 6 && from + IPV6_HEADER <= to ? h.bytes[from + 7] : -1;
}

const COLUMNS = Object.fromEntries(ICMP.columns.map(({ name }, at) => [name, at]));

/** Four words, big end first, into the two halves of an address column. */
function writeAddress(column: Uint32Array, row: number, words: Uint32Array, at: number): void {
  const low = 2 * BATCH_ROWS + 2 * row;
  column[2 * row + 1] = words[at];
  column[2 * row] = words[at + 1];
  column[low + 1] = words[at + 2];
  column[low] = words[at + 3];
}

export class IcmpRows {
  readonly #sink: BatchSink;
  #batch: ColumnBatch | undefined;
  rows = 0;

  constructor(sink: BatchSink) {
    this.#sink = sink;
  }

  /** Writes the row of a layer that `isIcmp`; of one that is cut short before its eight bytes, type and code. */
  write(s: FlowStore, slot: number, h: Headers, layer: number, isOrig: boolean, at: FramePosition): void {
    const batch = (this.#batch ??= this.#sink.lease(ICMP));
    const row = batch.rows;
    this.#connection(batch, row, s, slot);
    writeNanoseconds(batch.columns[COLUMNS.ts].u32, 2 * row, at.sec, at.nsec);
    batch.columns[COLUMNS.file].u16[row] = at.file;
    batch.columns[COLUMNS.capture_file].u16[row] = at.file;
    batch.columns[COLUMNS.first_frame].u32[row] = at.frame;
    batch.columns[COLUMNS.capture_frame].u32[row] = at.frame;
    this.#message(batch, row, h, layer, isOrig);
    batch.rows = row + 1;
    this.rows++;
    if (row + 1 === BATCH_ROWS) this.flush();
  }

  #connection(batch: ColumnBatch, row: number, s: FlowStore, slot: number): void {
    const origFirst = s.cU8[slot * C_U8 + C.origIsA] === 1;
    const key = slot * C_U32 + C.address;
    writeAddress(batch.columns[COLUMNS.id_orig_h].u32, row, s.cU32, origFirst ? key : key + 4);
    writeAddress(batch.columns[COLUMNS.id_resp_h].u32, row, s.cU32, origFirst ? key + 4 : key);
    const portA = s.cU32[slot * C_U32 + C.ports] >>> 16;
    const portB = s.cU32[slot * C_U32 + C.ports] & 0xffff;
    batch.columns[COLUMNS.id_orig_p].u16[row] = origFirst ? portA : portB;
    batch.columns[COLUMNS.id_resp_p].u16[row] = origFirst ? portB : portA;
    batch.set(COLUMNS.uid, row, uidOf(s, slot));
  }

  #message(batch: ColumnBatch, row: number, h: Headers, layer: number, isOrig: boolean): void {
    const { data } = h;
    const off = h.l4Off[layer];
    const isV6 = h.ipProto[layer] === IP_PROTO.icmpv6;
    const type = data.getUint8(off);
    const code = data.getUint8(off + 1);
    batch.columns[COLUMNS.is_orig].u8[row] = isOrig ? 1 : 0;
    batch.columns[COLUMNS.type].u8[row] = type;
    batch.columns[COLUMNS.code].u8[row] = code;
    batch.set(COLUMNS.msg_type, row, messageName(isV6, type, code));
    const hops = hopLimit(h, layer);
    if (hops >= 0) batch.set(COLUMNS.hop_limit, row, hops);
    batch.set(COLUMNS.payload_len, row, Math.max(0, h.l4Len[layer] - ICMP_HEADER));
    if (off + ICMP_HEADER > h.l4End[layer]) return;
    if (hasEcho(isV6, type)) {
      batch.set(COLUMNS.echo_id, row, data.getUint16(off + 4));
      batch.set(COLUMNS.echo_seq, row, data.getUint16(off + 6));
      return;
    }
    for (const [name, value] of Object.entries(detailsOf(data, isV6, off, h.l4End[layer])))
      batch.set(COLUMNS[name], row, value);
  }

  flush(): void {
    if (this.#batch === undefined || this.#batch.rows === 0) return;
    this.#sink.submit(this.#batch);
    this.#batch = undefined;
  }
}

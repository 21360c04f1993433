/** Rows of `conn`, written column by column when a connection ends. */

import { IP_PROTO } from '../../model/ids.ts';
import { BATCH_ROWS } from '../../model/limits.ts';
import {
  type BatchHeap,
  type ColumnBatch,
  reserveHeap,
  TEXT_INLINE,
  TEXT_SLOT,
} from '../../model/column-batch.ts';
import type { BatchSink } from '../../model/sinks.ts';
import { CONN } from '../../model/tables.ts';
import { COMMUNITY_ID_LENGTH, writeCommunityId } from './community-id.hot.ts';
import { type ConnColumns, connColumns } from './conn-columns.ts';
import { connState, datagramState, protoOf } from './conn-state.hot.ts';
import { uidOf } from './conn-uid.hot.ts';
import { C, C_F64, C_U16, C_U32, C_U8, E, E_F64, E_U16, E_U32, E_U8 } from './flow-record.ts';
import { type FlowStore, MACS } from './flow-store.ts';
import { UID_LENGTH } from './uid.hot.ts';
import { writeNanoseconds, writeWide } from '../../model/wide.hot.ts';

const utf8 = new TextEncoder();
const SERVICE_OF_TUNNEL: readonly (Uint8Array | undefined)[] = [
  undefined,
  undefined,
  undefined,
  undefined,
  utf8.encode('vxlan'),
  utf8.encode('geneve'),
  utf8.encode('teredo'),
  utf8.encode('gtpv1'),
  utf8.encode('l2tp'),
];

function setBit(valid: Uint8Array, row: number): void {
  valid[row >> 3] = valid[row >> 3] | (1 << (row & 7));
}

/** Text longer than a slot: length in the slot, bytes in the heap; answers where to write them. */
function longText(slots: Uint32Array, heap: BatchHeap, row: number, length: number): number {
  slots[4 * row] = length;
  slots[4 * row + 1] = 0;
  slots[4 * row + 3] = 0;
  const at = reserveHeap(heap, length);
  slots[4 * row + 2] = at;
  return at;
}

export class ConnRows {
  readonly #sink: BatchSink;
  readonly #store: FlowStore;
  readonly #sizeOf: (end: number) => number;
  #batch: ColumnBatch;
  #c: ConnColumns;
  rows = 0;

  constructor(sink: BatchSink, store: FlowStore, sizeOf: (end: number) => number) {
    this.#sink = sink;
    this.#store = store;
    this.#sizeOf = sizeOf;
    this.#batch = sink.lease(CONN);
    this.#c = connColumns(this.#batch);
  }

  flush(): void {
    if (this.#batch.rows === 0) return;
    this.#sink.submit(this.#batch);
    this.#batch = this.#sink.lease(CONN);
    this.#c = connColumns(this.#batch);
  }

  write(slot: number): void {
    const s = this.#store;
    const c = this.#c;
    const row = this.#batch.rows;
    const orig = 2 * slot;
    const resp = orig + 1;
    const ipProto = s.cU8[slot * C_U8 + C.ipProto];
    c.connNo[row] = s.cU32[slot * C_U32 + C.connNo];
    writeNanoseconds(c.ts, 2 * row, s.cF64[slot * C_F64 + C.firstSec], s.cU32[slot * C_U32 + C.firstNsec]);
    this.#identity(slot, row, ipProto);
    c.proto[row] = protoOf(ipProto, s.cU32[slot * C_U32 + C.ports] !== 0);
    c.ipProto[row] = ipProto;
    this.#counts(slot, row, orig, resp, ipProto);
    this.#texts(slot, row);
    this.#link(slot, row, orig, resp);
    const rtt = s.cF64[slot * C_F64 + C.rtt];
    if (rtt >= 0) {
      writeWide(c.rtt, 2 * row, rtt);
      setBit(c.rttValid, row);
    }
    c.origRetransmits[row] = s.eU32[orig * E_U32 + E.retransmits];
    c.respRetransmits[row] = s.eU32[resp * E_U32 + E.retransmits];
    c.origOutOfOrder[row] = s.eU32[orig * E_U32 + E.outOfOrder];
    c.respOutOfOrder[row] = s.eU32[resp * E_U32 + E.outOfOrder];
    c.origZeroWindows[row] = s.eU32[orig * E_U32 + E.zeroWindows];
    c.respZeroWindows[row] = s.eU32[resp * E_U32 + E.zeroWindows];
    c.resets[row] = s.cU32[slot * C_U32 + C.resets];
    c.firstFlags[row] = s.cU8[slot * C_U8 + C.firstFlags];
    c.origFlags[row] = ipProto === IP_PROTO.tcp ? s.eU8[orig * E_U8 + E.flags] : 0;
    c.respFlags[row] = ipProto === IP_PROTO.tcp ? s.eU8[resp * E_U8 + E.flags] : 0;
    c.endedBy[row] = s.cU8[slot * C_U8 + C.endedBy];
    c.file[row] = s.cU16[slot * C_U16 + C.firstFile];
    c.firstFrame[row] = s.cU32[slot * C_U32 + C.firstFrame];
    c.captureFile[row] = s.cU16[slot * C_U16 + C.lastFile];
    c.captureFrame[row] = s.cU32[slot * C_U32 + C.lastFrame];
    this.#rare(slot, row);
    this.#batch.rows = row + 1;
    this.rows++;
    if (row + 1 === BATCH_ROWS) this.flush();
  }

  #identity(slot: number, row: number, ipProto: number): void {
    const s = this.#store;
    const c = this.#c;
    const origFirst = s.cU8[slot * C_U8 + C.origIsA] === 1;
    const key = slot * C_U32 + C.address;
    const o = origFirst ? key : key + 4;
    const r = origFirst ? key + 4 : key;
    const low = 2 * BATCH_ROWS + 2 * row;
    c.origH[2 * row + 1] = s.cU32[o];
    c.origH[2 * row] = s.cU32[o + 1];
    c.origH[low + 1] = s.cU32[o + 2];
    c.origH[low] = s.cU32[o + 3];
    c.respH[2 * row + 1] = s.cU32[r];
    c.respH[2 * row] = s.cU32[r + 1];
    c.respH[low + 1] = s.cU32[r + 2];
    c.respH[low] = s.cU32[r + 3];
    const portA = s.cU32[slot * C_U32 + C.ports] >>> 16;
    const portB = s.cU32[slot * C_U32 + C.ports] & 0xffff;
    c.origP[row] = origFirst ? portA : portB;
    c.respP[row] = origFirst ? portB : portA;
    const uid = uidOf(s, slot);
    const at = longText(c.uid, c.heap, row, UID_LENGTH);
    for (let i = 0; i < UID_LENGTH; i++) c.heap.bytes[at + i] = uid[i];
    const to = longText(c.communityId, c.heap, row, COMMUNITY_ID_LENGTH);
    setBit(c.communityIdValid, row);
    const hasPorts =
      ipProto === IP_PROTO.tcp ||
      ipProto === IP_PROTO.udp ||
      ipProto === IP_PROTO.sctp ||
      ipProto === IP_PROTO.icmp ||
      ipProto === IP_PROTO.icmpv6;
    writeCommunityId(
      c.heap.bytes,
      to,
      s.cU8[slot * C_U8 + C.version],
      s.cU32,
      key,
      portA,
      portB,
      false,
      ipProto,
      hasPorts,
    );
  }

  #counts(slot: number, row: number, orig: number, resp: number, ipProto: number): void {
    const s = this.#store;
    const c = this.#c;
    const isTcp = ipProto === IP_PROTO.tcp;
    const origSize = isTcp ? this.#sizeOf(orig) : s.eF64[orig * E_F64 + E.payload];
    const respSize = isTcp ? this.#sizeOf(resp) : s.eF64[resp * E_F64 + E.payload];
    writeWide(c.origBytes, 2 * row, origSize);
    setBit(c.origBytesValid, row);
    writeWide(c.respBytes, 2 * row, respSize);
    setBit(c.respBytesValid, row);
    c.state[row] = isTcp ? connState(s, slot, origSize, respSize) : datagramState(s, slot, ipProto);
    writeWide(c.missed, 2 * row, s.cF64[slot * C_F64 + C.missed]);
    writeWide(c.origPkts, 2 * row, s.eF64[orig * E_F64 + E.pkts]);
    writeWide(c.respPkts, 2 * row, s.eF64[resp * E_F64 + E.pkts]);
    writeWide(c.origIpBytes, 2 * row, s.eF64[orig * E_F64 + E.ipBytes]);
    writeWide(c.respIpBytes, 2 * row, s.eF64[resp * E_F64 + E.ipBytes]);
    writeWide(c.origFrameBytes, 2 * row, s.eF64[orig * E_F64 + E.frameBytes]);
    writeWide(c.respFrameBytes, 2 * row, s.eF64[resp * E_F64 + E.frameBytes]);
    const duration =
      (s.cF64[slot * C_F64 + C.lastSec] - s.cF64[slot * C_F64 + C.firstSec]) * 1e9 +
      s.cU32[slot * C_U32 + C.lastNsec] -
      s.cU32[slot * C_U32 + C.firstNsec];
    const single =
      s.cU32[slot * C_U32 + C.firstFrame] === s.cU32[slot * C_U32 + C.lastFrame] &&
      s.cU16[slot * C_U16 + C.firstFile] === s.cU16[slot * C_U16 + C.lastFile];
    if (!single) {
      writeWide(c.duration, 2 * row, duration > 0 ? duration : 0);
      setBit(c.durationValid, row);
    }
  }

  #texts(slot: number, row: number): void {
    const s = this.#store;
    const c = this.#c;
    const length = s.cU8[slot * C_U8 + C.historyLen];
    if (length > 0) {
      setBit(c.historyValid, row);
      const base = slot * C_U8 + C.history;
      let bytes = c.historyBytes;
      let at = TEXT_SLOT * row + 4;
      if (length > TEXT_INLINE) {
        at = longText(c.history, c.heap, row, length);
        bytes = c.heap.bytes;
      } else {
        c.history[4 * row] = length;
        c.history[4 * row + 1] = 0;
        c.history[4 * row + 2] = 0;
        c.history[4 * row + 3] = 0;
      }
      for (let i = 0; i < length; i++) bytes[at + i] = s.cU8[base + i];
    }
    if (s.services.size > 0 || s.apps.size > 0) this.#content(slot, row);
    const carries = SERVICE_OF_TUNNEL[s.cU8[slot * C_U8 + C.carries]];
    if (carries === undefined || s.services.has(slot)) return;
    setBit(c.serviceValid, row);
    c.service[4 * row] = carries.length;
    c.service[4 * row + 1] = 0;
    c.service[4 * row + 2] = 0;
    c.service[4 * row + 3] = 0;
    for (let i = 0; i < carries.length; i++) c.serviceBytes[TEXT_SLOT * row + 4 + i] = carries[i];
  }

  #content(slot: number, row: number): void {
    const { services, failedServices, apps } = this.#store;
    const c = this.#c;
    this.#batch.set(c.serviceAt, row, services.get(slot));
    const app = apps.get(slot);
    if (app) {
      this.#batch.set(c.appAt, row, app.name);
      this.#batch.set(c.appConfidenceAt, row, app.confidence);
    }
    if (failedServices.size > 0) {
      this.#batch.set(c.failedServiceAt, row, failedServices.get(slot));
      failedServices.delete(slot);
    }
    services.delete(slot);
    apps.delete(slot);
  }

  #link(slot: number, row: number, orig: number, resp: number): void {
    const s = this.#store;
    const c = this.#c;
    const known = s.cU8[slot * C_U8 + C.hasMacs];
    if (known === MACS.both || known === MACS.origOnly) {
      c.origMac[2 * row] = s.eU32[orig * E_U32 + E.macLo];
      c.origMac[2 * row + 1] = s.eU16[orig * E_U16 + E.macHi];
      setBit(c.origMacValid, row);
    }
    if (known === MACS.both || known === MACS.respOnly) {
      c.respMac[2 * row] = s.eU32[resp * E_U32 + E.macLo];
      c.respMac[2 * row + 1] = s.eU16[resp * E_U16 + E.macHi];
      setBit(c.respMacValid, row);
    }
  }

  #rare(slot: number, row: number): void {
    const s = this.#store;
    const c = this.#c;
    if (s.cU8[slot * C_U8 + C.vlanSet] === 1) this.#batch.set(c.vlan, row, s.vlans.get(slot));
    if (s.cU32[slot * C_U32 + C.parentNo] !== 0) this.#batch.set(c.parents, row, s.parents.get(slot));
    if (s.continuedFrom.size > 0) this.#batch.set(c.continuedFrom, row, s.continuedFrom.get(slot));
  }
}

/** Rows of `conn`, written column by column when a connection ends. */

import { CONN_STATES, IP_PROTO, PROTOS } from '../../model/ids.ts';
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
import { C, C_F64, C_U16, C_U32, C_U8, E, E_F64, E_U16, E_U32, E_U8 } from './flow-record.ts';
import { END_STATE, type FlowStore, MACS } from './flow-store.ts';
import { UID_LENGTH, uidWords, writeUid } from './uid.hot.ts';
import { writeNanoseconds, writeWide } from '../../model/wide.hot.ts';

const STATE = Object.fromEntries(CONN_STATES.map((name, at) => [name, at])) as Record<
  (typeof CONN_STATES)[number],
  number
>;
const PROTO = Object.fromEntries(PROTOS.map((name, at) => [name, at])) as Record<
  (typeof PROTOS)[number],
  number
>;
const { inactive, synSent, synAckSent, partial, established, closed, reset } = END_STATE;

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

const S = 83;
const R = 82;
const CARET = 94;
/** Letters that show that the responder was there, or that the SYN was not alone: after them a RST is no RSTOS0. */
const NOT_LONE_SYN = new Uint8Array(128);
for (const letter of 'HAFGIQ') NOT_LONE_SYN[letter.charCodeAt(0)] = 1;

/** `hasPorts`: an SCTP packet without a chunk has none, and is no more than an IP protocol's number. */
export function protoOf(ipProto: number, hasPorts: boolean): number {
  if (ipProto === IP_PROTO.tcp) return PROTO.tcp;
  if (ipProto === IP_PROTO.udp) return PROTO.udp;
  if (ipProto === IP_PROTO.icmp || ipProto === IP_PROTO.icmpv6) return PROTO.icmp;
  return ipProto === IP_PROTO.sctp && hasPorts ? PROTO.sctp : PROTO.unknown_transport;
}

/** Zeek's conn_state, from the states of both ends. */
export function connState(s: FlowStore, slot: number, origSize: number, respSize: number): number {
  const orig = s.eU8[2 * slot * E_U8 + E.state];
  const resp = s.eU8[(2 * slot + 1) * E_U8 + E.state];
  const origIdle = orig === inactive || orig === partial;
  const respIdle = resp === inactive || resp === partial;
  if (resp === reset) {
    if (orig === synSent || orig === synAckSent || (orig === reset && origSize === 0 && respSize === 0))
      return STATE.REJ;
    return origIdle ? STATE.RSTRH : STATE.RSTR;
  }
  if (orig === reset) {
    if (respIdle) return isLoneSynReset(s, slot) ? STATE.RSTOS0 : STATE.OTH;
    return STATE.RSTO;
  }
  if (resp === closed && orig === closed) return STATE.SF;
  if (orig === closed) return respIdle ? STATE.SH : STATE.S2;
  if (resp === closed) return origIdle ? STATE.SHR : STATE.S3;
  if (orig === synSent && resp === inactive) return STATE.S0;
  if (orig === established && resp === established) return STATE.S1;
  return STATE.OTH;
}

/** A history of the form ^?S…R with nothing but the originator's retries between. */
function isLoneSynReset(s: FlowStore, slot: number): boolean {
  const base = slot * C_U8 + C.history;
  const length = s.cU8[slot * C_U8 + C.historyLen];
  let at = length > 0 && s.cU8[base] === CARET ? 1 : 0;
  if (s.cU8[base + at] !== S) return false;
  for (at++; at < length; at++) {
    const letter = s.cU8[base + at];
    if (letter === R) return true;
    if (NOT_LONE_SYN[letter] === 1) return false;
  }
  return false;
}

/** Connection without a handshake: who was heard. */
function datagramState(s: FlowStore, slot: number, ipProto: number): number {
  if (ipProto !== IP_PROTO.udp) return STATE.OTH;
  const orig = s.eU8[2 * slot * E_U8 + E.flags] === 1;
  const resp = s.eU8[(2 * slot + 1) * E_U8 + E.flags] === 1;
  if (orig) return resp ? STATE.SF : STATE.S0;
  return resp ? STATE.SHR : STATE.OTH;
}

const uidBytes = new Uint8Array(UID_LENGTH);
const ascii = new TextDecoder('latin1');

/** The uid of an open connection, as bytes that the next call overwrites. */
export function uidOf(s: FlowStore, slot: number): Uint8Array {
  const words = uidWords;
  words[0] = s.cF64[slot * C_F64 + C.firstSec] >>> 0;
  words[1] = Math.floor(s.cF64[slot * C_F64 + C.firstSec] / 4_294_967_296);
  words[2] = s.cU32[slot * C_U32 + C.firstNsec];
  words[3] = s.cU16[slot * C_U16 + C.ordinal];
  for (let word = 0; word < 8; word++) words[4 + word] = s.cU32[slot * C_U32 + C.address + word];
  words[12] = s.cU32[slot * C_U32 + C.ports];
  words[13] = s.cU8[slot * C_U8 + C.ipProto];
  words[14] = s.cU32[slot * C_U32 + C.tunnelKey];
  words[15] = s.cU32[slot * C_U32 + C.vlanKey];
  words[16] = s.cU8[slot * C_U8 + C.oneWay];
  words[17] = 0;
  words[18] = 0;
  words[19] = 0;
  writeUid(uidBytes, 0);
  return uidBytes;
}

export const uidText = (s: FlowStore, slot: number): string => ascii.decode(uidOf(s, slot));

/** Columns of a batch by name, taken once a batch. */
type Columns = ReturnType<typeof bind>;

function bind(batch: ColumnBatch) {
  const u8 = (name: string): Uint8Array => batch.col(name).u8;
  const u16 = (name: string): Uint16Array => batch.col(name).u16;
  const u32 = (name: string): Uint32Array => batch.col(name).u32;
  const valid = (name: string): Uint8Array => batch.col(name).valid ?? new Uint8Array(0);
  return {
    heap: batch.heap,
    connNo: u32('conn_no'),
    ts: u32('ts'),
    uid: u32('uid'),
    origH: u32('id_orig_h'),
    origP: u16('id_orig_p'),
    respH: u32('id_resp_h'),
    respP: u16('id_resp_p'),
    proto: u8('proto'),
    ipProto: u8('ip_proto'),
    service: u32('service'),
    serviceBytes: u8('service'),
    serviceValid: valid('service'),
    serviceAt: batch.index('service'),
    failedServiceAt: batch.index('failed_service'),
    appAt: batch.index('app'),
    appConfidenceAt: batch.index('app_confidence'),
    duration: u32('duration'),
    durationValid: valid('duration'),
    origBytes: u32('orig_bytes'),
    origBytesValid: valid('orig_bytes'),
    respBytes: u32('resp_bytes'),
    respBytesValid: valid('resp_bytes'),
    state: u8('conn_state'),
    missed: u32('missed_bytes'),
    history: u32('history'),
    historyBytes: u8('history'),
    historyValid: valid('history'),
    origPkts: u32('orig_pkts'),
    respPkts: u32('resp_pkts'),
    origIpBytes: u32('orig_ip_bytes'),
    respIpBytes: u32('resp_ip_bytes'),
    origFrameBytes: u32('orig_frame_bytes'),
    respFrameBytes: u32('resp_frame_bytes'),
    origMac: u32('orig_l2_addr'),
    origMacValid: valid('orig_l2_addr'),
    respMac: u32('resp_l2_addr'),
    respMacValid: valid('resp_l2_addr'),
    communityId: u32('community_id'),
    communityIdValid: valid('community_id'),
    rtt: u32('handshake_rtt'),
    rttValid: valid('handshake_rtt'),
    origRetransmits: u32('orig_retransmits'),
    respRetransmits: u32('resp_retransmits'),
    origOutOfOrder: u32('orig_out_of_order'),
    respOutOfOrder: u32('resp_out_of_order'),
    origZeroWindows: u32('orig_zero_windows'),
    respZeroWindows: u32('resp_zero_windows'),
    resets: u32('resets'),
    origFlags: u8('orig_flags'),
    respFlags: u8('resp_flags'),
    firstFlags: u8('first_flags'),
    endedBy: u8('ended_by'),
    file: u16('file'),
    firstFrame: u32('first_frame'),
    captureFile: u16('capture_file'),
    captureFrame: u32('capture_frame'),
    vlan: batch.index('vlan'),
    parents: batch.index('tunnel_parents'),
    continuedFrom: batch.index('continued_from'),
  };
}

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
  #c: Columns;
  rows = 0;

  constructor(sink: BatchSink, store: FlowStore, sizeOf: (end: number) => number) {
    this.#sink = sink;
    this.#store = store;
    this.#sizeOf = sizeOf;
    this.#batch = sink.lease(CONN);
    this.#c = bind(this.#batch);
  }

  flush(): void {
    if (this.#batch.rows === 0) return;
    this.#sink.submit(this.#batch);
    this.#batch = this.#sink.lease(CONN);
    this.#c = bind(this.#batch);
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

/**
 * The open connections. A slot is a small integer; slots are reused. What is counted a packet lies in fixed records
 * (flow-record.ts); what is rare (tunnel parents, VLAN stacks, a connection's predecessor) lies in maps beside.
 *
 * The two ends of the key are stored in canonical order, A before B, so that both directions find the same slot; `origIsA` says
 * who began. The end records are in the order originator, responder.
 */

import type { AppConfidence } from '../../model/ids.ts';
import { C, C_F64, C_I32, C_U32, C_U8, CONN_BYTES, E_F64, E_U8, END_BYTES } from './flow-record.ts';

/** Room that nothing was written to yet takes no memory, only addresses: better much at once than copying often. */
const MOST_AT_ONCE = 1_048_576;
/** But V8 collects garbage for what it is told of as if it were memory: a small capture must not ask for half a gigabyte. */
const LEAST = 4_096;
/** Bytes of a capture for each connection that room is made for: one of three packets with no more than headers. */
const BYTES_A_CONNECTION = 256;
const GROWTH = 4;

/** How many connections a capture of so many bytes may have open; more are made room for when they come. */
export const connectionsOf = (bytes: number): number =>
  Math.min(MOST_AT_ONCE, Math.max(LEAST, Math.ceil(bytes / BYTES_A_CONNECTION)));
const NONE = -1;

export const END_STATE = {
  inactive: 0,
  synSent: 1,
  synAckSent: 2,
  partial: 3,
  established: 4,
  closed: 5,
  reset: 6,
} as const;

/** Whose link-layer address is known. */
export const MACS = { none: 0, both: 1, origOnly: 2, respOnly: 3 } as const;

export class FlowStore {
  capacity = 0;
  /** Slots below were taken at least once; those from here on are all zero. */
  used = 0;

  /** The connections' records, by type of field. */
  cF64: Float64Array = new Float64Array(0);
  cU32: Uint32Array = new Uint32Array(0);
  cI32: Int32Array = new Int32Array(0);
  cU16: Uint16Array = new Uint16Array(0);
  cU8: Uint8Array = new Uint8Array(0);
  /** The ends' records. */
  eF64: Float64Array = new Float64Array(0);
  eU32: Uint32Array = new Uint32Array(0);
  eI32: Int32Array = new Int32Array(0);
  eU16: Uint16Array = new Uint16Array(0);
  eU8: Uint8Array = new Uint8Array(0);

  readonly parents = new Map<number, string[]>();
  readonly vlans = new Map<number, readonly number[]>();
  readonly continuedFrom = new Map<number, string>();
  /** Application protocols found in a connection that is about to be written, comma-separated; and its application. */
  readonly services = new Map<number, string>();
  /** Of them those whose parser gave up: few connections have one. */
  readonly failedServices = new Map<number, string>();
  readonly apps = new Map<number, { readonly name: string; readonly confidence: AppConfidence }>();

  #freeHead = NONE;
  readonly #exchanged = new Uint8Array(END_BYTES);

  /** `capacity`: connections that it has room for at first. */
  constructor(capacity: number = LEAST) {
    this.#grow(capacity);
  }

  get bytes(): number {
    return this.cU8.byteLength + this.eU8.byteLength;
  }

  #grow(capacity: number): void {
    const conns = new ArrayBuffer(capacity * CONN_BYTES);
    new Uint8Array(conns).set(this.cU8);
    this.cF64 = new Float64Array(conns);
    this.cU32 = new Uint32Array(conns);
    this.cI32 = new Int32Array(conns);
    this.cU16 = new Uint16Array(conns);
    this.cU8 = new Uint8Array(conns);
    const ends = new ArrayBuffer(2 * capacity * END_BYTES);
    new Uint8Array(ends).set(this.eU8);
    this.eF64 = new Float64Array(ends);
    this.eU32 = new Uint32Array(ends);
    this.eI32 = new Int32Array(ends);
    this.eU16 = new Uint16Array(ends);
    this.eU8 = new Uint8Array(ends);
    this.capacity = capacity;
  }

  /** A free slot, its records all zero but for what the timer wheel knows of it. */
  take(): number {
    const slot = this.#freeHead;
    if (slot < 0) {
      if (this.used === this.capacity) this.#grow(this.capacity * GROWTH);
      return this.used++;
    }
    this.#freeHead = this.cI32[slot * C_I32 + C.next];
    const { cF64, eF64 } = this;
    const filed = cF64[slot * C_F64 + C.filed];
    for (let at = slot * C_F64; at < (slot + 1) * C_F64; at++) cF64[at] = 0;
    for (let at = 2 * slot * E_F64; at < (2 * slot + 2) * E_F64; at++) eF64[at] = 0;
    // What lies in the timer wheel is the slot's, whoever has it.
    cF64[slot * C_F64 + C.filed] = filed;
    return slot;
  }

  /** What belonged to the originator belongs to the responder from now on. */
  exchangeEnds(slot: number): void {
    const orig = 2 * slot * E_U8;
    const resp = orig + E_U8;
    this.#exchanged.set(this.eU8.subarray(orig, resp));
    this.eU8.copyWithin(orig, resp, resp + E_U8);
    this.eU8.set(this.#exchanged, resp);
    const at = slot * C_U8;
    this.cU8[at + C.origIsA] = this.cU8[at + C.origIsA] === 1 ? 0 : 1;
    if (this.cU8[at + C.hasMacs] === MACS.origOnly) this.cU8[at + C.hasMacs] = MACS.respOnly;
    else if (this.cU8[at + C.hasMacs] === MACS.respOnly) this.cU8[at + C.hasMacs] = MACS.origOnly;
  }

  release(slot: number): void {
    if (this.cU32[slot * C_U32 + C.parentNo] !== 0) this.parents.delete(slot);
    if (this.cU8[slot * C_U8 + C.vlanSet] !== 0) this.vlans.delete(slot);
    if (this.continuedFrom.size > 0) this.continuedFrom.delete(slot);
    this.cI32[slot * C_I32 + C.next] = this.#freeHead;
    this.#freeHead = slot;
  }
}

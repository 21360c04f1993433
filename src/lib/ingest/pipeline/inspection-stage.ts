/** Inspectors and the connections that they see. One that throws is named and left out; it never fails an ingest. */

import type { Dir, FileMeta, Position, RowValues } from '../../model/content.ts';
import type { Headers } from '../../model/headers.ts';
import { IP_PROTO } from '../../model/ids.ts';
import type { EndState, FileEnd, InspectedConn, Inspector, TxProgress } from '../../model/inspection.ts';
import { protoOf } from '../flow/conn-state.hot.ts';
import { uidText } from '../flow/conn-uid.hot.ts';
import { C, C_F64, C_U32, C_U8, E, E_F64, E_U8 } from '../flow/flow-record.ts';
import type { FlowStore } from '../flow/flow-store.ts';
import type { FlowTable, FramePosition } from '../flow/flow-table.hot.ts';
import { isFollowed, isMidstream, type FollowedTcp } from '../flow/followed.ts';
import type { ConnFacts } from '../protocol/contract.ts';
import type { BufferListener, Conversation } from '../protocol/engine/conversation.ts';
import { addressOf } from './flow-rows.ts';
import type { SinkFailure } from './sink-group.ts';

/** By END_STATE of the flow table. */
const END_STATES: readonly EndState[] = [
  'inactive',
  'syn_sent',
  'syn_ack_sent',
  'partial',
  'established',
  'closed',
  'reset',
];
const NO_SERVICES: readonly string[] = [];

/** Reads the connection's record where it lies: its slot is its own until it is closed. */
class InspectedSlot implements InspectedConn {
  readonly #s: FlowStore;
  readonly #slot: number;
  readonly #followed: FollowedTcp;
  readonly connNo: number;
  readonly uid: string;
  conversation: Conversation | undefined;

  constructor(store: FlowStore, slot: number, followed: FollowedTcp) {
    this.#s = store;
    this.#slot = slot;
    this.#followed = followed;
    this.connNo = store.cU32[slot * C_U32 + C.connNo];
    this.uid = uidText(store, slot);
  }

  get proto(): number {
    return protoOf(this.ipProto, this.#s.cU32[this.#slot * C_U32 + C.ports] !== 0);
  }

  get ipProto(): number {
    return this.#s.cU8[this.#slot * C_U8 + C.ipProto];
  }

  get ipVersion(): number {
    return this.#s.cU8[this.#slot * C_U8 + C.version];
  }

  get #origIsA(): boolean {
    return this.#s.cU8[this.#slot * C_U8 + C.origIsA] === 1;
  }

  get origAddress(): readonly [bigint, bigint] {
    return addressOf(this.#s.cU32, this.#slot * C_U32 + C.address + (this.#origIsA ? 0 : 4));
  }

  get respAddress(): readonly [bigint, bigint] {
    return addressOf(this.#s.cU32, this.#slot * C_U32 + C.address + (this.#origIsA ? 4 : 0));
  }

  get origP(): number {
    const ports = this.#s.cU32[this.#slot * C_U32 + C.ports];
    return this.#origIsA ? ports >>> 16 : ports & 0xffff;
  }

  get respP(): number {
    const ports = this.#s.cU32[this.#slot * C_U32 + C.ports];
    return this.#origIsA ? ports & 0xffff : ports >>> 16;
  }

  get began(): number {
    const at = this.#slot;
    return this.#s.cF64[at * C_F64 + C.firstSec] + this.#s.cU32[at * C_U32 + C.firstNsec] * 1e-9;
  }

  get midstream(): boolean {
    return this.ipProto === IP_PROTO.tcp && isMidstream(this.#s, this.#slot);
  }

  get followed(): boolean {
    return this.ipProto !== IP_PROTO.tcp || isFollowed(this.#s, this.#slot, this.#followed);
  }

  #end(dir: Dir): number {
    return 2 * this.#slot + dir;
  }

  state(dir: Dir): EndState {
    return END_STATES[this.#s.eU8[this.#end(dir) * E_U8 + E.state]] ?? 'inactive';
  }

  packets(dir: Dir): number {
    return this.#s.eF64[this.#end(dir) * E_F64 + E.pkts];
  }

  bytes(dir: Dir): number {
    return this.#s.eF64[this.#end(dir) * E_F64 + E.ipBytes];
  }

  sent(dir: Dir): number {
    return this.#s.eF64[this.#end(dir) * E_F64 + E.payload];
  }

  acknowledged(dir: Dir): number {
    return Math.max(0, this.#s.eF64[this.#end(dir) * E_F64 + E.trimmed] - 1);
  }

  get services(): readonly string[] {
    return this.conversation?.services ?? NO_SERVICES;
  }

  get parsed(): boolean {
    return this.conversation !== undefined && !this.conversation.idle;
  }
}

export class InspectionStage implements BufferListener {
  readonly #flows: FlowTable;
  readonly #followed: FollowedTcp;
  #inspectors: readonly Inspector[];
  readonly #failures: SinkFailure[] = [];
  readonly #all: readonly Inspector[];
  readonly #open: (InspectedSlot | undefined)[] = [];
  readonly #byFacts = new WeakMap<ConnFacts, InspectedSlot>();

  constructor(flows: FlowTable, followed: FollowedTcp, inspectors: readonly Inspector[]) {
    this.#flows = flows;
    this.#followed = followed;
    this.#inspectors = inspectors;
    this.#all = inspectors;
  }

  /** Inspectors that threw, and rules of theirs that did. */
  get failures(): readonly SinkFailure[] {
    return [...this.#failures, ...this.#all.flatMap(({ failures }) => failures ?? [])];
  }

  #tell(what: (inspector: Inspector) => void): void {
    for (const inspector of this.#inspectors) {
      try {
        what(inspector);
      } catch (error) {
        this.#inspectors = this.#inspectors.filter((one) => one !== inspector);
        this.#failures.push({
          id: inspector.id,
          why: error instanceof Error ? error.message : String(error),
        });
      }
    }
  }

  #connOf(slot: number): InspectedSlot {
    return (this.#open[slot] ??= new InspectedSlot(this.#flows.store, slot, this.#followed));
  }

  /** The content of the connection in `slot` is read by `conversation` from now on. */
  bind(slot: number, conversation: Conversation): void {
    const conn = this.#connOf(slot);
    conn.conversation = conversation;
    this.#byFacts.set(conversation.facts, conn);
  }

  packet(slot: number, h: Headers, layer: number, at: FramePosition): void {
    const conn = slot < 0 ? undefined : this.#connOf(slot);
    const { direction, leftOut } = this.#flows;
    const dir: Dir = direction === 0 || !conn ? 0 : 1;
    this.#tell((inspector) => {
      inspector.packet(h, layer, conn, dir, conn !== undefined && leftOut, at);
    });
  }

  frame(h: Headers, fault: number, at: FramePosition): void {
    this.#tell((inspector) => {
      inspector.frame(h, fault, at);
    });
  }

  stream(slot: number, dir: Dir, bytes: Uint8Array, offset: number, at: Position): void {
    const conn = this.#connOf(slot);
    this.#tell((inspector) => {
      inspector.stream(conn, dir, bytes, offset, at);
    });
  }

  gap(slot: number, dir: Dir, missing: number): void {
    const conn = this.#connOf(slot);
    this.#tell((inspector) => {
      inspector.gap(conn, dir, missing);
    });
  }

  closed(slot: number): void {
    const conn = this.#open[slot];
    if (!conn) return;
    this.#open[slot] = undefined;
    this.#tell((inspector) => {
      inspector.closed(conn);
    });
  }

  finish(): void {
    this.#tell((inspector) => {
      inspector.finish();
    });
  }

  /** Waits for those that cannot take more, or have rows to come. */
  async #await(what: (inspector: Inspector) => Promise<void> | undefined): Promise<void> {
    const waiting: Promise<void>[] = [];
    this.#tell((inspector) => {
      const promise = what(inspector);
      if (promise) waiting.push(promise);
    });
    await Promise.all(waiting);
  }

  ready(): Promise<void> {
    return this.#await((inspector) => inspector.ready?.());
  }

  settle(): Promise<void> {
    return this.#await((inspector) => inspector.settle?.());
  }

  buffer(
    facts: ConnFacts,
    protocol: string,
    name: string,
    tx: number,
    dir: Dir,
    bytes: Uint8Array,
    at: Position,
  ): void {
    const conn = this.#byFacts.get(facts);
    if (!conn) return;
    this.#tell((inspector) => {
      inspector.buffer(conn, protocol, name, tx, dir, bytes, at);
    });
  }

  tx(facts: ConnFacts, protocol: string, id: number, dir: Dir, progress: TxProgress, at: Position): void {
    const conn = this.#byFacts.get(facts);
    if (!conn) return;
    this.#tell((inspector) => {
      inspector.tx(conn, protocol, id, dir, progress, at);
    });
  }

  fileBegan(facts: ConnFacts, protocol: string, fuid: string, meta: FileMeta, at: Position): void {
    const conn = this.#byFacts.get(facts);
    if (!conn) return;
    this.#tell((inspector) => {
      inspector.fileBegan(conn, protocol, fuid, meta, at);
    });
  }

  fileData(facts: ConnFacts, fuid: string, bytes: Uint8Array, at: Position): void {
    const conn = this.#byFacts.get(facts);
    if (!conn) return;
    this.#tell((inspector) => {
      inspector.fileData(conn, fuid, bytes, at);
    });
  }

  fileEnded(facts: ConnFacts, fuid: string, row: RowValues, at: Position): void {
    const conn = this.#byFacts.get(facts);
    if (!conn) return;
    const text = (name: string): string | undefined => {
      const value = row[name];
      return typeof value === 'string' ? value : undefined;
    };
    const end: FileEnd = {
      name: text('filename'),
      mimeType: text('mime_type'),
      md5: text('md5'),
      sha1: text('sha1'),
      sha256: text('sha256'),
      size: Number(row['seen_bytes'] ?? 0),
      complete: row['state'] === 'complete',
    };
    this.#tell((inspector) => {
      inspector.fileEnded(conn, fuid, end, at);
    });
  }
}

/** What was said inside connections: payloads in order to the protocol parsers, and what they found to the connections' rows. */

import { addressWordsText } from '../../model/address.ts';
import type { Headers } from '../../model/headers.ts';
import { IP_PROTO } from '../../model/ids.ts';
import { uidText } from '../flow/conn-rows.hot.ts';
import { C, C_U32, C_U8, E, E_F64, E_U8 } from '../flow/flow-record.ts';
import type { FlowStore } from '../flow/flow-store.ts';
import type { FlowTable, FramePosition } from '../flow/flow-table.hot.ts';
import {
  looksLikePadding,
  MAX_PADDING,
  newBudget,
  type ReassemblyBudget,
  StreamReassembly,
  type StreamReceiver,
} from '../flow/reassembly.ts';
import type { ConnFacts, Dir, Position } from '../protocol/contract.ts';
import type { Application, Conversation } from '../protocol/engine/conversation.ts';
import type { ProtocolEngine } from '../protocol/engine/engine.ts';
import { PORT_APPLICATIONS } from '../protocol/port-names.ts';
import { bytesText } from '../protocol/wire/text.ts';
import { addressOf } from './flow-rows.ts';
import type { InspectionStage } from './inspection-stage.ts';

/** A frame whose time is a bigint only when a record needs it. */
class Frame implements Position {
  readonly sec: number;
  readonly nsec: number;
  readonly file: number;
  readonly frame: number;

  constructor({ sec, nsec, file, frame }: FramePosition) {
    this.sec = sec;
    this.nsec = nsec;
    this.file = file;
    this.frame = frame;
  }

  get ts(): bigint {
    return BigInt(this.sec) * 1_000_000_000n + BigInt(this.nsec);
  }
}

/** Facts of an open connection; addresses and uid are made where somebody asks, which must be while its content is open. */
class Facts implements ConnFacts {
  readonly transport: 'tcp' | 'udp';
  readonly ipProto: number;
  readonly origP: number;
  readonly respP: number;
  expected: unknown;
  readonly #store: FlowStore;
  readonly #slot: number;
  /** Whether the originator's address is the key's first. */
  readonly #origIsA: boolean;
  #uid: string | undefined;
  #origAddress: readonly [bigint, bigint] | undefined;
  #respAddress: readonly [bigint, bigint] | undefined;
  #origH: string | undefined;
  #respH: string | undefined;

  constructor(store: FlowStore, slot: number, transport: 'tcp' | 'udp', ipProto: number) {
    this.#store = store;
    this.#slot = slot;
    this.transport = transport;
    this.ipProto = ipProto;
    this.#origIsA = store.cU8[slot * C_U8 + C.origIsA] === 1;
    const portA = store.cU32[slot * C_U32 + C.ports] >>> 16;
    const portB = store.cU32[slot * C_U32 + C.ports] & 0xffff;
    this.origP = this.#origIsA ? portA : portB;
    this.respP = this.#origIsA ? portB : portA;
  }

  get uid(): string {
    this.#uid ??= uidText(this.#store, this.#slot);
    return this.#uid;
  }

  get origAddress(): readonly [bigint, bigint] {
    this.#origAddress ??= addressOf(this.#store.cU32, this.#address(this.#origIsA));
    return this.#origAddress;
  }

  get respAddress(): readonly [bigint, bigint] {
    this.#respAddress ??= addressOf(this.#store.cU32, this.#address(!this.#origIsA));
    return this.#respAddress;
  }

  get origH(): string {
    this.#origH ??= textOf(this.#store.cU32, this.#address(this.#origIsA));
    return this.#origH;
  }

  get respH(): string {
    this.#respH ??= textOf(this.#store.cU32, this.#address(!this.#origIsA));
    return this.#respH;
  }

  #address(isA: boolean): number {
    return this.#slot * C_U32 + C.address + (isA ? 0 : 4);
  }
}

const textOf = (words: Uint32Array, at: number): string =>
  addressWordsText(words[at], words[at + 1], words[at + 2], words[at + 3]);

/** One direction of a TCP connection, on its way to the parsers. */
class Direction implements StreamReceiver<Position> {
  readonly stream: StreamReassembly<Position>;
  readonly #conversation: Conversation;
  readonly #dir: Dir;
  /** Who inspects the stream beside the parsers, and the slot that the connection has for them. */
  readonly #inspection: InspectionStage | undefined;
  readonly #slot: number;
  ended = false;

  constructor(
    conversation: Conversation,
    dir: Dir,
    budget: ReassemblyBudget,
    inspection: InspectionStage | undefined,
    slot: number,
  ) {
    this.#conversation = conversation;
    this.#dir = dir;
    this.stream = new StreamReassembly(budget);
    this.#inspection = inspection;
    this.#slot = slot;
  }

  data(bytes: Uint8Array, at: Position): void {
    this.#inspection?.stream(this.#slot, this.#dir, bytes, this.stream.next - bytes.length - 1, at);
    this.#conversation.data(this.#dir, bytes, at);
  }

  gap(missing: number): void {
    this.#inspection?.gap(this.#slot, this.#dir, missing);
    this.#conversation.gap(this.#dir, missing);
  }

  conflict(from: number, taken: Uint8Array, other: Uint8Array, at: Position): void {
    const side = this.#dir === 0 ? 'orig' : 'resp';
    this.#conversation.weird(
      'retransmission_inconsistency',
      at,
      `${side} byte ${String(from)}: taken "${shown(taken)}", sent again as "${shown(other)}"`,
    );
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.#conversation.end(this.#dir);
  }
}

const ACK = 16;
/** ECE and CWR say nothing about a segment's bytes. */
const ECN = 0xc0;
const MAX_SHOWN = 64;
const shown = (bytes: Uint8Array): string => bytesText(bytes.subarray(0, MAX_SHOWN));

/** IPv4 224.0.0.0/4, mapped, and IPv6 ff00::/8 (RFC 5771, RFC 4291 2.7). */
const isMulticast = ([hi, lo]: readonly [bigint, bigint]): boolean =>
  hi === 0n ? lo >> 32n === 0xffffn && ((lo >> 28n) & 0xfn) === 0xen : hi >> 56n === 0xffn;

/** What the responder's port is registered for, where bytes were exchanged and nobody knew them. */
function guessOf(store: FlowStore, slot: number): Application | undefined {
  const ports = store.cU32[slot * C_U32 + C.ports];
  const respP = store.cU8[slot * C_U8 + C.origIsA] === 1 ? ports & 0xffff : ports >>> 16;
  return PORT_APPLICATIONS.get(respP);
}

interface Content {
  readonly conversation: Conversation;
  /** Absent for datagrams. */
  readonly directions: readonly [Direction, Direction] | undefined;
}

/** In the place of a connection's content that says nothing to anybody. */
const LEFT_ALONE = 'left alone';

export class ContentStage {
  readonly #flows: FlowTable;
  readonly #engine: ProtocolEngine;
  readonly #midstream: boolean;
  readonly #inspection: InspectionStage | undefined;
  readonly #open: (Content | typeof LEFT_ALONE | undefined)[] = [];
  readonly budget = newBudget();

  constructor(flows: FlowTable, engine: ProtocolEngine, midstream: boolean, inspection?: InspectionStage) {
    this.#flows = flows;
    this.#engine = engine;
    this.#midstream = midstream;
    this.#inspection = inspection;
  }

  /** One packet of a connection, after the flow table has counted it. */
  packet(slot: number, h: Headers, layer: number, at: FramePosition): void {
    const proto = h.ipProto[layer];
    const len = Math.min(h.payloadCap[layer], h.payloadLen[layer]);
    let dir: Dir = this.#flows.direction === 0 ? 0 : 1;
    const off = h.payloadOff[layer];
    let content = this.#open[slot];
    if (content === LEFT_ALONE) return;
    if (proto === IP_PROTO.udp) {
      if (len <= 0) return;
      const bytes = h.bytes.subarray(off, off + len);
      if (!content) {
        if (this.#beganWithAnswer(slot, proto, dir, bytes)) {
          this.#flows.flip(slot);
          dir = this.#flows.direction === 0 ? 0 : 1;
        }
        content = this.#begin(slot, 'udp', proto, at);
      }
      if (!content.conversation.idle) {
        content.conversation.data(dir, bytes, new Frame(at));
        this.#leaveAlone(slot, content);
      }
    } else if (proto === IP_PROTO.tcp) {
      const from = this.#flows.tcp.segmentFrom;
      if (len > 0 && from >= 0) {
        if (!content) {
          const partial = this.#flows.store.cU8[slot * C_U8 + C.partial] === 1;
          if (partial && !this.#midstream) return;
          content = this.#begin(slot, 'tcp', proto, at);
        }
        if (content.conversation.idle && !this.#inspection) return;
        const side = content.directions?.[dir];
        const bytes = h.bytes.subarray(off, off + len);
        const doubtful = len <= MAX_PADDING && (h.tcpFlags[layer] & ~ECN) === ACK && looksLikePadding(bytes);
        side?.stream.segment(from, bytes, new Frame(at), side, doubtful);
      }
      if (!content) return;
      if (this.#inspection !== undefined || !content.conversation.idle) this.#sync(slot, content);
      this.#leaveAlone(slot, content);
    }
  }

  /** A connection of which nobody can tell anything any more holds no memory until it ends. */
  #leaveAlone(slot: number, { conversation, directions }: Content): void {
    if (this.#inspection !== undefined || !conversation.blank) return;
    for (const direction of directions ?? []) direction.stream.finish(direction);
    this.#open[slot] = LEFT_ALONE;
  }

  /** Its first datagram is the responder's: the ports could not tell. */
  #beganWithAnswer(slot: number, proto: number, dir: Dir, bytes: Uint8Array): boolean {
    if (dir !== 0) return false;
    const { store } = this.#flows;
    const ports = store.cU32[slot * C_U32 + C.ports];
    const respP = store.cU8[slot * C_U8 + C.origIsA] === 1 ? ports & 0xffff : ports >>> 16;
    return (
      this.#engine.isAnswer(respP, bytes) && !isMulticast(new Facts(store, slot, 'udp', proto).respAddress)
    );
  }

  #begin(slot: number, transport: 'tcp' | 'udp', ipProto: number, at: FramePosition): Content {
    const facts = new Facts(this.#flows.store, slot, transport, ipProto);
    const conversation = this.#engine.open(facts, at.sec + at.nsec * 1e-9);
    const content: Content = {
      conversation,
      directions:
        transport === 'tcp'
          ? [
              new Direction(conversation, 0, this.budget, this.#inspection, slot),
              new Direction(conversation, 1, this.budget, this.#inspection, slot),
            ]
          : undefined,
    };
    this.#open[slot] = content;
    this.#inspection?.bind(slot, conversation);
    return content;
  }

  /** Holes that will not be filled any more, and ends of directions. */
  #sync(slot: number, { directions }: Content): void {
    if (!directions) return;
    this.#syncSide(2 * slot, directions[0]);
    this.#syncSide(2 * slot + 1, directions[1]);
  }

  #syncSide(end: number, direction: Direction): void {
    const s = this.#flows.store;
    const delivered = s.eF64[end * E_F64 + E.delivered];
    if (s.eU8[end * E_U8 + E.skipping] === 1) direction.stream.finish(direction);
    else if (delivered > direction.stream.next) direction.stream.sync(delivered, direction);
    if (
      !direction.ended &&
      s.eU8[end * E_U8 + E.finSeen] === 1 &&
      direction.stream.next >= s.eF64[end * E_F64 + E.finSeq] - 1
    )
      direction.end();
  }

  /** The connection is over, and its row is about to be written. */
  closed(slot: number): void {
    const content = this.#open[slot];
    if (!content) return;
    this.#open[slot] = undefined;
    const { store } = this.#flows;
    if (content === LEFT_ALONE) {
      const guess = guessOf(store, slot);
      if (guess) store.apps.set(slot, guess);
      return;
    }
    const { conversation, directions } = content;
    for (const direction of directions ?? []) {
      direction.stream.finish(direction);
      direction.end();
    }
    conversation.close();
    if (conversation.services.length > 0) store.services.set(slot, conversation.services.join(','));
    const app = conversation.app ?? (conversation.services.length === 0 ? guessOf(store, slot) : undefined);
    if (app) store.apps.set(slot, app);
  }
}

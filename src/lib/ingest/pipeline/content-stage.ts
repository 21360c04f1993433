/** What was said inside connections: payloads in order to the protocol parsers, and what they found to the connections' rows. */

import { addressWordsText } from '../../model/address.ts';
import type { Headers } from '../../model/headers.ts';
import { IP_PROTO } from '../../model/ids.ts';
import { uidText } from '../flow/conn-uid.hot.ts';
import { C, C_U32, C_U8, E, E_F64, E_U16, E_U8 } from '../flow/flow-record.ts';
import type { FlowStore } from '../flow/flow-store.ts';
import type { FlowTable, FramePosition } from '../flow/flow-table.hot.ts';
import { isFollowed, type FollowedTcp } from '../flow/followed.ts';
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
import { Residues } from './content-residues.ts';
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
class Direction extends StreamReassembly<Position> implements StreamReceiver<Position> {
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
    super(budget);
    this.#conversation = conversation;
    this.#dir = dir;
    this.#inspection = inspection;
    this.#slot = slot;
  }

  data(bytes: Uint8Array, at: Position): void {
    this.#inspection?.stream(this.#slot, this.#dir, bytes, this.next - bytes.length - 1, at);
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
  const isUdp = store.cU8[slot * C_U8 + C.ipProto] === IP_PROTO.udp;
  return isUdp && respP === HTTPS ? QUIC : PORT_APPLICATIONS.get(respP);
}

const HTTPS = 443;
/** Over UDP it is no TLS. */
const QUIC: Application = { name: 'quic', confidence: 'port' };
/** ESP and AH say by their IP protocol what they are. */
const IPSEC: Application = { name: 'ipsec', confidence: 'content' };

/** What is open of a connection's content. */
class Content {
  readonly conversation: Conversation;
  /** Absent for datagrams. */
  readonly orig: Direction | undefined;
  readonly resp: Direction | undefined;
  /** It went on after it had been let go of: it is likely to do so again, and is kept. */
  readonly resumed: boolean;

  constructor(
    conversation: Conversation,
    orig: Direction | undefined,
    resp: Direction | undefined,
    resumed: boolean,
  ) {
    this.conversation = conversation;
    this.orig = orig;
    this.resp = resp;
    this.resumed = resumed;
  }
}

/** What is known of a connection's content, in the records of its ends, beside numbers of residues from `FIRST_RESIDUE` on. */
const NOTHING = 0;
const OPEN = 1;
const FIRST_RESIDUE = 2;

export class ContentStage {
  readonly #flows: FlowTable;
  readonly #engine: ProtocolEngine;
  readonly #followed: FollowedTcp;
  readonly #inspection: InspectionStage | undefined;
  /** By slot; most connections have said all they say, and are nothing here and a number in the record. */
  readonly #open: (Content | undefined)[] = [];
  readonly #residues = new Residues();
  readonly budget = newBudget();

  constructor(flows: FlowTable, engine: ProtocolEngine, followed: FollowedTcp, inspection?: InspectionStage) {
    this.#flows = flows;
    this.#engine = engine;
    this.#followed = followed;
    this.#inspection = inspection;
  }

  /** One packet of a connection, after the flow table has counted it. */
  packet(slot: number, h: Headers, layer: number, at: FramePosition): void {
    if (slot >= this.#open.length) this.#grow();
    const proto = h.ipProto[layer];
    if (proto === IP_PROTO.tcp) this.#segment(slot, h, layer, at);
    else if (proto === IP_PROTO.udp) this.#datagram(slot, h, layer, at);
  }

  #grow(): void {
    const { capacity } = this.#flows.store;
    // A hole in the middle would make the engine keep the whole array as a hash table.
    while (this.#open.length < capacity) this.#open.push(undefined);
  }

  /** Of the record of an end that was just touched: nearer than anything else. */
  #known(slot: number): number {
    return this.#flows.store.eU16[(2 * slot + this.#flows.direction) * E_U16 + E.content];
  }

  #note(slot: number, known: number): void {
    const { eU16 } = this.#flows.store;
    eU16[2 * slot * E_U16 + E.content] = known;
    eU16[(2 * slot + 1) * E_U16 + E.content] = known;
  }

  #datagram(slot: number, h: Headers, layer: number, at: FramePosition): void {
    const len = Math.min(h.payloadCap[layer], h.payloadLen[layer]);
    if (len <= 0) return;
    const known = this.#known(slot);
    if (known >= FIRST_RESIDUE && this.#residues.at(known - FIRST_RESIDUE).parser === undefined) return;
    const off = h.payloadOff[layer];
    const bytes = h.bytes.subarray(off, off + len);
    let dir: Dir = this.#flows.direction === 0 ? 0 : 1;
    let content = this.#open[slot];
    if (known === NOTHING) {
      if (this.#beganWithAnswer(slot, dir, bytes)) {
        this.#flows.flip(slot);
        dir = this.#flows.direction === 0 ? 0 : 1;
      }
      content = this.#begin(slot, 'udp', IP_PROTO.udp, at);
    } else content ??= this.#resume(slot, known - FIRST_RESIDUE);
    if (content.conversation.idle) return;
    content.conversation.data(dir, bytes, new Frame(at));
    this.#letGo(slot, content);
  }

  #segment(slot: number, h: Headers, layer: number, at: FramePosition): void {
    const known = this.#known(slot);
    if (known >= FIRST_RESIDUE) return;
    const len = Math.min(h.payloadCap[layer], h.payloadLen[layer]);
    const from = this.#flows.tcp.segmentFrom;
    const carries = len > 0 && from >= 0;
    if (known === NOTHING && !carries) return;
    let content = this.#open[slot];
    if (carries) {
      if (!content) {
        if (!isFollowed(this.#flows.store, slot, this.#followed)) return;
        content = this.#begin(slot, 'tcp', IP_PROTO.tcp, at);
      }
      if (content.conversation.idle && !this.#inspection) return;
      const side = this.#flows.direction === 0 ? content.orig : content.resp;
      const off = h.payloadOff[layer];
      const bytes = h.bytes.subarray(off, off + len);
      const doubtful = len <= MAX_PADDING && (h.tcpFlags[layer] & ~ECN) === ACK && looksLikePadding(bytes);
      side?.segment(from, bytes, new Frame(at), side, doubtful);
    }
    if (!content) return;
    if (this.#inspection !== undefined || !content.conversation.idle) this.#sync(slot, content);
    this.#letGo(slot, content);
  }

  /** A connection of which nobody can tell anything more holds no memory until it ends, or goes on. */
  #letGo(slot: number, { conversation, orig, resp, resumed }: Content): void {
    if (this.#inspection !== undefined || resumed) return;
    const { residue } = conversation;
    if (residue === undefined) return;
    const number = this.#residues.number(residue);
    if (number === undefined) return;
    orig?.finish(orig);
    resp?.finish(resp);
    this.#open[slot] = undefined;
    this.#note(slot, FIRST_RESIDUE + number);
  }

  /** Its first datagram is the responder's: the ports could not tell. */
  #beganWithAnswer(slot: number, dir: Dir, bytes: Uint8Array): boolean {
    if (dir !== 0) return false;
    const { store } = this.#flows;
    const ports = store.cU32[slot * C_U32 + C.ports];
    const respP = store.cU8[slot * C_U8 + C.origIsA] === 1 ? ports & 0xffff : ports >>> 16;
    return (
      this.#engine.isAnswer(respP, bytes) &&
      !isMulticast(new Facts(store, slot, 'udp', IP_PROTO.udp).respAddress)
    );
  }

  #begin(slot: number, transport: 'tcp' | 'udp', ipProto: number, at: FramePosition): Content {
    const facts = new Facts(this.#flows.store, slot, transport, ipProto);
    const conversation = this.#engine.open(facts, at.sec + at.nsec * 1e-9);
    const isTcp = transport === 'tcp';
    const content = new Content(
      conversation,
      isTcp ? new Direction(conversation, 0, this.budget, this.#inspection, slot) : undefined,
      isTcp ? new Direction(conversation, 1, this.budget, this.#inspection, slot) : undefined,
      false,
    );
    this.#keep(slot, content);
    this.#inspection?.bind(slot, conversation);
    return content;
  }

  #resume(slot: number, number: number): Content {
    const facts = new Facts(this.#flows.store, slot, 'udp', IP_PROTO.udp);
    const conversation = this.#engine.resume(facts, this.#residues.at(number));
    const content = new Content(conversation, undefined, undefined, true);
    this.#keep(slot, content);
    return content;
  }

  #keep(slot: number, content: Content): void {
    this.#open[slot] = content;
    this.#note(slot, OPEN);
  }

  /** Holes that will not be filled any more, and ends of directions. */
  #sync(slot: number, { orig, resp }: Content): void {
    if (orig) this.#syncSide(2 * slot, orig);
    if (resp) this.#syncSide(2 * slot + 1, resp);
  }

  #syncSide(end: number, direction: Direction): void {
    const s = this.#flows.store;
    const delivered = s.eF64[end * E_F64 + E.delivered];
    if (s.eU8[end * E_U8 + E.skipping] === 1) direction.finish(direction);
    else if (delivered > direction.next) direction.sync(delivered, direction);
    if (
      !direction.ended &&
      s.eU8[end * E_U8 + E.finSeen] === 1 &&
      direction.next >= s.eF64[end * E_F64 + E.finSeq] - 1
    )
      direction.end();
  }

  /** The connection is over, and its row is about to be written. */
  closed(slot: number): void {
    const { store } = this.#flows;
    const known = store.eU16[2 * slot * E_U16 + E.content];
    if (known === NOTHING) {
      const proto = store.cU8[slot * C_U8 + C.ipProto];
      if (proto === IP_PROTO.esp || proto === IP_PROTO.ah) store.apps.set(slot, IPSEC);
      return;
    }
    const content = this.#open[slot];
    this.#open[slot] = undefined;
    if (content) {
      const { conversation, orig, resp } = content;
      for (const direction of [orig, resp]) {
        direction?.finish(direction);
        direction?.end();
      }
      conversation.close();
    }
    const said = content ? content.conversation : this.#residues.at(known - FIRST_RESIDUE);
    const { services, failedServices, app } = said;
    if (services.length > 0) store.services.set(slot, services.join(','));
    if (failedServices.length > 0) store.failedServices.set(slot, failedServices.join(','));
    const told = app ?? (services.length === 0 ? guessOf(store, slot) : undefined);
    if (told) store.apps.set(slot, told);
  }
}

/**
 * Suricata's rules over a capture that is being read: each packet is asked after its content was parsed, chunks of streams when they
 * become due, transactions when something of them is new. Runs on the decoding thread, so the number of shards changes nothing.
 */

import type { Dir, FileMeta, Position } from '../../../../model/content.ts';
import type { Headers } from '../../../../model/headers.ts';
import { IP_PROTO } from '../../../../model/ids.ts';
import type { FileEnd, InspectedConn, Inspector, PacketAt, TxProgress } from '../../../../model/inspection.ts';
import type { RowSink } from '../../../../model/sinks.ts';
import { BUFFERS } from '../language/buffers.ts';
import type { GlobalFilter } from '../language/threshold-config.ts';
import type { Rule } from '../language/rule.ts';
import { AlertQueue } from './alert-queue.ts';
import type { DataSetBase } from '../lists/referenced-lists.ts';
import { CarriedFiles } from './carried-files.ts';
import { DataSets } from './data-sets.ts';
import { DecoderEvents } from './decoder-events.ts';
import { FlowState } from './flow-state.ts';
import type { CountryOf } from './header-inspection.ts';
import { hasEthernet } from './packet-buffers.ts';
import { PacketView } from './packet-view.ts';
import { RuleConditions, type ReputationOf } from './rule-conditions.ts';
import { RuleFilters } from './rule-filters.ts';
import { RuleGroups } from './rule-groups.ts';
import { RuleAsker } from './rule-asking.ts';
import { RuleMatcher, type StreamBytes } from './rule-match.ts';
import { inOrder, type RuleProgram } from './rule-program.ts';
import { noteReset, streamEvents } from './stream-events.ts';
import { CHUNK_BYTES } from './stream-window.ts';
import type { Transaction } from './transaction.ts';
import { afterTransforms } from './transforms.ts';

export interface SuricataOptions {
  readonly filters: readonly GlobalFilter[];
  readonly countryOf?: CountryOf | undefined;
  readonly reputationOf?: ReputationOf | undefined;
  /** Datasets as their files have them. */
  readonly sets?: ReadonlyMap<string, DataSetBase> | undefined;
}

const FLOW_PROTOCOLS = new Set<number>([IP_PROTO.tcp, IP_PROTO.udp, IP_PROTO.icmp, IP_PROTO.icmpv6, IP_PROTO.sctp, IP_PROTO.esp]);
const ENCRYPTED = ['ssl', 'ssh', 'dtls'];

/** Whether a rule that is asked of frames is asked of this one. */
function isOfFrame(only: Rule['proto']['only'], h: Headers, hasEvents: boolean): boolean {
  if (only === 'arp') return h.arpOff >= 0;
  return only === 'ether' ? hasEthernet(h) : hasEvents;
}

/** Both sides came to say something. */
const isAnswered = (flow: FlowState): boolean =>
  ![flow.state(0), flow.state(1)].some((state) => state === 'inactive' || state === 'syn_sent') && flow.packets(0) > 1;
/** The client goes on as if it had an answer, which was not captured. */
const isOneSided = (flow: FlowState): boolean => flow.packets(1) === 0 && flow.packets(0) > 1 && flow.sent(0) > 0;

export class SuricataInspector implements Inspector {
  readonly id = 'suricata';
  readonly #groups: RuleGroups;
  readonly #asker: RuleAsker;
  readonly #queue: AlertQueue;
  readonly #files: CarriedFiles;
  readonly #flows = new Map<InspectedConn, FlowState>();
  /** The packet at hand, and one that stands for what is not a packet of its direction. */
  readonly #view = new PacketView();
  readonly #pseudo = new PacketView();
  /** The frame at hand, as it was before anything was put together. */
  readonly #framed = new PacketView();
  readonly #decoderEvents = new DecoderEvents();
  readonly #candidates = new Set<RuleProgram>();

  get failures(): readonly { readonly id: string; readonly why: string }[] {
    return this.#asker.failures;
  }

  constructor(rules: readonly Rule[], rows: RowSink, options: SuricataOptions) {
    this.#groups = new RuleGroups(inOrder(rules));
    this.#queue = new AlertQueue(rows, new RuleFilters(options.filters));
    const conditions = new RuleConditions(options.reputationOf);
    const matcher = new RuleMatcher(conditions, options.countryOf, new DataSets(options.sets ?? new Map()).holds);
    this.#asker = new RuleAsker(matcher, conditions, this.#queue);
    this.#files = new CarriedFiles(this.#groups.needed);
  }

  #stateOf(conn: InspectedConn): FlowState {
    let flow = this.#flows.get(conn);
    if (!flow) this.#flows.set(conn, (flow = new FlowState(conn)));
    return flow;
  }

  stream(conn: InspectedConn, dir: Dir, bytes: Uint8Array, offset: number, at: Position): void {
    if (!this.#groups.hasStream) return;
    const flow = this.#stateOf(conn);
    if (!flow.isPassed) flow.window(flow.direction(dir)).append(bytes, offset, at);
  }

  gap(conn: InspectedConn, dir: Dir, missing: number): void {
    const flow = this.#groups.hasStreamEvents ? this.#stateOf(conn) : this.#flows.get(conn);
    if (!flow) return;
    if (this.#groups.hasStreamEvents) flow.noteStreamEvent('reassembly_seq_gap');
    const direction = flow.direction(dir);
    const window = flow.windowIfAny(direction);
    if (!window) return;
    window.isTriggered = true;
    this.#runStream(flow, direction, true);
    window.restart(window.end + missing);
  }

  buffer(
    conn: InspectedConn,
    protocol: string,
    name: string,
    tx: number,
    dir: Dir,
    bytes: Uint8Array,
    at: Position,
  ): void {
    if (!this.#groups.needed.has(name)) return;
    const flow = this.#stateOf(conn);
    if (flow.isPassed) return;
    this.#turn(flow, name, dir);
    flow.transaction(protocol, tx).add(name, flow.direction(dir), bytes, at);
  }

  /** Who asks is the client, whatever the connection was taken for; but a SYN tells more. */
  #turn(flow: FlowState, name: string, dir: Dir): void {
    if (!flow.conn.midstream || flow.transactions.length > 0) return;
    const side = BUFFERS.get(name)?.side;
    // Of other protocols some buffers of answers are given for questions too.
    const isTold = side === 'to_server' || (side === 'to_client' && name.startsWith('http.'));
    if (isTold && (side === 'to_server') !== (flow.direction(dir) === 0)) flow.turn();
  }

  tx(conn: InspectedConn, protocol: string, id: number, dir: Dir, progress: TxProgress, at: Position): void {
    const flow = this.#stateOf(conn);
    const direction = flow.direction(dir);
    const window = flow.windowIfAny(direction);
    if (window) window.isTriggered = true;
    if (flow.isPassed || this.#groups.needed.size === 0) return;
    if (progress === 'end') {
      // One that is over already does not begin anew.
      const transaction = flow.openTransaction(protocol, id);
      if (!transaction) return;
      transaction.isOver = true;
      transaction.whole(0, at);
      transaction.whole(1, at);
    } else flow.transaction(protocol, id).whole(direction, at);
  }

  fileBegan(conn: InspectedConn, protocol: string, fuid: string, meta: FileMeta, at: Position): void {
    this.#files.began(this.#stateOf(conn), protocol, fuid, meta, at);
  }

  fileData(conn: InspectedConn, fuid: string, bytes: Uint8Array, at: Position): void {
    const flow = this.#flows.get(conn);
    if (flow) this.#files.data(flow, fuid, bytes, at);
  }

  fileEnded(conn: InspectedConn, fuid: string, end: FileEnd, at: Position): void {
    const flow = this.#flows.get(conn);
    if (flow) this.#files.ended(flow, fuid, end, at);
  }

  packet(
    h: Headers,
    layer: number,
    conn: InspectedConn | undefined,
    dir: Dir,
    leftOut: boolean,
    at: PacketAt,
  ): void {
    // Suricata keeps flows of these protocols alone: packets of others stand for themselves.
    const flow = conn && FLOW_PROTOCOLS.has(h.ipProto[layer]) ? this.#stateOf(conn) : undefined;
    const p = this.#view;
    flow?.noteSyn();
    const direction = flow ? flow.direction(dir) : 0;
    p.of(h, layer, flow, direction, leftOut, at);
    p.events.clear();
    if (flow) {
      flow.seen[direction] = true;
      p.established = flow.isEstablished || (p.ipProto !== IP_PROTO.tcp && flow.seen[0] && flow.seen[1]);
      flow.noteAt(p);
      if (this.#groups.hasStreamEvents) this.#streamEvents(flow, p);
    } else p.established = false;
    if (!flow?.isPassed) this.#inspect(p);
    if (flow) this.#after(flow, p);
  }

  #streamEvents(flow: FlowState, p: PacketView): void {
    streamEvents(p, flow, p.events);
    noteReset(p, flow);
  }

  #after(flow: FlowState, p: PacketView): void {
    if (!flow.isEstablished && p.ipProto === IP_PROTO.tcp) {
      flow.isEstablished = flow.conn.followed && (flow.conn.midstream || isAnswered(flow) || isOneSided(flow));
    }
    flow.forgetInspected();
  }

  frame(h: Headers, _fault: number, at: PacketAt): void {
    const { frame } = this.#groups;
    if (frame.length === 0) return;
    const p = this.#framed;
    p.events.clear();
    this.#decoderEvents.of(h, at.sec + at.nsec * 1e-9, p.events);
    const asked = frame.filter(({ rule }) => isOfFrame(rule.proto.only, h, p.events.size > 0));
    if (asked.length === 0) return;
    p.of(h, h.layers - 1, undefined, 0, false, at);
    for (const program of asked) this.#asker.packet(program, p, undefined, false);
    this.#queue.flush();
  }

  #inspect(p: PacketView): void {
    const { flow } = p;
    const groups = this.#groups;
    if (!flow || !flow.ipOnlyDone[p.dir]) {
      if (flow) flow.ipOnlyDone[p.dir] = true;
      for (const program of groups.ipOnly) this.#asker.packet(program, p, undefined, true);
    }
    const stream = flow && this.#due(flow, p.dir, false);
    this.#packetRules(p, stream);
    if (flow) {
      if (stream) stream.window.inspected(stream.chunk);
      this.#protocolRules(flow, p);
      this.#transactions(flow, p.dir, p);
      const other: Dir = p.dir === 0 ? 1 : 0;
      this.#runStream(flow, other, false);
      this.#transactionsOf(flow, other);
    }
    this.#queue.flush();
  }

  /** The chunk of a direction that is due now. */
  #due(flow: FlowState, dir: Dir, isClosing: boolean): StreamBytes | undefined {
    const window = flow.windowIfAny(dir);
    if (!window || window.pending === 0) return undefined;
    const { conn } = flow;
    const other: Dir = dir === 0 ? 1 : 0;
    const isOneSided = flow.packets(other) === 0;
    const limit = isClosing || isOneSided ? Infinity : flow.acknowledged(dir);
    const chunk = window.chunk(limit);
    if (!chunk) return undefined;
    const isOver = flow.state(dir) === 'reset' || flow.state(other) === 'reset';
    const isDue =
      isClosing ||
      isOver ||
      window.isTriggered ||
      window.isFull ||
      !conn.parsed ||
      chunk.bytes.length - chunk.fresh >= CHUNK_BYTES;
    return isDue ? { window, chunk } : undefined;
  }

  #isEncrypted({ conn }: FlowState): boolean {
    return !conn.parsed && conn.services.some((service) => ENCRYPTED.includes(service));
  }

  #packetRules(p: PacketView, stream: StreamBytes | undefined): void {
    const groups = this.#groups;
    const candidates = this.#candidates;
    candidates.clear();
    const { flow } = p;
    const isInStream = p.ipProto === IP_PROTO.tcp && flow !== undefined && flow.conn.followed && !p.leftOut;
    for (const program of groups.packetAlways) candidates.add(program);
    if (p.payloadLen > 0 && p.h && groups.packetGated.hasGated && !p.isPseudo)
      groups.packetGated.search(p.h.bytes, p.payloadOff, p.payloadOff + p.payloadLen, (program) => candidates.add(program));
    if (p.payloadLen > 0 && p.h && !isInStream && !groups.strays.isEmpty) {
      for (const program of groups.strays.always) candidates.add(program);
      groups.strays.search(p.h.bytes, p.payloadOff, p.payloadOff + p.payloadLen, (program) => candidates.add(program));
    }
    if (stream && !(flow && this.#isEncrypted(flow))) this.#streamCandidates(stream);
    if (candidates.size === 0) return;
    this.#asker.each([...candidates], (program) => this.#asker.packet(program, p, stream, isInStream));
  }

  #streamCandidates({ chunk }: StreamBytes): void {
    const { stream } = this.#groups;
    for (const program of stream.always) this.#candidates.add(program);
    // What was inspected before matters as far as a literal may begin there.
    const from = Math.max(0, chunk.fresh - stream.longest + 1);
    stream.search(chunk.bytes, from, chunk.bytes.length, (program) => this.#candidates.add(program));
  }

  /** Bytes of a direction that is not the packet's: what became due by it. */
  #runStream(flow: FlowState, dir: Dir, isClosing: boolean): void {
    const stream = this.#due(flow, dir, isClosing);
    if (!stream) return;
    const p = this.#standIn(flow, dir);
    this.#candidates.clear();
    if (!this.#isEncrypted(flow)) this.#streamCandidates(stream);
    this.#asker.each([...this.#candidates], (program) => this.#asker.packet(program, p, stream, true));
    stream.window.inspected(stream.chunk);
  }

  /** A packet of that direction that is none of the capture: addresses, flow and time without bytes. */
  #standIn(flow: FlowState, dir: Dir): PacketView {
    this.#pseudo.standIn(flow, dir);
    return this.#pseudo;
  }

  #protocolRules(flow: FlowState, p: PacketView): void {
    const { services } = flow.conn;
    if (this.#groups.protocol.length === 0 || flow.protocolsTold === services.length) return;
    // Asked again when more is known of the flow; each of them fires once.
    flow.protocolsTold = services.length;
    for (const program of this.#groups.protocol) {
      if (flow.protocolFired.has(program.order) || !this.#asker.packet(program, p, undefined, true)) continue;
      flow.protocolFired.add(program.order);
    }
  }

  #transactionsOf(flow: FlowState, dir: Dir): void {
    if (flow.transactions.some((tx) => tx.isFresh[dir])) this.#transactions(flow, dir, this.#standIn(flow, dir));
  }

  #transactions(flow: FlowState, dir: Dir, p: PacketView): void {
    for (const tx of flow.transactions) {
      if (!tx.isFresh[dir]) continue;
      tx.isFresh[dir] = false;
      this.#transactionCandidates(tx, dir);
      const mine = tx.candidates[dir];
      if (mine.size === 0) continue;
      const programs = Array.from(mine, (order) => this.#groups.all[order]);
      this.#asker.each(programs, (program) => this.#asker.transaction(program, p, tx, dir));
    }
  }

  #transactionCandidates(tx: Transaction, dir: Dir): void {
    const { transactionGates, transactionAlways } = this.#groups;
    for (const program of transactionAlways)
      if (!tx.isFile || program.asksFile) tx.candidates[dir].add(program.order);
    for (const { buffer, transforms, rules } of transactionGates) {
      for (const instance of tx.buffers.get(buffer) ?? []) {
        const isRule = (program: RuleProgram): boolean => instance.dir === dir || tx.isOneSided || program.rule.direction === '=>';
        const bytes = afterTransforms(instance.bytes, transforms);
        rules.search(bytes, 0, bytes.length, (program) => {
          if (isRule(program)) tx.candidates[dir].add(program.order);
        });
      }
    }
  }

  closed(conn: InspectedConn): void {
    const flow = this.#flows.get(conn);
    if (!flow) return;
    if (!flow.isPassed) {
      for (const dir of [0, 1] as const) {
        this.#runStream(flow, dir, true);
        for (const tx of flow.transactions) tx.close(dir);
        this.#transactionsOf(flow, dir);
      }
      this.#queue.flush();
    }
    this.#flows.delete(conn);
  }

  finish(): void {
    this.#queue.flush();
  }
}

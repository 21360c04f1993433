/** Does a rule match a packet, a chunk of a stream, or a transaction? */

import type { Dir, Position } from '../../../../model/content.ts';
import { IP_PROTO } from '../../../../model/ids.ts';
import { appFieldHolds, instancesOf, protocolHolds } from './app-inspection.ts';
import { speaks } from './app-protocols.ts';
import type { MatchPlace } from './alert-queue.ts';
import type { Variables } from './content-inspection.ts';
import { type CountryOf, flowHolds, headerHolds } from './header-inspection.ts';
import { packetBuffer, packetBuffers } from './packet-buffers.ts';
import type { PacketView } from './packet-view.ts';
import type { RuleConditions } from './rule-conditions.ts';
import type { CompiledMatches, RuleProgram } from './rule-program.ts';
import type { Chunk, StreamWindow } from './stream-window.ts';
import type { BufferInstance, Transaction } from './transaction.ts';
import { afterTransforms } from './transforms.ts';

/** Where a rule matched: `at` is the frame of the last byte, undefined where no byte was asked for. */
export interface RuleMatch {
  readonly places: MatchPlace[];
  at: Position | undefined;
  onStream: boolean;
}

/** Bytes of a stream that a rule looks into: what is due, or what is held. */
export interface StreamBytes {
  readonly window: StreamWindow;
  readonly chunk: Chunk;
}

const later = (a: Position | undefined, b: Position | undefined): Position | undefined =>
  a && b ? (b.ts >= a.ts ? b : a) : (a ?? b);

export class RuleMatcher {
  readonly #conditions: RuleConditions;
  readonly #countryOf: CountryOf | undefined;
  readonly #variables: Variables;

  constructor(conditions: RuleConditions, countryOf: CountryOf | undefined, dataset: Variables['dataset']) {
    this.#conditions = conditions;
    this.#countryOf = countryOf;
    this.#variables = { values: new Map(), decoded: undefined, dceIsLittle: true, captured: [], dataset };
  }

  /** All that is asked of the packet and its flow, bytes left out. */
  #surroundingsHold(program: RuleProgram, p: PacketView, tx: Transaction | undefined): boolean {
    const { rule } = program;
    if (!program.headerHolds(p)) return false;
    if (p.flow ? !program.hasSide(p.dir) : rule.side !== undefined) return false;
    if (rule.appProtos) {
      const services = p.flow?.conn.services ?? [];
      const spoken = tx ? (tx.alias === undefined ? [...services, tx.protocol] : [tx.alias]) : services;
      if (!speaks(spoken, rule.appProtos)) return false;
    }
    if (rule.flow && !flowHolds(rule.flow, p)) return false;
    for (const test of rule.header) if (!headerHolds(test, p, this.#countryOf)) return false;
    for (const field of rule.appFields)
      if (field.kind === 'protocol' && (!p.flow || !protocolHolds(field, p.flow.spoken))) return false;
    return this.#conditions.hold(rule, p, tx);
  }

  /** A packet, with the chunk of its stream that is due where there is one. */
  packet(program: RuleProgram, p: PacketView, stream: StreamBytes | undefined, isInStream: boolean): RuleMatch | undefined {
    if (!this.#surroundingsHold(program, p, undefined)) return undefined;
    const { rule, place, matches } = program;
    if (matches.length === 0) return rule.flow?.stream === 'only' ? undefined : { places: [], at: undefined, onStream: false };
    const ofStream = place === 'stream' || (place === 'packet-stream' && p.ipProto === IP_PROTO.tcp);
    if (ofStream && stream && rule.flow?.stream !== 'no' && rule.proto.only !== 'packet') {
      const found = this.#onStream(program, p, stream);
      if (found) return found;
    }
    if (rule.flow?.stream === 'only' || rule.proto.only === 'stream' || p.isPseudo) return undefined;
    if (place === 'stream' && p.ipProto === IP_PROTO.tcp && isInStream) return undefined;
    return this.#onPacket(program, p);
  }

  #onPacket(program: RuleProgram, p: PacketView): RuleMatch | undefined {
    this.#begin();
    const match: RuleMatch = { places: [], at: undefined, onStream: false };
    for (const one of program.matches) {
      const { buffer } = one.matches;
      if (buffer === 'base64_data') {
        if (!this.#decodedHolds(one, match)) return undefined;
        continue;
      }
      const several = packetBuffers(p, buffer).filter(({ length }) => buffer !== 'payload' || length > 0);
      if (!several.some((bytes) => this.#bytesHold(one, bytes, undefined, match))) return undefined;
    }
    this.#keep(p);
    return match;
  }

  #onStream(program: RuleProgram, p: PacketView, { window, chunk }: StreamBytes): RuleMatch | undefined {
    // First what is new by itself; then with a little of what came before, for a match that crosses the border.
    const fresh = chunk.bytes.subarray(chunk.fresh);
    const found = this.#inBytes(program, p, fresh, chunk.fresh, window, chunk.offset);
    if (found || chunk.fresh === 0) return found;
    const crossing = this.#inBytes(program, p, chunk.bytes, 0, window, chunk.offset);
    return crossing && crossing.end > chunk.fresh ? crossing : undefined;
  }

  #inBytes(
    program: RuleProgram,
    p: PacketView,
    bytes: Uint8Array,
    before: number,
    window: StreamWindow,
    offset: number,
  ): (RuleMatch & { end: number }) | undefined {
    this.#begin();
    const match = { places: [] as MatchPlace[], at: undefined as Position | undefined, onStream: true, end: 0 };
    for (const one of program.matches) {
      const { buffer, transforms } = one.matches;
      if (buffer === 'base64_data') {
        if (!this.#decodedHolds(one, match)) return undefined;
        continue;
      }
      const looked = buffer === 'payload' ? afterTransforms(bytes, transforms) : packetBuffer(p, buffer);
      if (!looked) return undefined;
      const found = one.inspection.inspect(looked, this.#variables);
      if (!found) return undefined;
      this.#remember(p);
      const end = transforms.length > 0 ? bytes.length : found.to;
      match.end = Math.max(match.end, before + end);
      if (end > 0) {
        match.at = later(match.at, window.at(before + end - 1));
        match.places.push({ buffer: 'stream', offset: offset + before + found.from, length: found.to - found.from });
      }
    }
    this.#keep(p);
    return match;
  }

  /** A transaction's side; `dir` is the one at hand, and `=>` rules look at both. */
  transaction(program: RuleProgram, p: PacketView, tx: Transaction, dir: Dir): RuleMatch | undefined {
    const { rule } = program;
    const isBothWays = rule.direction === '=>' || tx.isOneSided;
    if (!this.#surroundingsHold(program, p, tx)) return undefined;
    const asked = isBothWays ? undefined : dir;
    for (const field of rule.appFields)
      if (field.kind !== 'protocol' && !appFieldHolds(field, tx, asked)) return undefined;
    this.#begin();
    const match: RuleMatch = { places: [], at: undefined, onStream: true };
    let group: string | undefined;
    for (const one of program.matches) {
      const side = one.matches.side;
      const wanted: Dir | undefined = side === undefined ? asked : side === 'to_server' ? 0 : 1;
      if (!this.#groupHolds(one, p, tx, wanted, dir, match)) return undefined;
      group ??= one.matches.buffer;
    }
    this.#keep(p);
    match.at ??= tx.last[dir];
    return match;
  }

  #groupHolds(
    one: CompiledMatches,
    p: PacketView,
    tx: Transaction,
    wanted: Dir | undefined,
    dir: Dir,
    match: RuleMatch,
  ): boolean {
    const { buffer } = one.matches;
    if (buffer === 'base64_data') return this.#decodedHolds(one, match);
    if (buffer === 'payload') return this.#payloadHolds(one, p, wanted ?? dir, match);
    if (PACKET_WIDE.has(buffer)) {
      const bytes = packetBuffer(p, buffer);
      return bytes !== undefined && this.#bytesHold(one, bytes, undefined, match);
    }
    const instances = instancesOf(tx, buffer, wanted);
    if (instances.length === 0) {
      const isWhole = wanted === undefined ? tx.isWhole[0] && tx.isWhole[1] : tx.isWhole[wanted];
      return one.orAbsent && isWhole;
    }
    if (one.isAbsent) return false;
    return instances.some((instance) => this.#instanceHolds(one, instance, match));
  }

  #instanceHolds(one: CompiledMatches, instance: BufferInstance, match: RuleMatch): boolean {
    if (one.needsWhole && !instance.isWhole) return false;
    return this.#bytesHold(one, instance.bytes, instance.at, match);
  }

  /** Payload beside buffers: the stream's recent bytes, or the datagram. */
  #payloadHolds(one: CompiledMatches, p: PacketView, dir: Dir, match: RuleMatch): boolean {
    const window = p.flow?.windowIfAny(dir);
    if (p.ipProto === IP_PROTO.tcp && window && window.held.length > 0)
      return this.#bytesHold(one, window.held, undefined, match);
    const bytes = p.isPseudo ? undefined : packetBuffer(p, 'payload');
    return bytes !== undefined && bytes.length > 0 && this.#bytesHold(one, bytes, undefined, match);
  }

  #bytesHold(one: CompiledMatches, bytes: Uint8Array, at: Position | undefined, match: RuleMatch): boolean {
    const { buffer, transforms } = one.matches;
    const looked = transforms.length > 0 ? afterTransforms(bytes, transforms) : bytes;
    const found = one.inspection.inspect(looked, this.#variables);
    if (!found) return false;
    match.at = later(match.at, at);
    match.places.push({ buffer, offset: found.from, length: found.to - found.from });
    return true;
  }

  #decodedHolds(one: CompiledMatches, match: RuleMatch): boolean {
    const { decoded } = this.#variables;
    return decoded !== undefined && this.#bytesHold(one, decoded, undefined, match);
  }

  #begin(): void {
    this.#variables.values.clear();
    this.#variables.decoded = undefined;
    this.#variables.captured.length = 0;
    this.#kept.length = 0;
  }

  readonly #kept: { name: string; value: Uint8Array }[] = [];

  #remember(_: PacketView): void {
    for (const { scope, name, value } of this.#variables.captured)
      if (scope === 'flow') this.#kept.push({ name, value });
  }

  /** The rule matched: what its patterns captured is the flow's. */
  #keep(p: PacketView): void {
    for (const { name, value } of this.#kept) p.flow?.variables.set(name, value);
  }
}

/** Buffers that a transaction's rule may ask of the packet at hand. */
const PACKET_WIDE = new Set(['ip.src', 'ip.dst', 'tcp.hdr', 'udp.hdr', 'ipv4.hdr', 'ipv6.hdr']);

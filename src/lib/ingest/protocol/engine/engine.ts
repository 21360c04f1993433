/** Runs parsers over the content of connections. One engine an input and thread; it knows no capture and no store. */

import type { RecordOrigin } from '../../../model/content.ts';
import type { RowSink } from '../../../model/sinks.ts';
import type { Table } from '../../../model/tables.ts';
import { PROTOCOL_LIMITS } from '../../../model/limits.ts';
import type { ConnFacts, ProtocolParser, RowValues } from '../contract.ts';
import {
  type BufferListener,
  Conversation,
  type ConversationHost,
  type MakeFile,
  type OpenedBytes,
  type Residue,
} from './conversation.ts';
import { Expectations } from './expectations.ts';
import { SeenNames } from './seen-names.ts';

export interface EngineOptions {
  readonly protocols: readonly ProtocolParser[];
  readonly rows: RowSink;
  /** Makes the sink of a carried file; `row` writes its record. */
  readonly file: MakeFile;
  /** Salt of the hashes of secrets: the same for one input. */
  readonly salt?: string | undefined;
  readonly listener?: BufferListener | undefined;
  readonly secrets?: ((label: string, clientRandomHex: string) => Uint8Array | undefined) | undefined;
  /** Hears bytes that secrets opened. */
  readonly opened?: OpenedBytes | undefined;
  readonly applicationOf?: ((name: string) => string | undefined) | undefined;
}

const TWO_32 = 4_294_967_296;

/** The order in which parsers are asked, by the first byte. */
class Order {
  readonly #atPorts: readonly ProtocolParser[];
  readonly #rest: readonly ProtocolParser[];
  readonly #byFirst: (readonly ProtocolParser[] | undefined)[] = new Array<undefined>(256).fill(undefined);

  constructor(atPorts: readonly ProtocolParser[], rest: readonly ProtocolParser[]) {
    this.#atPorts = atPorts;
    this.#rest = rest;
  }

  of(byte: number): readonly ProtocolParser[] {
    return (this.#byFirst[byte] ??= [
      ...this.#atPorts,
      ...this.#rest.filter(({ firstBytes }) => firstBytes?.[byte] !== 0),
    ]);
  }
}

/** Facts of a connection that nobody was told to expect yet. */
export type NewFacts = Omit<ConnFacts, 'expected'> & { expected?: unknown };

export class ProtocolEngine implements ConversationHost {
  readonly expectations = new Expectations();
  readonly listener: BufferListener | undefined;
  readonly secrets: EngineOptions['secrets'];
  readonly opened: OpenedBytes | undefined;
  readonly salt: string;
  readonly shared = new Map<string, unknown>();
  readonly #options: EngineOptions;
  readonly #byName: ReadonlyMap<string, ProtocolParser>;
  readonly #orders = new Map<number, Order>();
  readonly #names = new SeenNames(PROTOCOL_LIMITS.maxNames);
  /** Parsers that threw: how often, and the first reason. */
  readonly failures = new Map<string, { count: number; why: string }>();
  /** What caps cut off, by kind. */
  readonly cut = new Map<string, number>();

  constructor(options: EngineOptions) {
    this.#options = options;
    this.listener = options.listener;
    this.secrets = options.secrets;
    this.opened = options.opened;
    this.salt = options.salt ?? '';
    this.#byName = new Map(options.protocols.map((protocol) => [protocol.name, protocol]));
  }

  /** A connection whose content begins; `now` in seconds. */
  open(facts: NewFacts, now: number): Conversation {
    this.expectations.now = now;
    if (this.expectations.any) {
      const { transport, origH, respH, respP } = facts;
      const expected = this.expectations.take(transport, origH, respH, respP);
      if (expected) {
        facts.expected = expected.context;
        return new Conversation(this, facts, expected.name);
      }
    }
    return new Conversation(this, facts, 'probe');
  }

  /** A connection of which only a residue was left, and that goes on. */
  resume(facts: NewFacts, residue: Residue): Conversation {
    return new Conversation(this, facts, residue);
  }

  /** Is the first datagram to that port an answer, by what the port's parser says? */
  isAnswer(port: number, bytes: Uint8Array): boolean {
    this.#tellers ??= new Map(
      this.#options.protocols.flatMap(({ ports, isAnswer }) =>
        isAnswer ? ports.map((port) => [port, isAnswer] as const) : [],
      ),
    );
    return this.#tellers.get(port)?.(bytes) ?? false;
  }

  #tellers: Map<number, (bytes: Uint8Array) => boolean> | undefined;

  protocolNamed(name: string): ProtocolParser | undefined {
    return this.#byName.get(name);
  }

  /**
   * Parsers of a transport that may begin with that byte: those of the responder's port first, then of the originator's, then all that
   * need none.
   */
  candidates({ transport, origP, respP }: ConnFacts, firstByte: number): readonly ProtocolParser[] {
    const ports = this.#ports();
    const a = ports.has(respP) ? respP : 0;
    const b = ports.has(origP) ? origP : 0;
    const key = (transport === 'tcp' ? 1 : transport === 'udp' ? 2 : 3) * TWO_32 + a * 65_536 + b;
    let order = this.#orders.get(key);
    if (!order) {
      const usable = this.#options.protocols.filter(
        (p) => p.transport === 'both' || p.transport === transport,
      );
      const atResp = usable.filter((p) => p.ports.includes(a));
      const atOrig = usable.filter((p) => p.ports.includes(b) && !atResp.includes(p));
      const rest = usable.filter((p) => p.needsPort !== true && !atResp.includes(p) && !atOrig.includes(p));
      order = new Order([...atResp, ...atOrig], rest);
      this.#orders.set(key, order);
    }
    return order.of(firstByte);
  }

  #knownPorts: ReadonlySet<number> | undefined;
  #ports(): ReadonlySet<number> {
    this.#knownPorts ??= new Set(this.#options.protocols.flatMap(({ ports }) => ports));
    return this.#knownPorts;
  }

  row(table: Table, values: RowValues, origin?: RecordOrigin): void {
    this.#options.rows.row(table, values, origin);
  }

  get file(): MakeFile {
    return this.#options.file;
  }

  applicationOf(name: string): string | undefined {
    return this.#options.applicationOf?.(name);
  }

  isNewName(address: string, source: string, name: string): boolean {
    const novelty = this.#names.add(address, source, name);
    if (novelty === 'full') this.capped('names');
    return novelty === 'new';
  }

  failed(parser: ProtocolParser, error: unknown): void {
    const known = this.failures.get(parser.name);
    if (known) known.count++;
    else
      this.failures.set(parser.name, {
        count: 1,
        why: error instanceof Error ? error.message : String(error),
      });
  }

  capped(what: string): void {
    this.cut.set(what, (this.cut.get(what) ?? 0) + 1);
  }
}

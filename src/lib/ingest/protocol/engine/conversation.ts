/** A connection as its parsers see it: rows, services, files, and the protocols inside one another. */

import { CREDENTIALS } from '../../../model/tables/credentials.ts';
import { FILES } from '../../../model/tables/files.ts';
import type { AppConfidence } from '../../../model/ids.ts';
import { PROTOCOL_LIMITS } from '../../../model/limits.ts';
import { NAMES, type Table, WEIRD } from '../../../model/tables.ts';
import { parseAddress } from '../../../model/address.ts';
import { fileId } from '../../../model/file-id.ts';
import type { RecordOrigin } from '../../../model/content.ts';
import type {
  Cap,
  ChildStream,
  Conn,
  ConnFacts,
  Credential,
  Dir,
  FileMeta,
  FileSink,
  Position,
  ProtocolParser,
  RowValues,
} from '../contract.ts';
import type { Expectations } from './expectations.ts';
import { Layer, type LayerOwner } from './layer.ts';
import { maskedMaterial, maskedSecret } from './secrets.ts';

export interface Application {
  readonly name: string;
  readonly confidence: AppConfidence;
}

const NO_SERVICES: readonly string[] = [];

/** What stays of a conversation that has said what it says: shared by all of which the same stays. */
export interface Residue {
  readonly services: readonly string[];
  readonly failedServices: readonly string[];
  readonly app: Application | undefined;
  /** Who takes up what follows; undefined where nothing of interest does. */
  readonly parser: ProtocolParser | undefined;
}

/** Rules: told of buffers, transactions and files; `protocol` is the parser that found them. */
export interface BufferListener {
  buffer(
    conn: ConnFacts,
    protocol: string,
    name: string,
    tx: number,
    dir: Dir,
    bytes: Uint8Array,
    at: Position,
  ): void;
  tx(
    conn: ConnFacts,
    protocol: string,
    id: number,
    dir: Dir,
    progress: 'request' | 'response' | 'end',
    at: Position,
  ): void;
  fileBegan?(conn: ConnFacts, protocol: string, fuid: string, meta: FileMeta, at: Position): void;
  fileData?(conn: ConnFacts, fuid: string, bytes: Uint8Array, at: Position): void;
  /** `row` is the file's record. */
  fileEnded?(conn: ConnFacts, fuid: string, row: RowValues, at: Position): void;
}

export type WriteRow = (table: Table, values: RowValues, first: Position, last: Position) => void;
export type MakeFile = (
  fuid: string,
  meta: FileMeta,
  at: Position,
  row: WriteRow,
  /** A cap cut off what is looked into of it. */
  onCapped: (what: string) => void,
) => FileSink;

/** What a connection needs of whoever runs all of them. */
/** Takes bytes of a connection that were encrypted on the wire; they are only lent. */
export type OpenedBytes = (
  facts: ConnFacts,
  bytes: Uint8Array,
  dir: Dir,
  at: Position,
  stream: number | undefined,
) => void;

export interface ConversationHost {
  readonly expectations: Expectations;
  readonly listener: BufferListener | undefined;
  readonly secrets: ((label: string, clientRandomHex: string) => Uint8Array | undefined) | undefined;
  readonly opened: OpenedBytes | undefined;
  readonly salt: string;
  readonly shared: Map<string, unknown>;
  readonly file: MakeFile;
  candidates(facts: ConnFacts, firstByte: number): readonly ProtocolParser[];
  protocolNamed(name: string): ProtocolParser | undefined;
  row(table: Table, values: RowValues, origin?: RecordOrigin): void;
  applicationOf(name: string): string | undefined;
  isNewName(address: string, source: string, name: string): boolean;
  failed(parser: ProtocolParser, error: unknown): void;
  capped(what: string): void;
}

export class Conversation implements LayerOwner {
  readonly facts: ConnFacts;
  readonly #engine: ConversationHost;
  /** Made by the first row: most connections have one or none. */
  #origin: Origin | undefined;
  readonly #root: Layer;
  services: readonly string[] = NO_SERVICES;
  /** Of the services those whose parser gave up at bytes that are not theirs. */
  failedServices: readonly string[] = NO_SERVICES;
  app: Application | undefined;
  #weirds: Set<string> | undefined;
  #files = 0;
  #layers = 1;

  /** `first` is a protocol's name, 'probe', or what stayed of the same conversation. */
  constructor(engine: ConversationHost, facts: ConnFacts, first: string | Residue) {
    this.#engine = engine;
    this.facts = facts;
    if (typeof first !== 'string') {
      this.services = first.services;
      this.failedServices = first.failedServices;
      this.app = first.app;
    }
    const parser = typeof first === 'string' ? first : (first.parser ?? 'probe');
    this.#root = new Layer(this, parser, facts.transport !== 'tcp');
  }

  /** True where no byte of this connection matters any more. */
  get idle(): boolean {
    return this.#root.idle;
  }

  /** What would stay if all else were let go of; undefined while something else would be missed. */
  get residue(): Residue | undefined {
    if (!this.#root.settled) return undefined;
    const parser = this.#root.resumable;
    // Names of anomalies are written once, and files are counted: both need this conversation.
    const counts = this.#weirds !== undefined || this.#files > 0 || this.facts.expected !== undefined;
    if (parser && counts) return undefined;
    const { services, failedServices, app } = this;
    return { services, failedServices, app, parser };
  }

  data(dir: Dir, bytes: Uint8Array, at: Position): void {
    this.#root.feed(bytes, dir, at);
  }

  gap(dir: Dir, missing: number): void {
    this.#root.gap(dir, missing);
  }

  end(dir: Dir): void {
    this.#root.end(dir);
  }

  close(): void {
    this.#root.close();
  }

  candidates(firstByte: number): readonly ProtocolParser[] {
    return this.#engine.candidates(this.facts, firstByte);
  }

  protocolNamed(name: string): ProtocolParser | undefined {
    return this.#engine.protocolNamed(name);
  }

  failed(parser: ProtocolParser, error: unknown): void {
    this.#engine.failed(parser, error);
  }

  refused({ name }: ProtocolParser): void {
    if (this.services.includes(name) && !this.failedServices.includes(name))
      this.failedServices = [...this.failedServices, name];
  }

  capped(what: 'unparsed_bytes' | 'unrecognised'): void {
    this.#engine.capped(what);
  }

  service(name: string): void {
    if (!this.services.includes(name)) this.services = [...this.services, name];
  }

  row(table: Table, values: RowValues, first: Position, last: Position = first): void {
    const origin = this.#origin ?? this.pin();
    origin.first = first;
    origin.last = last;
    // A row of many connections has no port of one.
    const port = values['id_orig_p'];
    this.#engine.row(table, values, typeof port === 'number' ? { ...origin, origP: port } : origin);
  }

  /** Takes down who this connection is: what others are told of it may be written after it is over, when its slot is another's. */
  pin(): Origin {
    this.#origin ??= new Origin(this.facts);
    return this.#origin;
  }

  /** `protocol` is the parser that found it; without one it is TCP's. */
  weird(name: string, at: Position, addl?: string, protocol = 'tcp'): void {
    this.#weirds ??= new Set();
    if (this.#weirds.has(name)) return;
    this.#weirds.add(name);
    this.row(WEIRD, { name, addl, source: analyzerName(protocol) }, at);
  }

  name(address: string, name: string, source: string, at: Position): void {
    if (this.app === undefined && address === this.facts.respH) {
      const known = this.#engine.applicationOf(name);
      if (known !== undefined) this.app = { name: known, confidence: 'name' };
    }
    if (name === '' || !this.#engine.isNewName(address, source, name)) return;
    const halves = parseAddress(address);
    if (!halves) return;
    this.#engine.row(NAMES, { address: [halves.hi, halves.lo], name, source, first_seen: at.ts });
  }

  credential(found: Credential, at: Position): void {
    const { service, kind, user, secret, material, success } = found;
    this.row(
      CREDENTIALS,
      {
        service,
        kind,
        user,
        success,
        ...(secret === undefined ? {} : maskedSecret(secret, this.#engine.salt)),
        ...(material === undefined ? {} : maskedMaterial(material, this.#engine.salt)),
      },
      at,
    );
  }

  file(protocol: string, meta: FileMeta, at: Position): FileSink {
    const fuid = fileId(`${this.facts.uid} ${String(this.#files++)}`);
    // Its record may wait for hashes until the connection is over.
    this.pin();
    const { listener } = this.#engine;
    const write: WriteRow = (table, values, first, last) => {
      // Members of an archive have rows too, and so has what is read of a program.
      if (table.name === FILES.name && values['fuid'] === fuid)
        listener?.fileEnded?.(this.facts, fuid, values, last);
      this.row(table, values, first, last);
    };
    const sink = this.#engine.file(fuid, meta, at, write, (what) => this.#engine.capped(what));
    if (!listener?.fileData) return sink;
    listener.fileBegan?.(this.facts, protocol, fuid, meta, at);
    return new HeardFile(sink, this.facts, listener);
  }

  connFor(layer: Layer, parser: ProtocolParser): Conn {
    return new LayerConn(this, this.#engine, layer, parser.name);
  }

  child(name: string): ChildStream | undefined {
    if (this.#layers >= PROTOCOL_LIMITS.maxLayers) {
      this.#engine.capped('layers');
      return undefined;
    }
    if (name !== 'probe' && !this.#engine.protocolNamed(name)) return undefined;
    this.#layers++;
    return new Layer(this, name, false);
  }
}

/** A file whose bytes a listener hears too. */
class HeardFile implements FileSink {
  readonly #sink: FileSink;
  readonly #facts: ConnFacts;
  readonly #listener: BufferListener;

  constructor(sink: FileSink, facts: ConnFacts, listener: BufferListener) {
    this.#sink = sink;
    this.#facts = facts;
    this.#listener = listener;
  }

  get fuid(): string {
    return this.#sink.fuid;
  }

  get mimeType(): string | undefined {
    return this.#sink.mimeType;
  }

  data(bytes: Uint8Array, at: Position): void {
    this.#sink.data(bytes, at);
    this.#listener.fileData?.(this.#facts, this.fuid, bytes, at);
  }

  gap(missing: number): void {
    this.#sink.gap(missing);
  }

  withoutHashes(): void {
    this.#sink.withoutHashes();
  }

  end(at: Position, complete?: boolean): void {
    this.#sink.end(at, complete);
  }
}

/** Zeek's name of the analyzer that a parser is. */
const analyzerName = (protocol: string): string =>
  protocol === 'websocket' ? 'WebSocket' : protocol.toUpperCase().replace('-', '_');

/** What a session may ask, in the name of its layer: one object a layer, no closures. */
class LayerConn implements Conn {
  readonly #conversation: Conversation;
  readonly #host: ConversationHost;
  readonly #layer: Layer;
  readonly #protocol: string;

  constructor(conversation: Conversation, host: ConversationHost, layer: Layer, protocol: string) {
    this.#conversation = conversation;
    this.#host = host;
    this.#layer = layer;
    this.#protocol = protocol;
  }

  get facts(): ConnFacts {
    return this.#conversation.facts;
  }

  get listening(): boolean {
    return this.#host.listener !== undefined;
  }

  get shared(): Map<string, unknown> {
    this.#conversation.pin();
    return this.#host.shared;
  }

  row(table: Table, values: RowValues, first: Position, last?: Position): void {
    this.#conversation.row(table, values, first, last);
  }

  service(name: string): void {
    this.#conversation.service(name);
  }

  confirm(): void {
    this.#conversation.service(this.#protocol);
  }

  app(name: string, confidence: AppConfidence = 'content'): void {
    this.#conversation.app = { name, confidence };
  }

  weird(name: string, at: Position, addl?: string): void {
    this.#conversation.weird(name, at, addl, this.#protocol);
  }

  capped(what: Cap): void {
    this.#host.capped(what);
  }

  name(address: string, name: string, source: string, at: Position): void {
    this.#conversation.name(address, name, source, at);
  }

  credential(found: Credential, at: Position): void {
    this.#conversation.credential(found, at);
  }

  child(name: string): ChildStream | undefined {
    return this.#conversation.child(name);
  }

  switchTo(name: string): void {
    this.#layer.switchTo(name);
  }

  expect(
    host: string,
    port: number,
    transport: 'tcp' | 'udp',
    name: string,
    ttlS: number,
    context?: unknown,
  ): void {
    this.#conversation.pin();
    this.#host.expectations.add(this.facts, { host, port, transport, name, ttlS, context });
  }

  file(meta: FileMeta, at: Position): FileSink {
    return this.#conversation.file(this.#protocol, meta, at);
  }

  ignoreRest(): void {
    this.#layer.ignoreRest();
  }

  need(dir: Dir, bytes: number): void {
    this.#layer.need(dir, bytes);
  }

  buffer(name: string, tx: number, dir: Dir, bytes: Uint8Array, at: Position): void {
    this.#host.listener?.buffer(this.facts, this.#protocol, name, tx, dir, bytes, at);
  }

  tx(id: number, dir: Dir, progress: 'request' | 'response' | 'end', at: Position): void {
    this.#host.listener?.tx(this.facts, this.#protocol, id, dir, progress, at);
  }

  opened(bytes: Uint8Array, dir: Dir, at: Position, stream?: number): void {
    this.#host.opened?.(this.facts, bytes, dir, at, stream);
  }

  secret(label: string, clientRandomHex: string): Uint8Array | undefined {
    return this.#host.secrets?.(label, clientRandomHex);
  }
}

const NOWHERE: Position = { ts: 0n, file: 0, frame: 0 };

/** What the rows of a connection have in common. */
class Origin implements RecordOrigin {
  readonly uid: string;
  readonly origAddress: readonly [bigint, bigint];
  readonly respAddress: readonly [bigint, bigint];
  readonly origP: number;
  readonly respP: number;
  first: Position = NOWHERE;
  last: Position = NOWHERE;

  constructor(facts: ConnFacts) {
    this.uid = facts.uid;
    this.origAddress = facts.origAddress ?? halvesOf(facts.origH);
    this.respAddress = facts.respAddress ?? halvesOf(facts.respH);
    this.origP = facts.origP;
    this.respP = facts.respP;
  }
}

function halvesOf(text: string): readonly [bigint, bigint] {
  const halves = parseAddress(text);
  return halves ? [halves.hi, halves.lo] : [0n, 0n];
}

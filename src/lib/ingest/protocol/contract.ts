/**
 * What a protocol parser is, and what it may ask of the connection that it reads. A parser is one file: `probe` says whether bytes
 * are its protocol, `open` begins a session of one connection, and the session turns bytes into rows. A parser knows this contract
 * and `wire/`, never a sibling: other protocols are reached by name through `child`, `switchTo` and `expect`.
 */

import type { Dir, FileMeta, FileSink, Position, RowValues } from '../../model/content.ts';
import type { AppConfidence } from '../../model/ids.ts';
import type { Table } from '../../model/tables.ts';
import type { ByteClass } from './wire/byte-class.ts';

export type { Dir, FileMeta, FileSink, Position, RowValues } from '../../model/content.ts';

/**
 * Bytes of one direction that were not consumed yet, in order and without holes; valid only during the call. A datagram comes alone and
 * whole: what is left of it is not presented again.
 */
export interface Span {
  readonly bytes: Uint8Array;
  /** The frame that carried byte `i` of this span. */
  at(i: number): Position;
}

/** 'other': this direction's bytes are none of it, and more of them will not change that; the other direction's may still be. */
export type Verdict = 'yes' | 'no' | 'more' | 'other';

/** What is known of a connection before its content is. */
export interface ConnFacts {
  readonly uid: string;
  readonly transport: 'tcp' | 'udp' | 'sctp' | 'other';
  readonly ipProto: number;
  /** Text of addresses as RFC 5952 has it. */
  readonly origH: string;
  readonly respH: string;
  /** The same as two halves of 64 bits, where whoever made these facts has them. */
  readonly origAddress?: readonly [bigint, bigint];
  readonly respAddress?: readonly [bigint, bigint];
  readonly origP: number;
  readonly respP: number;
  /** Set where an expectation named the parser: what whoever expected it wanted to tell. */
  readonly expected?: unknown;
}

export interface ProtocolParser {
  /** The service's name: Zeek's where it has one. */
  readonly name: string;
  readonly transport: 'tcp' | 'udp' | 'both';
  /** Usual ports of the responder: asked first there. A hint, never proof. */
  readonly ports: readonly number[];
  /**
   * Bytes of which one is the first, whichever end speaks and whatever the transport. Away from `ports` the probe says 'no' to all
   * others, and is not asked: nearly everything is told apart here.
   */
  readonly firstBytes?: ByteClass;
  /** True where the probe alone says too little: then it counts on `ports` only. */
  readonly needsPort?: boolean;
  /**
   * Is this the protocol? Asked with all bytes of one direction so far (at most 2 KB), or with one datagram. 'more' keeps the
   * question open. It must be strict: bytes of other protocols, text and noise get 'no'.
   */
  probe(bytes: Uint8Array, dir: Dir, conn: ConnFacts): Verdict;
  open(conn: Conn): ParserSession;
  /** Its transactions go over several connections, of whatever hosts: one thread reads all that are on `ports`. */
  readonly acrossConnections?: boolean;
  /**
   * Takes up a connection's datagrams again whose session before was `settled`: name and service are confirmed already. Where it is
   * absent, a settled session is let go only when nothing of interest comes any more.
   */
  resume?(conn: Conn): ParserSession;
  /**
   * Is a first datagram on one of `ports` an answer, so that its sender is the responder? Asked where ports do not tell, never of what
   * is sent to a group.
   */
  isAnswer?(bytes: Uint8Array): boolean;
}

export interface ParserSession {
  /**
   * Answers how many bytes were consumed, 0 to `data.bytes.length`; what is left is presented again with what follows (streams only).
   * Consume whole messages, and of long bodies what is there. The same rows must come out however the bytes are split.
   * Negative: this is not the protocol, or no longer: the session is closed and the connection is left alone.
   */
  parse(data: Span, dir: Dir): number;
  /** `missing` bytes of a stream are not in the capture; what was not consumed before them is dropped. False: cannot go on. */
  gap(dir: Dir, missing: number): boolean;
  /** That side sent its last byte (FIN); optional. */
  end?(dir: Dir): void;
  /** The connection is over: write what is open. */
  close(): void;
  /**
   * Nothing is open: `close` would write nothing, and what follows, if anything, `resume` reads as well. The engine may then let go of
   * everything that it holds of the connection, without `close`, until more comes: most of those that are open have said all they say.
   */
  readonly settled?: boolean;
}

export interface Credential {
  /** The protocol: ftp, http, pop3 … */
  readonly service: string;
  readonly user?: string | undefined;
  /** The secret itself: masked and hashed before it is written anywhere. */
  readonly secret?: string | Uint8Array | undefined;
  /** Hash material instead: an answer to a challenge, or a part encrypted by a key made of the password. Counted and hashed, never shown. */
  readonly material?: Uint8Array | undefined;
  /** password, basic, form, plain, cram-md5, ntlmv2, krb5-asrep, community … */
  readonly kind: string;
  readonly success?: boolean | undefined;
}

/** What caps cut: bodies that stay compressed, bodies of which logins were looked for at the beginning only, parts of headers. */
export type Cap = 'bodies_encoded' | 'logins_beyond' | 'headers_cut';

/** A connection, as a parser's session sees it. */
export interface Conn {
  readonly facts: ConnFacts;
  /**
   * Writes a record: ts, uid, id_* and the frames come from the engine; `first` is the frame that began it, `last` the one that completed it (default: `first`). */
  row(table: Table, values: RowValues, first: Position, last?: Position): void;
  /** Adds a name to conn's service column; the parser's own name is added by the first call of `confirm`. */
  service(name: string): void;
  /** The bytes are this protocol beyond doubt: its name joins conn.service. Call it at the first sound message. */
  confirm(): void;
  /** The application, where it is known beyond the service; `confidence` is what tells it, 'content' where nothing is said. */
  app(name: string, confidence?: AppConfidence): void;
  /** A protocol anomaly, by Zeek's name where it has one. Written once a connection and name. */
  weird(name: string, at: Position, addl?: string): void;
  /** A cap cut something of the connection off: counted in the completeness ledger. */
  capped(what: Cap): void;
  /** A name seen for an address (text): passive DNS, SNI, DHCP … */
  name(address: string, name: string, source: string, at: Position): void;
  credential(found: Credential, at: Position): void;
  /** Another protocol inside this one: feed it. Undefined where no parser of that name exists. */
  child(name: string): ChildStream | undefined;
  /** After this call of `parse`, the unconsumed rest and all that follows, both ways, belongs to another parser (STARTTLS, CONNECT). */
  switchTo(name: string): void;
  /**
   * A connection to come, between the same two hosts: FTP data, TFTP. Matches the first connection to `port` of `host`, for `ttlS`
   * seconds of the capture's time; `context` becomes its `facts.expected`.
   */
  expect(
    host: string,
    port: number,
    transport: 'tcp' | 'udp',
    name: string,
    ttlS: number,
    context?: unknown,
  ): void;
  file(meta: FileMeta, at: Position): FileSink;
  /** Nothing of interest comes any more (an encrypted tail): the session gets no more bytes, only `close`. */
  ignoreRest(): void;
  /** Bytes that follow are needed only beyond so many: `parse` is not called for that direction before they are there. */
  need(dir: Dir, bytes: number): void;
  /** True where rules listen: `buffer` and `tx` are free otherwise. Names are Suricata's sticky buffers: http.uri, dns.query, tls.sni … */
  readonly listening: boolean;
  buffer(name: string, tx: number, dir: Dir, bytes: Uint8Array, at: Position): void;
  /** A transaction went on: 'request' and 'response' when that side is whole, 'end' when both are. */
  tx(id: number, dir: Dir, progress: 'request' | 'response' | 'end', at: Position): void;
  /** State that the connections of one input share, by the parser's name: DHCP's transactions go over several connections. */
  readonly shared: Map<string, unknown>;
  /** Bytes that were encrypted on the wire, opened: for whoever reads the connection. `stream`: of several that share it. */
  opened(bytes: Uint8Array, dir: Dir, at: Position, stream?: number): void;
  /** TLS secrets: by client random, hex; label as in key log files (CLIENT_RANDOM, CLIENT_TRAFFIC_SECRET_0 …). */
  secret(label: string, clientRandomHex: string): Uint8Array | undefined;
}

/** A parser's session fed by another's: bytes decrypted, or carried inside. Buffering is the engine's, as for a connection. */
export interface ChildStream {
  feed(bytes: Uint8Array, dir: Dir, at: Position): void;
  gap(dir: Dir, missing: number): void;
  close(): void;
}

/**
 * What an inspector sees while a capture is read, in capture order and on the decoding thread: first what a packet's content made of
 * its connection (stream bytes, buffers, transactions, files), then the packet itself. An inspector never sees the future of a capture.
 */

import type { Dir, FileMeta, Position } from './content.ts';
import type { Headers } from './headers.ts';

export type TxProgress = 'request' | 'response' | 'end';

/** How far one side of a TCP connection has come. */
export type EndState =
  'inactive' | 'syn_sent' | 'syn_ack_sent' | 'partial' | 'established' | 'closed' | 'reset';

/** A connection: the same object from its first packet until `closed`. Figures are those of now, the packet at hand included. */
export interface InspectedConn {
  readonly connNo: number;
  readonly uid: string;
  /** Index into PROTOS. */
  readonly proto: number;
  readonly ipProto: number;
  /** Two halves of 64 bits, IPv4 mapped. */
  readonly origAddress: readonly [bigint, bigint];
  readonly respAddress: readonly [bigint, bigint];
  readonly origP: number;
  readonly respP: number;
  /** Seconds since the epoch of its first packet. */
  readonly began: number;
  /** 4 or 6. */
  readonly ipVersion: number;
  /** TCP with no SYN seen. */
  readonly midstream: boolean;
  /** TCP: its bytes are put together, which settings say of those with no SYN and of those of which one side was captured. */
  readonly followed: boolean;
  /** TCP: each side's state. */
  state(dir: Dir): EndState;
  /** Packets, and bytes of IP packets, of each side. */
  packets(dir: Dir): number;
  bytes(dir: Dir): number;
  /** TCP: bytes of that side's stream that were sent, and those that the other side acknowledged. */
  sent(dir: Dir): number;
  acknowledged(dir: Dir): number;
  /** Protocols that its parsers are sure of, by the services' names. */
  readonly services: readonly string[];
  /** False once nobody can tell any more what the connection speaks, and no parser reads it. */
  readonly parsed: boolean;
}

/** Where a packet stands among all; reused, valid only during the call. */
export interface PacketAt {
  readonly sec: number;
  readonly nsec: number;
  readonly file: number;
  readonly frame: number;
}

export interface FileEnd {
  readonly name: string | undefined;
  readonly mimeType: string | undefined;
  readonly md5: string | undefined;
  readonly sha1: string | undefined;
  readonly sha256: string | undefined;
  readonly size: number;
  readonly complete: boolean;
}

export interface Inspector {
  readonly id: string;
  /** Bytes of a stream in order, each byte once; `offset` counts from the stream's first byte. Lent. */
  stream(conn: InspectedConn, dir: Dir, bytes: Uint8Array, offset: number, at: Position): void;
  /** `missing` bytes of a stream are not in the capture. */
  gap(conn: InspectedConn, dir: Dir, missing: number): void;
  /**
   * What a parser found, by Suricata's name of the buffer; `protocol` is the parser's. Numbers are decimal text; an event of the
   * protocol is the buffer `app-layer-event`, its name the bytes. Lent.
   */
  buffer(
    conn: InspectedConn,
    protocol: string,
    name: string,
    tx: number,
    dir: Dir,
    bytes: Uint8Array,
    at: Position,
  ): void;
  tx(conn: InspectedConn, protocol: string, id: number, dir: Dir, progress: TxProgress, at: Position): void;
  fileBegan(conn: InspectedConn, protocol: string, fuid: string, meta: FileMeta, at: Position): void;
  fileData(conn: InspectedConn, fuid: string, bytes: Uint8Array, at: Position): void;
  fileEnded(conn: InspectedConn, fuid: string, end: FileEnd, at: Position): void;
  /**
   * A packet, after all that it brought: layer `layer` of `h`, of `conn` where it belongs to one. `leftOut`: its checksum keeps it out
   * of its connection's stream.
   */
  packet(
    h: Headers,
    layer: number,
    conn: InspectedConn | undefined,
    dir: Dir,
    leftOut: boolean,
    at: PacketAt,
  ): void;
  /** A frame as it was decoded, before its fragments are put together; `fault` by model/faults.ts. */
  frame(h: Headers, fault: number, at: PacketAt): void;
  /** The connection is over. */
  closed(conn: InspectedConn): void;
  /** The capture is over; whatever was counted is final. */
  finish(): void;
  /** Resolves when it can take more: it may hold up the reading. */
  ready?(): Promise<void>;
  /** After `finish`: resolves when all its rows are written. */
  settle?(): Promise<void>;
  /** Parts of it (rules) that failed and were left out, by their ids. */
  readonly failures?: readonly { readonly id: string; readonly why: string }[];
}

/** What the stages that read the content of connections share: where bytes were, and files carried inside. */

import type { CellValue } from './column-batch.ts';

/** 0 from the originator, 1 from the responder. */
export type Dir = 0 | 1;

/** A frame of the capture. */
export interface Position {
  /** Nanoseconds since the epoch. */
  readonly ts: bigint;
  /** The same as two numbers, where whoever made this has them: rows are then written without a bigint. */
  readonly sec?: number;
  readonly nsec?: number;
  readonly file: number;
  readonly frame: number;
}

/** Columns of a row by name. */
export type RowValues = Readonly<Record<string, CellValue>>;

/** What every record of a connection says beside its own columns. May be reused: valid during the call. */
export interface RecordOrigin {
  readonly uid: string;
  /** Two halves of 64 bits, IPv4 mapped. */
  readonly origAddress: readonly [bigint, bigint];
  readonly respAddress: readonly [bigint, bigint];
  readonly origP: number;
  readonly respP: number;
  /** The frame that began the record, and the one that completed it. */
  readonly first: Position;
  readonly last: Position;
}

/** The same as columns of a row. */
export const originColumns = ({
  uid,
  origAddress,
  respAddress,
  origP,
  respP,
  first,
  last,
}: RecordOrigin): RowValues => ({
  ts: first.ts,
  uid,
  id_orig_h: origAddress,
  id_orig_p: origP,
  id_resp_h: respAddress,
  id_resp_p: respP,
  file: first.file,
  first_frame: first.frame,
  capture_file: last.file,
  capture_frame: last.frame,
});

export interface FileMeta {
  /** HTTP, FTP_DATA, SMTP, SMB, TFTP, SSL …: Zeek's source. */
  readonly source: string;
  readonly dir: Dir;
  readonly filename?: string | undefined;
  /** Bytes that the protocol announced. */
  readonly total?: number | undefined;
  /** What the protocol calls its type; the row's mime_type is by content. */
  readonly declaredType?: string | undefined;
  /** Nesting: the file that holds this one. */
  readonly parent?: string | undefined;
  /** The transaction that carries it, as the parser numbers them for rules. */
  readonly tx?: number | undefined;
}

export interface FileSink {
  /** Its id (Zeek's fuid form: F + base62), the same on every run. */
  readonly fuid: string;
  /** MIME type by content of the first bytes; known after the first data or at the end. */
  readonly mimeType: string | undefined;
  data(bytes: Uint8Array, at: Position): void;
  gap(missing: number): void;
  /** A secret is in it: its record tells no hashes, from which a short one could be found. */
  withoutHashes(): void;
  /** Nothing more comes; `complete` false where the protocol was cut off. */
  end(at: Position, complete?: boolean): void;
}

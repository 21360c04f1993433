/**
 * What the server and its content thread say to each other. Stored packets go in, bytes of carried files come out: parsers of hostile
 * bytes never run on the server's own thread.
 */

import type { IngestSettings } from '../jobs/ingest-messages.ts';

export interface ContentStart {
  /** The input's own: what was read once is read the same way again. */
  readonly settings: IngestSettings;
  /** Text of TLS key logs. */
  readonly keyLogs: readonly string[];
  /** Files that are wanted: fuid → bytes of it at most. */
  readonly files: Readonly<Record<string, number>>;
  /** The connection whose bytes are wanted as keys open them, and how many of them at most. */
  readonly opened?: { readonly uid: string; readonly limit: number };
}

/** Where a packet lies in a lot's `bytes`, and what else the capture says of it. */
export interface LotPacket {
  /** Of the files of its input, which it is in. */
  readonly file: number;
  readonly n: number;
  readonly off: number;
  readonly caplen: number;
  readonly len: number;
  readonly sec: number;
  readonly nsec: number;
  readonly linkType: number;
  readonly fileOffset: number;
  readonly recovered: boolean;
}

export interface OpenedPiece {
  readonly fromOrig: boolean;
  readonly file: number;
  /** The packet with which they were whole. */
  readonly n: number;
  /** Seconds. */
  readonly ts: number;
  /** The stream that they are of, in a connection that has several. */
  readonly stream: number | undefined;
  readonly bytes: Uint8Array;
}

export type ToContent =
  | { readonly say: 'packets'; readonly packets: readonly LotPacket[]; readonly bytes: Uint8Array }
  | { readonly say: 'end' };

export type FromContent =
  /** Ready for the next lot. */
  | { readonly say: 'more' }
  | { readonly say: 'bytes'; readonly fuid: string; readonly bytes: Uint8Array }
  /** The file ended; `whole` where none of its bytes are missing. */
  | { readonly say: 'file'; readonly fuid: string; readonly sha256: string | undefined }
  /** Bytes that were encrypted on the wire; `beyond` where there are more than were wanted. */
  | { readonly say: 'opened'; readonly piece: OpenedPiece }
  | { readonly say: 'beyond' }
  | { readonly say: 'done' };

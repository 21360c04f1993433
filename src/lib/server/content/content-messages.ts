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
}

/** Where a packet lies in a lot's `bytes`, and what else the capture says of it. */
export interface LotPacket {
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

export type ToContent =
  | { readonly say: 'packets'; readonly packets: readonly LotPacket[]; readonly bytes: Uint8Array }
  | { readonly say: 'end' };

export type FromContent =
  /** Ready for the next lot. */
  | { readonly say: 'more' }
  | { readonly say: 'bytes'; readonly fuid: string; readonly bytes: Uint8Array }
  /** The file ended; `whole` where none of its bytes are missing. */
  | { readonly say: 'file'; readonly fuid: string; readonly sha256: string | undefined }
  | { readonly say: 'done' };

/** The interfaces between stages. A stage knows these and nothing of its neighbours. */

import type { ColumnBatch } from './column-batch.ts';
import type { RecordOrigin, RowValues } from './content.ts';
import type { Table } from './tables.ts';

/** Takes full column batches: the loader of a records file, or a writer of NDJSON. */
export interface BatchSink {
  /** An empty batch of the table, recycled where possible. */
  lease(table: Table): ColumnBatch;
  /** Hands a batch over; the caller must not touch it afterwards. */
  submit(batch: ColumnBatch): void;
  /** Resolves when few enough batches are under way for more. Rejects where the sink has failed. */
  ready(): Promise<void>;
  /** Resolves when everything submitted has arrived. */
  finish(): Promise<void>;
}

/** Row by row, for what is not hot. */
export interface RowSink {
  /** Columns that are not named are NULL. `origin`: the columns that every record of a connection has, which `values` then lacks. */
  row(table: Table, values: RowValues, origin?: RecordOrigin): void;
}

/** Figures of a running ingest. */
export interface Progress {
  phase: 'import' | 'decode' | 'seal' | 'commit';
  bytes: number;
  totalBytes: number;
  packets: number;
  connections: number;
  rows: number;
  faults: number;
}

/** Payloads of a direction that came directly before another, joined. */
export interface EarlierPayload {
  readonly bytes: Uint8Array;
  /** What brought them, oldest first. */
  readonly parts: readonly EarlierPart[];
}

export interface EarlierPart {
  /** `PayloadEvent.serial` of its payload. */
  readonly serial: number;
  readonly file: number;
  readonly frame: number;
  /** Where in the joined bytes its payload began; below zero where its beginning was left out. */
  readonly from: number;
}

/** Payload of one packet of a connection: reused, valid only during the call. A segment that repeats what came directly before is none. */
export interface PayloadEvent {
  readonly uid: string;
  connNo: number;
  /** Index into PROTOS. */
  readonly proto: number;
  ipProto: number;
  /** True when the originator sent it. */
  fromOrig: boolean;
  /** Addresses as four 32-bit words, big end first, IPv4 mapped. */
  readonly origH: Uint32Array;
  readonly respH: Uint32Array;
  readonly origP: number;
  readonly respP: number;
  bytes: Uint8Array;
  off: number;
  len: number;
  tsSec: number;
  tsNsec: number;
  file: number;
  frame: number;
  /** The last byte of the direction's payload before this one; -1 where there was none, and of a datagram, which stands alone. */
  before: number;
  /** Number of the payload, 0 of a datagram; no two of a direction that anybody still knows of share one. */
  serial: number;
  /** What came directly before in the direction, `most` bytes of it at most; nothing before a datagram. */
  earlier(most: number): EarlierPayload;
  /** False where a look ahead at these bytes found nothing of what the sink seeks: it need not search them. */
  mayHold: boolean;
}

/** What a sink seeks in payloads, so that another thread can look for it first: some of these texts, in any case, or long runs of digits. */
export type Sought = readonly Uint8Array[] | 'digits';

/** Looks for what is sought in bytes as they lie in the file, packet after packet with the headers between. */
export interface BlockSearch {
  /** Bytes that it searches fastest in: the file is best read there. */
  readonly room?: Uint8Array | undefined;
  /**
   * Marks at least one place inside everything sought of which a probe lies in `bytes[from..to)`; places that are none cost time alone.
   * Bytes before `from`, and behind `to` up to `end`, may be looked at. `base` is where `bytes` begins in the file: what is probed
   * must not depend on how the file is cut.
   */
  search(
    bytes: Uint8Array,
    data: DataView,
    from: number,
    to: number,
    end: number,
    base: number,
    mark: (at: number) => void,
  ): void;
}

/** Inspects payloads while a capture is read: rules. One that throws is detached and named; it never fails an ingest. */
export interface PayloadSink {
  readonly id: string;
  readonly sought?: Sought | undefined;
  payload(event: PayloadEvent, out: RowSink): void;
  /** The connection ended: whatever was kept for it can go. */
  closed(connNo: number): void;
}

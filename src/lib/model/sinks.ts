/** The interfaces between stages. A stage knows these and nothing of its neighbours. */

import type { CellValue, ColumnBatch } from './column-batch.ts';
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
  row(table: Table, values: Readonly<Record<string, CellValue>>): void;
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

/** What the decoding thread and a shard say to each other. */

import type { CellValue } from '../../../model/column-batch.ts';
import type { SinkFailure } from './dispatch.ts';

/** The events of one epoch. A shard answers every epoch, an empty one too. */
export interface ToShard {
  readonly epoch: number;
  readonly events: Uint8Array;
}

/** A row, and the event that it came from. */
export interface ShardRow {
  readonly seq: number;
  readonly table: string;
  readonly values: Readonly<Record<string, CellValue>>;
}

export interface FromShard {
  readonly epoch: number;
  readonly rows: readonly ShardRow[];
  readonly failures: readonly SinkFailure[];
}

/** What the thread that loads and the threads that read say to each other. */

import type { LentBatch } from '../../../model/lent-batches.ts';
import type { Progress } from '../../../model/sinks.ts';
import type { PipelineOptions } from '../options.ts';
import type { Reading } from '../reading.ts';

/** `workerData` of a reading thread. `more` is for the process that made it: what its rules are. */
export interface PartitionJob {
  readonly index: number;
  readonly count: number;
  readonly captures: readonly CapturePath[];
  readonly options: PipelineOptions;
  readonly keyLogs: readonly string[];
  readonly more: unknown;
}

export interface CapturePath {
  readonly path: string;
  readonly name: string;
  readonly sha256: string;
}

/** A batch was handed on: its memory is free again. */
export interface ToPartition {
  readonly say: 'free';
  readonly batch: number;
}

export type FromPartition =
  | { readonly say: 'batch'; readonly lent: LentBatch }
  /** A block was read: the batches before belong to it, those that follow to the next one. Blocks are the same for every thread. */
  | { readonly say: 'block'; readonly progress: Progress }
  | { readonly say: 'done'; readonly reading: Reading }
  | { readonly say: 'failed'; readonly name: string; readonly message: string };

/** What the decoding thread and the loading thread say to each other. */

import type { BatchHeap, PackedBatch } from '../model/column-batch.ts';
import type { RecordsWriterOptions } from './records-writer.ts';
import type { SealOptions, SealPhase, SealResult } from './seal.ts';

/** `workerData` of the loading thread. */
export interface LoaderStart {
  readonly path: string;
  readonly options: RecordsWriterOptions;
}

/** A batch is known by its number: its memory is shared, and named where it is new to the loader or has grown. */
export interface BatchToLoad {
  readonly say: 'batch';
  readonly batch: number;
  readonly rows: number;
  readonly used: Pick<BatchHeap, 'used' | 'u16Used' | 'itemsUsed'>;
  readonly memory?: PackedBatch;
}

export type ToLoader =
  | BatchToLoad
  | { readonly say: 'finish' }
  | { readonly say: 'seal'; readonly options: Pick<SealOptions, 'homeNetworks' | 'meta'> }
  | { readonly say: 'abort' };

export type FromLoader =
  | { readonly say: 'opened' }
  /** The batch is loaded. `busyMs` is how long loading it took. */
  | { readonly say: 'free'; readonly batch: number; readonly busyMs: number }
  | { readonly say: 'finished' }
  | { readonly say: 'phase'; readonly phase: SealPhase }
  | { readonly say: 'sealed'; readonly result: SealResult }
  | { readonly say: 'aborted' }
  | { readonly say: 'failed'; readonly message: string };

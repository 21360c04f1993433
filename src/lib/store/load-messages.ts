/** What the decoding thread and the loading thread say to each other. */

import type { LentBatch } from '../model/lent-batches.ts';
import type { RecordsWriterOptions } from './records-writer.ts';
import type { SealOptions, SealPhase, SealResult } from './seal.ts';

/** `workerData` of the loading thread. */
export interface LoaderStart {
  readonly path: string;
  readonly options: RecordsWriterOptions;
}

export type ToLoader =
  | ({ readonly say: 'batch' } & LentBatch)
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

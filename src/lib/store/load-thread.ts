/** The loading thread: the one thread that opens the records file being written. */

import type { MessagePort } from 'node:worker_threads';
import { ColumnBatch } from '../model/column-batch.ts';
import { BatchBorrower, type LentBatch } from '../model/lent-batches.ts';
import type { Table } from '../model/tables.ts';
import { writingError } from './store-error.ts';
import type { FromLoader, LoaderStart, ToLoader } from './load-messages.ts';
import { RecordsWriter } from './records-writer.ts';
import type { EnrichHosts } from './hosts.ts';
import type { SealPhase } from './seal.ts';

export interface LoadThreadHooks {
  readonly enrichHosts?: EnrichHosts | undefined;
  /** What the hosts are enriched with, kept with the records: what was said of an address is as old as its data. */
  readonly enrichmentVersions?: (() => Promise<readonly string[]>) | undefined;
  /** Called before each batch is loaded. */
  readonly onBatch?: (() => void) | undefined;
  readonly onPhase?: ((phase: SealPhase) => void) | undefined;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const isDiskError = (error: unknown): boolean =>
  /No space left|ENOSPC|Permission denied|Read-only file system/i.test(messageOf(error));

/** DuckDB takes no shared memory: what is loaded is a copy in a batch of this thread's own. */
class OwnBatches {
  readonly #borrowed = new BatchBorrower();
  readonly #own = new Map<Table, ColumnBatch>();

  take(lent: LentBatch): ColumnBatch {
    const shared = this.#borrowed.take(lent);
    const own = this.#own.get(shared.table) ?? new ColumnBatch(shared.table);
    this.#own.set(shared.table, own);
    own.copy(shared);
    return own;
  }
}

/** Serves one DuckDbBatchSink until it seals or aborts. */
export async function serveLoader(
  port: MessagePort,
  start: LoaderStart,
  hooks: LoadThreadHooks = {},
): Promise<void> {
  const say = (message: FromLoader): void => port.postMessage(message);
  const batches = new OwnBatches();
  const fail = (error: unknown): void => {
    writer?.abort();
    writer = undefined;
    say({
      say: 'failed',
      message: isDiskError(error) ? writingError(start.path, error).message : messageOf(error),
    });
  };
  let writer: RecordsWriter | undefined;
  try {
    writer = await RecordsWriter.create(start.path, start.options);
  } catch (error) {
    fail(error);
    return;
  }

  const handle = async (message: ToLoader): Promise<void> => {
    if (!writer) return;
    switch (message.say) {
      case 'batch': {
        hooks.onBatch?.();
        const begun = performance.now();
        writer.load(batches.take(message));
        return say({ say: 'free', batch: message.batch, busyMs: performance.now() - begun });
      }
      case 'finish':
        writer.flush();
        return say({ say: 'finished' });
      case 'seal': {
        const onPhase = (phase: SealPhase): void => {
          say({ say: 'phase', phase });
          hooks.onPhase?.(phase);
        };
        const versions = await hooks.enrichmentVersions?.();
        const result = await writer.seal({
          ...message.options,
          ...(versions ? { meta: { ...message.options.meta, enrichment: JSON.stringify(versions) } } : {}),
          ...(hooks.enrichHosts ? { enrichHosts: hooks.enrichHosts } : {}),
          onPhase,
        });
        writer = undefined;
        return say({ say: 'sealed', result });
      }
      case 'abort':
        writer.abort();
        writer = undefined;
        return say({ say: 'aborted' });
    }
  };
  port.on('message', (message: ToLoader) => {
    handle(message).catch(fail);
  });
  say({ say: 'opened' });
}

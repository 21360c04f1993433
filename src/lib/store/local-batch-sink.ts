/** A BatchSink that loads in its own thread: tests, and whatever has few rows. */

import { ColumnBatch } from '../model/column-batch.ts';
import type { BatchSink } from '../model/sinks.ts';
import type { Table } from '../model/tables.ts';
import { RecordsWriter } from './records-writer.ts';
import type { RecordsWriterOptions } from './records-writer.ts';
import type { SealOptions, SealResult } from './seal.ts';

/** A BatchSink whose rows become a sealed records file. */
export interface SealingSink extends BatchSink {
  /** After `finish`: hosts, checkpoint, sync, rename. */
  seal(options?: Pick<SealOptions, 'homeNetworks' | 'meta'>): Promise<SealResult>;
  /** Ends without a file. Safe to call at any time. */
  abort(): Promise<void>;
}

export class LocalBatchSink implements SealingSink {
  readonly #writer: RecordsWriter;
  readonly #enrich: Pick<SealOptions, 'enrichHosts' | 'onPhase'>;
  readonly #free = new Map<string, ColumnBatch[]>();

  private constructor(writer: RecordsWriter, enrich: Pick<SealOptions, 'enrichHosts' | 'onPhase'>) {
    this.#writer = writer;
    this.#enrich = enrich;
  }

  static async create(
    path: string,
    options: RecordsWriterOptions & Pick<SealOptions, 'enrichHosts' | 'onPhase'> = {},
  ): Promise<LocalBatchSink> {
    return new LocalBatchSink(await RecordsWriter.create(path, options), options);
  }

  lease(table: Table): ColumnBatch {
    const batch = this.#free.get(table.name)?.pop() ?? new ColumnBatch(table);
    batch.clear();
    return batch;
  }

  submit(batch: ColumnBatch): void {
    this.#writer.load(batch);
    const free = this.#free.get(batch.table.name);
    if (free) free.push(batch);
    else this.#free.set(batch.table.name, [batch]);
  }

  async ready(): Promise<void> {
    // Loaded by the time submit returns.
  }

  async finish(): Promise<void> {
    this.#writer.flush();
  }

  async seal(options: Pick<SealOptions, 'homeNetworks' | 'meta'> = {}): Promise<SealResult> {
    return this.#writer.seal({ ...this.#enrich, ...options });
  }

  async abort(): Promise<void> {
    this.#writer.abort();
  }
}

/**
 * A BatchSink that writes NDJSON: one `<table>.ndjson` for each table that has rows, as the contract of `coldwire read` wants
 * them. Files are written next to nothing else: the folder is the caller's.
 */

import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import { ColumnBatch } from '../model/column-batch.ts';
import type { BatchSink } from '../model/sinks.ts';
import type { Table } from '../model/tables.ts';
import { rowWriterFor, type RowText } from './ndjson-row.ts';

export class NdjsonSink implements BatchSink {
  readonly #dir: string;
  readonly #leaveOut: ReadonlySet<string>;
  readonly #singleFile: boolean;
  readonly #free = new Map<Table, ColumnBatch[]>();
  readonly #streams = new Map<string, WriteStream>();
  readonly #text = new Map<Table, RowText>();
  #failure: Error | undefined;
  /** Rows written, by table. */
  readonly rows: Record<string, number> = {};

  /** `leaveOut`: tables that are not written; `singleFile`: leave the index of the capture file out, there is one only. */
  constructor(dir: string, leaveOut: readonly string[], singleFile: boolean) {
    this.#dir = dir;
    this.#leaveOut = new Set(leaveOut);
    this.#singleFile = singleFile;
  }

  lease(table: Table): ColumnBatch {
    const batch = this.#free.get(table)?.pop() ?? new ColumnBatch(table);
    batch.clear();
    return batch;
  }

  submit(batch: ColumnBatch): void {
    this.write(batch);
    const free = this.#free.get(batch.table);
    if (free) free.push(batch);
    else this.#free.set(batch.table, [batch]);
  }

  /** Writes the rows; the batch stays the caller's. */
  write(batch: ColumnBatch): void {
    if (batch.rows === 0 || this.#leaveOut.has(batch.table.name)) return;
    let text = this.#text.get(batch.table);
    if (!text) {
      text = rowWriterFor(batch.table, this.#singleFile);
      this.#text.set(batch.table, text);
    }
    let out = '';
    for (let row = 0; row < batch.rows; row++) out += `${text(batch, row)}\n`;
    this.#stream(batch.table.name).write(out);
    this.rows[batch.table.name] = (this.rows[batch.table.name] ?? 0) + batch.rows;
  }

  #stream(name: string): WriteStream {
    let stream = this.#streams.get(name);
    if (!stream) {
      stream = createWriteStream(join(this.#dir, `${name}.ndjson`));
      stream.on('error', (error) => (this.#failure ??= error));
      this.#streams.set(name, stream);
    }
    return stream;
  }

  async ready(): Promise<void> {
    if (this.#failure) throw this.#failure;
    for (const stream of this.#streams.values()) if (stream.writableNeedDrain) await once(stream, 'drain');
  }

  async finish(): Promise<void> {
    await Promise.all(
      [...this.#streams.values()].map(
        (stream) => new Promise<void>((resolve) => stream.end(() => resolve())),
      ),
    );
    if (this.#failure) throw this.#failure;
  }
}

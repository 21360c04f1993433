/** Rows by name for what is not hot: one open batch a table, handed to the sink when full. */

import type { CellValue, ColumnBatch } from '../../model/column-batch.ts';
import type { BatchSink, RowSink } from '../../model/sinks.ts';
import type { Table } from '../../model/tables.ts';

export class RowWriter implements RowSink {
  readonly #sink: BatchSink;
  readonly #open = new Map<Table, ColumnBatch>();
  /** Rows written, by table name. */
  readonly rows: Record<string, number> = {};

  constructor(sink: BatchSink) {
    this.#sink = sink;
  }

  /** Columns that are not named are NULL. Throws for a missing value where the column must have one. */
  row(table: Table, values: Readonly<Record<string, CellValue>>): void {
    let batch = this.#open.get(table);
    if (!batch) {
      batch = this.#sink.lease(table);
      this.#open.set(table, batch);
    }
    for (let c = 0; c < table.columns.length; c++)
      batch.set(c, batch.rows, values[(table.columns[c] as { name: string }).name]);
    batch.rows++;
    this.rows[table.name] = (this.rows[table.name] ?? 0) + 1;
    if (!batch.full) return;
    this.#open.delete(table);
    this.#sink.submit(batch);
  }

  flush(): void {
    for (const batch of this.#open.values()) this.#sink.submit(batch);
    this.#open.clear();
  }
}

/** Names of hosts that several threads saw: each once, with the earliest time, as one thread writes them. */

import type { CellValue, ColumnBatch } from '../../../model/column-batch.ts';
import type { BatchSink } from '../../../model/sinks.ts';
import { NAMES } from '../../../model/tables.ts';
import { RowWriter } from '../../columns/row-writer.ts';

type Row = Readonly<Record<string, CellValue>>;

export class MergedNames {
  readonly #rows = new Map<string, Row>();

  /** Takes the batch's rows where they are names. */
  takes(batch: ColumnBatch): boolean {
    if (batch.table.name !== NAMES.name) return false;
    for (let row = 0; row < batch.rows; row++) this.#add(rowOf(batch, row));
    return true;
  }

  #add(row: Row): void {
    const { address, name, source, first_seen: seen } = row;
    const key = `${String(address)} ${String(source)} ${String(name)}`;
    const known = this.#rows.get(key);
    const before = known?.['first_seen'];
    if (known && !(typeof seen === 'bigint' && typeof before === 'bigint' && seen < before)) return;
    this.#rows.set(key, row);
  }

  /** Answers how many there are. */
  write(sink: BatchSink): number {
    const rows = new RowWriter(sink);
    for (const row of this.#rows.values()) rows.row(NAMES, row);
    rows.flush();
    return this.#rows.size;
  }
}

const rowOf = (batch: ColumnBatch, row: number): Row =>
  Object.fromEntries(batch.table.columns.map(({ name }, c) => [name, batch.get(c, row)]));

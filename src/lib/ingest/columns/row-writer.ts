/** Rows by name for what is not hot: one open batch a table, handed to the sink when full. */

import type { CellValue, ColumnBatch, ColumnData } from '../../model/column-batch.ts';
import type { RecordOrigin, RowValues } from '../../model/content.ts';
import type { BatchSink, RowSink } from '../../model/sinks.ts';
import type { Table } from '../../model/tables.ts';
import { writeNanoseconds } from '../../model/wide.hot.ts';

type OriginColumn = (batch: ColumnBatch, c: number, row: number, origin: RecordOrigin) => void;

const time = (data: ColumnData | undefined, row: number, sec: number, nsec: number): void => {
  if (data) writeNanoseconds(data.u32, 2 * row, sec, nsec);
};

/** Columns of a record's origin: columns that are never NULL, and uid. */
const ORIGIN: Readonly<Record<string, OriginColumn>> = {
  ts: (batch, c, row, { first }) => {
    const { sec, nsec } = first;
    if (sec === undefined || nsec === undefined) batch.set(c, row, first.ts);
    else time(batch.columns[c], row, sec, nsec);
  },
  uid: (batch, c, row, { uid }) => batch.set(c, row, uid),
  id_orig_h: (batch, c, row, { origAddress }) => batch.set(c, row, origAddress),
  id_orig_p: (batch, c, row, { origP }) => batch.set(c, row, origP),
  id_resp_h: (batch, c, row, { respAddress }) => batch.set(c, row, respAddress),
  id_resp_p: (batch, c, row, { respP }) => batch.set(c, row, respP),
  file: (batch, c, row, { first }) => batch.set(c, row, first.file),
  first_frame: (batch, c, row, { first }) => batch.set(c, row, first.frame),
  capture_file: (batch, c, row, { last }) => batch.set(c, row, last.file),
  capture_frame: (batch, c, row, { last }) => batch.set(c, row, last.frame),
};

/** What is known of a table before its first row. */
interface Plan {
  readonly names: readonly string[];
  readonly nullable: readonly boolean[];
  readonly origin: readonly (OriginColumn | undefined)[];
}

const planOf = ({ columns }: Table): Plan => ({
  names: columns.map(({ name }) => name),
  nullable: columns.map(({ nullable }) => nullable),
  origin: columns.map(({ name }) => ORIGIN[name]),
});

interface Open {
  readonly plan: Plan;
  batch: ColumnBatch | undefined;
  rows: number;
}

export class RowWriter implements RowSink {
  readonly #sink: BatchSink;
  readonly #tables = new Map<Table, Open>();

  constructor(sink: BatchSink) {
    this.#sink = sink;
  }

  /** Rows written, by table name. */
  get rows(): Record<string, number> {
    return Object.fromEntries([...this.#tables].map(([{ name }, { rows }]) => [name, rows]));
  }

  /** Throws for a missing value where the column must have one. */
  row(table: Table, values: RowValues, origin?: RecordOrigin): void {
    let open = this.#tables.get(table);
    if (!open) {
      open = { plan: planOf(table), batch: undefined, rows: 0 };
      this.#tables.set(table, open);
    }
    const batch = (open.batch ??= this.#sink.lease(table));
    write(batch, open.plan, values, origin);
    batch.rows++;
    open.rows++;
    if (!batch.full) return;
    open.batch = undefined;
    this.#sink.submit(batch);
  }

  flush(): void {
    for (const open of this.#tables.values()) {
      if (open.batch) this.#sink.submit(open.batch);
      open.batch = undefined;
    }
  }
}

function write(batch: ColumnBatch, plan: Plan, values: RowValues, origin: RecordOrigin | undefined): void {
  const row = batch.rows;
  const { names, nullable } = plan;
  for (let c = 0; c < names.length; c++) {
    const common = origin && plan.origin[c];
    if (common) {
      common(batch, c, row, origin);
      continue;
    }
    const value: CellValue = values[names[c]];
    // A leased batch is all NULL.
    if (value === undefined && nullable[c]) continue;
    batch.set(c, row, value);
  }
}

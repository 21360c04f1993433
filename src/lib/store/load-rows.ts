/** Column batches into DuckDB by the ordinary appender, value by value: slower, with no unsafe call. Gives the same tables. */

import duckdb from '@duckdb/node-bindings';
import type { CellValue, ColumnBatch } from '../model/column-batch.ts';
import type { Column, Table } from '../model/tables.ts';

/** A bigint or number column by the appender's own call. */
const appendOne: Readonly<
  Record<
    Exclude<Column['kind'], 'addr' | 'enum' | 'u16[]' | 'text[]'>,
    (to: duckdb.Appender, value: CellValue) => void
  >
> = {
  bool: (to, value) => duckdb.append_bool(to, value as boolean),
  u8: (to, value) => duckdb.append_uint8(to, value as number),
  u16: (to, value) => duckdb.append_uint16(to, value as number),
  u32: (to, value) => duckdb.append_uint32(to, value as number),
  u64: (to, value) => duckdb.append_uint64(to, value as bigint),
  mac: (to, value) => duckdb.append_uint64(to, value as bigint),
  time: (to, value) => duckdb.append_int64(to, value as bigint),
  span: (to, value) => duckdb.append_int64(to, value as bigint),
  f64: (to, value) => duckdb.append_double(to, value as number),
  text: (to, value) => duckdb.append_varchar(to, value as string),
};

export class RowLoader {
  readonly #appender: duckdb.Appender;
  readonly #enums: readonly (duckdb.LogicalType | undefined)[];
  readonly #u16 = duckdb.create_logical_type(duckdb.Type.USMALLINT);
  readonly #text = duckdb.create_logical_type(duckdb.Type.VARCHAR);

  constructor(connection: duckdb.Connection, table: Table) {
    this.#appender = duckdb.appender_create_ext(connection, null, 'main', table.name);
    this.#enums = table.columns.map((column) =>
      column.kind === 'enum' ? duckdb.create_enum_type(column.values ?? []) : undefined,
    );
  }

  load(batch: ColumnBatch): void {
    for (let row = 0; row < batch.rows; row++) {
      batch.columns.forEach(({ column }, c) => this.#append(column, c, batch.get(c, row)));
      duckdb.appender_end_row(this.#appender);
    }
  }

  flush(): void {
    duckdb.appender_flush_sync(this.#appender);
  }

  close(): void {
    duckdb.appender_close_sync(this.#appender);
  }

  #append(column: Column, c: number, value: CellValue): void {
    const to = this.#appender;
    if (value === null) {
      duckdb.append_null(to);
      if (column.kind === 'addr') duckdb.append_null(to);
      return;
    }
    switch (column.kind) {
      case 'addr': {
        const [hi, lo] = value as readonly [bigint, bigint];
        duckdb.append_uint64(to, hi);
        duckdb.append_uint64(to, lo);
        return;
      }
      case 'enum':
        return duckdb.append_value(
          to,
          duckdb.create_enum_value(
            this.#enums[c] as duckdb.LogicalType,
            (column.values ?? []).indexOf(value as string),
          ),
        );
      case 'u16[]':
        return duckdb.append_value(
          to,
          duckdb.create_list_value(
            this.#u16,
            (value as number[]).map((n) => duckdb.create_uint16(n)),
          ),
        );
      case 'text[]':
        return duckdb.append_value(
          to,
          duckdb.create_list_value(
            this.#text,
            (value as string[]).map((text) => duckdb.create_varchar(text)),
          ),
        );
      default:
        return appendOne[column.kind](to, value);
    }
  }
}

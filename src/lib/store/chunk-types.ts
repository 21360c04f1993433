/** The types of a table's columns as DuckDB's logical types, in the order of physicalColumns. */

import duckdb from '@duckdb/node-bindings';
import type { Column, Table } from '../model/tables.ts';
import { physicalColumns } from './schema.ts';

const { Type } = duckdb;

function logicalType(column: Column): duckdb.LogicalType {
  switch (column.kind) {
    case 'bool':
      return duckdb.create_logical_type(Type.BOOLEAN);
    case 'u8':
      return duckdb.create_logical_type(Type.UTINYINT);
    case 'u16':
      return duckdb.create_logical_type(Type.USMALLINT);
    case 'u32':
      return duckdb.create_logical_type(Type.UINTEGER);
    case 'u64':
    case 'mac':
    case 'addr':
      return duckdb.create_logical_type(Type.UBIGINT);
    case 'time':
    case 'span':
      return duckdb.create_logical_type(Type.BIGINT);
    case 'f64':
      return duckdb.create_logical_type(Type.DOUBLE);
    case 'text':
      return duckdb.create_logical_type(Type.VARCHAR);
    case 'enum':
      return duckdb.create_enum_type(column.values ?? []);
    case 'u16[]':
      return duckdb.create_list_type(duckdb.create_logical_type(Type.USMALLINT));
    case 'text[]':
      return duckdb.create_list_type(duckdb.create_logical_type(Type.VARCHAR));
  }
}

export const chunkTypes = (table: Table): duckdb.LogicalType[] =>
  physicalColumns(table).map(({ of }) => logicalType(of));

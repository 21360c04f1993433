/** records.duckdb as SQL: every table of model/tables.ts, and one table of facts about the file itself. */

import type { Column, ColumnKind, Table } from '../model/tables.ts';
import { TABLES } from '../model/tables.ts';

/** Raised when a table or column changes its meaning. Added tables, columns and words need no new number: see case-views.ts. */
export const RECORDS_SCHEMA_VERSION = 1;

/** Column of DuckDB: an address is two of them, everything else is one. */
export interface PhysicalColumn {
  readonly name: string;
  /** SQL type as it stands in DDL. */
  readonly type: string;
  readonly nullable: boolean;
  readonly of: Column;
}

const TYPES: Readonly<Record<Exclude<ColumnKind, 'enum' | 'addr'>, string>> = {
  bool: 'BOOLEAN',
  u8: 'UTINYINT',
  u16: 'USMALLINT',
  u32: 'UINTEGER',
  u64: 'UBIGINT',
  f64: 'DOUBLE',
  time: 'BIGINT',
  span: 'BIGINT',
  mac: 'UBIGINT',
  text: 'VARCHAR',
  'u16[]': 'USMALLINT[]',
  'text[]': 'VARCHAR[]',
};

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Name of the ENUM type of a column: enums are types of the file that holds the table. */
export const enumTypeName = (table: Table, column: Column): string => `${table.name}_${column.name}`;

const enumValues = (column: Column): string => (column.values ?? []).map(quoteText).join(', ');

/** ENUM in full, for casts and for views that have no table behind them. */
export const enumType = (column: Column): string => `ENUM (${enumValues(column)})`;

/** The columns of a table in DuckDB, in the order of the table. */
export function physicalColumns(table: Table): PhysicalColumn[] {
  return table.columns.flatMap((of): PhysicalColumn[] => {
    const { name, kind, nullable } = of;
    if (kind === 'addr') {
      return ['hi', 'lo'].map((half) => ({ name: `${name}_${half}`, type: 'UBIGINT', nullable, of }));
    }
    return [{ name, type: kind === 'enum' ? enumTypeName(table, of) : TYPES[kind], nullable, of }];
  });
}

/** The type of a physical column without reference to a named ENUM type. */
export const standaloneType = (column: PhysicalColumn): string =>
  column.of.kind === 'enum' ? enumType(column.of) : column.type;

/**
 * Where the best compression is known beforehand, DuckDB need not try them all: a third of the time that loading `conn` takes.
 * Ids that never repeat gain nothing from a dictionary, and words that repeat gain most from one.
 */
const COMPRESSION: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  conn: {
    uid: 'uncompressed',
    community_id: 'uncompressed',
    service: 'dictionary',
    app: 'dictionary',
    history: 'dictionary',
    continued_from: 'dictionary',
  },
};

/** Statements that remove a table and its types. */
export const dropTable = (table: Table): string[] => [
  `DROP TABLE ${quoteName(table.name)}`,
  ...table.columns
    .filter((column) => column.kind === 'enum')
    .map((column) => `DROP TYPE ${quoteName(enumTypeName(table, column))}`),
];

/** Statements that create the types of a table and the table. */
export function createTable(table: Table): string[] {
  const types = table.columns
    .filter((column) => column.kind === 'enum')
    .map((column) => `CREATE TYPE ${quoteName(enumTypeName(table, column))} AS ${enumType(column)}`);
  const columns = physicalColumns(table).map(({ name, type, nullable, of }) => {
    const compression = COMPRESSION[table.name]?.[name];
    return [
      quoteName(name),
      of.kind === 'enum' ? quoteName(type) : type,
      ...(nullable ? [] : ['NOT NULL']),
      ...(compression ? [`USING COMPRESSION ${compression}`] : []),
    ].join(' ');
  });
  return [...types, `CREATE TABLE ${quoteName(table.name)} (${columns.join(', ')})`];
}

/** Statements that create everything in an empty records file. */
export function createRecordsSchema(tables: readonly Table[] = TABLES): string[] {
  return [
    'CREATE TABLE meta (key VARCHAR PRIMARY KEY, value VARCHAR NOT NULL)',
    ...tables.flatMap(createTable),
  ];
}

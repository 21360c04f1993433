/** An empty case of one input in memory, and rows put into its tables with only what a test cares for. */

import type { Query } from '../../../src/lib/analysis/detect/contract.ts';
import { parseAddress } from '../../../src/lib/model/address.ts';
import { type Column, type Table, tableNamed, TABLES } from '../../../src/lib/model/tables.ts';
import { dialectMacros } from '../../../src/lib/store/dialect.ts';
import { openInstance, rowsOf } from '../../../src/lib/store/duckdb.ts';
import { createTable, physicalColumns } from '../../../src/lib/store/schema.ts';

export type Value = string | number | bigint | boolean | null | readonly string[] | readonly number[];
/** Addresses as text under their column's name; times and spans in seconds, times after T0; MACs as text. */
export type GivenRow = Readonly<Record<string, Value>>;

/** 2026-09-21, in nanoseconds. */
export const T0 = 1_790_000_000_000_000_000n;

export interface RecordsDb {
  readonly query: Query;
  run(sql: string): Promise<void>;
  insert(table: string, rows: readonly GivenRow[], input?: string): Promise<void>;
}

export async function recordsDb(inputs: readonly string[] = ['one']): Promise<RecordsDb> {
  const db = await (await openInstance(':memory:', { memoryMb: 256, threads: 1 })).connect();
  for (const sql of dialectMacros('main')) await db.run(sql);
  await db.run('CREATE SCHEMA r');
  for (const table of TABLES) {
    for (const sql of createTable(table)) await db.run(sql);
    await db.run(`ALTER TABLE ${table.name} ADD COLUMN in_input VARCHAR DEFAULT '${inputs[0] ?? 'one'}'`);
    await db.run(
      `CREATE VIEW r.${table.name} AS SELECT in_input AS input, * EXCLUDE (in_input) FROM main.${table.name}`,
    );
  }
  return {
    query: (sql, params) => rowsOf(db, sql, params),
    run: async (sql) => {
      await db.run(sql);
    },
    async insert(name, rows, input = inputs[0] ?? 'one') {
      const table = tableNamed(name);
      if (!table) throw new Error(`There is no table ${name}.`);
      for (let at = 0; at < rows.length; at += 500) {
        const part = rows.slice(at, at + 500).map((row, i) => rowSql(table, row, at + i, input));
        await db.run(
          `INSERT INTO ${name} (${[...physicalColumns(table).map((c) => `"${c.name}"`), 'in_input'].join(', ')}) VALUES ${part.join(', ')}`,
        );
      }
    },
  };
}

const rowSql = (table: Table, row: GivenRow, at: number, input: string): string => {
  for (const name of Object.keys(row))
    if (!table.columns.some((column) => column.name === name))
      throw new Error(`${table.name} has no ${name}.`);
  return `(${[...table.columns.flatMap((column) => cells(column, row[column.name], at)), quote(input)].join(', ')})`;
};

const quote = (value: string): string => `'${value.replaceAll("'", "''")}'`;

const cells = (column: Column, value: Value | undefined, at: number): string[] => {
  if (column.kind === 'addr') {
    const halves = typeof value === 'string' ? parseAddress(value) : undefined;
    if (!halves) return column.nullable ? ['NULL', 'NULL'] : ['0', '281470681743361'];
    return [String(halves.hi), String(halves.lo)];
  }
  if (value === null || (value === undefined && column.nullable && column.name !== 'uid')) return ['NULL'];
  if (value === undefined) return [missing(column, at)];
  return [cell(column, value)];
};

const missing = ({ kind, name, values }: Column, at: number): string => {
  if (name === 'uid') return `'C${at}'`;
  if (name === 'first_frame' || name === 'capture_frame') return String(at + 1);
  if (kind === 'time') return String(T0 + BigInt(at) * 1_000_000n);
  if (kind === 'text') return "''";
  if (kind === 'bool') return 'false';
  if (kind === 'enum') return quote(values?.[0] ?? '');
  return kind.endsWith('[]') ? '[]' : '0';
};

const cell = ({ kind }: Column, value: Exclude<Value, null>): string => {
  if (kind === 'time') return String(T0 + BigInt(Math.round(Number(value) * 1e9)));
  if (kind === 'span') return String(Math.round(Number(value) * 1e9));
  if (kind === 'mac' && typeof value === 'string') return String(BigInt(`0x${value.replaceAll(':', '')}`));
  if (Array.isArray(value))
    return `[${value.map((item) => (typeof item === 'string' ? quote(item) : String(item))).join(', ')}]`;
  return typeof value === 'string' ? quote(value) : String(value);
};

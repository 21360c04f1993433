/** Rows of a table: a page of them with totals, or all of them as a stream. */

import type { TableFacts, TablePage, tableExportQuery, tableQuery } from '../model/api/tables.ts';
import { CASE_TABLES, type Column, type Table } from '../model/tables.ts';
import type { z } from 'zod';
import type { CaseAccess } from './case-access.ts';
import { type CaseReader, num, type Piece, type QueryOptions } from './reading.ts';
import { Refusal } from './refusal.ts';
import { scopePiece } from './scope.ts';
import { literal } from './sql-text.ts';
import {
  chosenColumns,
  columnFacts,
  isSummed,
  ordered,
  rowMaker,
  selected,
  visibleColumns,
} from './table-columns.ts';

type PageQuery = z.output<typeof tableQuery>;
export type AllRowsQuery = Omit<z.output<typeof tableExportQuery>, 'format'>;

export function knownTable(name: string): Table {
  const table = CASE_TABLES.find((one) => one.name === name);
  if (table) return table;
  throw new Refusal(
    'not_found',
    `There is no table ${name}; there are ${CASE_TABLES.map((one) => one.name).join(', ')}.`,
  );
}

/** ORDER BY: what was asked for, then time and key, so that pages never overlap. */
function orderOf(table: Table, { sort, desc }: Pick<AllRowsQuery, 'sort' | 'desc'>): string {
  const columns = visibleColumns(table);
  const asked = sort === undefined ? undefined : columns.find(({ name }) => name === sort);
  if (sort !== undefined && !asked)
    throw new Refusal('bad_request', `Table ${table.name} has no column ${sort} to sort by.`);
  const time = table.columns.find(({ kind }) => kind === 'time');
  const key = table.key.map((name) => table.columns.find((column) => column.name === name));
  const rest = [time, ...key].filter((column): column is Column => column !== undefined && column !== asked);
  const terms = [
    ...(asked ? [ordered(asked, desc)] : []),
    ...new Set(rest.map((column) => ordered(column, asked === undefined && desc))),
  ];
  return [...terms, 'input'].join(', ');
}

export interface RowsQuery extends Piece {
  readonly columns: readonly Column[];
}

export function rowsQuery(table: Table, query: AllRowsQuery): RowsQuery {
  const columns = chosenColumns(table, query.columns);
  const where = scopePiece(query, table);
  const list = columns.flatMap(selected).join(', ');
  return {
    columns,
    sql: `SELECT ${list} FROM r.${table.name} WHERE ${where.sql} ORDER BY ${orderOf(table, query)}`,
    params: where.params,
  };
}

async function totals(
  reader: CaseReader,
  table: Table,
  where: Piece,
  options: QueryOptions,
): Promise<{ total: number; sums: Record<string, number> }> {
  const summed = table.columns.filter(isSummed);
  const terms = ['count(*)', ...summed.map(({ name }) => `sum("${name}")`)].join(', ');
  const { rows } = await reader.query(
    `SELECT ${terms} FROM r.${table.name} WHERE ${where.sql}`,
    where.params,
    options,
  );
  const row = rows[0] ?? [];
  return {
    total: num(row[0]),
    sums: Object.fromEntries(summed.map(({ name }, at) => [name, num(row[at + 1])])),
  };
}

export class TableRows {
  readonly #cases: CaseAccess;

  constructor(cases: CaseAccess) {
    this.#cases = cases;
  }

  list(caseId: string, signal?: AbortSignal): Promise<{ tables: TableFacts[] }> {
    return this.#cases.read(caseId, async (reader) => {
      const counts = CASE_TABLES.map(({ name }) => `(SELECT count(*) FROM r.${name})`).join(', ');
      const { rows } = await reader.query(
        `SELECT ${counts}, EXISTS (SELECT 1 FROM r.conn WHERE process IS NOT NULL), EXISTS (SELECT 1 FROM r.hosts WHERE seen_in <> 'capture'), EXISTS (SELECT 1 FROM r.hosts WHERE severity IS NOT NULL)`,
        [],
        { signal },
      );
      const [isNamed, hasKept, hasFound] = (rows[0] ?? [])
        .slice(CASE_TABLES.length)
        .map((cell) => cell === true);
      // Empty columns that only what is kept with a case fills are in nobody's way.
      const shown = new Map([
        ['conn.process', isNamed],
        ['hosts.seen_in', hasKept],
        ['conn.severity', hasFound],
        ['hosts.severity', hasFound],
      ]);
      return {
        tables: CASE_TABLES.map((table, at) => ({
          name: table.name,
          doc: table.doc,
          rows: num(rows[0]?.[at]),
          key: [...table.key],
          columns: columnFacts(table).map((column) => ({
            ...column,
            shown: shown.get(`${table.name}.${column.name}`) ?? column.shown,
          })),
        })),
      };
    });
  }

  page(caseId: string, name: string, query: PageQuery, signal?: AbortSignal): Promise<TablePage> {
    const table = knownTable(name);
    const { columns, sql, params } = rowsQuery(table, query);
    const where = scopePiece(query, table);
    return this.#cases.read(caseId, async (reader) => {
      const paged = `${sql} LIMIT ${query.limit} OFFSET ${query.offset}`;
      const [sum, page] = await Promise.all([
        totals(reader, table, where, { signal }),
        reader.query(paged, params, { signal }),
      ]);
      const make = rowMaker(columns);
      return {
        table: table.name,
        columns: columns.map((column) => column.name),
        rows: page.rows.map(make),
        ...sum,
        offset: query.offset,
        limit: query.limit,
        sql: literal(paged, params),
      };
    });
  }
}

/** All rows of a table that match, as CSV or NDJSON, a lot at a time: memory does not grow with their number. */

import { csvLines } from '../export/csv.ts';
import type { Cell } from '../model/api/common.ts';
import type { CaseAccess } from './case-access.ts';
import { rowMaker } from './table-columns.ts';
import { type AllRowsQuery, knownTable, rowsQuery } from './table-rows.ts';

export type TextFormat = 'csv' | 'ndjson';

/** A value that is not known is left out, as `coldwire read` does. */
function jsonLine(names: readonly string[], row: readonly Cell[]): string {
  const known = names.map((name, at) => [name, row[at] ?? null] as const).filter(([, cell]) => cell !== null);
  return `${JSON.stringify(Object.fromEntries(known))}\n`;
}

/** Text of the rows, in pieces. A wrong table, column or filter is refused before the first piece. */
export function exportRows(
  cases: CaseAccess,
  caseId: string,
  table: string,
  query: AllRowsQuery,
  format: TextFormat,
  signal?: AbortSignal,
): AsyncGenerator<string> {
  const { columns, sql, params } = rowsQuery(knownTable(table), query);
  const names = columns.map(({ name }) => name);
  const make = rowMaker(columns);
  async function* pieces(): AsyncGenerator<string> {
    if (format === 'csv') yield csvLines([names]);
    for await (const lot of cases.stream(caseId, sql, params, { signal })) {
      const rows = lot.map(make);
      yield format === 'csv' ? csvLines(rows) : rows.map((row) => jsonLine(names, row)).join('');
    }
  }
  return pieces();
}

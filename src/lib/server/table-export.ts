/** All rows of a table that match, as CSV or NDJSON, a lot at a time: memory does not grow with their number. */

import { csvLines } from '../export/csv.ts';
import { csvRow, jsonRow } from '../store/row-text.ts';
import type { CaseAccess } from './case-access.ts';
import { type AllRowsQuery, knownTable, rowsQuery } from './table-rows.ts';

export type TextFormat = 'csv' | 'ndjson';

const LINE_END: Readonly<Record<TextFormat, string>> = { csv: '\r\n', ndjson: '\n' };

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
  const line = format === 'csv' ? csvRow(columns) : jsonRow(columns);
  const end = LINE_END[format];
  async function* pieces(): AsyncGenerator<string> {
    if (format === 'csv') yield csvLines([columns.map(({ name }) => name)]);
    for await (const lot of cases.stream(caseId, `SELECT ${line} FROM (${sql})`, params, { signal })) {
      yield lot.map(([text]) => `${String(text)}${end}`).join('');
    }
  }
  return pieces();
}

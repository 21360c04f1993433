/** A person's SQL over a case: one reading statement, capped in rows and time, with nothing but the case within its reach. */

import type { SqlRequest, SqlResult } from '../model/api/sql.ts';
import { QUERY_LIMITS } from '../model/limits.ts';
import { QueryError, type QueryErrorCode } from '../store/statement.ts';
import { type CaseReader, cellOf } from './reading.ts';
import { Refusal, type RefusalCode } from './refusal.ts';

const CODES: Readonly<Record<QueryErrorCode, RefusalCode>> = {
  syntax: 'bad_sql',
  not_a_read: 'bad_sql',
  too_long: 'too_large',
  aborted: 'cancelled',
  timeout: 'timeout',
  memory: 'bad_sql',
  closed: 'conflict',
  failed: 'internal',
};

export const refusalOfQuery = (error: QueryError): Refusal => new Refusal(CODES[error.code], error.message);

export async function runSql(
  reader: CaseReader,
  { sql, max_rows: asked }: SqlRequest,
  signal: AbortSignal,
): Promise<SqlResult> {
  const began = performance.now();
  try {
    const { columns, rows, truncated } = await reader.query(sql, [], {
      signal,
      timeoutMs: QUERY_LIMITS.timeoutMs,
      maxRows: asked ?? QUERY_LIMITS.maxRows,
      untrusted: true,
    });
    return {
      columns: columns.map(({ name, type }) => ({ name, type })),
      rows: rows.map((row) => row.map(cellOf)),
      capped: truncated,
      ms: Math.round(performance.now() - began),
    };
  } catch (error) {
    // What DuckDB fails at inside a person's statement is that statement's fault.
    if (error instanceof QueryError && error.code === 'failed') throw new Refusal('bad_sql', error.message);
    throw error;
  }
}

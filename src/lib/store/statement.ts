/** What a person's SQL may be, and what is said when it is not or when it fails. */

import type { DuckDBConnection } from '@duckdb/node-api';
import { StatementType } from '@duckdb/node-api';

export type QueryErrorCode =
  'syntax' | 'not_a_read' | 'aborted' | 'timeout' | 'memory' | 'too_long' | 'closed' | 'failed';

/** A query that did not give rows: `message` is for people. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
  readonly code: QueryErrorCode;

  constructor(code: QueryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const READS: ReadonlySet<StatementType> = new Set([StatementType.SELECT, StatementType.EXPLAIN]);

/**
 * Refuses anything but exactly one reading statement, by DuckDB's own parser: SELECT, WITH, FROM, VALUES, DESCRIBE, SHOW,
 * SUMMARIZE, EXPLAIN. (EXPLAIN ANALYZE of a writing statement cannot write: nothing here is writable.)
 */
export async function assertOneRead(connection: DuckDBConnection, sql: string): Promise<void> {
  const statements = await connection.extractStatements(sql).catch((error: unknown) => {
    // Text with no statement in it makes DuckDB's parser answer an error without words.
    if (!(error instanceof Error && error.message.includes('native callback'))) throw error;
    return undefined;
  });
  if (statements?.count !== 1) {
    throw new QueryError('not_a_read', `One statement at a time: this is ${statements?.count ?? 'none'}.`);
  }
  const prepared = await statements.prepare(0);
  const { statementType } = prepared;
  prepared.destroySync();
  if (!READS.has(statementType)) {
    throw new QueryError(
      'not_a_read',
      `Only reading statements (SELECT, WITH, FROM, DESCRIBE, EXPLAIN …) run here, not ${StatementType[statementType]}.`,
    );
  }
}

/** DuckDB's message, without its position drawing. */
const firstLine = (message: string): string =>
  message.split('\n').find((line) => line.trim() !== '') ?? message;

/** The error of a failed query, with its code; `why` is set where we ended it ourselves. */
export function queryError(error: unknown, why: 'aborted' | 'timeout' | undefined): Error {
  if (error instanceof QueryError) return error;
  if (why === 'timeout')
    return new QueryError(
      'timeout',
      'The query took too long and was ended: narrow the time range or the filter.',
      { cause: error },
    );
  if (why === 'aborted') return new QueryError('aborted', 'The query was cancelled.', { cause: error });
  const message = error instanceof Error ? error.message : String(error);
  if (/^Out of Memory/i.test(message)) {
    return new QueryError(
      'memory',
      'The query needs more memory than it may have: narrow it, or aggregate before sorting.',
      { cause: error },
    );
  }
  if (
    /^(Parser|Binder|Catalog|Conversion|Invalid Input|Syntax|Permission|Out of Range|Not implemented) Error/i.test(
      message,
    )
  ) {
    return new QueryError('syntax', firstLine(message), { cause: error });
  }
  return new QueryError('failed', firstLine(message), { cause: error });
}

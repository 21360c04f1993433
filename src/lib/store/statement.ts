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

/** First words of DuckDB's statements that change something, or reach for what is not the case. */
const CHANGES: ReadonlySet<string> = new Set(
  `INSERT UPDATE DELETE MERGE TRUNCATE CREATE DROP ALTER COMMENT COPY EXPORT IMPORT ATTACH DETACH USE INSTALL LOAD SET RESET
   VACUUM CHECKPOINT FORCE ANALYZE ANALYSE BEGIN START COMMIT END ROLLBACK ABORT PREPARE EXECUTE DEALLOCATE`.split(
    /\s+/,
  ),
);
/** Of these, what writes files. */
const WRITES_FILES: ReadonlySet<string> = new Set(['COPY', 'EXPORT']);

/** What DuckDB says of a statement that would change a file of records, whatever word stands before it. */
const WOULD_CHANGE = /Cannot execute statement of type "\w+".*read-only mode/i;
/** What it says of a file or an address that a query asks for. */
const OUT_OF_REACH = /disabled by configuration/i;

const notARead = (word: string): QueryError =>
  new QueryError(
    'not_a_read',
    `Only reading statements (SELECT, WITH, FROM, DESCRIBE, EXPLAIN …) run here, not ${word}: ${
      WRITES_FILES.has(word)
        ? 'to write rows to a file, export them.'
        : 'a query changes nothing, and the records of a case are never changed.'
    }`,
  );

/** The word that a statement begins with, behind comments and brackets. */
const firstWord = (sql: string): string =>
  (/^(?:[\s(;]|--[^\n]*(?:\n|$)|\/\*[^]*?\*\/)*([a-z]+)/i.exec(sql)?.[1] ?? '').toUpperCase();

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
  // Some are refused by DuckDB before it says of what kind they are, and in words about databases that nobody attached.
  const word = firstWord(sql);
  if (CHANGES.has(word)) throw notARead(word);
  const prepared = await statements.prepare(0);
  const { statementType } = prepared;
  prepared.destroySync();
  if (!READS.has(statementType)) throw notARead(StatementType[statementType]);
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
  if (WOULD_CHANGE.test(message)) return notARead('what changes a table');
  if (OUT_OF_REACH.test(message)) {
    return new QueryError(
      'not_a_read',
      'Files and addresses are out of reach here: a query reads the tables of its case alone (SHOW TABLES lists them).',
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

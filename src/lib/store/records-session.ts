/** What sealing may do with a records file that is being written. */

import type { DuckDBConnection } from '@duckdb/node-api';
import type { ColumnBatch } from '../model/column-batch.ts';

export interface RecordsSession {
  /** Final path; the file itself is `path`.part. */
  readonly path: string;
  /** The writer's own connection, inside its transaction. */
  readonly connection: DuckDBConnection;
  /** Rows loaded, by table. */
  readonly rows: Readonly<Record<string, number>>;
  run(sql: string): Promise<void>;
  setMeta(values: Readonly<Record<string, string>>): Promise<void>;
  /** Appends to a table of the file, a passing one included. */
  append(batches: Iterable<ColumnBatch>): void;
  countRows(table: string, rows: number): void;
  /** Ends loading: every appended row is in its table. */
  flush(): void;
  close(): void;
}

/** Opening DuckDB: one place for its settings. */

import { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBValue } from '@duckdb/node-api';

export interface DuckDbLimits {
  /** Memory that DuckDB may use, MiB; past it, it spills to `tempDirectory` or fails the query. */
  readonly memoryMb: number;
  readonly threads: number;
  /** Where it may spill; without one it may not. */
  readonly tempDirectory?: string;
  readonly options?: Readonly<Record<string, string>>;
}

export function openInstance(path: string, limits: DuckDbLimits): Promise<DuckDBInstance> {
  return DuckDBInstance.create(path, {
    memory_limit: `${limits.memoryMb}MiB`,
    threads: String(limits.threads),
    temp_directory: limits.tempDirectory ?? '',
    // Nothing of ours needs an extension, and none may be fetched.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    ...limits.options,
  });
}

/** Rows of one statement as objects of DuckDB's own values. */
export async function rowsOf(
  connection: DuckDBConnection,
  sql: string,
  params: readonly DuckDBValue[] = [],
): Promise<Record<string, DuckDBValue>[]> {
  const reader = await connection.runAndReadAll(sql, [...params]);
  return reader.getRowObjects();
}

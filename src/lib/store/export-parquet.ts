/** Rows of one table as Parquet, as people read them. */

import { existsSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Table } from '../model/tables.ts';
import { syncPath } from './atomic-file.ts';
import { openReadable } from './case-reader.ts';
import type { KeptRelations, SealedInput } from './case-reader.ts';
import { readableView } from './case-views.ts';
import { StoreError, writingError } from './store-error.ts';
import { quoteName, quoteText } from './schema.ts';

/**
 * Writes the rows of `table` that match `where` (a condition over the raw columns, values written out) in time order where the
 * table has time. Answers how many. Never overwrites: StoreError.
 */
export async function exportParquet(
  inputs: readonly SealedInput[],
  table: Table,
  where: string,
  path: string,
  kept?: KeptRelations,
): Promise<number> {
  if (existsSync(path)) throw new StoreError(`${path} exists already: name another file.`);
  const part = `${path}.part`;
  rmSync(part, { force: true });
  const { connection, close } = await openReadable(inputs, { tempDirectory: dirname(path), kept });
  const time = table.columns.find(({ kind }) => kind === 'time');
  try {
    await connection.run('CREATE SCHEMA chosen');
    await connection.run('CREATE SCHEMA written');
    await connection.run(
      `CREATE VIEW chosen.${quoteName(table.name)} AS SELECT * FROM r.${quoteName(table.name)} WHERE ${where}`,
    );
    await connection.run(readableView(table, 'written', `chosen.${quoteName(table.name)}`));
    const order = time ? ` ORDER BY ${quoteName(time.name)}` : '';
    const copied = await connection.run(
      `COPY (SELECT * FROM written.${quoteName(table.name)}${order}) TO ${quoteText(part)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    const rows = Number((await copied.getRows())[0]?.[0] ?? 0);
    syncPath(part);
    renameSync(part, path);
    syncPath(dirname(path));
    return rows;
  } catch (error) {
    throw writingError(path, error);
  } finally {
    close();
    rmSync(part, { force: true });
  }
}

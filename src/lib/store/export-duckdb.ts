/** A case as one plain DuckDB file: tables with Zeek's names and readable values, which any DuckDB shell opens. */

import { existsSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { TABLES } from '../model/tables.ts';
import { syncPath } from './atomic-file.ts';
import { openReadable } from './case-reader.ts';
import type { KeptRelations, SealedInput } from './case-reader.ts';
import { StoreError, writingError } from './store-error.ts';
import { quoteName, quoteText } from './schema.ts';

/**
 * Writes every table of the inputs to `path`: schema main as people read it (text addresses, TIMESTAMP_NS, seconds; column `input`),
 * and a table `inputs` of where it came from. ENUMs become text. Rows by table are answered. Never overwrites: StoreError.
 */
export async function exportDuckdb(
  inputs: readonly SealedInput[],
  path: string,
  kept?: KeptRelations,
): Promise<Record<string, number>> {
  if (existsSync(path)) throw new StoreError(`${path} exists already: name another file.`);
  const part = `${path}.part`;
  const remove = (): void => {
    for (const file of [part, `${part}.wal`]) rmSync(file, { force: true });
  };
  remove();
  const { connection, meta, makeReadable, close } = await openReadable(inputs, {
    tempDirectory: dirname(path),
    kept,
  });
  try {
    await makeReadable();
    await connection.run(`ATTACH ${quoteText(part)} AS out`);
    const rows: Record<string, number> = {};
    for (const { name } of TABLES) {
      const created = await connection.run(
        `CREATE TABLE out.main.${quoteName(name)} AS SELECT ${await plainColumns(connection, name)} FROM v.${quoteName(name)}`,
      );
      rows[name] = Number((await created.getRows())[0]?.[0] ?? 0);
    }
    await connection.run('CREATE TABLE out.main.inputs (input VARCHAR, key VARCHAR, value VARCHAR)');
    for (const [id, facts] of meta) {
      for (const [key, value] of Object.entries(facts))
        await connection.run('INSERT INTO out.main.inputs VALUES (?, ?, ?)', [id, key, value]);
    }
    await connection.run('CHECKPOINT out');
    await connection.run('DETACH out');
    syncPath(part);
    renameSync(part, path);
    syncPath(dirname(path));
    return rows;
  } catch (error) {
    throw writingError(path, error);
  } finally {
    close();
    remove();
  }
}

/** Columns of a readable view, with ENUMs as text: their types belong to another file. */
async function plainColumns(
  connection: Awaited<ReturnType<typeof openReadable>>['connection'],
  view: string,
): Promise<string> {
  const described = await connection.run(`SELECT * FROM v.${quoteName(view)} LIMIT 0`);
  const names = described.columnNames();
  return described
    .columnTypes()
    .map((type, i) => {
      const name = quoteName(names[i] ?? '');
      return type.toString().startsWith('ENUM') ? `${name}::VARCHAR AS ${name}` : name;
    })
    .join(', ');
}

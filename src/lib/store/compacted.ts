/**
 * Many small inputs of a case in one file, for reading: opening a file and planning a query over it cost more than its few rows. The
 * file is a copy that can be made again at any time: inputs stay what they are, and nothing is lost with it.
 */

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { TABLES } from '../model/tables.ts';
import { syncPath, writeAtomically } from './atomic-file.ts';
import { openReadable, type SealedInput } from './case-reader.ts';
import { createRecordsSchema, physicalColumns, quoteName, quoteText } from './schema.ts';
import { writingError } from './store-error.ts';

/** A file that holds several inputs. */
export interface Compacted {
  readonly path: string;
  readonly inputs: ReadonlySet<string>;
}

interface Note {
  readonly file: string;
  /** Of an engine with other tables it is not read: it may lack some that the inputs have. */
  readonly schema: string;
  readonly inputs: readonly string[];
}

const NOTE = 'compacted.json';
const FILE = /^compacted-[0-9a-z]+\.duckdb(\.part|\.part\.wal)?$/;

const schemaHash = createHash('sha256').update(createRecordsSchema().join('\n')).digest('hex').slice(0, 16);

/** What is compacted in the folder of a case; undefined where nothing is, or nothing that can be used. */
export function compactedIn(folder: string): Compacted | undefined {
  try {
    const { file, schema, inputs } = JSON.parse(readFileSync(join(folder, NOTE), 'utf8')) as Note;
    const path = join(folder, basename(file));
    return schema === schemaHash && existsSync(path) ? { path, inputs: new Set(inputs) } : undefined;
  } catch {
    return undefined;
  }
}

/** Removes the copy, and what an interrupted compaction left, `keep` apart. Who has it open reads on. */
export function dropCompacted(folder: string, keep?: string): void {
  if (keep === undefined) rmSync(join(folder, NOTE), { force: true });
  for (const name of readdirSync(folder))
    if (FILE.test(name) && name !== keep) rmSync(join(folder, name), { force: true });
}

/**
 * Copies the inputs into one file of the folder, in place of an earlier one. Killed at any moment it leaves the earlier one or none.
 * Rejects with StoreError; the folder is then as it was. `onStep` is called after each table, before and after the rename, and after
 * the note.
 */
export async function compact(
  inputs: readonly SealedInput[],
  folder: string,
  onStep: () => void = () => undefined,
): Promise<void> {
  const name = `compacted-${Date.now().toString(36)}.duckdb`;
  const path = join(folder, name);
  const part = `${path}.part`;
  const own = inputs.map(({ id, path: records }) => ({ id, path: records }));
  const { connection, meta, close } = await openReadable(own, {
    memoryMb: 256,
    threads: 1,
    tempDirectory: folder,
  });
  try {
    await connection.run(`ATTACH ${quoteText(part)} AS copy`);
    for (const table of TABLES) {
      const columns = physicalColumns(table).map((column) => quoteName(column.name));
      const to = `copy.main.${quoteName(table.name)}`;
      const made = await connection.run(
        `CREATE TABLE ${to} AS SELECT input, ${columns.join(', ')} FROM r.${quoteName(table.name)}`,
      );
      if (Number((await made.getRows())[0]?.[0] ?? 0) === 0) await connection.run(`DROP TABLE ${to}`);
      onStep();
    }
    await connection.run('CREATE TABLE copy.main.meta (input VARCHAR, key VARCHAR, value VARCHAR)');
    for (const [id, facts] of meta) {
      const rows = Object.entries(facts).map((fact) => `(${[id, ...fact].map(quoteText).join(', ')})`);
      if (rows.length > 0) await connection.run(`INSERT INTO copy.main.meta VALUES ${rows.join(', ')}`);
    }
    await connection.run('CHECKPOINT copy');
    await connection.run('DETACH copy');
    syncPath(part);
    onStep();
    renameSync(part, path);
    onStep();
    const note: Note = { file: name, schema: schemaHash, inputs: inputs.map(({ id }) => id) };
    writeAtomically(join(folder, NOTE), JSON.stringify(note));
    onStep();
    dropCompacted(folder, name);
  } catch (error) {
    for (const file of [part, `${part}.wal`]) rmSync(file, { force: true });
    throw writingError(path, error);
  } finally {
    close();
  }
}

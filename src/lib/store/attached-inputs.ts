/** The sealed files of a case's inputs attached to one database: each by itself, or many by the copy that was made of them. */

import type { DuckDBConnection } from '@duckdb/node-api';
import type { AttachedInput, StoredColumns } from './case-views.ts';
import { rowsOf } from './duckdb.ts';
import { RECORDS_SCHEMA_VERSION, quoteName, quoteText } from './schema.ts';
import { openingError } from './store-error.ts';

/** A sealed records file and the id of its input. */
export interface SealedInput {
  readonly id: string;
  readonly path: string;
  /** A file that has a copy of it among others: read instead, where many are opened. */
  readonly compacted?: string | undefined;
}

/** Facts of a records file: its table `meta`. */
export type RecordsMeta = Readonly<Record<string, string>>;

const catalogName = (index: number): string => `input_${index}`;

/** Attaches one file; answers its table `meta`. */
async function attach(
  connection: DuckDBConnection,
  { path }: SealedInput,
  catalog: string,
): Promise<RecordsMeta> {
  try {
    await connection.run(`ATTACH ${quoteText(path)} AS ${quoteName(catalog)} (READ_ONLY)`);
    const meta: Record<string, string> = {};
    for (const { key, value } of await rowsOf(connection, `SELECT key, value FROM ${catalog}.main.meta`))
      meta[String(key)] = String(value);
    if (Number(meta['schema_version']) > RECORDS_SCHEMA_VERSION) {
      throw new Error(
        `it was written by a newer engine (schema ${meta['schema_version']}; this one reads up to ${RECORDS_SCHEMA_VERSION}).`,
      );
    }
    return meta;
  } catch (error) {
    throw openingError(path, error);
  }
}

/** The catalog of a copy of several inputs. */
const COPY = 'input_copy';
/** Opening the copy pays for this many of its inputs. */
const COPY_FROM = 10;

/**
 * Attaches the copy that has the most of the inputs, where it pays; answers the inputs to be read from it, and sets their `meta`.
 * A copy that cannot be opened is done without: it may be gone since it was looked for.
 */
async function attachCopy(
  connection: DuckDBConnection,
  inputs: readonly SealedInput[],
  meta: Map<string, RecordsMeta>,
): Promise<readonly string[]> {
  const path = inputs.find(({ compacted }) => compacted !== undefined)?.compacted;
  const ids = inputs.filter(({ compacted }) => compacted === path).map(({ id }) => id);
  if (path === undefined || ids.length < COPY_FROM) return [];
  try {
    await connection.run(`ATTACH ${quoteText(path)} AS ${COPY} (READ_ONLY)`);
  } catch {
    return [];
  }
  for (const id of ids) meta.set(id, {});
  const facts = await connection.runAndReadAll(`SELECT input, key, value FROM ${COPY}.main.meta`);
  for (const row of facts.getRows()) {
    const [id = '', key = '', value = ''] = row.map(String);
    const known = meta.get(id);
    if (known) meta.set(id, { ...known, [key]: value });
  }
  return ids;
}

/** Columns of all attached files, by catalog. Asked once: DuckDB walks through every catalog for the answer. */
async function storedColumns(connection: DuckDBConnection): Promise<Map<string, StoredColumns>> {
  const found = new Map<string, Map<string, Map<string, string>>>();
  const listed = await connection.runAndReadAll(
    "SELECT database_name, table_name, column_name, data_type FROM duckdb_columns() WHERE schema_name = 'main' AND database_name LIKE 'input_%'",
  );
  for (const row of listed.getRows()) {
    const [catalog = '', table = '', column = '', type = ''] = row.map(String);
    let tables = found.get(catalog);
    if (!tables) found.set(catalog, (tables = new Map<string, Map<string, string>>()));
    let columns = tables.get(table);
    if (!columns) tables.set(table, (columns = new Map<string, string>()));
    columns.set(column, type);
  }
  return found;
}

/** Attaches the files of all inputs; answers what is where, and the table `meta` of each input. Rejects with StoreError. */
export async function attachInputs(
  connection: DuckDBConnection,
  inputs: readonly SealedInput[],
): Promise<{ attached: AttachedInput[]; meta: Map<string, RecordsMeta> }> {
  const meta = new Map<string, RecordsMeta>();
  const copied = await attachCopy(connection, inputs, meta);
  const alone = inputs.filter(({ id }) => !copied.includes(id));
  for (const [index, input] of alone.entries())
    meta.set(input.id, await attach(connection, input, catalogName(index)));
  const columns = await storedColumns(connection);
  const none: StoredColumns = new Map<string, never>();
  const attached = alone.map(({ id }, index): AttachedInput => {
    const catalog = catalogName(index);
    return { id, catalog, columns: columns.get(catalog) ?? none };
  });
  if (copied.length > 0) attached.push({ id: copied, catalog: COPY, columns: columns.get(COPY) ?? none });
  return { attached, meta };
}

/** Reading a case: sealed files attached read-only behind views, locked against everything but reading. */

import { availableParallelism } from 'node:os';
import type { DuckDBConnection, DuckDBInstance, DuckDBResult } from '@duckdb/node-api';
import { QUERY_LIMITS } from '../model/limits.ts';
import {
  CONN_PROCESS,
  CONN_SEVERITY,
  HOST_SEVERITY,
  keptHosts,
  rawViews,
  readableViews,
  viewsWithKept,
} from './case-views.ts';
import type { AttachedInput, StoredColumns } from './case-views.ts';
import { dialect, dialectMacros } from './dialect.ts';
import type { Dialect } from './dialect.ts';
import { openInstance, rowsOf } from './duckdb.ts';
import { openingError } from './store-error.ts';
import { QueryError, assertOneRead, queryError } from './statement.ts';
import { RECORDS_SCHEMA_VERSION, quoteName, quoteText } from './schema.ts';
import { jsonValue } from './values.ts';
import type { JsonValue } from './values.ts';

export { QueryError } from './statement.ts';

/** A sealed records file and the id of its input. */
export interface SealedInput {
  readonly id: string;
  readonly path: string;
  /** A file that has a copy of it among others: read instead, where many are opened. */
  readonly compacted?: string | undefined;
}

export interface CaseReaderOptions {
  /** MiB of DuckDB; 512 where absent. */
  readonly memoryMb?: number;
  readonly threads?: number;
  /** Queries that may run side by side; the next one waits. */
  readonly connections?: number;
  /** Where what does not fit into memory may go; without one such a query fails. */
  readonly tempDirectory?: string;
  readonly kept?: KeptRelations | undefined;
}

interface Relation {
  readonly sql: string;
  readonly params: readonly Param[];
}

/** What is kept with a case beside its records, as queries over schema r: asked once, at opening. */
export interface KeptRelations {
  /** For PROCESS_COLUMNS of r.conn and v.conn: input, conn_no and these, each connection once. */
  readonly processes?: Relation | undefined;
  /** Hosts, each address once, as `keptHosts` wants them: rows of r.hosts and v.hosts where no input has the address. */
  readonly hosts?: Relation | undefined;
  /** For SEVERITY of conn and hosts. Of connections input, conn_no and severity, each once; of hosts address_hi, address_lo and severity. */
  readonly severities?: { readonly conns: Relation; readonly hosts: Relation } | undefined;
}

export interface QueryOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  /** Rows answered at most; `truncated` says that there were more. */
  readonly maxRows?: number | undefined;
  /** SQL that a person wrote: must be exactly one reading statement. Names without a schema mean schema v. */
  readonly untrusted?: boolean | undefined;
}

export interface QueryColumn {
  readonly name: string;
  /** DuckDB's type. */
  readonly type: string;
}

export type Param = string | number | bigint | boolean | null;
export type Row = readonly JsonValue[];

export interface QueryResult {
  readonly columns: readonly QueryColumn[];
  /** Values in the order of `columns`, as values.ts describes them. */
  readonly rows: readonly Row[];
  readonly truncated: boolean;
}

export interface QueryStream {
  readonly columns: readonly QueryColumn[];
  /** Up to 2,048 rows at a time. Leaving the loop early ends the query. */
  readonly chunks: AsyncIterable<readonly Row[]>;
}

/** Facts of a records file: its table `meta`. */
export type RecordsMeta = Readonly<Record<string, string>>;

export interface CaseReader {
  readonly dialect: Dialect;
  readonly inputs: readonly SealedInput[];
  /** `meta` of each input, by id. */
  readonly meta: ReadonlyMap<string, RecordsMeta>;
  /** Rejects with QueryError (one sentence, and a code) on bad SQL, abort and time-out. `?` marks take `params` in order. */
  query(sql: string, params?: readonly Param[], options?: QueryOptions): Promise<QueryResult>;
  /** The same rows as objects by column name. */
  rows(sql: string, params?: readonly Param[], options?: QueryOptions): Promise<Record<string, JsonValue>[]>;
  /** Any number of rows; by default without a time limit. */
  stream(sql: string, params?: readonly Param[], options?: QueryOptions): Promise<QueryStream>;
  close(): void;
}

/** A connection that runs one query at a time; `interrupt` ends the query from outside. */
class ConnectionPool {
  readonly #all: DuckDBConnection[] = [];
  readonly #free: DuckDBConnection[] = [];
  readonly #waiting: ((connection: DuckDBConnection) => void)[] = [];

  get connections(): readonly DuckDBConnection[] {
    return this.#all;
  }

  add(connection: DuckDBConnection): void {
    this.#all.push(connection);
    this.#free.push(connection);
  }

  async take(signal: AbortSignal | undefined): Promise<DuckDBConnection> {
    signal?.throwIfAborted();
    const free = this.#free.pop();
    if (free) return free;
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(grant), 1);
        reject(new QueryError('aborted', 'The query was cancelled before it began.'));
      };
      const grant = (connection: DuckDBConnection): void => {
        signal?.removeEventListener('abort', abort);
        resolve(connection);
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiting.push(grant);
    });
  }

  give(connection: DuckDBConnection): void {
    const next = this.#waiting.shift();
    if (next) next(connection);
    else this.#free.push(connection);
  }

  close(): void {
    for (const connection of this.#all) {
      connection.interrupt();
      connection.closeSync();
    }
  }
}

const INTERRUPT_AGAIN_MS = 100;

/** Interrupts a connection when the caller aborts or time is up; says afterwards which it was. */
function watch(
  connection: DuckDBConnection,
  { signal, timeoutMs }: QueryOptions,
): { why: () => 'aborted' | 'timeout' | undefined; stop: () => void } {
  let why: 'aborted' | 'timeout' | undefined;
  let again: NodeJS.Timeout | undefined;
  const end = (reason: 'aborted' | 'timeout'): void => {
    why ??= reason;
    connection.interrupt();
    // Before the query has begun an interruption is forgotten: on a busy machine it has to be repeated.
    again ??= setInterval(() => connection.interrupt(), INTERRUPT_AGAIN_MS);
  };
  const onAbort = (): void => end('aborted');
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => end('timeout'), timeoutMs);
  signal?.addEventListener('abort', onAbort, { once: true });
  return {
    why: () => why,
    stop: () => {
      clearTimeout(timer);
      clearInterval(again);
      signal?.removeEventListener('abort', onAbort);
    },
  };
}

const columnsOf = (result: DuckDBResult): QueryColumn[] => {
  const names = result.deduplicatedColumnNames();
  return result.columnTypes().map((type, i) => ({ name: names[i] ?? `column_${i}`, type: type.toString() }));
};

/** Schema v is named. Our own SQL names its schema always, people's may leave it out. */
const READABLE = /\bv\s*\./iu;

class DuckDbCaseReader implements CaseReader {
  readonly dialect = dialect;
  readonly inputs: readonly SealedInput[];
  readonly meta: ReadonlyMap<string, RecordsMeta>;
  readonly #instance: DuckDBInstance;
  readonly #pool: ConnectionPool;
  readonly #makeReadable: () => Promise<void>;
  #readable: Promise<void> | undefined;

  constructor(
    instance: DuckDBInstance,
    pool: ConnectionPool,
    inputs: readonly SealedInput[],
    meta: ReadonlyMap<string, RecordsMeta>,
    makeReadable: () => Promise<void>,
  ) {
    this.#instance = instance;
    this.#pool = pool;
    this.inputs = inputs;
    this.meta = meta;
    this.#makeReadable = makeReadable;
  }

  async query(sql: string, params: readonly Param[] = [], options: QueryOptions = {}): Promise<QueryResult> {
    const maxRows = options.maxRows ?? QUERY_LIMITS.maxRows;
    const { columns, chunks } = await this.stream(sql, params, {
      ...options,
      timeoutMs: options.timeoutMs ?? QUERY_LIMITS.timeoutMs,
      maxRows: undefined,
    });
    const rows: Row[] = [];
    for await (const chunk of chunks) {
      rows.push(...chunk.slice(0, maxRows - rows.length + 1));
      if (rows.length > maxRows) return { columns, rows: rows.slice(0, maxRows), truncated: true };
    }
    return { columns, rows, truncated: false };
  }

  async rows(
    sql: string,
    params: readonly Param[] = [],
    options: QueryOptions = {},
  ): Promise<Record<string, JsonValue>[]> {
    const { columns, rows } = await this.query(sql, params, options);
    return rows.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i] ?? null])));
  }

  async stream(sql: string, params: readonly Param[] = [], options: QueryOptions = {}): Promise<QueryStream> {
    if (Buffer.byteLength(sql) > QUERY_LIMITS.maxSqlBytes) {
      throw new QueryError('too_long', `The query is longer than ${QUERY_LIMITS.maxSqlBytes} bytes.`);
    }
    if (options.signal?.aborted) throw new QueryError('aborted', 'The query was cancelled before it began.');
    if (options.untrusted || READABLE.test(sql)) await (this.#readable ??= this.#makeReadable());
    const connection = await this.#pool.take(options.signal);
    const guard = watch(connection, options);
    const end = (): void => {
      guard.stop();
      this.#pool.give(connection);
    };
    try {
      if (options.untrusted) await assertOneRead(connection, sql);
      const result = await connection.stream(sql, [...params]);
      return { columns: columnsOf(result), chunks: chunksOf(result, options.maxRows, guard.why, end) };
    } catch (error) {
      end();
      throw queryError(error, guard.why());
    }
  }

  close(): void {
    this.#pool.close();
    this.#instance.closeSync();
  }
}

async function* chunksOf(
  result: DuckDBResult,
  maxRows: number | undefined,
  why: () => 'aborted' | 'timeout' | undefined,
  end: () => void,
): AsyncGenerator<readonly Row[]> {
  let left = maxRows ?? Infinity;
  try {
    while (left > 0) {
      const chunk = await result.fetchChunk();
      if (why()) throw new Error('interrupted');
      if (!chunk || chunk.rowCount === 0) return;
      const rows = chunk.convertRows((value) => jsonValue(value)) as Row[];
      yield rows.length > left ? rows.slice(0, left) : rows;
      left -= rows.length;
    }
  } catch (error) {
    throw queryError(error, why());
  } finally {
    end();
  }
}

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

/**
 * A database in memory with schemas r and v over the inputs, not locked yet: for openCaseReader and for exports. `makeReadable` makes
 * the views of v.
 */
export async function openReadable(
  inputs: readonly SealedInput[],
  options: CaseReaderOptions = {},
): Promise<{
  instance: DuckDBInstance;
  connection: DuckDBConnection;
  meta: Map<string, RecordsMeta>;
  makeReadable: () => Promise<void>;
  close: () => void;
}> {
  const instance = await openInstance(':memory:', {
    memoryMb: options.memoryMb ?? 512,
    threads: options.threads ?? availableParallelism(),
    ...(options.tempDirectory ? { tempDirectory: options.tempDirectory } : {}),
  });
  const connection = await instance.connect();
  const close = (): void => {
    connection.closeSync();
    instance.closeSync();
  };
  try {
    for (const sql of dialectMacros('main')) await connection.run(sql);
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
    await connection.run(rawViews(attached).join(';\n'));
    const { processes, hosts, severities } = options.kept ?? {};
    const keep = (table: string, { sql, params }: Relation) =>
      connection.run(`CREATE TABLE ${table} AS ${sql}`, [...params]);
    if (processes) await keep(CONN_PROCESS, processes);
    if (hosts) await connection.run(keptHosts(hosts.sql), [...hosts.params]);
    if (severities) {
      await keep(CONN_SEVERITY, severities.conns);
      await keep(HOST_SEVERITY, severities.hosts);
    }
    const kept = { processes: !!processes, hosts: !!hosts, severities: !!severities };
    for (const view of viewsWithKept(attached, kept)) await connection.run(view);
    const makeReadable = async (): Promise<void> => {
      const own = await instance.connect();
      try {
        await own.run(readableViews(attached).join(';\n'));
      } finally {
        own.closeSync();
      }
    };
    return { instance, connection, meta, makeReadable, close };
  } catch (error) {
    close();
    throw error;
  }
}

/**
 * Opens the sealed files of a case for reading, as one database in memory with schemas r and v. Opened again when the case gets
 * another input. Rejects with StoreError (one sentence) where a file is missing, damaged or of a newer engine.
 */
export async function openCaseReader(
  inputs: readonly SealedInput[],
  options: CaseReaderOptions = {},
): Promise<CaseReader> {
  const { instance, connection, meta, makeReadable, close } = await openReadable(inputs, options);
  try {
    const pool = new ConnectionPool();
    pool.add(connection);
    for (let i = 1; i < (options.connections ?? 4); i++) pool.add(await instance.connect());
    await lock(connection, pool);
    return new DuckDbCaseReader(instance, pool, inputs, meta, makeReadable);
  } catch (error) {
    close();
    throw error;
  }
}

/** Names mean schema v first; then no file, no network, no setting is within reach of any query. */
async function lock(first: DuckDBConnection, pool: ConnectionPool): Promise<void> {
  for (const connection of pool.connections) await connection.run("SET search_path = 'v,r,main'");
  await first.run('SET enable_external_access = false');
  await first.run('SET lock_configuration = true');
}

/** Reading a case: sealed files attached read-only behind views, locked against everything but reading. */

import { availableParallelism } from 'node:os';
import type { DuckDBConnection, DuckDBInstance, DuckDBResult } from '@duckdb/node-api';
import { QUERY_LIMITS } from '../model/limits.ts';
import { attachInputs } from './attached-inputs.ts';
import type { RecordsMeta, SealedInput } from './attached-inputs.ts';
import {
  CONN_PROCESS,
  CONN_SEVERITY,
  HOST_SEVERITY,
  keptHosts,
  rawViews,
  readableViews,
  viewsWithKept,
} from './case-views.ts';
import { ConnectionPool, watch } from './connection-pool.ts';
import { dialect, dialectMacros } from './dialect.ts';
import type { Dialect } from './dialect.ts';
import { openInstance } from './duckdb.ts';
import { QueryError, assertOneRead, queryError } from './statement.ts';
import { jsonValue } from './values.ts';
import type { JsonValue } from './values.ts';

export type { RecordsMeta, SealedInput } from './attached-inputs.ts';
export { QueryError } from './statement.ts';

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
    const { attached, meta } = await attachInputs(connection, inputs);
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

/** One input's records file while it is written: created as records.duckdb.part, loaded, sealed. Append-only. */

import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DuckDBConnection } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import type { ColumnBatch } from '../model/column-batch.ts';
import { INGEST_LIMITS } from '../model/limits.ts';
import { TABLES } from '../model/tables.ts';
import type { Table } from '../model/tables.ts';
import { writingError } from './store-error.ts';
import { BatchLoader, canLoadUnsafely } from './load-batch.ts';
import { RowLoader } from './load-rows.ts';
import { RECORDS_SCHEMA_VERSION, createRecordsSchema, quoteText } from './schema.ts';
import { dialectMacros } from './dialect.ts';
import type { RecordsSession } from './records-session.ts';
import { sealRecords } from './seal.ts';
import type { SealOptions, SealResult } from './seal.ts';

export interface RecordsWriterOptions {
  /** Facts kept in the table `meta`: engine version, input settings … Values are text; structures as JSON. */
  readonly meta?: Readonly<Record<string, string>>;
  /** false: load row by row through the ordinary appender. */
  readonly unsafe?: boolean;
  readonly memoryMb?: number;
  /** Size of the file's blocks: a power of two from 16 KB to DuckDB's own 256 KB. */
  readonly blockBytes?: number | undefined;
}

/** Both loaders of a table; each is made when it is first needed. */
interface TableLoaders {
  batch?: BatchLoader;
  rows?: RowLoader;
  /** Bytes of batches that the appender holds: it would hold a hundred batches, whatever their size, beside DuckDB's memory limit. */
  held: number;
}

const MOST_HELD = 8 * 1024 * 1024;

/**
 * Writes `path`.part, and `path` by `seal`. Everything happens in one transaction, so that an abandoned file is empty or absent.
 * Calls are synchronous where DuckDB's are: this belongs into a worker of its own (see DuckDbBatchSink).
 */
export class RecordsWriter implements RecordsSession {
  readonly path: string;
  readonly connection: DuckDBConnection;
  readonly #db: duckdb.Database;
  readonly #connection: duckdb.Connection;
  readonly #loaders = new Map<Table, TableLoaders>();
  readonly #unsafe: boolean;
  readonly #rows: Record<string, number> = {};
  #closed = false;

  private constructor(path: string, db: duckdb.Database, connection: duckdb.Connection, unsafe: boolean) {
    this.path = path;
    this.#db = db;
    this.#connection = connection;
    this.connection = new DuckDBConnection(connection);
    this.#unsafe = unsafe;
  }

  static async create(path: string, options: RecordsWriterOptions = {}): Promise<RecordsWriter> {
    const part = `${path}.part`;
    removePart(path);
    const config = duckdb.create_config();
    const settings = {
      memory_limit: `${options.memoryMb ?? INGEST_LIMITS.loadMemoryMb}MiB`,
      // A second thread made loading slower, and the decoder needs the other core.
      threads: '1',
      preserve_insertion_order: 'false',
      temp_directory: dirname(path),
      checkpoint_threshold: '1TB',
      ...(options.blockBytes === undefined ? {} : { default_block_size: String(options.blockBytes) }),
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    };
    for (const [name, value] of Object.entries(settings)) duckdb.set_config(config, name, value);
    let db: duckdb.Database;
    try {
      db = await duckdb.open(part, config);
    } catch (error) {
      throw writingError(part, error);
    }
    const connection = await duckdb.connect(db);
    const writer = new RecordsWriter(path, db, connection, (options.unsafe ?? true) && canLoadUnsafely);
    await writer.run('BEGIN');
    await writer.run([...createRecordsSchema(), ...dialectMacros('main')].join(';\n'));
    await writer.setMeta({
      ...options.meta,
      schema_version: String(RECORDS_SCHEMA_VERSION),
      created: new Date().toISOString(),
    });
    return writer;
  }

  /** Rows loaded so far, by table. */
  get rows(): Readonly<Record<string, number>> {
    return this.#rows;
  }

  /** Appends a batch; its buffers are free again when this returns. */
  load(batch: ColumnBatch): void {
    const { table } = batch;
    if (!TABLES.includes(table)) throw new Error(`records.duckdb has no table ${table.name}.`);
    this.#append(batch);
    this.countRows(table.name, batch.rows);
  }

  append(batches: Iterable<ColumnBatch>): void {
    for (const batch of batches) this.#append(batch);
    this.flush();
  }

  countRows(table: string, rows: number): void {
    this.#rows[table] = (this.#rows[table] ?? 0) + rows;
  }

  #append(batch: ColumnBatch): void {
    const { table } = batch;
    const loaders = this.#loaders.get(table) ?? { held: 0 };
    this.#loaders.set(table, loaders);
    if (this.#unsafe) loaders.batch ??= new BatchLoader(this.#connection, table);
    if (!loaders.batch?.load(batch)) {
      loaders.rows ??= new RowLoader(this.#connection, table);
      loaders.rows.load(batch);
    }
    loaders.held += batch.buffer.byteLength + batch.heap.used;
    if (loaders.held < MOST_HELD) return;
    loaders.batch?.flush();
    loaders.rows?.flush();
    loaders.held = 0;
  }

  async setMeta(values: Readonly<Record<string, string>>): Promise<void> {
    for (const [key, value] of Object.entries(values)) {
      await this.run(`INSERT OR REPLACE INTO meta VALUES (${quoteText(key)}, ${quoteText(value)})`);
    }
  }

  /** Runs statements inside the writer's transaction. */
  async run(sql: string): Promise<void> {
    await duckdb.query(this.#connection, sql);
  }

  /** Ends loading: every appended row is in its table. */
  flush(): void {
    for (const { batch, rows } of this.#loaders.values()) {
      batch?.close();
      rows?.close();
    }
    this.#loaders.clear();
  }

  /** Makes hosts, commits, checkpoints, syncs and renames to `path`. The writer is closed afterwards, also where this rejects. */
  async seal(options: SealOptions = {}): Promise<SealResult> {
    try {
      return await sealRecords(this, options);
    } catch (error) {
      this.abort();
      throw error;
    }
  }

  /** Closes the file and removes what was written. */
  abort(): void {
    if (this.#closed) return;
    this.close();
    removePart(this.path);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#loaders.clear();
    duckdb.disconnect_sync(this.#connection);
    duckdb.close_sync(this.#db);
  }
}

/** Removes what an interrupted writer left beside `path`. */
export function removePart(path: string): void {
  for (const suffix of ['.part', '.part.wal']) rmSync(path + suffix, { force: true });
}

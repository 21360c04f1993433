/**
 * The small mutable things of a case: case.duckdb, with one owner process, and case.json, made from it after each commit so that
 * anybody else can list the case. Every change is a transaction that is on the disk when its promise resolves.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance, DuckDBValue } from '@duckdb/node-api';
import { writeAtomically } from './atomic-file.ts';
import { CASE_MIGRATIONS } from './case-migrations.ts';
import type { Migration } from './case-migrations.ts';
import { CASE_COLUMNS, JSON_COLUMNS } from './case-rows.ts';
import type { CaseInfo, CaseManifest, CaseTables } from './case-rows.ts';
import { openInstance, rowsOf } from './duckdb.ts';
import { StoreError, openingError } from './store-error.ts';
import { takeLock } from './process-lock.ts';
import { quoteName } from './schema.ts';
import { jsonValue } from './values.ts';

/** Equality conditions, joined by AND. */
export type Where<T extends keyof CaseTables> = Partial<CaseTables[T]>;

export interface CaseStateOptions {
  /** Creates the case where it does not exist; an existing one keeps what it has. */
  readonly create?: Omit<CaseInfo, 'created' | 'modified'>;
  readonly migrations?: readonly Migration[];
}

/** What a transaction may do. */
export interface CaseTransaction {
  all<T extends keyof CaseTables>(table: T, where?: Where<T>): Promise<CaseTables[T][]>;
  one<T extends keyof CaseTables>(table: T, where: Where<T>): Promise<CaseTables[T] | undefined>;
  insert<T extends keyof CaseTables>(table: T, ...rows: CaseTables[T][]): Promise<void>;
  /** Answers how many rows changed. */
  update<T extends keyof CaseTables>(
    table: T,
    where: Where<T>,
    values: Partial<CaseTables[T]>,
  ): Promise<number>;
  remove<T extends keyof CaseTables>(table: T, where: Where<T>): Promise<number>;
}

const stored = (name: string, value: unknown): DuckDBValue => {
  if (value === undefined || value === null) return null;
  if (JSON_COLUMNS.has(name)) return JSON.stringify(value);
  return name === 'first' || name === 'last' ? BigInt(value as string) : (value as DuckDBValue);
};

const read = (name: string, value: DuckDBValue): unknown => {
  if (value === null) return null;
  if (JSON_COLUMNS.has(name)) return JSON.parse(String(value)) as unknown;
  return name === 'first' || name === 'last' ? String(value) : jsonValue(value);
};

class Transaction implements CaseTransaction {
  readonly #connection: DuckDBConnection;
  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  async all<T extends keyof CaseTables>(table: T, where: Where<T> = {}): Promise<CaseTables[T][]> {
    const { sql, params } = conditions(where);
    const columns = CASE_COLUMNS[table].map(quoteName).join(', ');
    const rows = await rowsOf(
      this.#connection,
      `SELECT ${columns} FROM ${table}${sql} ORDER BY rowid`,
      params,
    );
    return rows.map(
      (row) =>
        Object.fromEntries(
          Object.entries(row).map(([name, value]) => [name, read(name, value)]),
        ) as unknown as CaseTables[T],
    );
  }

  async one<T extends keyof CaseTables>(table: T, where: Where<T>): Promise<CaseTables[T] | undefined> {
    return (await this.all(table, where))[0];
  }

  async insert<T extends keyof CaseTables>(table: T, ...rows: CaseTables[T][]): Promise<void> {
    const columns = CASE_COLUMNS[table];
    const sql = `INSERT INTO ${table} (${columns.map(quoteName).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
    for (const row of rows)
      await this.#connection.run(
        sql,
        columns.map((name) => stored(name, row[name])),
      );
  }

  async update<T extends keyof CaseTables>(
    table: T,
    where: Where<T>,
    values: Partial<CaseTables[T]>,
  ): Promise<number> {
    const { sql, params } = conditions(where);
    const set = Object.entries(values).filter(([, value]) => value !== undefined);
    if (set.length === 0) return 0;
    const result = await this.#connection.run(
      `UPDATE ${table} SET ${set.map(([name]) => `${quoteName(name)} = ?`).join(', ')}${sql}`,
      [...set.map(([name, value]) => stored(name, value)), ...params],
    );
    return result.rowsChanged;
  }

  async remove<T extends keyof CaseTables>(table: T, where: Where<T>): Promise<number> {
    const { sql, params } = conditions(where);
    return (await this.#connection.run(`DELETE FROM ${table}${sql}`, params)).rowsChanged;
  }
}

function conditions(where: object): { sql: string; params: DuckDBValue[] } {
  const given = Object.entries(where).filter(([, value]) => value !== undefined);
  if (given.length === 0) return { sql: '', params: [] };
  return {
    sql: ` WHERE ${given.map(([name]) => `${quoteName(name)} IS NOT DISTINCT FROM ?`).join(' AND ')}`,
    params: given.map(([name, value]) => stored(name, value)),
  };
}

async function versionOf(connection: DuckDBConnection): Promise<number> {
  await connection.run(
    'CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL, applied VARCHAR NOT NULL)',
  );
  const [row] = await rowsOf(connection, 'SELECT coalesce(max(version), 0) AS version FROM schema_version');
  return Number(row?.['version'] ?? 0);
}

/** Runs the steps that a file has not seen yet; answers its version. */
async function migrate(connection: DuckDBConnection, migrations: readonly Migration[]): Promise<number> {
  const have = await versionOf(connection);
  const newest = migrations.at(-1)?.version ?? 0;
  if (have > newest)
    throw new StoreError(
      `The case was written by a newer engine (schema ${have}; this one knows up to ${newest}): update Coldwire.`,
    );
  for (const { version, statements } of migrations) {
    if (version <= have) continue;
    for (const sql of statements) await connection.run(sql);
    await connection.run('INSERT INTO schema_version VALUES (?, ?)', [version, new Date().toISOString()]);
  }
  return newest;
}

async function inTransaction<T>(connection: DuckDBConnection, work: () => Promise<T>): Promise<T> {
  await connection.run('BEGIN');
  try {
    const result = await work();
    await connection.run('COMMIT');
    return result;
  } catch (error) {
    await connection.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

export class CaseState {
  readonly dir: string;
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #unlock: () => void;
  readonly #version: number;
  /** Transactions one after the other: a connection has one at a time. */
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  private constructor(
    dir: string,
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    unlock: () => void,
    version: number,
  ) {
    this.dir = dir;
    this.#instance = instance;
    this.#connection = connection;
    this.#unlock = unlock;
    this.#version = version;
  }

  /** Opens `dir`/case.duckdb. Rejects with StoreError where another process holds it, it is missing or damaged. */
  static async open(dir: string, options: CaseStateOptions = {}): Promise<CaseState> {
    const path = join(dir, 'case.duckdb');
    if (!existsSync(path) && !options.create) throw new StoreError(`There is no case in ${dir}.`);
    const unlock = takeLock(join(dir, 'case.lock'), `The case in ${dir}`);
    let instance: DuckDBInstance | undefined;
    try {
      instance = await openInstance(path, { memoryMb: 128, threads: 1 });
      const connection = await instance.connect();
      const version = await inTransaction(connection, async () => {
        const newest = await migrate(connection, options.migrations ?? CASE_MIGRATIONS);
        if (options.create) await createInfo(connection, options.create);
        return newest;
      });
      const state = new CaseState(dir, instance, connection, unlock, version);
      await state.#writeManifest();
      return state;
    } catch (error) {
      instance?.closeSync();
      unlock();
      throw error instanceof StoreError ? error : openingError(path, error);
    }
  }

  /** Runs `work` in a transaction: all of it happens or nothing. case.json follows. */
  async transaction<T>(work: (tx: CaseTransaction) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      const result = await inTransaction(this.#connection, () => work(new Transaction(this.#connection)));
      await this.#writeManifest();
      return result;
    });
  }

  /** Reads with no transaction of its own. */
  async all<T extends keyof CaseTables>(table: T, where: Where<T> = {}): Promise<CaseTables[T][]> {
    return this.#inTurn(() => new Transaction(this.#connection).all(table, where));
  }

  async one<T extends keyof CaseTables>(table: T, where: Where<T>): Promise<CaseTables[T] | undefined> {
    return (await this.all(table, where))[0];
  }

  async info(): Promise<CaseInfo> {
    const info = await this.one('case_info', {});
    if (!info)
      throw new StoreError(`The case in ${this.dir} has no description: it was not created to its end.`);
    return info;
  }

  /** Checkpoints and gives the case back. */
  async close(): Promise<void> {
    if (this.#closed) return;
    await this.#inTurn(async () => {
      this.#closed = true;
      await this.#connection.run('CHECKPOINT').catch(() => undefined);
      this.#connection.closeSync();
      this.#instance.closeSync();
      this.#unlock();
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => {
      if (this.#closed) throw new StoreError(`The case in ${this.dir} is closed.`);
      return work();
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #writeManifest(): Promise<void> {
    const tx = new Transaction(this.#connection);
    const info = await tx.one('case_info', {});
    if (!info) return;
    const [found] = await rowsOf(
      this.#connection,
      'SELECT count(*) AS count, max(severity) AS max_severity, arg_max(title, severity) AS top_title FROM findings',
    );
    const [kept] = await rowsOf(
      this.#connection,
      "SELECT (SELECT count(*) FROM snapshots) AS snapshots, (SELECT count(*) FROM settings WHERE key LIKE 'scan:%') AS scans",
    );
    const manifest: CaseManifest = {
      schema_version: this.#version,
      case: info,
      inputs: await tx.all('inputs'),
      findings: {
        count: Number(found?.['count'] ?? 0),
        max_severity: found?.['max_severity'] === null ? null : Number(found?.['max_severity']),
        top_title: found?.['top_title'] === null ? null : String(found?.['top_title']),
      },
      kept: { snapshots: Number(kept?.['snapshots']), scans: Number(kept?.['scans']) },
    };
    writeAtomically(join(this.dir, 'case.json'), `${JSON.stringify(manifest, null, 1)}\n`);
  }
}

async function createInfo(
  connection: DuckDBConnection,
  info: Omit<CaseInfo, 'created' | 'modified'>,
): Promise<void> {
  const tx = new Transaction(connection);
  if (await tx.one('case_info', {})) return;
  const now = new Date().toISOString();
  await tx.insert('case_info', { ...info, created: now, modified: now });
}

/** case.json of a case's folder; undefined where there is none. Needs no lock. */
export function readManifest(dir: string): CaseManifest | undefined {
  try {
    return JSON.parse(readFileSync(join(dir, 'case.json'), 'utf8')) as CaseManifest;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

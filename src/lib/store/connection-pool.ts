/** Queries of one database that run side by side, each on a connection of its own, and their interruption from outside. */

import type { DuckDBConnection } from '@duckdb/node-api';
import { QueryError } from './statement.ts';

/** When a query ends before its answer. */
interface Limits {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

/** A connection that runs one query at a time; `interrupt` ends the query from outside. */
export class ConnectionPool {
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
export function watch(
  connection: DuckDBConnection,
  { signal, timeoutMs }: Limits,
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

/** Open readers of cases: one for each state of a case, shared by its requests, closed when the last one is done with it. */

import {
  type CaseReader,
  type CaseReaderOptions,
  type KeptRelations,
  openCaseReader,
  type Param,
  type QueryOptions,
  type Row,
  type SealedInput,
} from '../store/case-reader.ts';
import type { JsonValue } from '../store/values.ts';
import { remembering } from './remembering-reader.ts';

/** Cases whose readers stay open between requests. */
const OPEN_CASES = 8;

interface Lease {
  /** The sealed files that it shows. */
  readonly state: string;
  readonly reader: Promise<CaseReader>;
  users: number;
  /** No new users: close it when the last one leaves. */
  retired: boolean;
}

export interface CaseAccessOptions extends Omit<CaseReaderOptions, 'kept'> {
  /** What is kept with a case beside its records; asked whenever the case is opened, so `forget` it where that changes. */
  readonly kept?: (caseId: string) => Promise<KeptRelations | undefined>;
  /** Rises where `kept` answers something else without a `forget`. */
  readonly version?: (caseId: string) => number;
}

const stateOf = (inputs: readonly SealedInput[]): string =>
  inputs.map(({ id, path, compacted }) => `${id} ${compacted ?? path}`).join('\n');

export class CaseAccess {
  readonly #sealed: (caseId: string) => Promise<readonly SealedInput[]>;
  /** In order of last use, the oldest first. */
  readonly #leases = new Map<string, Lease>();

  readonly #options: Omit<CaseAccessOptions, 'kept' | 'version'>;
  readonly #version: (caseId: string) => number;
  readonly #kept: CaseAccessOptions['kept'];

  /** `sealed` gives the sealed files of a case, and rejects where there is no such case. */
  constructor(
    sealed: (caseId: string) => Promise<readonly SealedInput[]>,
    { kept, version = () => 0, ...options }: CaseAccessOptions = {},
  ) {
    this.#version = version;
    this.#sealed = sealed;
    this.#options = options;
    this.#kept = kept;
  }

  /** Runs with a reader of the case as it is now; the reader stays valid until `use` resolves. */
  async read<T>(caseId: string, use: (reader: CaseReader) => Promise<T>): Promise<T> {
    const lease = await this.#take(caseId);
    try {
      return await use(await lease.reader);
    } finally {
      this.#give(lease);
    }
  }

  /** Lots of up to 2,048 rows. Leaving the loop early ends the query. */
  async *stream(
    caseId: string,
    sql: string,
    params: readonly Param[],
    options: QueryOptions = {},
  ): AsyncGenerator<readonly Row[]> {
    const lease = await this.#take(caseId);
    try {
      const reader = await lease.reader;
      const { chunks } = await reader.stream(sql, params, options);
      yield* chunks;
    } finally {
      this.#give(lease);
    }
  }

  /** The same rows as objects by column name. */
  async *streamObjects(
    caseId: string,
    sql: string,
    params: readonly Param[],
    options: QueryOptions = {},
  ): AsyncGenerator<Record<string, JsonValue>[]> {
    const lease = await this.#take(caseId);
    try {
      const reader = await lease.reader;
      const { columns, chunks } = await reader.stream(sql, params, options);
      for await (const rows of chunks)
        yield rows.map((row) => Object.fromEntries(columns.map(({ name }, at) => [name, row[at] ?? null])));
    } finally {
      this.#give(lease);
    }
  }

  /** Lets go of a case, so that its files can be deleted or what is kept with it asked again: who still reads it reads to the end. */
  forget(caseId: string): void {
    const lease = this.#leases.get(caseId);
    if (lease) this.#retire(caseId, lease);
  }

  close(): void {
    for (const [caseId, lease] of this.#leases) this.#retire(caseId, lease);
  }

  async #take(caseId: string): Promise<Lease> {
    const inputs = await this.#sealed(caseId);
    const state = `${this.#version(caseId)}\n${stateOf(inputs)}`;
    let lease = this.#leases.get(caseId);
    if (lease?.state !== state) {
      if (lease) this.#retire(caseId, lease);
      const opened: Lease = {
        state,
        reader: this.#open(caseId, inputs),
        users: 0,
        retired: false,
      };
      // A case that could not be opened is tried again by the next request.
      opened.reader.catch(() => this.#retire(caseId, opened));
      lease = opened;
    }
    lease.users++;
    this.#leases.delete(caseId);
    this.#leases.set(caseId, lease);
    for (const [other, unused] of this.#leases) {
      if (this.#leases.size <= OPEN_CASES) break;
      if (unused.users === 0) this.#retire(other, unused);
    }
    return lease;
  }

  async #open(caseId: string, inputs: readonly SealedInput[]): Promise<CaseReader> {
    const kept = await this.#kept?.(caseId);
    return remembering(await openCaseReader(inputs, { ...this.#options, kept }));
  }

  #give(lease: Lease): void {
    lease.users--;
    if (lease.retired && lease.users === 0) closeWhenOpen(lease);
  }

  #retire(caseId: string, lease: Lease): void {
    if (this.#leases.get(caseId) === lease) this.#leases.delete(caseId);
    if (lease.retired) return;
    lease.retired = true;
    if (lease.users === 0) closeWhenOpen(lease);
  }
}

function closeWhenOpen({ reader }: Lease): void {
  void reader.then(
    (open) => open.close(),
    () => undefined,
  );
}

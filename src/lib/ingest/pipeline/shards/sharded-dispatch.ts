/**
 * Payloads spread over threads by address pair, and their rows put back into the order of the packets: every so many events an
 * epoch ends, all shards answer it, and the rows of an epoch are written by event. The output is that of one thread.
 */

import { Worker } from 'node:worker_threads';
import type { PayloadEvent, RowSink } from '../../../model/sinks.ts';
import { tableNamed } from '../../../model/tables.ts';
import type { ClosedConnection, PayloadDispatch, SinkFailure } from './dispatch.ts';
import { EventBuffer } from './event-buffer.hot.ts';
import type { FromShard, ShardRow, ToShard } from './messages.ts';

const EPOCH_BYTES = 1024 * 1024;
const EPOCH_EVENTS = 16_384;
const MAX_EPOCHS_IN_FLIGHT = 4;

interface Epoch {
  readonly rows: ShardRow[];
  answers: number;
}

export interface ShardStart {
  /** Absolute path of the compiled worker. */
  readonly workerPath: string;
  /** Handed to each worker as its workerData: what to make its sinks from. */
  readonly workerData: unknown;
  readonly shards: number;
}

export class ShardedDispatch implements PayloadDispatch {
  readonly #workers: Worker[];
  readonly #buffers: EventBuffer[];
  readonly #rows: RowSink;
  readonly #epochs = new Map<number, Epoch>();
  readonly failures: SinkFailure[] = [];
  #seq = 0;
  #epoch = 0;
  #written = 0;
  #events = 0;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor({ workerPath, workerData, shards }: ShardStart, rows: RowSink) {
    this.#rows = rows;
    this.#buffers = Array.from({ length: shards }, () => new EventBuffer(EPOCH_BYTES));
    this.#workers = Array.from({ length: shards }, () => {
      const worker = new Worker(workerPath, { workerData, name: 'shard' });
      worker.on('message', (answer: FromShard) => this.#answered(answer));
      worker.on('error', (error) => this.#fail(error));
      return worker;
    });
  }

  #fail(error: unknown): void {
    this.#failure ??= error instanceof Error ? error : new Error(String(error));
    this.#wake?.();
  }

  payload(event: PayloadEvent): void {
    const buffer = this.#buffers[addressHash(event.origH, event.respH) % this.#buffers.length];
    buffer.payload(event, this.#seq++);
    this.#events++;
    if (buffer.used >= EPOCH_BYTES || this.#events >= EPOCH_EVENTS) this.#endEpoch();
  }

  closed({ connNo, addressHash: hash }: ClosedConnection): void {
    this.#buffers[hash % this.#buffers.length].closed(connNo, this.#seq++);
    this.#events++;
    if (this.#events >= EPOCH_EVENTS) this.#endEpoch();
  }

  #endEpoch(): void {
    const epoch = this.#epoch++;
    this.#epochs.set(epoch, { rows: [], answers: 0 });
    for (const [shard, buffer] of this.#buffers.entries()) {
      const events = buffer.take();
      const message: ToShard = { epoch, events };
      this.#workers[shard]?.postMessage(message, [events.buffer as ArrayBuffer]);
    }
    this.#events = 0;
  }

  #answered({ epoch, rows, failures }: FromShard): void {
    const open = this.#epochs.get(epoch);
    if (!open) return;
    for (const row of rows) open.rows.push(row);
    for (const failure of failures)
      if (!this.failures.some(({ id }) => id === failure.id)) this.failures.push(failure);
    open.answers++;
    this.#writeWhole();
    this.#wake?.();
  }

  /** Writes the epochs that all shards have answered, oldest first. */
  #writeWhole(): void {
    for (
      let open = this.#epochs.get(this.#written);
      open?.answers === this.#workers.length;
      open = this.#epochs.get(this.#written)
    ) {
      open.rows.sort((a, b) => a.seq - b.seq);
      for (const { table, values } of open.rows) {
        const known = tableNamed(table);
        if (known) this.#rows.row(known, values);
      }
      this.#epochs.delete(this.#written++);
    }
  }

  async ready(): Promise<void> {
    await this.#until(() => this.#epochs.size < MAX_EPOCHS_IN_FLIGHT);
  }

  async finish(): Promise<void> {
    this.#endEpoch();
    try {
      await this.#until(() => this.#epochs.size === 0);
    } finally {
      await Promise.all(this.#workers.map((worker) => worker.terminate()));
    }
  }

  async #until(done: () => boolean): Promise<void> {
    while (!this.#failure && !done()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#wake = undefined;
    if (this.#failure) throw this.#failure;
  }
}

/** The same for both directions. Words as in PayloadEvent, from `aFrom` and `bFrom` on. */
export function addressHash(a: Uint32Array, b: Uint32Array, aFrom = 0, bFrom = 0): number {
  let hash = 0;
  for (let i = 0; i < 4; i++) {
    const x = a[aFrom + i];
    const y = b[bFrom + i];
    hash = Math.imul(hash ^ ((x ^ y) + (x + y)), 0x9e3779b1);
  }
  return (hash ^ (hash >>> 16)) >>> 0;
}

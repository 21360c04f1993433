/**
 * A BatchSink whose rows are loaded by a thread of its own, out of memory that both threads have. Buffers that travel there and back
 * would cost more than the copy that the other thread makes: each journey makes objects anew on both sides, and from the first buffer
 * that has left a thread on, V8 asks at each access to any typed array of that thread whether it is still there.
 */

import { Worker } from 'node:worker_threads';
import { type BatchHeap, ColumnBatch } from '../model/column-batch.ts';
import { INGEST_LIMITS, SIDE_THREAD_LIMITS } from '../model/limits.ts';
import type { Table } from '../model/tables.ts';
import { StoreError } from './store-error.ts';
import type { FromLoader, LoaderStart, ToLoader } from './load-messages.ts';
import type { SealingSink } from './local-batch-sink.ts';
import type { RecordsWriterOptions } from './records-writer.ts';
import type { SealOptions, SealPhase, SealResult } from './seal.ts';

export interface DuckDbBatchSinkOptions extends RecordsWriterOptions {
  /** Absolute path of the compiled load-worker. */
  readonly workerPath: string;
  readonly maxBytesInFlight?: number;
  readonly onPhase?: (phase: SealPhase) => void;
}

interface SharedBatch {
  readonly batch: ColumnBatch;
  /** The memory of its heap that the thread knows. */
  told: Pick<BatchHeap, 'bytes' | 'u16' | 'items'> | undefined;
}

interface Waiting<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

const READY: Promise<void> = Promise.resolve();

export class DuckDbBatchSink implements SealingSink {
  readonly #worker: Worker;
  readonly #max: number;
  readonly #onPhase: ((phase: SealPhase) => void) | undefined;
  readonly #free = new Map<Table, ColumnBatch[]>();
  readonly #batches: SharedBatch[] = [];
  readonly #numbers = new Map<ColumnBatch, number>();
  readonly #opened: Promise<void>;
  /** Bytes of batches. */
  #inFlight = 0;
  #busyMs = 0;
  #failure: Error | undefined;
  #ended = false;
  #room: Waiting<void>[] = [];
  #finished: Waiting<void>[] = [];
  #sealed: Waiting<SealResult> | undefined;
  #aborted: Waiting<void> | undefined;

  private constructor(worker: Worker, options: DuckDbBatchSinkOptions) {
    this.#worker = worker;
    this.#max = options.maxBytesInFlight ?? INGEST_LIMITS.maxBytesInFlight;
    this.#onPhase = options.onPhase;
    this.#opened = this.#listen();
    // Who does not wait for it is told by `ready`.
    this.#opened.catch(() => undefined);
  }

  /** Starts the thread, which creates `path`.part. Rejects with StoreError where that fails. */
  static async create(path: string, options: DuckDbBatchSinkOptions): Promise<DuckDbBatchSink> {
    const sink = DuckDbBatchSink.start(path, options);
    try {
      await sink.#opened;
    } catch (error) {
      await sink.#stop();
      throw error;
    }
    return sink;
  }

  /**
   * As `create`, without waiting for the thread: it takes a few tenths of a second to begin, in which batches can be made already.
   * Where the file cannot be created, `ready` and `finish` reject.
   */
  static start(path: string, options: DuckDbBatchSinkOptions): DuckDbBatchSink {
    const { workerPath, maxBytesInFlight: _max, onPhase: _onPhase, ...writer } = options;
    const start: LoaderStart = { path, options: writer };
    return new DuckDbBatchSink(
      new Worker(workerPath, {
        workerData: start,
        name: 'load',
        resourceLimits: SIDE_THREAD_LIMITS,
      }),
      options,
    );
  }

  #listen(): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const worker = this.#worker;
      worker.on('message', (message: FromLoader) => {
        if (message.say === 'opened') resolve();
        else this.#hear(message);
        if (message.say === 'failed') reject(new StoreError(message.message));
      });
      worker.on('error', (error: Error) => {
        this.#fail(error);
        reject(error);
      });
      worker.on('exit', (code) => {
        if (!this.#ended) this.#fail(new Error(`The loading thread ended by itself (exit code ${code}).`));
        reject(new Error('The loading thread ended before it began.'));
      });
    });
  }

  /** Milliseconds that the thread has spent loading. */
  get loadMs(): number {
    return this.#busyMs;
  }

  lease(table: Table): ColumnBatch {
    const batch = this.#free.get(table)?.pop() ?? this.#make(table);
    batch.clear();
    return batch;
  }

  #make(table: Table): ColumnBatch {
    const batch = ColumnBatch.shared(table);
    this.#numbers.set(batch, this.#batches.length);
    this.#batches.push({ batch, told: undefined });
    return batch;
  }

  /** The batch has to be a leased one. */
  submit(batch: ColumnBatch): void {
    if (this.#failure || this.#ended) return;
    const number = this.#numbers.get(batch);
    const shared = number === undefined ? undefined : this.#batches[number];
    if (number === undefined || !shared)
      throw new Error(`A batch of ${batch.table.name} was not leased here.`);
    const { rows, heap } = batch;
    const { bytes, u16, items, used, u16Used, itemsUsed } = heap;
    const { told } = shared;
    const isKnown = told?.bytes === bytes && told.u16 === u16 && told.items === items;
    if (!isKnown) shared.told = { bytes, u16, items };
    this.#inFlight += batch.buffer.byteLength;
    this.#say({
      say: 'batch',
      batch: number,
      rows,
      used: { used, u16Used, itemsUsed },
      ...(isKnown ? {} : { memory: batch.pack() }),
    });
  }

  ready(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#inFlight < this.#max) return READY;
    return new Promise((resolve, reject) => this.#room.push({ resolve, reject }));
  }

  finish(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#finished.push({ resolve, reject });
      this.#say({ say: 'finish' });
    });
  }

  async seal(options: Pick<SealOptions, 'homeNetworks' | 'meta'> = {}): Promise<SealResult> {
    if (this.#failure) throw this.#failure;
    const sealed = new Promise<SealResult>((resolve, reject) => {
      this.#sealed = { resolve, reject };
    });
    this.#say({ say: 'seal', options });
    try {
      return await sealed;
    } finally {
      await this.#stop();
    }
  }

  async abort(): Promise<void> {
    if (this.#ended) return;
    if (!this.#failure) {
      const aborted = new Promise<void>((resolve) => {
        this.#aborted = { resolve, reject: () => resolve() };
      });
      this.#say({ say: 'abort' });
      await aborted;
    }
    await this.#stop();
  }

  #say(message: ToLoader): void {
    this.#worker.postMessage(message);
  }

  async #stop(): Promise<void> {
    this.#ended = true;
    await this.#worker.terminate();
  }

  #hear(message: FromLoader): void {
    switch (message.say) {
      case 'opened':
        return;
      case 'free':
        this.#busyMs += message.busyMs;
        return this.#recycle(message.batch);
      case 'finished':
        return this.#finished.shift()?.resolve();
      case 'phase':
        return this.#onPhase?.(message.phase);
      case 'sealed':
        return this.#sealed?.resolve(message.result);
      case 'aborted':
        return this.#aborted?.resolve();
      case 'failed':
        return this.#fail(new StoreError(message.message));
    }
  }

  #recycle(number: number): void {
    const batch = this.#batches[number]?.batch;
    if (!batch) return;
    this.#inFlight -= batch.buffer.byteLength;
    const free = this.#free.get(batch.table);
    if (free) free.push(batch);
    else this.#free.set(batch.table, [batch]);
    // Half of it free before the decoder goes on: it then runs in longer stretches.
    if (this.#room.length > 0 && this.#inFlight <= this.#max / 2) {
      for (const { resolve } of this.#room.splice(0)) resolve();
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    const waiting = [...this.#room.splice(0), ...this.#finished.splice(0), this.#sealed, this.#aborted];
    for (const one of waiting) one?.reject(error);
  }
}

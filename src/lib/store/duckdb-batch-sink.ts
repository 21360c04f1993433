/** A BatchSink whose rows are loaded by a thread of its own, out of memory that both threads have. */

import { Worker } from 'node:worker_threads';
import type { ColumnBatch } from '../model/column-batch.ts';
import { BatchLender } from '../model/lent-batches.ts';
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

interface Waiting<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

const READY: Promise<void> = Promise.resolve();

export class DuckDbBatchSink implements SealingSink {
  readonly #worker: Worker;
  readonly #max: number;
  readonly #onPhase: ((phase: SealPhase) => void) | undefined;
  readonly #batches = new BatchLender();
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
    return this.#batches.lease(table);
  }

  /** The batch has to be a leased one. */
  submit(batch: ColumnBatch): void {
    if (this.#failure || this.#ended) return;
    const lent = this.#batches.lend(batch);
    this.#inFlight += batch.buffer.byteLength;
    this.#say({ say: 'batch', ...lent });
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
    this.#inFlight -= this.#batches.back(number);
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

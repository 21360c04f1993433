/** Captures read by several threads, each with the connections of its own address pairs, into one sink. */

import { Worker } from 'node:worker_threads';
import { NotACapture } from '../../../model/capture.ts';
import type { BatchSink, Progress } from '../../../model/sinks.ts';
import type { PipelineOptions } from '../options.ts';
import type { ReadingHooks } from '../read-packets.ts';
import { mergedReading, type Reading } from '../reading.ts';
import { BatchOrder } from './batch-order.ts';
import type { CapturePath, FromPartition, PartitionJob, ToPartition } from './messages.ts';
import { MergedNames } from './merged-names.ts';

export interface PartitionStart {
  /** Absolute path of the compiled worker. */
  readonly workerPath: string;
  readonly captures: readonly CapturePath[];
  /** Handed on to the worker: what to make its rules from. */
  readonly more: unknown;
}

/** Reads the captures with `options.shards` threads. The order of the rows is the same in every run of as many threads. */
export async function readInPartitions(
  start: PartitionStart,
  sink: BatchSink,
  options: PipelineOptions,
  { onProgress, signal, keyLogs }: Pick<ReadingHooks, 'onProgress' | 'signal' | 'keyLogs'>,
): Promise<Reading> {
  const count = options.shards;
  const names = new MergedNames();
  const threads: Thread[] = [];
  const order = new BatchOrder(count, sink, names, (partition, batch) => {
    const message: ToPartition = { say: 'free', batch };
    threads[partition].worker.postMessage(message);
  });
  const tell = (): void => onProgress?.(progressOf(threads));
  try {
    for (let index = 0; index < count; index++) {
      const { workerPath, captures, more } = start;
      const job: PartitionJob = { index, count, captures, options, keyLogs: keyLogs ?? [], more };
      threads.push(new Thread(new Worker(workerPath, { workerData: job, name: 'read' }), index, order, tell));
    }
    const all = Promise.all([Promise.all(threads.map(({ reading }) => reading)), order.everything]);
    const [readings] = await Promise.race([all, aborted(signal)]);
    const reading = mergedReading(readings);
    const kept = names.write(sink);
    return { ...reading, tables: kept === 0 ? reading.tables : { ...reading.tables, names: kept } };
  } finally {
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  }
}

/** Rejects when the signal says so. */
function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (!signal) return;
    const reason = (): Error =>
      signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason));
    if (signal.aborted) reject(reason());
    else signal.addEventListener('abort', () => reject(reason()), { once: true });
  });
}

class Thread {
  readonly worker: Worker;
  readonly reading: Promise<Reading>;
  progress: Progress | undefined;

  constructor(worker: Worker, index: number, order: BatchOrder, tell: () => void) {
    this.worker = worker;
    this.reading = new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        reject(error);
        order.fail(error);
      };
      worker.on('message', (message: FromPartition) => {
        switch (message.say) {
          case 'batch':
            return order.batch(index, message.lent);
          case 'block':
            this.progress = message.progress;
            order.block(index);
            return tell();
          case 'done':
            order.done(index);
            return resolve(message.reading);
          case 'failed':
            return fail(errorOf(message));
        }
      });
      worker.on('error', fail);
      worker.on('exit', (code) => fail(new Error(`A reading thread ended by itself (exit code ${code}).`)));
    });
  }
}

const errorOf = ({ name, message }: { name: string; message: string }): Error =>
  name === 'NotACapture' ? new NotACapture(message) : Object.assign(new Error(message), { name });

/** Every thread reads all packets; connections, rows and faults are each thread's own. */
function progressOf(threads: readonly Thread[]): Progress {
  const told = threads.flatMap(({ progress }) => (progress ? [progress] : []));
  const behind = told.reduce((a, b) => (a.bytes <= b.bytes ? a : b));
  const sum = (of: (progress: Progress) => number): number => told.reduce((all, one) => all + of(one), 0);
  return {
    ...behind,
    connections: sum(({ connections }) => connections),
    rows: sum(({ rows }) => rows),
    faults: sum(({ faults }) => faults),
  };
}

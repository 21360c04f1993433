/**
 * Batches of several threads in one order: by the block of the capture in which they became full, and of one block the first partition's
 * first. A thread that is ahead waits, because its batches do.
 */

import { BatchBorrower, type LentBatch } from '../../../model/lent-batches.ts';
import type { BatchSink } from '../../../model/sinks.ts';
import type { MergedNames } from './merged-names.ts';

interface Queue {
  readonly batches: { readonly block: number; readonly lent: LentBatch }[];
  readonly borrowed: BatchBorrower;
  /** The block that is being read. */
  block: number;
}

type GiveBack = (partition: number, batch: number) => void;

export class BatchOrder {
  readonly #queues: readonly Queue[];
  readonly #sink: BatchSink;
  readonly #names: MergedNames;
  readonly #giveBack: GiveBack;
  #block = 0;
  #turn = 0;
  #isMoving = false;
  #resolve: () => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;
  /** Every thread is done and its batches are with the sink. */
  readonly everything: Promise<void>;

  constructor(count: number, sink: BatchSink, names: MergedNames, giveBack: GiveBack) {
    this.#queues = Array.from({ length: count }, () => ({
      batches: [],
      borrowed: new BatchBorrower(),
      block: 0,
    }));
    this.#sink = sink;
    this.#names = names;
    this.#giveBack = giveBack;
    this.everything = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Who waits for it is told; nobody waits before the threads are started.
    this.everything.catch(() => undefined);
  }

  batch(partition: number, lent: LentBatch): void {
    const queue = this.#queues[partition];
    queue.batches.push({ block: queue.block, lent });
    this.#move();
  }

  block(partition: number): void {
    this.#queues[partition].block++;
    this.#move();
  }

  done(partition: number): void {
    this.#queues[partition].block = Number.POSITIVE_INFINITY;
    this.#move();
  }

  fail(error: Error): void {
    this.#reject(error);
  }

  #move(): void {
    if (this.#isMoving) return;
    this.#isMoving = true;
    this.#handOn().then(
      () => {
        this.#isMoving = false;
      },
      (error: unknown) => this.#reject(error instanceof Error ? error : new Error(String(error))),
    );
  }

  async #handOn(): Promise<void> {
    for (;;) {
      const queue = this.#queues[this.#turn];
      const next = queue.batches[0];
      if (next?.block === this.#block) {
        queue.batches.shift();
        await this.#load(this.#turn, next.lent);
      } else if (queue.block <= this.#block) return;
      else if (++this.#turn === this.#queues.length) {
        this.#turn = 0;
        if (
          this.#queues.every(
            ({ block, batches }) => block === Number.POSITIVE_INFINITY && batches.length === 0,
          )
        )
          return this.#resolve();
        this.#block = this.#nextBlock();
      }
    }
  }

  /** The next block in which something may come. */
  #nextBlock(): number {
    return Math.min(...this.#queues.map(({ block, batches }) => batches[0]?.block ?? block));
  }

  async #load(partition: number, lent: LentBatch): Promise<void> {
    const batch = this.#queues[partition].borrowed.take(lent);
    if (!this.#names.takes(batch)) {
      const own = this.#sink.lease(batch.table);
      own.copy(batch);
      this.#sink.submit(own);
      await this.#sink.ready();
    }
    this.#giveBack(partition, lent.batch);
  }
}

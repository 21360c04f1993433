/**
 * Batches that one thread fills and another reads, in memory that both have. Each is known by a number on both sides: buffers that travel
 * there and back cost more than the copy that the other thread makes, for each journey makes objects anew on both sides, and from the
 * first buffer that has left a thread on, V8 asks at each access to any typed array of that thread whether it is still there.
 */

import { type BatchHeap, ColumnBatch, type PackedBatch } from './column-batch.ts';
import { type Table, tableNamed } from './tables.ts';

/** A full batch, as it is told to the other thread. */
export interface LentBatch {
  readonly batch: number;
  readonly rows: number;
  readonly used: Pick<BatchHeap, 'used' | 'u16Used' | 'itemsUsed'>;
  /** Where it lies: told where it is new to the other thread or has grown. */
  readonly memory?: PackedBatch;
}

interface Known {
  readonly batch: ColumnBatch;
  /** The memory of its heap that the other thread knows. */
  told: Pick<BatchHeap, 'bytes' | 'u16' | 'items'> | undefined;
}

/** The side that fills. */
export class BatchLender {
  readonly #known: Known[] = [];
  readonly #numbers = new Map<ColumnBatch, number>();
  readonly #free = new Map<Table, ColumnBatch[]>();

  /** An empty batch. */
  lease(table: Table): ColumnBatch {
    const batch = this.#free.get(table)?.pop() ?? this.#make(table);
    batch.clear();
    return batch;
  }

  #make(table: Table): ColumnBatch {
    const batch = ColumnBatch.shared(table);
    this.#numbers.set(batch, this.#known.length);
    this.#known.push({ batch, told: undefined });
    return batch;
  }

  /** What to tell of a batch; throws where it was not leased here. It must not be written to until it has come back. */
  lend(batch: ColumnBatch): LentBatch {
    const number = this.#numbers.get(batch);
    const known = number === undefined ? undefined : this.#known[number];
    if (number === undefined || !known)
      throw new Error(`A batch of ${batch.table.name} was not leased here.`);
    const { rows, heap } = batch;
    const { bytes, u16, items, used, u16Used, itemsUsed } = heap;
    const { told } = known;
    const isKnown = told?.bytes === bytes && told.u16 === u16 && told.items === items;
    if (!isKnown) known.told = { bytes, u16, items };
    return {
      batch: number,
      rows,
      used: { used, u16Used, itemsUsed },
      ...(isKnown ? {} : { memory: batch.pack() }),
    };
  }

  /** The other thread is done with it; answers its bytes. */
  back(number: number): number {
    const batch = this.#known[number]?.batch;
    if (!batch) return 0;
    const free = this.#free.get(batch.table);
    if (free) free.push(batch);
    else this.#free.set(batch.table, [batch]);
    return batch.buffer.byteLength;
  }
}

/** The side that reads. */
export class BatchBorrower {
  readonly #known = new Map<number, ColumnBatch>();

  /** The batch, to be read until it is given back. */
  take({ batch: number, rows, used, memory }: LentBatch): ColumnBatch {
    if (memory) {
      const table = tableNamed(memory.table);
      if (!table) throw new Error(`There is no table ${memory.table}.`);
      this.#known.set(number, ColumnBatch.unpack(table, memory));
    }
    const batch = this.#known.get(number);
    if (!batch) throw new Error(`Batch ${number} came without its memory.`);
    batch.rows = rows;
    Object.assign(batch.heap, used);
    return batch;
  }
}

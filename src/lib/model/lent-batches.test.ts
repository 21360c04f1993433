import { describe, expect, it } from 'vitest';
import { ColumnBatch } from './column-batch.ts';
import { BatchBorrower, BatchLender } from './lent-batches.ts';
import { NAMES, PACKETS } from './tables.ts';

/** What a message is on the other side: shared memory is the same, all else a copy. */
const crossed = <T>(message: T): T => structuredClone(message);

const NAME = NAMES.columns.findIndex(({ name }) => name === 'name');
const names = (batch: ColumnBatch): unknown[] =>
  Array.from({ length: batch.rows }, (_, row) => batch.get(NAME, row));

function write(batch: ColumnBatch, ...texts: string[]): ColumnBatch {
  texts.forEach((text, row) => batch.set(NAME, row, text));
  batch.rows = texts.length;
  return batch;
}

describe('a batch that is lent', () => {
  it('is read on the other side as it was written here, whatever its heap grew to', () => {
    const lender = new BatchLender();
    const borrower = new BatchBorrower();
    const long = 'long name '.repeat(2_000);
    const batch = write(lender.lease(NAMES), 'a', 'a name of more than twelve letters');
    expect(names(borrower.take(crossed(lender.lend(batch))))).toEqual([
      'a',
      'a name of more than twelve letters',
    ]);
    lender.back(0);
    // The same memory, but its heap has grown: the other side must not read the old one.
    const again = write(lender.lease(NAMES), long, 'second');
    expect(again).toBe(batch);
    expect(names(borrower.take(crossed(lender.lend(again))))).toEqual([long, 'second']);
  });

  it('names its memory once, and is free for its own table alone when it is back', () => {
    const lender = new BatchLender();
    const batch = lender.lease(NAMES);
    expect(lender.lend(batch).memory).toBeDefined();
    expect(lender.lease(NAMES)).not.toBe(batch);
    expect(lender.back(0)).toBe(batch.buffer.byteLength);
    expect(lender.lease(PACKETS)).not.toBe(batch);
    expect(lender.lease(NAMES)).toBe(batch);
    expect(lender.lend(batch).memory).toBeUndefined();
  });

  it('is empty when it is leased again', () => {
    const lender = new BatchLender();
    lender.lend(write(lender.lease(NAMES), 'a', 'b'));
    lender.back(0);
    const batch = lender.lease(NAMES);
    expect(batch.rows).toBe(0);
    expect(batch.heap.used).toBe(0);
  });

  it('is refused where it is not known', () => {
    expect(() => new BatchLender().lend(new ColumnBatch(NAMES))).toThrow('was not leased here');
    const used = { used: 0, u16Used: 0, itemsUsed: 0 };
    expect(() => new BatchBorrower().take({ batch: 3, rows: 1, used })).toThrow('came without its memory');
    expect(new BatchLender().back(7)).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import { ColumnBatch } from '../../model/column-batch.ts';
import { CONN, PACKETS } from '../../model/tables.ts';
import { fillBatch, random } from '../../../../tests/store/sample-rows.ts';
import { FirstConnections } from './first-connections.ts';

describe('the first connections of an ingest', () => {
  it('are told once, as soon as there are any, twenty at most', () => {
    const first = new FirstConnections();
    const batch = first.watch(new ColumnBatch(CONN));
    expect(first.take()).toBeUndefined();
    fillBatch(batch, 25, random(1), 1);
    const told = first.take() ?? [];
    expect(told).toHaveLength(20);
    const [hi, lo] = [batch.get(batch.index('id_orig_h'), 0)].flat() as [bigint, bigint];
    expect(told[0]).toMatchObject({
      uid: batch.get(batch.index('uid'), 0),
      orig_p: batch.get(batch.index('id_orig_p'), 0),
      proto: batch.get(batch.index('proto'), 0),
      ts: Number(batch.get(batch.index('ts'), 0)) / 1e9,
    });
    expect(hi >= 0n && lo >= 0n && told[0]?.orig_h).toMatch(/[.:]/);
    expect(first.take()).toBeUndefined();
  });

  it('are not read from a batch that is empty again, nor from another table', () => {
    const first = new FirstConnections();
    first.watch(fillBatch(new ColumnBatch(PACKETS), 3, random(1), 1));
    expect(first.take()).toBeUndefined();
    const gone = first.watch(fillBatch(new ColumnBatch(CONN), 3, random(1), 1));
    gone.clear();
    expect(first.take()).toBeUndefined();
    first.watch(fillBatch(new ColumnBatch(CONN), 2, random(2), 1));
    expect(first.take()).toHaveLength(2);
  });
});

/** Rows for tests of the store: every kind of column, text around the length of a slot, NULLs, lists of every length. */

import type { CellValue, ColumnBatch } from '../../src/lib/model/column-batch.ts';
import { BATCH_ROWS } from '../../src/lib/model/limits.ts';
import type { BatchSink } from '../../src/lib/model/sinks.ts';
import type { Column, Table } from '../../src/lib/model/tables.ts';
import { TABLES } from '../../src/lib/model/tables.ts';

/** Small, repeatable: the same rows for the same seed, everywhere. */
export function random(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

const words = [
  '',
  'a',
  'ShAdDaFf',
  'twelve bytes',
  'thirteen byte',
  'größer als zwölf Bytes',
  'x'.repeat(300),
  '日本語',
  '\\x00\\xff',
];

/** 10.x and 2001:db8::x addresses, few enough that they repeat. */
export const sampleAddress = (next: (below: number) => number): readonly [bigint, bigint] =>
  next(4) === 0
    ? [0x20010db800000000n, BigInt(next(50))]
    : [0n, (0xffffn << 32n) | BigInt(0x0a000000 + next(200))];

export function sampleValue(column: Column, next: (below: number) => number, no: number): CellValue {
  if (column.nullable && next(3) === 0) return null;
  switch (column.kind) {
    case 'bool':
      return next(2) === 1;
    case 'u8':
      return next(256);
    case 'u16':
      return next(65_536);
    case 'u32':
      return column.name === 'conn_no' || column.name === 'n' ? no : next(4_294_967_295);
    case 'f64':
      return next(1000) / 7;
    case 'u64':
      return BigInt(next(1_000_000));
    case 'mac':
      return (BigInt(next(65_536)) << 32n) | BigInt(next(4_294_967_295));
    case 'time':
      return 1_700_000_000_000_000_000n + BigInt(no) * 1_000_003n;
    case 'span':
      return BigInt(next(2_000_000_000));
    case 'addr':
      return sampleAddress(next);
    case 'enum':
      return next((column.values ?? []).length);
    case 'text':
      return column.name === 'uid' && !column.nullable
        ? `C${no.toString(36).padStart(17, '0')}`
        : words[next(words.length)];
    case 'u16[]':
      return Array.from({ length: next(4) }, () => next(65_536));
    case 'text[]':
      return Array.from({ length: next(4) }, () => words[next(words.length)] ?? '');
  }
}

export function fillBatch(
  batch: ColumnBatch,
  rows: number,
  next: (below: number) => number,
  firstNo = 1,
): ColumnBatch {
  for (let row = 0; row < rows; row++) {
    batch.table.columns.forEach((column, c) => batch.set(c, row, sampleValue(column, next, firstNo + row)));
    batch.rows++;
  }
  return batch;
}

/** The tables that are loaded: `hosts` is made at sealing. */
export const loadedTables: readonly Table[] = TABLES.filter(({ name }) => name !== 'hosts');

/** Submits `rows` rows of each table. */
export async function submitRows(
  sink: BatchSink,
  tables: readonly Table[],
  rows: number,
  seed = 1,
): Promise<void> {
  for (const table of tables) {
    const next = random(seed);
    for (let done = 0; done < rows; done += BATCH_ROWS) {
      await sink.ready();
      sink.submit(fillBatch(sink.lease(table), Math.min(BATCH_ROWS, rows - done), next, done + 1));
    }
  }
}

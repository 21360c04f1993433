import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchBytes, type CellValue, ColumnBatch } from './column-batch.ts';
import { BATCH_ROWS } from './limits.ts';
import { column, type ColumnKind, PIPELINE_TABLES, type Table } from './tables.ts';

const WORDS = ['red', 'green', 'blue'];

const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const i64 = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
const text = fc.oneof(fc.string({ maxLength: 30 }), fc.string({ unit: 'grapheme', maxLength: 14 }));

/** Values of every kind, in the shapes that `get` answers. */
const VALUES: Readonly<Record<ColumnKind, fc.Arbitrary<CellValue>>> = {
  bool: fc.boolean(),
  u8: fc.nat(255),
  u16: fc.nat(65_535),
  u32: fc.nat(0xffff_ffff),
  u64,
  f64: fc.double({ noNaN: true }),
  time: i64,
  span: i64,
  addr: fc.tuple(u64, u64),
  mac: fc.bigInt({ min: 0n, max: (1n << 48n) - 1n }),
  enum: fc.constantFrom(...WORDS),
  text,
  'u16[]': fc.array(fc.nat(65_535), { maxLength: 40 }),
  'text[]': fc.array(text, { maxLength: 8 }),
};

const KINDS = Object.keys(VALUES) as ColumnKind[];

const TABLE: Table = {
  name: 'every_kind',
  doc: 'a column of every kind, as it is and nullable',
  key: [],
  columns: KINDS.flatMap((kind) =>
    [false, true].map((nullable) =>
      column(`${kind}${nullable ? '_null' : ''}`, kind, kind, { nullable, values: WORDS }),
    ),
  ),
};

const row = fc.tuple(
  ...TABLE.columns.map(({ kind, nullable }) =>
    nullable ? fc.option(VALUES[kind], { nil: null, freq: 3 }) : VALUES[kind],
  ),
);

const fill = (batch: ColumnBatch, rows: readonly (readonly CellValue[])[]): void => {
  for (const values of rows) {
    for (const [c, value] of values.entries()) batch.set(c, batch.rows, value);
    batch.rows++;
  }
};

const read = (batch: ColumnBatch): CellValue[][] =>
  Array.from({ length: batch.rows }, (_, r) => TABLE.columns.map((__, c) => batch.get(c, r)));

describe('ColumnBatch', () => {
  it('gives back what it was given, of every kind, after clearing too', () => {
    const batch = new ColumnBatch(TABLE);
    fc.assert(
      fc.property(fc.array(row, { maxLength: 12 }), (rows) => {
        batch.clear();
        fill(batch, rows);
        expect(read(batch)).toEqual(rows);
      }),
    );
  });

  it('is the same on the other side as a copy', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 6 }), (rows) => {
        const batch = new ColumnBatch(TABLE);
        fill(batch, rows);
        const received = structuredClone(batch.pack());
        expect(read(ColumnBatch.unpack(TABLE, received))).toEqual(rows);
      }),
      { numRuns: 30 },
    );
  });

  it('is shared with the other side where its memory is, what it grew by too', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 6 }), (rows) => {
        const batch = ColumnBatch.shared(TABLE);
        const before = structuredClone(batch.pack());
        const long = 'x'.repeat(10_000);
        fill(batch, rows);
        batch.set(batch.index('text'), rows.length, long);
        const received = ColumnBatch.unpack(TABLE, structuredClone(batch.pack()));
        expect(read(received)).toEqual(rows);
        expect(received.get(batch.index('text'), rows.length)).toBe(long);
        expect(received.heap.bytes.buffer).toBeInstanceOf(SharedArrayBuffer);
        expect(ColumnBatch.unpack(TABLE, before).columns[0].u8).toEqual(batch.columns[0].u8);
      }),
      { numRuns: 30 },
    );
  });

  it('becomes a copy of another, whatever it held', () => {
    const copy = new ColumnBatch(TABLE);
    fc.assert(
      fc.property(fc.array(row, { maxLength: 12 }), (rows) => {
        const batch = ColumnBatch.shared(TABLE);
        fill(batch, rows);
        copy.copy(batch);
        batch.clear();
        for (const { u8 } of batch.columns) u8.fill(0xff);
        expect(read(copy)).toEqual(rows);
      }),
    );
    const full = new ColumnBatch(TABLE);
    const [one] = fc.sample(row, { numRuns: 1, seed: 5 });
    fill(
      full,
      Array.from({ length: BATCH_ROWS }, () => one),
    );
    copy.copy(full);
    expect(read(copy)).toEqual(read(full));
  });

  it('holds a full vector of every kind', () => {
    const batch = new ColumnBatch(TABLE);
    const one = fc.sample(row, { numRuns: 1, seed: 5 })[0];
    const other = fc.sample(row, { numRuns: 1, seed: 6 })[0];
    const rows = Array.from({ length: BATCH_ROWS }, (_, i) => (i % 2 ? one : other));
    fill(batch, rows);
    expect(batch.full).toBe(true);
    expect(read(batch)).toEqual(rows);
  });

  it('takes bytes as text, words by their index, and small numbers for wide ones', () => {
    const batch = new ColumnBatch(TABLE);
    batch.set(batch.index('text'), 0, new Uint8Array([0x61, 0xc3, 0xa9]));
    batch.set(batch.index('enum'), 0, 2);
    batch.set(batch.index('u64'), 0, 2 ** 40 + 1);
    expect(batch.get(batch.index('text'), 0)).toBe('aé');
    expect([...batch.textBytes(batch.index('text'), 0)]).toEqual([0x61, 0xc3, 0xa9]);
    expect(batch.get(batch.index('enum'), 0)).toBe('blue');
    expect(batch.get(batch.index('u64'), 0)).toBe(2n ** 40n + 1n);
  });

  it('a nullable value is NULL until set, and again when set to nothing', () => {
    const batch = new ColumnBatch(TABLE);
    const c = batch.index('u32_null');
    expect(batch.get(c, 9)).toBeNull();
    batch.set(c, 9, 0);
    expect([batch.get(c, 9), batch.get(c, 8), batch.get(c, 10)]).toEqual([0, null, null]);
    batch.set(c, 9, undefined);
    expect(batch.isNull(c, 9)).toBe(true);
  });

  it('refuses what cannot be, in one sentence', () => {
    const batch = new ColumnBatch(TABLE);
    expect(() => batch.set(batch.index('u8'), 0, null)).toThrow('every_kind.u8 cannot be NULL.');
    expect(() => batch.set(batch.index('enum'), 0, 'purple')).toThrow('every_kind.enum has no value purple.');
    expect(() => batch.index('nothing')).toThrow('Table every_kind has no column nothing.');
    expect(() => new ColumnBatch(TABLE, new ArrayBuffer(8))).toThrow(
      `needs ${batchBytes(TABLE)} bytes, not 8`,
    );
  });

  it.each(PIPELINE_TABLES.map((table) => [table.name, table] as const))(
    '%s: columns lie apart and aligned',
    (_, table) => {
      const batch = new ColumnBatch(table);
      const spans = batch.columns.flatMap(({ u8, valid }) => (valid ? [u8, valid] : [u8]));
      let end = 0;
      for (const { byteOffset, byteLength } of spans) {
        expect(byteOffset % 8).toBe(0);
        expect(byteOffset).toBeGreaterThanOrEqual(end);
        end = byteOffset + byteLength;
      }
      expect(end).toBeLessThanOrEqual(batch.buffer.byteLength);
    },
  );
});

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CellValue, ColumnBatch } from '../model/column-batch.ts';
import { column, type ColumnKind, type Table } from '../model/tables.ts';
import { jsonOf, rowWriterFor, secondsOf } from './ndjson-row.ts';
import { NdjsonSink } from './ndjson-sink.ts';

describe('secondsOf', () => {
  it.each([
    [0n, 6, '0.000000'],
    [999n, 6, '0.000000'],
    [1_000n, 6, '0.000001'],
    [1_700_000_000_123_456_789n, 6, '1700000000.123456'],
    [1_700_000_000_999_999_999n, 6, '1700000000.999999'],
    [1_700_000_000_123_456_789n, 9, '1700000000.123456789'],
    [5n, 9, '0.000000005'],
  ])('%s ns to %i digits is %s', (ns, digits, text) => {
    expect(secondsOf(ns, digits)).toBe(text);
  });

  it('never rounds up', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }), (ns) => {
        const micros = BigInt(secondsOf(ns, 6).replace('.', ''));
        expect(micros).toBe(ns / 1000n);
        expect(BigInt(secondsOf(ns, 9).replace('.', ''))).toBe(ns);
      }),
    );
  });
});

describe('jsonOf', () => {
  const v4 = (address: bigint): CellValue => [0n, 0xffff_0000_0000n | address];
  const values: readonly (readonly [ColumnKind, CellValue, string])[] = [
    ['time', 1_000_000_001_999n, '1000.000001'],
    ['span', 1_500_000_000n, '1.500000000'],
    ['addr', v4(0xc0000201n), '"192.0.2.1"'],
    ['addr', [0x2001_0db8_0000_0000n, 1n], '"2001:db8::1"'],
    ['addr', [0n, 0n], '"::"'],
    ['addr', [0x0001_0000_0000_0002n, 0x0000_0000_0000_0003n], '"1:0:0:2::3"'],
    ['mac', 0x00_1b_21_00_0a_ffn, '"00:1b:21:00:0a:ff"'],
    ['u64', 18_446_744_073_709_551_615n, '18446744073709551615'],
    ['u32', 7, '7'],
    ['bool', true, 'true'],
    ['enum', 'tcp', '"tcp"'],
    ['text', 'a "quoted" \n line \\x00', '"a \\"quoted\\" \\n line \\\\x00"'],
    ['u16[]', [1, 2], '[1,2]'],
    ['text[]', ['a', 'ü'], '["a","ü"]'],
    ['f64', 0.5, '0.5'],
  ];

  it.each(values)('%s %s', (kind, value, text) => {
    expect(jsonOf(column('c', kind, ''), value)).toBe(text);
  });

  it('prints a JSON column as it is', () => {
    expect(jsonOf(column('c', 'text', '', { json: true }), '{"a":1}')).toBe('{"a":1}');
  });
});

const TABLE: Table = {
  name: 'things',
  doc: 'for the test',
  key: ['n'],
  columns: [
    column('n', 'u32', 'number'),
    column('hidden', 'u32', 'internal', { internal: true }),
    column('file', 'u16', 'file'),
    column('capture_file', 'u16', 'file'),
    column('name', 'text', 'name', { nullable: true }),
  ],
};

const OTHER: Table = { ...TABLE, name: 'others' };

const put = (batch: ColumnBatch, n: number, name: string | null): void => {
  for (const [c, value] of [n, 99, 1, 2, name].entries()) batch.set(c, batch.rows, value);
  batch.rows++;
};

describe('rowWriterFor', () => {
  it('leaves out what is absent, internal, or the same for every row', () => {
    const batch = new ColumnBatch(TABLE);
    put(batch, 1, null);
    put(batch, 2, 'x');
    const single = rowWriterFor(TABLE, true);
    const several = rowWriterFor(TABLE, false);
    expect([single(batch, 0), single(batch, 1)]).toEqual(['{"n":1}', '{"n":2,"name":"x"}']);
    expect(several(batch, 1)).toBe('{"n":2,"file":1,"capture_file":2,"name":"x"}');
  });

  it('a row of which nothing is known is an empty object', () => {
    const table: Table = { ...TABLE, columns: [column('a', 'u8', '', { nullable: true })] };
    expect(rowWriterFor(table, true)(new ColumnBatch(table), 0)).toBe('{}');
  });
});

describe('NdjsonSink', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'coldwire-ndjson-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('writes a file for each table with rows, and recycles batches', async () => {
    const sink = new NdjsonSink(dir, ['others'], true);
    const first = sink.lease(TABLE);
    put(first, 1, 'one');
    sink.submit(first);
    const again = sink.lease(TABLE);
    expect(again).toBe(first);
    expect(again.rows).toBe(0);
    put(again, 2, null);
    sink.submit(again);
    const left = sink.lease(OTHER);
    put(left, 3, null);
    sink.submit(left);
    sink.submit(sink.lease({ ...TABLE, name: 'empty' }));
    await sink.ready();
    await sink.finish();
    expect(readdirSync(dir)).toEqual(['things.ndjson']);
    expect(readFileSync(join(dir, 'things.ndjson'), 'utf8')).toBe('{"n":1,"name":"one"}\n{"n":2}\n');
    expect(sink.rows).toEqual({ things: 2 });
  });

  it('fails where the folder is gone', async () => {
    const sink = new NdjsonSink(join(dir, 'nowhere'), [], true);
    const batch = sink.lease(TABLE);
    put(batch, 1, null);
    sink.submit(batch);
    await expect(sink.finish()).rejects.toThrow('ENOENT');
    await expect(sink.ready()).rejects.toThrow('ENOENT');
  });
});

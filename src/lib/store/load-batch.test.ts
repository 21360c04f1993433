import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillBatch, loadedTables, random, submitRows } from '../../../tests/store/sample-rows.ts';
import { ColumnBatch } from '../model/column-batch.ts';
import { CONN, NAMES, TABLES, WEIRD } from '../model/tables.ts';
import { openCaseReader } from './case-reader.ts';
import type { CaseReader } from './case-reader.ts';
import { LocalBatchSink } from './local-batch-sink.ts';
import { RecordsWriter } from './records-writer.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'coldwire-load-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function sealed(name: string, unsafe: boolean, rows: number): Promise<CaseReader> {
  const path = join(dir, name);
  const sink = await LocalBatchSink.create(path, { unsafe });
  await submitRows(sink, loadedTables, rows);
  await sink.finish();
  await sink.seal();
  return openCaseReader([{ id: 'x', path }], { connections: 1, threads: 1 });
}

describe('loading column batches', () => {
  it('gives the same tables by memory copy as by the ordinary appender, of every kind of column', async () => {
    const rows = 3000;
    const [copied, appended] = [
      await sealed('copied.duckdb', true, rows),
      await sealed('appended.duckdb', false, rows),
    ];
    for (const { name } of TABLES) {
      const sql = `SELECT * FROM r.${name} ORDER BY ALL`;
      const [a, b] = [await copied.query(sql), await appended.query(sql)];
      expect(a.rows.length, name).toBe(name === 'hosts' ? b.rows.length : rows);
      expect(a, name).toEqual(b);
    }
    copied.close();
    appended.close();
  });

  it('stores exactly what the batch says', async () => {
    const path = join(dir, 'exact.duckdb');
    const batch = new ColumnBatch(CONN);
    batch.clear();
    fillBatch(batch, 2048, random(7));
    const expected = Array.from({ length: 2048 }, (_, row) => [
      batch.get(batch.index('uid'), row),
      batch.get(batch.index('service'), row),
      batch.get(batch.index('vlan'), row),
      batch.get(batch.index('tunnel_parents'), row),
      batch.get(batch.index('conn_state'), row),
      String(batch.get(batch.index('ts'), row)),
    ]);
    const sink = await LocalBatchSink.create(path);
    sink.submit(batch);
    await sink.seal();
    const reader = await openCaseReader([{ id: 'x', path }]);
    const { rows } = await reader.query(
      'SELECT uid, service, vlan, tunnel_parents, conn_state, ts FROM r.conn ORDER BY conn_no',
    );
    expect(rows).toEqual(expected);
    reader.close();
  });

  it('loads text that is not UTF-8 row by row instead of storing it broken', async () => {
    const path = join(dir, 'not-utf8.duckdb');
    const sink = await LocalBatchSink.create(path);
    const batch = sink.lease(NAMES);
    for (const [row, name] of [
      Uint8Array.from({ length: 20 }, () => 0xff),
      'a name that is sound and long',
    ].entries()) {
      batch.set(0, row, [0n, 1n]);
      batch.set(1, row, name);
      batch.set(2, row, 'nrb');
      batch.rows++;
    }
    sink.submit(batch);
    await sink.seal();
    const reader = await openCaseReader([{ id: 'x', path }]);
    const { rows } = await reader.query('SELECT name FROM r.names ORDER BY name');
    expect(rows).toEqual([['a name that is sound and long'], ['\ufffd'.repeat(20)]]);
    reader.close();
  });

  it.each([
    [
      'text beyond its heap',
      (batch: ColumnBatch) => {
        batch.col('name').u32[0] = 5000;
      },
    ],
    [
      'a list beyond its heap',
      (batch: ColumnBatch) => {
        batch.heap.u16Used = 1_000_000;
      },
      CONN,
    ],
    [
      'more rows than a batch has',
      (batch: ColumnBatch) => {
        batch.rows = 2049;
      },
    ],
    [
      'a heap longer than its bytes',
      (batch: ColumnBatch) => {
        batch.heap.used = 1 << 30;
      },
    ],
    [
      'a code without a word',
      (batch: ColumnBatch) => {
        batch.col('proto').u8[0] = 99;
      },
      CONN,
    ],
  ])('refuses a damaged batch before any unsafe call: %s', async (what, damage, table = WEIRD) => {
    const writer = await RecordsWriter.create(join(dir, `${what.replaceAll(' ', '-')}.duckdb`));
    const batch = new ColumnBatch(table);
    batch.clear();
    fillBatch(batch, 4, random(3));
    damage(batch);
    expect(() => writer.load(batch)).toThrow(/damaged|code 99/);
    writer.abort();
  });
});

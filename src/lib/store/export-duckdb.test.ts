import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadedTables, submitRows } from '../../../tests/store/sample-rows.ts';
import { TABLES } from '../model/tables.ts';
import { openCaseReader } from './case-reader.ts';
import { rowsOf } from './duckdb.ts';
import { exportDuckdb } from './export-duckdb.ts';
import { LocalBatchSink } from './local-batch-sink.ts';

let dir: string;
let inputs: { id: string; path: string }[];
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'coldwire-export-'));
  inputs = [];
  for (const seed of [1, 2]) {
    const path = join(dir, `records-${seed}.duckdb`);
    const sink = await LocalBatchSink.create(path, { meta: { engine: 'coldwire test' } });
    await submitRows(sink, loadedTables, 200, seed);
    await sink.finish();
    await sink.seal();
    inputs.push({ id: `i${seed}`, path });
  }
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('a case as one DuckDB file', () => {
  it('opens without us and says what the case says', async () => {
    const path = join(dir, 'out.duckdb');
    const rows = await exportDuckdb(inputs, path);
    expect(rows).toMatchObject({ conn: 400, arp: 400, captures: 400 });
    expect(readdirSync(dir).filter((name) => name.startsWith('out.'))).toEqual(['out.duckdb']);
    const plain = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
    const connection = await plain.connect();
    const tables = await rowsOf(connection, 'SELECT table_name FROM duckdb_tables() ORDER BY ALL');
    expect(tables.map((row) => row['table_name'])).toEqual(
      [...TABLES.map(({ name }) => name), 'inputs'].sort(),
    );
    const sql = `SELECT sum(hash(input, epoch_ns(ts), uid, id_orig_h, proto::VARCHAR, duration, orig_l2_addr, vlan))::VARCHAR AS x FROM`;
    const reader = await openCaseReader(inputs);
    expect((await rowsOf(connection, `${sql} conn`))[0]?.['x']).toBe(
      (await reader.query(`${sql} v.conn`)).rows[0]?.[0],
    );
    expect(
      await rowsOf(connection, "SELECT input, value FROM inputs WHERE key = 'engine' ORDER BY ALL"),
    ).toEqual([
      { input: 'i1', value: 'coldwire test' },
      { input: 'i2', value: 'coldwire test' },
    ]);
    reader.close();
    connection.closeSync();
    plain.closeSync();
  });

  it('overwrites nothing, and says why it cannot write', async () => {
    await expect(exportDuckdb(inputs, inputs[0]?.path ?? '')).rejects.toThrow(/exists already/);
    await expect(exportDuckdb(inputs, join(dir, 'none/out.duckdb'))).rejects.toThrow(
      /its folder does not exist/,
    );
  });
});

import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batchBytes } from '../../src/lib/model/column-batch.ts';
import { CONN } from '../../src/lib/model/tables.ts';
import { openCaseReader } from '../../src/lib/store/case-reader.ts';
import { DuckDbBatchSink } from '../../src/lib/store/duckdb-batch-sink.ts';
import { LocalBatchSink } from '../../src/lib/store/local-batch-sink.ts';
import { tableDigests } from '../../src/lib/store/table-digest.ts';
import type { SealingSink } from '../../src/lib/store/local-batch-sink.ts';
import { enrichment } from '../../src/processes/enrichment.ts';
import type { Compiled } from './compile.ts';
import { compile } from './compile.ts';
import { fillBatch, loadedTables, random, submitRows } from './sample-rows.ts';

let dir: string;
let compiled: Compiled;
let workerPath: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'coldwire-sink-'));
  compiled = await compile({ 'workers/load-worker': 'src/processes/workers/load-worker.ts' });
  workerPath = join(compiled.dir, 'workers/load-worker.js');
});
afterAll(() => {
  compiled.remove();
  rmSync(dir, { recursive: true, force: true });
});

async function digests(path: string, sink: SealingSink): Promise<Record<string, string>> {
  await submitRows(sink, loadedTables, 10_000, 11);
  await sink.finish();
  await sink.seal({ homeNetworks: ['10.0.0.0/8'] });
  const reader = await openCaseReader([{ id: 'x', path }]);
  try {
    return await tableDigests(reader);
  } finally {
    reader.close();
  }
}

describe('loading in a thread of its own', () => {
  it('gives the tables that loading in place gives', async () => {
    const [there, here] = [join(dir, 'there.duckdb'), join(dir, 'here.duckdb')];
    const sink = await DuckDbBatchSink.create(there, { workerPath, maxBytesInFlight: 4 * batchBytes(CONN) });
    const inPlace = await LocalBatchSink.create(here, {
      enrichHosts: async (hosts) => (await enrichment()).enrichHosts(hosts),
    });
    expect(await digests(there, sink)).toEqual(await digests(here, inPlace));
    expect(sink.loadMs).toBeGreaterThan(0);
  });

  it('makes the decoder wait at its cap, and gives buffers back', async () => {
    const sink = await DuckDbBatchSink.create(join(dir, 'pressed.duckdb'), {
      workerPath,
      maxBytesInFlight: 3 * batchBytes(CONN),
    });
    const first = new Set<number>();
    for (let i = 0; i < 3; i++) {
      await sink.ready();
      const batch = fillBatch(sink.lease(CONN), 100, random(i + 1), i * 100);
      first.add(batch.heap.bytes.length);
      sink.submit(batch);
    }
    const waiting = sink.ready();
    expect(await Promise.race([waiting.then(() => 'ready'), Promise.resolve('waits')])).toBe('waits');
    await waiting;
    // A new batch begins with a small heap; one that has been there and back keeps what it has grown to.
    const again = sink.lease(CONN);
    expect(again.rows).toBe(0);
    expect(first).toContain(again.heap.bytes.length);
    expect(again.heap.bytes.length).toBeGreaterThan(4096);
    sink.submit(fillBatch(again, 50, random(9), 300));
    await sink.finish();
    expect((await sink.seal()).rows['conn']).toBe(350);
  });

  it('rejects with a sentence where the file cannot be made', async () => {
    await expect(
      DuckDbBatchSink.create(join(dir, 'no-such-folder/x.duckdb'), { workerPath }),
    ).rejects.toThrow(/its folder does not exist/);
  });

  it('rejects what follows a batch that cannot be loaded, and leaves no file', async () => {
    const path = join(dir, 'bad.duckdb');
    const sink = await DuckDbBatchSink.create(path, { workerPath });
    const batch = fillBatch(sink.lease(CONN), 10, random(1));
    batch.col('proto').u8[3] = 77;
    sink.submit(batch);
    await expect(sink.finish()).rejects.toThrow(/code 77/);
    await expect(sink.ready()).rejects.toThrow(/code 77/);
    await expect(sink.seal()).rejects.toThrow(/code 77/);
    await sink.abort();
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(dir).filter((name) => name.startsWith('bad.'))).toEqual([]);
  });

  it('leaves no file when it is abandoned', async () => {
    const path = join(dir, 'abandoned.duckdb');
    const sink = await DuckDbBatchSink.create(path, { workerPath });
    await submitRows(sink, loadedTables, 5000);
    await sink.abort();
    expect(readdirSync(dir).filter((name) => name.startsWith('abandoned.'))).toEqual([]);
  });
});

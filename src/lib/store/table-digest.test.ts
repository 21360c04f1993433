import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fillBatch, random } from '../../../tests/store/sample-rows.ts';
import { ColumnBatch } from '../model/column-batch.ts';
import { NAMES } from '../model/tables.ts';
import { openCaseReader } from './case-reader.ts';
import { LocalBatchSink } from './local-batch-sink.ts';
import { tableDigests } from './table-digest.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'coldwire-digest-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Digest of `names` after the batches were loaded in this order. */
async function digest(
  file: string,
  seeds: readonly number[],
  change?: (batch: ColumnBatch) => void,
): Promise<string> {
  const path = join(dir, file);
  const sink = await LocalBatchSink.create(path);
  for (const seed of seeds) {
    const batch = new ColumnBatch(NAMES);
    batch.clear();
    fillBatch(batch, 2048, random(seed));
    change?.(batch);
    sink.submit(batch);
  }
  await sink.finish();
  await sink.seal();
  const reader = await openCaseReader([{ id: file, path }]);
  try {
    return (await tableDigests(reader))['names'] ?? '';
  } finally {
    reader.close();
  }
}

it('is the same for the same rows in any order, and another for one changed value', async () => {
  const forward = await digest('forward.duckdb', [1, 2, 3]);
  expect(forward).toMatch(/^6144 rows, \d{20,}$/);
  expect(await digest('backward.duckdb', [3, 2, 1])).toBe(forward);
  expect(await digest('changed.duckdb', [1, 2, 3], (batch) => batch.set(1, 77, 'another'))).not.toBe(forward);
  expect(await digest('null.duckdb', [1, 2, 3], (batch) => batch.set(3, 77, null))).not.toBe(forward);
});

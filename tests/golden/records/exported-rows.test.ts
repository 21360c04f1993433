/** The rows that `coldwire read` prints are those that an ingested case exports: one pipeline, two sinks (READ's contract). */

import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCaptures } from '../../../src/lib/ingest/capture/open.ts';
import { runPipeline } from '../../../src/lib/ingest/pipeline/run.ts';
import { CaseAccess } from '../../../src/lib/server/case-access.ts';
import { exportRows } from '../../../src/lib/server/table-export.ts';
import { LocalBatchSink } from '../../../src/lib/store/local-batch-sink.ts';
import { readCaptures } from '../../../src/processes/read-captures.ts';

type Row = Record<string, unknown>;

const samples = join(import.meta.dirname, '../../../sample-pcaps');
const dir = mkdtempSync(join(tmpdir(), 'coldwire-exported-'));
const recordsOf = (capture: string): string => join(dir, `${capture}.duckdb`);
/** A case for each capture, named after it. */
const cases = new CaseAccess((capture) => Promise.resolve([{ id: 'one', path: recordsOf(capture) }]));

/** Between them they have rows of every table below. */
const CAPTURES = ['office-hour', 'tunnel-gre-key', 'scan-os-fingerprint'];
const TABLES = ['conn', 'arp', 'tunnel', 'weird'];

/** Of a case, not of a capture: the input, and which of its one file. */
const ONLY_OF_A_CASE = ['input', 'file', 'capture_file'];

const sorted = (rows: readonly Row[]): string[] =>
  rows
    .map((row) =>
      JSON.stringify(
        Object.entries(row)
          .filter(([name]) => !ONLY_OF_A_CASE.includes(name))
          .sort(([a], [b]) => (a < b ? -1 : 1)),
      ),
    )
    .sort();

const parsed = (text: string): Row[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);

async function exported(capture: string, table: string): Promise<Row[]> {
  let text = '';
  for await (const piece of exportRows(cases, capture, table, { desc: false }, 'ndjson')) text += piece;
  return parsed(text);
}

const read = async (capture: string, table: string): Promise<Row[]> =>
  parsed(await readFile(join(dir, capture, `${table}.ndjson`), 'utf8').catch(() => ''));

beforeAll(async () => {
  for (const capture of CAPTURES) {
    const path = join(samples, `${capture}.pcap`);
    await readCaptures([path], join(dir, capture), [], { detectors: 'none' }, { progress: false });
    const sink = await LocalBatchSink.create(recordsOf(capture));
    const readers = await openCaptures(path);
    await runPipeline(
      readers.map((reader) => ({ reader, sha256: '' })),
      sink,
    );
    await sink.finish();
    await sink.seal();
    for (const reader of readers) await reader.close();
  }
});

afterAll(() => {
  cases.close();
  rmSync(dir, { recursive: true, force: true });
});

describe('rows read are rows exported', () => {
  it.each(TABLES)('%s', async (table) => {
    let rows = 0;
    for (const capture of CAPTURES) {
      const printed = sorted(await read(capture, table));
      expect(sorted(await exported(capture, table)), capture).toEqual(printed);
      rows += printed.length;
    }
    expect(rows).toBeGreaterThan(0);
  });
});

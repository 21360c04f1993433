/** An ingest child whose captures are text: `conn ROWS`, `slow MS`, `hang`, `crash`, `throw`. Everything but the reading is real. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BATCH_ROWS } from '../../src/lib/model/limits.ts';
import type { BatchSink, Progress } from '../../src/lib/model/sinks.ts';
import { serveIngest } from '../../src/lib/server/jobs/ingest-child.ts';
import { IngestRefused } from '../../src/lib/server/jobs/ingest-work.ts';
import type { PreparedReading } from '../../src/lib/server/jobs/ingest-work.ts';
import { DuckDbBatchSink } from '../../src/lib/store/duckdb-batch-sink.ts';
import { ARP, CONN, NAMES, PACKETS } from '../../src/lib/model/tables.ts';
import { fillBatch, random } from '../store/sample-rows.ts';

async function submit(
  sink: BatchSink,
  rows: number,
  seed: number,
  slowMs: number,
  told: (rows: number) => void,
): Promise<void> {
  let done = 0;
  for (const table of [CONN, PACKETS, ARP, NAMES]) {
    const next = random(seed);
    for (let at = 0; at < rows; at += BATCH_ROWS) {
      await sink.ready();
      if (slowMs > 0) await sleep(slowMs);
      const n = Math.min(BATCH_ROWS, rows - at);
      sink.submit(fillBatch(sink.lease(table), n, next, at + 1));
      done += n;
      told(done);
    }
  }
}

const read: PreparedReading['read'] = async (files, sink, { onProgress }) => {
  let connections = 0;
  for (const [seed, file] of files.entries()) {
    const [what, amount = '0', slow = '0'] = (readFileSync(file.path, 'utf8').split('\n')[0] ?? '').split(
      ' ',
    );
    if (what === 'throw') throw new IngestRefused(`${file.name} is not a capture.`);
    if (what === 'crash') process.abort();
    if (what === 'hang') for (;;) await sleep(1000);
    const progress: Progress = {
      phase: 'decode',
      bytes: 0,
      totalBytes: file.size,
      packets: 0,
      connections: 0,
      rows: 0,
      faults: 0,
    };
    await submit(sink, Number(amount), seed + 1, Number(slow), (rows) => onProgress({ ...progress, rows }));
    connections += Number(amount);
  }
  return { packets: connections, connections };
};

serveIngest({
  prepare: () => ({ read, stop: () => Promise.resolve() }),
  openSink: (path, options) =>
    DuckDbBatchSink.create(path, {
      ...options,
      workerPath: join(import.meta.dirname, 'workers/load-worker.js'),
    }),
});

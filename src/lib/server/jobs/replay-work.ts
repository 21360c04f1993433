/** What the replay child does: reads the captures of sealed inputs again as they were read, and keeps what payload rules say. */

import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { ColumnBatch } from '../../model/column-batch.ts';
import type { BatchSink } from '../../model/sinks.ts';
import { DataDir } from '../data-dir.ts';
import { keyLogsOf } from '../key-logs.ts';
import type { IngestProgress, ReplayJob, ReplayPass } from './ingest-messages.ts';
import type { IngestParts } from './ingest-work.ts';

/** Lets rows of one table through; the others are made and dropped. */
function only(table: string, sink: BatchSink): BatchSink {
  const spare = new Map<string, ColumnBatch>();
  return {
    lease: (wanted) => {
      if (wanted.name === table) return sink.lease(wanted);
      const batch = spare.get(wanted.name) ?? new ColumnBatch(wanted);
      spare.set(wanted.name, batch);
      batch.clear();
      return batch;
    },
    submit: (batch) => {
      if (batch.table.name === table) sink.submit(batch);
    },
    ready: () => sink.ready(),
    finish: () => sink.finish(),
  };
}

/** Rejects and leaves no file of the input where it could not be read. */
export async function replay(
  dataDir: string,
  job: ReplayJob,
  engine: string,
  parts: IngestParts,
  onProgress: (progress: IngestProgress) => void,
): Promise<ReplayPass[]> {
  const dir = DataDir.open(dataDir);
  const passes: ReplayPass[] = [];
  const totalBytes = job.inputs.reduce(
    (sum, { files }) => sum + files.reduce((bytes, { size }) => bytes + size, 0),
    0,
  );
  let before = 0;
  for (const { id, files, settings } of job.inputs) {
    const path = dir.alerts(job.caseId, job.runId, id);
    mkdirSync(dirname(path), { recursive: true });
    const sink = await parts.openSink(path, {
      meta: { engine, case: job.caseId, input: id, run: job.runId },
      onPhase: () => undefined,
    });
    try {
      const objects = files.map((file) => ({ ...file, path: dir.object(file.sha256) }));
      const {
        packets,
        connections,
        problems = [],
      } = await parts.read(
        objects,
        only('alert', sink),
        { ...settings, packetsTable: 'none' },
        {
          onProgress: (progress) =>
            onProgress({ ...progress, bytes: before + progress.bytes, totalBytes, rows: 0 }),
          keyLogs: keyLogsOf(dir, settings),
          ruleFiles: job.ruleFiles,
        },
      );
      await sink.finish();
      await sink.seal({});
      passes.push({ input: id, packets, connections, problems });
    } catch (error) {
      await sink.abort();
      rmSync(path, { force: true });
      throw error;
    }
    before += files.reduce((bytes, { size }) => bytes + size, 0);
  }
  return passes;
}

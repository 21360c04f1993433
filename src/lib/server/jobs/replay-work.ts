/** What the replay child does: reads the captures of sealed inputs again as they were read, and keeps what payload rules say. */

import { isUtf8 } from 'node:buffer';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Reach } from '../../analysis/rules/reach.ts';
import { loadRules } from '../../analysis/rules/registry.ts';
import { ColumnBatch } from '../../model/column-batch.ts';
import type { BatchSink, Progress } from '../../model/sinks.ts';
import { ALERT, CONN } from '../../model/tables.ts';
import { type Candidates, candidatesOf } from './candidates.ts';
import { DataDir } from '../data-dir.ts';
import { keyLogsOf } from '../key-logs.ts';
import type { IngestProgress, ReplayJob, ReplayPass } from './ingest-messages.ts';
import type { IngestParts, PreparedReading } from './ingest-work.ts';

/** Lets alerts through; what else is made is dropped, but for the connections' uids, which are told. */
function alertsOnly(sink: BatchSink, seen: (uid: string) => void): BatchSink {
  const spare = new Map<string, ColumnBatch>();
  return {
    lease: (wanted) => {
      if (wanted.name === ALERT.name) return sink.lease(wanted);
      const batch = spare.get(wanted.name) ?? new ColumnBatch(wanted);
      spare.set(wanted.name, batch);
      batch.clear();
      return batch;
    },
    submit: (batch) => {
      if (batch.table.name === ALERT.name) sink.submit(batch);
      else if (batch.table.name === CONN.name) {
        const column = batch.index('uid');
        for (let row = 0; row < batch.rows; row++) seen(String(batch.get(column, row)));
      }
    },
    ready: () => sink.ready(),
    finish: () => sink.finish(),
  };
}

/** What the rule files can be about; undefined: anything. */
function reachOf(ruleFiles: readonly string[]): readonly Reach[] | undefined {
  const reaches: Reach[] = [];
  for (const path of ruleFiles) {
    const bytes = readFileSync(path);
    const { reach } = loadRules(
      isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('latin1'),
      basename(path),
    );
    if (!reach) return undefined;
    for (const one of reach) reaches.push(one);
  }
  return reaches;
}

type Input = ReplayJob['inputs'][number];

interface Work {
  readonly dir: DataDir;
  readonly job: ReplayJob;
  readonly engine: string;
  readonly parts: IngestParts;
}

/** One input, read whole or as far as `candidates` says. Undefined where a candidate did not come out as it is stored. */
async function pass(
  { dir, job, engine, parts }: Work,
  { id, files, settings }: Input,
  candidates: Candidates | undefined,
  onProgress: (progress: Progress) => void,
): Promise<ReplayPass | undefined> {
  const path = dir.alerts(job.caseId, job.runId, id);
  mkdirSync(dirname(path), { recursive: true });
  const sink = await parts.openSink(path, {
    meta: { engine, case: job.caseId, input: id, run: job.runId },
    onPhase: () => undefined,
  });
  const missing = new Set(candidates?.uids);
  const objects = files.map((file) => ({ ...file, path: dir.object(file.sha256) }));
  let prepared: PreparedReading | undefined;
  try {
    prepared = parts.prepare({
      files: objects,
      settings: { ...settings, packetsTable: 'none' },
      ruleFiles: job.ruleFiles,
      only: candidates?.files,
    });
    const {
      packets,
      connections,
      problems = [],
    } = await prepared.read(
      objects,
      alertsOnly(sink, (uid) => missing.delete(uid)),
      { onProgress, keyLogs: keyLogsOf(dir, settings) },
    );
    await sink.finish();
    if (missing.size > 0) {
      await sink.abort();
      rmSync(path, { force: true });
      return undefined;
    }
    await sink.seal({});
    return {
      input: id,
      packets: candidates?.packets ?? packets,
      connections: candidates?.uids.size ?? connections,
      candidates: candidates?.uids.size ?? null,
      problems,
    };
  } catch (error) {
    await sink.abort();
    rmSync(path, { force: true });
    throw error;
  } finally {
    await prepared?.stop();
  }
}

/**
 * Rejects and leaves no file of the input where it could not be read. Rules are reduced to the connections that they can be about, and
 * their packets alone are read; where one of those connections then is not what it was, all packets are read after all.
 */
export async function replay(
  dataDir: string,
  job: ReplayJob,
  engine: string,
  parts: IngestParts,
  onProgress: (progress: IngestProgress) => void,
): Promise<ReplayPass[]> {
  const work: Work = { dir: DataDir.open(dataDir), job, engine, parts };
  const passes: ReplayPass[] = [];
  const bytesOf = ({ files }: Input): number => files.reduce((bytes, { size }) => bytes + size, 0);
  const totalBytes = job.inputs.reduce((sum, input) => sum + bytesOf(input), 0);
  const reach = job.full === true ? undefined : reachOf(job.ruleFiles);
  let before = 0;
  for (const input of job.inputs) {
    const report = (progress: Progress): void =>
      onProgress({ ...progress, bytes: before + progress.bytes, totalBytes, rows: 0 });
    const records = work.dir.records(job.caseId, input.id);
    const candidates = reach && (await candidatesOf(records, input.id, reach));
    const reduced = candidates && (await pass(work, input, candidates, report));
    const done = reduced ?? (await pass(work, input, undefined, report));
    if (done) passes.push(done);
    before += bytesOf(input);
  }
  return passes;
}

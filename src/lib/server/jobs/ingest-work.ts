/** What the ingest child does: import, decode and load, seal. The reading itself is handed in by processes/. */

import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { FirstConnection } from '../../model/api/jobs.ts';
import type { PacketNumbers } from '../../ingest/capture/selected.ts';
import { RECORDS_LIMITS } from '../../model/limits.ts';
import type { BatchSink, Progress } from '../../model/sinks.ts';
import { StoreError } from '../../store/store-error.ts';
import type { InputCounts, InputFile } from '../../store/case-rows.ts';
import type { SealingSink } from '../../store/local-batch-sink.ts';
import type { SealPhase } from '../../store/seal.ts';
import { takeLock } from '../../store/process-lock.ts';
import { DataDir } from '../data-dir.ts';
import { FileProblem } from '../file-problem.ts';
import { keyLogsOf } from '../key-logs.ts';
import { importCapture } from '../objects.ts';
import { Refusal } from '../refusal.ts';
import { faultPoint } from './fault-point.ts';
import { FirstConnections } from './first-connections.ts';
import type { IngestJob, IngestProgress, IngestSettings } from './ingest-messages.ts';

/** A capture of the object store, to be read. */
export interface ObjectToRead extends InputFile {
  readonly path: string;
}

/** Nanoseconds since the epoch as decimal text. */
export interface ReadResult {
  readonly packets: number;
  readonly connections: number;
  readonly first?: string | undefined;
  readonly last?: string | undefined;
  /** Sinks that threw or overran and were left out, and why. */
  readonly problems?: readonly { readonly id: string; readonly why: string }[];
}

export interface ReadHooks {
  readonly onProgress: (progress: Progress) => void;
  /** Texts of TLS key logs. */
  readonly keyLogs: readonly string[];
}

/** What is known of a reading before its captures are in the object store. */
export interface ReadingToPrepare {
  readonly files: readonly { readonly path: string; readonly size: number }[];
  readonly settings: IngestSettings;
  /** Of each capture file by its index: the packets to be read; absent: all. */
  readonly only?: readonly PacketNumbers[] | undefined;
  /** Rule files that look at payloads; absent: those that come with Coldwire. */
  readonly ruleFiles?: readonly string[] | undefined;
}

export interface PreparedReading {
  /** Reads captures into a sink: the pipeline. Throws an Error whose message is one sentence where nothing can be read. */
  read(files: readonly ObjectToRead[], sink: BatchSink, hooks: ReadHooks): Promise<ReadResult>;
  /** Ends what was started, read or not. */
  stop(): Promise<void>;
}

export interface IngestParts {
  readonly prepare: (reading: ReadingToPrepare) => PreparedReading;
  readonly openSink: (
    path: string,
    options: {
      meta: Readonly<Record<string, string>>;
      blockBytes?: number | undefined;
      onPhase: (phase: SealPhase) => void;
    },
  ) => Promise<SealingSink & { readonly loadMs: number }>;
  /** Names of errors whose message is meant for people. */
  readonly expectedErrors?: readonly string[];
}

/** An ingest that could not be done, for a reason that the user can act upon. */
export class IngestRefused extends Error {
  override readonly name = 'IngestRefused';
}

const since = (begun: number): number => Math.round(performance.now() - begun) / 1000;

/** The files as they lie there before they are imported; one that cannot be looked at is empty, and its import says why. */
const sourcesOf = (dir: DataDir, { files }: IngestJob): { path: string; size: number }[] =>
  files.map((file) =>
    'sha256' in file
      ? { path: dir.object(file.sha256), size: file.size }
      : { path: file.path, size: statSync(file.path, { throwIfNoEntry: false })?.size ?? 0 },
  );

async function importFiles(
  dir: DataDir,
  job: IngestJob,
  report: (done: number) => void,
): Promise<ObjectToRead[]> {
  const objects: ObjectToRead[] = [];
  let before = 0;
  for (const file of job.files) {
    if ('sha256' in file) {
      objects.push({ ...file, path: dir.object(file.sha256) });
      continue;
    }
    const done = await importCapture(dir, file.path, {
      adopt: file.adopt ?? false,
      onBytes: (bytes) => {
        report(before + bytes);
        faultPoint('import');
      },
    });
    before += done.size;
    objects.push({ name: file.name, sha256: done.sha256, size: done.size, path: done.path });
  }
  return objects;
}

const idle: IngestProgress = {
  phase: 'import',
  bytes: 0,
  totalBytes: 0,
  packets: 0,
  connections: 0,
  rows: 0,
  faults: 0,
};

/** The sink as the pipeline sees it, with a fault point at each batch. */
const decodingSink = (sink: BatchSink, first: FirstConnections): BatchSink => ({
  lease: (table) => first.watch(sink.lease(table)),
  submit: (batch) => {
    faultPoint('decode');
    sink.submit(batch);
  },
  ready: () => sink.ready(),
  finish: () => sink.finish(),
});

/** What is told while an ingest runs. */
export interface IngestTold {
  onProgress(progress: IngestProgress): void;
  onImported?(files: readonly InputFile[]): void;
  onFirst?(connections: readonly FirstConnection[]): void;
}

export interface IngestDone {
  readonly files: readonly InputFile[];
  readonly counts: InputCounts;
}

/** Does one ingest; answers what the input's row will say. Rejects and leaves no records file otherwise. */
export async function ingest(
  dataDir: string,
  job: IngestJob,
  engine: string,
  parts: IngestParts,
  told: IngestTold,
): Promise<IngestDone> {
  const begun = performance.now();
  const dir = DataDir.open(dataDir);
  const folder = dir.input(job.caseId, job.inputId);
  mkdirSync(folder, { recursive: true });
  const unlock = takeLock(join(folder, 'ingest.lock'), `Input ${job.inputId}`);
  let latest: IngestProgress = idle;
  const report = (more: Partial<IngestProgress>): void => {
    latest = { ...latest, ...more };
    told.onProgress(latest);
  };
  const sources = sourcesOf(dir, job);
  const { settings, ruleFiles } = job;
  let prepared: PreparedReading | undefined;
  let sink: Loading | undefined;
  try {
    prepared = parts.prepare({ files: sources, settings, ruleFiles });
    sink = await openSink(dir, job, engine, parts, sources, (phase) => report({ phase }));
    const imported = performance.now();
    const objects = await importFiles(dir, job, (bytes) => report({ bytes }));
    const importS = since(imported);
    const files = objects.map(({ name, sha256, size }): InputFile => ({ name, sha256, size }));
    told.onImported?.(files);
    return await load({ dir, job, prepared, sink, objects, files, importS, begun }, told, report);
  } catch (error) {
    await sink?.abort();
    throw error;
  } finally {
    await prepared?.stop();
    unlock();
  }
}

type Loading = SealingSink & { readonly loadMs: number };

/** Opened before the captures are there: the loading thread takes as long to begin as a small capture takes to be read. */
function openSink(
  dir: DataDir,
  job: IngestJob,
  engine: string,
  parts: IngestParts,
  sources: readonly { readonly size: number }[],
  onPhase: (phase: SealPhase) => void,
): Promise<Loading> {
  const meta = {
    engine,
    case: job.caseId,
    input: job.inputId,
    name: job.name,
    settings: JSON.stringify(job.settings),
  };
  const bytes = sources.reduce((sum, { size }) => sum + size, 0);
  return parts.openSink(dir.records(job.caseId, job.inputId), {
    meta,
    ...(bytes <= RECORDS_LIMITS.smallCaptureBytes ? { blockBytes: RECORDS_LIMITS.smallBlockBytes } : {}),
    onPhase,
  });
}

interface Imported {
  readonly dir: DataDir;
  readonly job: IngestJob;
  readonly prepared: PreparedReading;
  readonly sink: Loading;
  readonly objects: readonly ObjectToRead[];
  readonly files: readonly InputFile[];
  readonly importS: number;
  readonly begun: number;
}

async function load(
  { dir, job, prepared, sink, objects, files, importS, begun }: Imported,
  told: IngestTold,
  report: (more: Partial<IngestProgress>) => void,
): Promise<IngestDone> {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  report({ phase: 'decode', bytes: 0, totalBytes: bytes });
  const decoding = performance.now();
  const first = new FirstConnections();
  const read = await prepared.read(objects, decodingSink(sink, first), {
    onProgress: (progress) => {
      report(progress);
      const connections = first.take();
      if (connections) told.onFirst?.(connections);
    },
    keyLogs: keyLogsOf(dir, job.settings),
  });
  const decodeS = since(decoding);
  await sink.finish();
  await prepared.stop();
  // Sealing needs memory of its own: what the reading had, connections and tails above all, must not lie beside it.
  globalThis.gc?.();
  const loadS = Math.round(sink.loadMs) / 1000;
  report({ phase: 'seal', packets: read.packets, connections: read.connections });
  const sealing = performance.now();
  const { problems: _problems, ...found } = read;
  const known = { ...found, bytes, import_s: importS, decode_s: decodeS, load_s: loadS };
  const home = job.settings['home_networks'];
  const result = await sink.seal({
    // What a sweep needs to finish the work of a server that ended between rename and commit.
    meta: { files: JSON.stringify(files), counts: JSON.stringify(known) },
    ...(Array.isArray(home) ? { homeNetworks: home.map(String) } : {}),
  });
  const counts: InputCounts = {
    ...known,
    disk_bytes: result.bytes,
    rows: result.rows,
    home_networks: result.homeNetworks,
    seal_s: since(sealing),
    total_s: since(begun),
    peak_bytes: process.resourceUsage().maxRSS * 1024,
  };
  return { files, counts };
}

/** Whether an error's message is a sentence for people. */
export const isExpected = (error: unknown, names: readonly string[] = []): boolean =>
  error instanceof FileProblem ||
  error instanceof Refusal ||
  error instanceof StoreError ||
  error instanceof IngestRefused ||
  (error instanceof Error && names.includes(error.name));

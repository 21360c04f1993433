/** The parent's side of an ingest: the child's life, and the row of the case that makes its work visible. */

import { rmSync } from 'node:fs';
import type { InputCounts, InputFile, InputRow } from '../../store/case-rows.ts';
import type { CaseState } from '../../store/case-state.ts';
import type { DataDir } from '../data-dir.ts';
import { faultPoint } from './fault-point.ts';
import type { FirstConnection } from '../../model/api/jobs.ts';
import type { FromChild, IngestFile, IngestJob, IngestProgress, ToChild } from './ingest-messages.ts';
import type { WarmChildren } from './warm-children.ts';
import { type Ending, WatchedChild } from './watched-child.ts';

type Done = Extract<FromChild, { say: 'done' }>;

export interface IngestContext {
  readonly dir: DataDir;
  readonly state: CaseState;
  /** Absolute path of the compiled ingest child. */
  readonly childPath: string;
  /** Engine and version, kept with the records. */
  readonly engine: string;
  readonly onProgress?: ((progress: IngestProgress) => void) | undefined;
  /** Told at most once: the first connections that ended. */
  readonly onFirst?: ((connections: readonly FirstConnection[]) => void) | undefined;
  /** Children that wait for another job. */
  readonly warm?: WarmChildren | undefined;
  /** Tests shorten it. */
  readonly watchdogMs?: number;
}

/** What `coldwire ingest --json` prints; `load_s` overlaps `decode_s`: it is the loading thread's own time. */
export interface IngestResult extends InputCounts {
  readonly input: string;
  readonly case: string;
}

export interface RunningIngest {
  /** Resolves when the input is sealed and visible. Rejects with IngestFailed. */
  readonly promise: Promise<IngestResult>;
  readonly pid: number | undefined;
  /** Ends the child; the input is gone as if it had never begun. Resolves when that is so. Too late once it is being committed. */
  cancel(): Promise<void>;
}

export class IngestFailed extends Error {
  override readonly name = 'IngestFailed';
  readonly cancelled: boolean;

  constructor(message: string, cancelled = false) {
    super(message);
    this.cancelled = cancelled;
  }
}

/** The files as the row keeps them while they are not imported yet. */
const pending = (file: IngestFile): InputRow['files'][number] =>
  'sha256' in file ? file : { name: file.name, sha256: '', size: 0 };

async function recordBegin(job: IngestJob, state: CaseState): Promise<void> {
  await state.transaction(async (tx) => {
    await tx.remove('inputs', { id: job.inputId });
    await tx.insert('inputs', {
      id: job.inputId,
      name: job.name,
      owner_id: job.ownerId,
      state: 'ingesting',
      problem: null,
      files: job.files.map(pending),
      settings: job.settings,
      counts: null,
      created: new Date().toISOString(),
      sealed_at: null,
      detected_at: null,
      detection_retries: 0,
    });
  });
}

async function commit(job: IngestJob, state: CaseState, { files, counts }: Done): Promise<void> {
  faultPoint('commit');
  await state.transaction(async (tx) => {
    await tx.update(
      'inputs',
      { id: job.inputId },
      { state: 'sealed', files, counts, problem: null, sealed_at: new Date().toISOString() },
    );
    faultPoint('commit');
  });
  faultPoint('commit');
}

/** Starts an ingest. The input's row is there, `ingesting`, before the child begins; `sealed` when it is done. */
export function startIngest(job: IngestJob, context: IngestContext): RunningIngest {
  const { dir, state } = context;
  const folder = dir.input(job.caseId, job.inputId);
  let child: WatchedChild<Done> | undefined;
  let cancelled = false;
  const run = async (): Promise<IngestResult> => {
    await recordBegin(job, state);
    let imported: Promise<unknown> = Promise.resolve();
    const onImported = (files: readonly InputFile[]): void => {
      imported = state.transaction((tx) => tx.update('inputs', { id: job.inputId }, { files }));
      // Awaited below, where its failure is told; until then nobody else shall take it for unhandled.
      imported.catch(() => undefined);
    };
    const begin: ToChild = { say: 'begin', dataDir: dir.root, job, engine: context.engine };
    if (!cancelled)
      child = new WatchedChild<Done>({
        what: 'The ingest',
        childPath: context.childPath,
        begin,
        watchdogMs: context.watchdogMs,
        warm: context.warm,
        onProgress: context.onProgress,
        onTold: (message) => {
          if (message.say === 'imported') onImported(message.files);
          else if (message.say === 'first') context.onFirst?.(message.connections);
        },
      });
    const ending: Ending<Done> = child ? await child.ended : { problem: '' };
    await imported;
    if (cancelled) {
      rmSync(folder, { recursive: true, force: true });
      await state.transaction((tx) => tx.remove('inputs', { id: job.inputId }));
      throw new IngestFailed('The ingest was cancelled.', true);
    }
    if ('problem' in ending) {
      rmSync(folder, { recursive: true, force: true });
      await state.transaction((tx) =>
        tx.update('inputs', { id: job.inputId }, { state: 'failed', problem: ending.problem }),
      );
      throw new IngestFailed(ending.problem);
    }
    child = undefined;
    context.onProgress?.({
      phase: 'commit',
      bytes: ending.done.counts.bytes,
      totalBytes: ending.done.counts.bytes,
      packets: ending.done.counts.packets,
      connections: ending.done.counts.connections,
      rows: Object.values(ending.done.counts.rows).reduce((sum, n) => sum + n, 0),
      faults: 0,
    });
    await commit(job, state, ending.done);
    return { input: job.inputId, case: job.caseId, ...ending.done.counts };
  };
  const promise = run();
  return {
    promise,
    get pid() {
      return child?.process.pid;
    },
    async cancel() {
      cancelled = true;
      child?.kill('The ingest was cancelled.');
      await promise.then(
        () => undefined,
        () => undefined,
      );
    },
  };
}

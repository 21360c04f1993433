/** The parent's side of an ingest: the child's life, and the row of the case that makes its work visible. */

import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { INGEST_LIMITS } from '../../model/limits.ts';
import type { InputCounts, InputFile, InputRow } from '../../store/case-rows.ts';
import type { CaseState } from '../../store/case-state.ts';
import type { DataDir } from '../data-dir.ts';
import { faultPoint } from './fault-point.ts';
import type { FirstConnection } from '../../model/api/jobs.ts';
import type { FromChild, IngestFile, IngestJob, IngestProgress, ToChild } from './ingest-messages.ts';

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

/** Sealing says nothing of its progress; a large input may take long over it. */
const SEAL_PATIENCE = 10;
const WATCH_EVERY_MS = 1_000;

/** Resident bytes of a process; undefined where /proc is not. */
function residentBytes(pid: number): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096;
  } catch {
    return undefined;
  }
}

type Ending = { readonly done: Extract<FromChild, { say: 'done' }> } | { readonly problem: string };

/** Starts the child and waits for its end, whatever that is. */
class Child {
  readonly process: ChildProcess;
  readonly ended: Promise<Ending>;
  #why: string | undefined;
  #lastSign = performance.now();
  #patience = 1;

  constructor(job: IngestJob, context: IngestContext, onImported: (files: readonly InputFile[]) => void) {
    const { dir, childPath, engine, onProgress, onFirst, watchdogMs = INGEST_LIMITS.watchdogMs } = context;
    this.process = fork(childPath, [], {
      execArgv: [`--max-old-space-size=${INGEST_LIMITS.childHeapMb}`],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'json',
    });
    let done: Ending | undefined;
    let stderr = '';
    this.process.stderr?.on('data', (data: Buffer) => {
      stderr = (stderr + data.toString()).slice(-4_000);
    });
    this.process.on('message', (message: FromChild) => {
      this.#lastSign = performance.now();
      if (message.say === 'progress') {
        this.#patience =
          message.progress.phase === 'import' || message.progress.phase === 'decode' ? 1 : SEAL_PATIENCE;
        onProgress?.(message.progress);
      } else if (message.say === 'imported') onImported(message.files);
      else if (message.say === 'first') onFirst?.(message.connections);
      else done = message.say === 'done' ? { done: message } : { problem: message.message };
    });
    const watch = setInterval(() => this.#watch(watchdogMs), Math.min(WATCH_EVERY_MS, watchdogMs));
    this.ended = new Promise((resolve) => {
      const end = (ending: Ending): void => {
        clearInterval(watch);
        resolve(ending);
      };
      this.process.once('error', (error) =>
        end({ problem: `The ingest could not be started: ${error.message}` }),
      );
      this.process.once('close', (code, signal) => {
        if (this.#why) end({ problem: this.#why });
        else if (done) end(done);
        else end({ problem: unexpectedEnd(code, signal, stderr) });
      });
    });
    const begin: ToChild = { say: 'begin', dataDir: dir.root, job, engine };
    // A child that died before it heard is seen by its end.
    this.process.send(begin, () => undefined);
  }

  kill(why: string): void {
    this.#why ??= why;
    this.process.kill('SIGKILL');
  }

  #watch(watchdogMs: number): void {
    if (performance.now() - this.#lastSign > watchdogMs * this.#patience) {
      this.kill(
        `The ingest made no progress for ${Math.round((watchdogMs * this.#patience) / 1000)} s and was ended.`,
      );
    }
    const bytes = this.process.pid === undefined ? undefined : residentBytes(this.process.pid);
    if (bytes !== undefined && bytes > INGEST_LIMITS.childResidentMb * 1024 * 1024) {
      this.kill(`The ingest needed more than ${INGEST_LIMITS.childResidentMb} MB of memory and was ended.`);
    }
  }
}

function unexpectedEnd(code: number | null, signal: NodeJS.Signals | null, stderr: string): string {
  const how = signal ? `signal ${signal}` : `exit code ${code}`;
  if (/heap out of memory/i.test(stderr))
    return `The ingest ran out of memory (${how}): the capture is untouched, and the case is as it was.`;
  return `The ingest ended unexpectedly (${how}): the capture is untouched, and the case is as it was.`;
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
    });
  });
}

async function commit(
  job: IngestJob,
  state: CaseState,
  { files, counts }: Extract<FromChild, { say: 'done' }>,
): Promise<void> {
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
  let child: Child | undefined;
  let cancelled = false;
  const run = async (): Promise<IngestResult> => {
    await recordBegin(job, state);
    let imported: Promise<unknown> = Promise.resolve();
    const onImported = (files: readonly InputFile[]): void => {
      imported = state.transaction((tx) => tx.update('inputs', { id: job.inputId }, { files }));
      // Awaited below, where its failure is told; until then nobody else shall take it for unhandled.
      imported.catch(() => undefined);
    };
    if (!cancelled) child = new Child(job, context, onImported);
    const ending: Ending = child ? await child.ended : { problem: '' };
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

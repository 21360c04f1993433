/** The parent's side of a replay: the child's life. What it wrote is the caller's to keep or to remove. */

import type { DataDir } from '../data-dir.ts';
import type { RawProgress } from '../job-queue.ts';
import type { FromChild, IngestProgress, ReplayJob, ReplayPass, ReplayToChild } from './ingest-messages.ts';
import { WatchedChild } from './watched-child.ts';

export interface ReplayContext {
  readonly dir: DataDir;
  readonly childPath: string;
  readonly engine: string;
  readonly onProgress: (progress: RawProgress) => void;
  readonly signal: AbortSignal;
}

export class ReplayFailed extends Error {
  override readonly name = 'ReplayFailed';
}

const rawProgress = (progress: IngestProgress): RawProgress => ({ ...progress, phase: 'decode' });

/** Reads the captures of the inputs again under the rules. Rejects with one sentence where that failed or was cancelled. */
export async function startReplay(
  job: ReplayJob,
  { dir, childPath, engine, onProgress, signal }: ReplayContext,
): Promise<readonly ReplayPass[]> {
  signal.throwIfAborted();
  const begin: ReplayToChild = { say: 'replay', dataDir: dir.root, job, engine };
  const child = new WatchedChild<Extract<FromChild, { say: 'replayed' }>>({
    what: 'The replay',
    childPath,
    begin,
    onProgress: (progress) => onProgress(rawProgress(progress)),
  });
  const cancel = (): void => child.kill('The replay was cancelled.');
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const ending = await child.ended;
    if ('problem' in ending) throw new ReplayFailed(ending.problem);
    return ending.done.passes;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

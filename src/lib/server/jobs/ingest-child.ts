/** The child's side of the conversation: a job, then the process ends, or waits for the next where its parent says so. */

import type { FirstConnection } from '../../model/api/jobs.ts';
import type { InputFile } from '../../store/case-rows.ts';
import type { FromChild, IngestProgress, ReplayToChild, ToChild } from './ingest-messages.ts';
import type { IngestParts } from './ingest-work.ts';
import { ingest, isExpected } from './ingest-work.ts';
import { replay } from './replay-work.ts';

/** Progress is told at most this often, and at each change of phase. */
const PROGRESS_MS = 200;

const say = (message: FromChild): Promise<void> =>
  new Promise((resolve) => {
    if (process.send && process.connected) process.send(message, () => resolve());
    else resolve();
  });

/**
 * Serves what the parent sends, an ingest or a replay at a time; a job that failed is the last. Without its parent the child is
 * nobody's: it ends.
 */
export function serveIngest(parts: IngestParts): void {
  if (!process.send) throw new Error('The ingest child is started by the server or by `coldwire ingest`.');
  let idle = false;
  process.once('disconnect', () => process.exit(idle ? 0 : 1));
  process.on('message', (message: ToChild | ReplayToChild) => {
    idle = false;
    void begin(message, parts).then((code) => {
      idle = message.stay === true && code === 0;
      if (!idle || !process.connected) process.exit(code);
    });
  });
}

async function begin(message: ToChild | ReplayToChild, parts: IngestParts): Promise<number> {
  const { dataDir, engine } = message;
  let told = 0;
  let phase = '';
  const onProgress = (progress: IngestProgress): void => {
    const now = performance.now();
    if (progress.phase === phase && now - told < PROGRESS_MS) return;
    told = now;
    phase = progress.phase;
    void say({ say: 'progress', progress });
  };
  const tell = {
    onProgress,
    onImported: (files: readonly InputFile[]) => void say({ say: 'imported', files }),
    onFirst: (connections: readonly FirstConnection[]) => void say({ say: 'first', connections }),
  };
  try {
    if (message.say === 'begin')
      await say({ say: 'done', ...(await ingest(dataDir, message.job, engine, parts, tell)) });
    else
      await say({ say: 'replayed', passes: await replay(dataDir, message.job, engine, parts, onProgress) });
    return 0;
  } catch (error) {
    const expected = isExpected(error, parts.expectedErrors);
    const why = error instanceof Error ? error.message : String(error);
    await say({
      say: 'failed',
      message: expected ? why : `${why} (this is a fault of Coldwire's)`,
      expected,
    });
    return expected ? 1 : 3;
  }
}

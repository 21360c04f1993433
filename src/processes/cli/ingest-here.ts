/** An ingest with no server running: this process takes the case's lock and starts the child itself. */

import { basename } from 'node:path';
import { CaseAccess } from '../../lib/server/case-access.ts';
import { CaseRegistry } from '../../lib/server/case-registry.ts';
import { findCase, LOCAL_OWNER, newId } from '../../lib/server/cases.ts';
import { Ingests } from '../../lib/server/ingests.ts';
import { JobQueue, type RawProgress } from '../../lib/server/job-queue.ts';
import { ingestParts } from '../ingest-parts.ts';
import type { IngestRequest } from './ingest-request.ts';

/** Rejects with one sentence; a case made for this alone is removed again. */
export async function ingestHere({
  dir,
  caseName,
  inputs,
  options,
  onProgress,
  onSealed,
  signal,
}: IngestRequest): Promise<void> {
  dir.sweepObjects();
  const registry = new CaseRegistry(dir);
  const access = new CaseAccess((caseId) => Promise.resolve(registry.sealed(caseId)));
  const parts = ingestParts(registry, (sentence) => process.stderr.write(`${sentence}\n`));
  const ingests = new Ingests(registry, access, new JobQueue(() => newId('job')), parts);
  const known = findCase(dir, caseName);
  const { id } = (known ?? (await registry.create({ name: caseName, ownerId: LOCAL_OWNER }))).case;
  let sealed = 0;
  let unread = inputs.length;
  const more = (): boolean => unread > 0 && !signal.aborted;
  const detections: Promise<void>[] = [];
  try {
    for (const paths of inputs) {
      const files = paths.map((path) => ({ name: basename(path), path }));
      const result = await ingests.ingest(
        id,
        LOCAL_OWNER,
        files,
        options,
        (told) => {
          if ('phase' in told) phaseOf(told, onProgress);
        },
        signal,
      );
      sealed++;
      unread--;
      detections.push(ingests.detect(id, result.input, more).then(() => onSealed(result, paths)));
    }
  } finally {
    await Promise.all(detections);
    await parts.caughtUp();
    if (!known && sealed === 0) await registry.remove(id);
    access.close();
    await registry.close();
  }
}

/** Waiting and being done need no bar. */
function phaseOf({ phase, ...rest }: RawProgress, tell: IngestRequest['onProgress']): void {
  if (phase !== 'queued' && phase !== 'done') tell({ phase, ...rest });
}

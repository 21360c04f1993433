/** Entry of the loading thread. */

import { parentPort, workerData } from 'node:worker_threads';
import { faultPoint } from '../../lib/server/jobs/fault-point.ts';
import type { LoaderStart } from '../../lib/store/load-messages.ts';
import { serveLoader } from '../../lib/store/load-thread.ts';
import { enrichment } from '../enrichment.ts';

if (!parentPort) throw new Error('load-worker runs as a thread of an ingest.');
await serveLoader(parentPort, workerData as LoaderStart, {
  onBatch: () => faultPoint('load'),
  onPhase: faultPoint,
  enrichmentVersions: async () => (await enrichment()).versions,
  enrichHosts: async (hosts) => (await enrichment()).enrichHosts(hosts),
});
// Read while the first packets are decoded, when this thread has nothing to do; a failure is told where hosts are enriched.
enrichment()
  .then(({ prepare }) => prepare())
  .catch(() => undefined);

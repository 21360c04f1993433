/** A thread of an ingest that looks ahead for what payload rules seek, once it is told where. */

import { parentPort, workerData } from 'node:worker_threads';
import { DigitSearch } from '../../lib/analysis/cards/digit-search.ts';
import { LiteralBlocks } from '../../lib/analysis/rules/signatures/literal-blocks.ts';
import type { PrescanJob, PrescanStart } from '../../lib/ingest/pipeline/prescan/prescan.ts';
import { PRESCAN_WINDOW_BYTES, servePrescan } from '../../lib/ingest/pipeline/prescan/prescan-thread.ts';

const { sought, ring } = workerData as PrescanStart;
const searches = sought.map((one) =>
  one === 'digits' ? new DigitSearch() : new LiteralBlocks(one, PRESCAN_WINDOW_BYTES),
);
parentPort?.once('message', (job: PrescanJob) => servePrescan(job, ring, searches));

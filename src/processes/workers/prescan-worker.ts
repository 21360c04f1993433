/** A thread of an ingest that looks ahead for what payload rules seek. */

import { workerData } from 'node:worker_threads';
import { DigitSearch } from '../../lib/analysis/cards/digit-search.ts';
import { LiteralGate } from '../../lib/analysis/rules/signatures/literal-gate.hot.ts';
import type { PrescanJob } from '../../lib/ingest/pipeline/prescan/prescan.ts';
import { servePrescan } from '../../lib/ingest/pipeline/prescan/prescan-thread.ts';

const job = workerData as PrescanJob;
servePrescan(
  job,
  job.sought.map((sought) => (sought === 'digits' ? new DigitSearch() : new LiteralGate(sought))),
);

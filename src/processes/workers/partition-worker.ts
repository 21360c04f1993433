/** A reading thread of an ingest: the connections of one partition, with the payload rules over them. */

import { parentPort, workerData } from 'node:worker_threads';
import type { PartitionJob } from '../../lib/ingest/pipeline/partitions/messages.ts';
import { servePartition } from '../../lib/ingest/pipeline/partitions/partition-thread.ts';
import { cardNumbersOfFiles } from '../card-numbers.ts';
import { payloadRules } from '../payload-rules.ts';

if (!parentPort) throw new Error('partition-worker runs as a thread of an ingest.');
await servePartition(parentPort, workerData as PartitionJob, (more) => ({
  payloadSinks: payloadRules((more as { ruleFiles: readonly string[] }).ruleFiles).sinks,
  carve: cardNumbersOfFiles,
}));

/** A thread of an ingest that hashes the files that connections carry. */

import { parentPort, workerData } from 'node:worker_threads';
import { HashSteps } from '../../lib/ingest/files/hash-steps.ts';
import type { HashAnswer, HashBatch } from '../../lib/ingest/files/hash-thread.ts';

if (!parentPort) throw new Error('hash-worker runs as a thread of an ingest.');
const port = parentPort;
const hashing = new HashSteps(workerData as readonly string[]);
port.on('message', (batch: HashBatch) => {
  const answer: HashAnswer = { digests: hashing.take(batch), bytes: batch.bytes };
  port.postMessage(answer);
});

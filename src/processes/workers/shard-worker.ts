/** A shard's thread: payload rules over the events that the decoding thread sends. */

import { parentPort, workerData } from 'node:worker_threads';
import type { ToShard } from '../../lib/ingest/pipeline/shards/messages.ts';
import { Shard } from '../../lib/ingest/pipeline/shards/shard.ts';
import { payloadRules } from '../payload-rules.ts';

const { ruleFiles } = workerData as { ruleFiles: readonly string[] };
const shard = new Shard(payloadRules(ruleFiles).sinks);

parentPort?.on('message', (message: ToShard) => parentPort?.postMessage(shard.run(message)));

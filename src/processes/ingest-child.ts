/** Entry of the ingest child: the pipeline between the object store and a records file. */

import { openCaptures } from '../lib/ingest/capture/open.ts';
import type { PipelineOptions } from '../lib/ingest/pipeline/options.ts';
import { runPipeline } from '../lib/ingest/pipeline/run.ts';
import type { PipelineInput } from '../lib/ingest/pipeline/input.ts';
import { serveIngest } from '../lib/server/jobs/ingest-child.ts';
import type { IngestSettings } from '../lib/server/jobs/ingest-messages.ts';
import type { ReadCaptures } from '../lib/server/jobs/ingest-work.ts';
import { DuckDbBatchSink } from '../lib/store/duckdb-batch-sink.ts';
import { LOAD_WORKER } from './paths.ts';
import { payloadRules, shippedRuleFiles } from './payload-rules.ts';

const isOneOf = <T extends string>(value: unknown, ...words: T[]): value is T =>
  words.some((word) => word === value);

/** What the settings say of the pipeline; anything else, or of another type, is left to its defaults. */
function pipelineOptions(settings: IngestSettings): Partial<PipelineOptions> {
  const { checksums, packetsTable, midstream, async, vlanKey, shards } = settings;
  return {
    ...(isOneOf(checksums, 'auto', 'verify', 'ignore') ? { checksums } : {}),
    ...(isOneOf(packetsTable, 'full', 'index', 'none') ? { packetsTable } : {}),
    ...(typeof midstream === 'boolean' ? { midstream } : {}),
    ...(typeof async === 'boolean' ? { async } : {}),
    ...(typeof vlanKey === 'boolean' ? { vlanKey } : {}),
    ...(typeof shards === 'number' ? { shards } : {}),
  };
}

const read: ReadCaptures = async (files, sink, settings, hooks) => {
  const inputs: PipelineInput[] = [];
  try {
    for (const { path, name, sha256 } of files) {
      for (const reader of await openCaptures(path, { name })) inputs.push({ reader, sha256 });
    }
    const { packets, connections, firstNs, lastNs } = await runPipeline(
      inputs,
      sink,
      pipelineOptions(settings),
      { ...hooks, ...payloadRules(shippedRuleFiles()).hooks },
    );
    return {
      packets: packets.total + packets.recovered.total,
      connections,
      first: firstNs?.toString(),
      last: lastNs?.toString(),
    };
  } finally {
    for (const { reader } of inputs) await reader.close();
  }
};

serveIngest({
  read,
  openSink: (path, options) =>
    Promise.resolve(DuckDbBatchSink.start(path, { ...options, workerPath: LOAD_WORKER })),
  expectedErrors: ['NotACapture'],
});

/** Entry of the ingest child: the pipeline between the object store and a records file. */

import { openCaptures } from '../lib/ingest/capture/open.ts';
import { SelectedPackets } from '../lib/ingest/capture/selected.ts';
import { runPipeline } from '../lib/ingest/pipeline/run.ts';
import type { PipelineInput } from '../lib/ingest/pipeline/input.ts';
import { serveIngest } from '../lib/server/jobs/ingest-child.ts';
import type { ReadCaptures } from '../lib/server/jobs/ingest-work.ts';
import { pipelineOptions } from '../lib/server/jobs/pipeline-settings.ts';
import { DuckDbBatchSink } from '../lib/store/duckdb-batch-sink.ts';
import { cardNumbersOfFiles } from './card-numbers.ts';
import { LOAD_WORKER } from './paths.ts';
import { payloadRules, shippedRuleFiles } from './payload-rules.ts';
import { readersFor, SideThreads } from './side-threads.ts';
import { wrongChecksums } from './wrong-checksums.ts';

const read: ReadCaptures = async (files, sink, settings, hooks) => {
  const inputs: PipelineInput[] = [];
  let beside: SideThreads | undefined;
  try {
    for (const { path, name, sha256 } of files) {
      for (const reader of await openCaptures(path, { name })) {
        const only = hooks.only?.[inputs.length];
        inputs.push({ reader: only ? new SelectedPackets(reader, only) : reader, sha256 });
      }
    }
    const rules = payloadRules(hooks.ruleFiles ?? shippedRuleFiles());
    // Threads open the captures themselves: chosen packets are read by one.
    const threads = hooks.only ? undefined : rules.threads(files);
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    const options = {
      shards: readersFor(bytes),
      ...pipelineOptions(settings),
      wrongChecksums: await wrongChecksums(files.map(({ path }) => path)),
    };
    if ((options.shards === 1 || !threads) && !hooks.only)
      beside = new SideThreads(inputs, files, rules.sinks, options, rules.hooks.inspectors !== undefined);
    const { packets, connections, firstNs, lastNs, failedSinks } = await runPipeline(inputs, sink, options, {
      onProgress: hooks.onProgress,
      keyLogs: hooks.keyLogs,
      ...rules.hooks,
      carve: cardNumbersOfFiles,
      ...beside?.hooks,
      ...(threads ? { threads } : {}),
    });
    return {
      packets: packets.total + packets.recovered.total,
      connections,
      first: firstNs?.toString(),
      last: lastNs?.toString(),
      problems: [...rules.absent, ...failedSinks.map(({ id, why }) => ({ id, why }))],
    };
  } finally {
    await beside?.stop();
    for (const { reader } of inputs) await reader.close();
  }
};

serveIngest({
  read,
  openSink: (path, options) =>
    Promise.resolve(DuckDbBatchSink.start(path, { ...options, workerPath: LOAD_WORKER })),
  expectedErrors: ['NotACapture'],
});

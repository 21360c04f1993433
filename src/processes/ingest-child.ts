/** Entry of the ingest child: the pipeline between the object store and a records file. */

import { availableParallelism } from 'node:os';
import { openCaptures } from '../lib/ingest/capture/open.ts';
import { SelectedPackets } from '../lib/ingest/capture/selected.ts';
import { runPipeline } from '../lib/ingest/pipeline/run.ts';
import { Prescan } from '../lib/ingest/pipeline/prescan/prescan.ts';
import type { PayloadSink } from '../lib/model/sinks.ts';
import type { PipelineInput } from '../lib/ingest/pipeline/input.ts';
import { PARTITION_LIMITS, PRESCAN_LIMITS } from '../lib/model/limits.ts';
import { serveIngest } from '../lib/server/jobs/ingest-child.ts';
import type { ReadCaptures } from '../lib/server/jobs/ingest-work.ts';
import { pipelineOptions } from '../lib/server/jobs/pipeline-settings.ts';
import { DuckDbBatchSink } from '../lib/store/duckdb-batch-sink.ts';
import { cardNumbersOfFiles } from './card-numbers.ts';
import { LOAD_WORKER, PRESCAN_WORKER } from './paths.ts';
import { payloadRules, shippedRuleFiles } from './payload-rules.ts';

/** Threads for so many bytes of captures: a small one is read before a second thread has begun. */
function shardsFor(bytes: number): number {
  const { minBytes, minBytesOnTwoCores, maxThreads } = PARTITION_LIMITS;
  const cores = availableParallelism();
  // One core of many is the loading thread's.
  return bytes < (cores > 2 ? minBytes : minBytesOnTwoCores)
    ? 1
    : Math.min(maxThreads, cores > 2 ? cores - 1 : cores);
}

/** The look ahead of payload rules: over one plain file that is large enough, where a core is left for it. */
function lookAhead(
  inputs: readonly PipelineInput[],
  files: readonly { readonly path: string; readonly size: number }[],
  sinks: readonly PayloadSink[],
): Prescan | undefined {
  const [file, ...others] = files;
  if (file === undefined || others.length > 0 || inputs.length !== 1) return undefined;
  if (inputs[0]?.reader.info.compression !== 'none') return undefined;
  if (file.size < PRESCAN_LIMITS.minBytes || availableParallelism() < 2) return undefined;
  return Prescan.start(PRESCAN_WORKER, file.path, file.size, sinks);
}

const read: ReadCaptures = async (files, sink, settings, hooks) => {
  const inputs: PipelineInput[] = [];
  let stop: (() => Promise<void> | undefined) | undefined;
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
    const shards = pipelineOptions(settings).shards ?? shardsFor(bytes);
    const prescan = shards === 1 && !hooks.only ? lookAhead(inputs, files, rules.sinks) : undefined;
    stop = () => prescan?.stop();
    const { packets, connections, firstNs, lastNs, failedSinks } = await runPipeline(
      inputs,
      sink,
      { ...pipelineOptions(settings), shards },
      {
        onProgress: hooks.onProgress,
        keyLogs: hooks.keyLogs,
        ...rules.hooks,
        carve: cardNumbersOfFiles,
        ...(prescan ? { prescan } : {}),
        ...(threads ? { threads } : {}),
      },
    );
    return {
      packets: packets.total + packets.recovered.total,
      connections,
      first: firstNs?.toString(),
      last: lastNs?.toString(),
      problems: failedSinks.map(({ id, why }) => ({ id, why })),
    };
  } finally {
    await stop?.();
    for (const { reader } of inputs) await reader.close();
  }
};

serveIngest({
  read,
  openSink: (path, options) =>
    Promise.resolve(DuckDbBatchSink.start(path, { ...options, workerPath: LOAD_WORKER })),
  expectedErrors: ['NotACapture'],
});

/** One reading of captures by the ingest child, with what it can begin before they are there. */

import { openCaptures } from '../lib/ingest/capture/open.ts';
import { SelectedPackets } from '../lib/ingest/capture/selected.ts';
import type { PipelineInput } from '../lib/ingest/pipeline/input.ts';
import type { PipelineOptions } from '../lib/ingest/pipeline/options.ts';
import { runPipeline } from '../lib/ingest/pipeline/run.ts';
import type { BatchSink } from '../lib/model/sinks.ts';
import type {
  ObjectToRead,
  PreparedReading,
  ReadHooks,
  ReadingToPrepare,
  ReadResult,
} from '../lib/server/jobs/ingest-work.ts';
import { pipelineOptions } from '../lib/server/jobs/pipeline-settings.ts';
import { cardNumbersOfFiles } from './card-numbers.ts';
import { payloadRules, type PayloadRules, shippedRuleFiles } from './payload-rules.ts';
import { readersFor, SideThreads } from './side-threads.ts';
import { wrongChecksums } from './wrong-checksums.ts';

export function prepareReading(reading: ReadingToPrepare): PreparedReading {
  // What it began lies in the reading alone, so that nothing of it is held once it is stopped: rules keep what they saw of connections.
  let begun: BegunReading | undefined = begin(reading);
  return {
    read: (objects, sink, hooks) => {
      if (!begun) throw new Error('A reading that was stopped reads nothing.');
      return readOnce(begun, objects, sink, hooks);
    },
    stop: async () => {
      const { beside } = begun ?? {};
      begun = undefined;
      await beside?.stop();
    },
  };
}

interface BegunReading {
  readonly rules: PayloadRules;
  readonly options: Partial<PipelineOptions>;
  readonly inThreads: boolean;
  readonly beside: SideThreads | undefined;
  readonly only: ReadingToPrepare['only'];
}

function begin({ files, settings, only, ruleFiles }: ReadingToPrepare): BegunReading {
  const rules = payloadRules(ruleFiles ?? shippedRuleFiles());
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const options = { shards: readersFor(bytes), ...pipelineOptions(settings) };
  // Threads open the captures themselves: chosen packets are read by one.
  const inThreads = options.shards > 1 && only === undefined && rules.threads([]) !== undefined;
  const beside =
    inThreads || only !== undefined
      ? undefined
      : new SideThreads(files, rules.sinks, options, rules.hooks.inspectors !== undefined);
  return { rules, options, inThreads, beside, only };
}

async function readOnce(
  { rules, options, inThreads, beside, only }: BegunReading,
  objects: readonly ObjectToRead[],
  sink: BatchSink,
  { onProgress, keyLogs }: ReadHooks,
): Promise<ReadResult> {
  const inputs: PipelineInput[] = [];
  try {
    for (const { path, name, sha256 } of objects) {
      for (const reader of await openCaptures(path, { name })) {
        const chosen = only?.[inputs.length];
        inputs.push({ reader: chosen ? new SelectedPackets(reader, chosen) : reader, sha256 });
      }
    }
    beside?.look(inputs, objects);
    const threads = inThreads ? rules.threads(objects) : undefined;
    const { packets, connections, firstNs, lastNs, failedSinks } = await runPipeline(
      inputs,
      sink,
      { ...options, wrongChecksums: await wrongChecksums(objects.map(({ path }) => path)) },
      {
        onProgress,
        keyLogs,
        ...rules.hooks,
        carve: cardNumbersOfFiles,
        ...beside?.hooks,
        ...(threads ? { threads } : {}),
      },
    );
    return {
      packets: packets.total + packets.recovered.total,
      connections,
      first: firstNs?.toString(),
      last: lastNs?.toString(),
      problems: [...rules.absent, ...failedSinks.map(({ id, why }) => ({ id, why }))],
    };
  } finally {
    for (const { reader } of inputs) await reader.close();
  }
}

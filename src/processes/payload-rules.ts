/** Rule files as sinks of the pipeline: made anew in every thread that inspects payloads, from the files' paths. */

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { PipelineHooks } from '../lib/ingest/pipeline/run.ts';
import { loadRules } from '../lib/analysis/rules/registry.ts';
import type { RefusedRule } from '../lib/analysis/rules/contract.ts';
import type { PayloadSink } from '../lib/model/sinks.ts';
import { cardNumberSink } from './card-numbers.ts';
import { PACKAGE_ROOT, SHARD_WORKER } from './paths.ts';

export interface PayloadRules {
  /** Rules that run. */
  readonly loaded: number;
  readonly refused: readonly RefusedRule[];
  readonly sinks: readonly PayloadSink[];
  /** What the pipeline needs to run them, in this thread or in shards. */
  readonly hooks: Pick<PipelineHooks, 'payloadSinks' | 'shardWorkers'>;
}

/** Loads rule files by their endings. A file that cannot be read is refused as a whole, as one that cannot be understood. */
export function payloadRules(paths: readonly string[]): PayloadRules {
  let loaded = 0;
  const refused: RefusedRule[] = [];
  const sinks: PayloadSink[] = [cardNumberSink()];
  for (const path of paths) {
    const file = basename(path);
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      refused.push({
        file,
        line: null,
        sid: null,
        why: `The file cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      });
      continue;
    }
    const rules = loadRules(text, file);
    loaded += rules.rules.length;
    refused.push(...rules.refused);
    if (rules.sink) sinks.push(rules.sink());
  }
  return {
    loaded,
    refused,
    sinks,
    hooks: {
      payloadSinks: sinks,
      shardWorkers: { workerPath: SHARD_WORKER, workerData: { ruleFiles: paths } },
    },
  };
}

/** The rules that come with Coldwire, and that every ingest runs. */
export function shippedRuleFiles(): string[] {
  const dir = join(PACKAGE_ROOT, 'rules', 'signatures');
  return readdirSync(dir)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(dir, name));
}

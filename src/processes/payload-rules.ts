/** Rule files as sinks of the pipeline: made anew in every thread that inspects payloads, from the files' paths. */

import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { PipelineHooks } from '../lib/ingest/pipeline/run.ts';
import { loadRules } from '../lib/analysis/rules/registry.ts';
import type { RefusedRule } from '../lib/analysis/rules/contract.ts';
import { loadSuricata, type RuleFileText } from '../lib/analysis/rules/suricata/suricata.ts';
import type { PayloadSink } from '../lib/model/sinks.ts';
import { cardNumberSink } from './card-numbers.ts';
import { bundledData } from '../lib/enrich/bundled.ts';
import { countryLookup } from '../lib/enrich/country.ts';
import { ruleText } from './rule-text.ts';
import { listsBeside } from './rule-lists.ts';
import { yaraRules, type YaraSetting } from './yara-rules.ts';
import { PACKAGE_ROOT, PARTITION_WORKER } from './paths.ts';
import type { CapturePath } from '../lib/ingest/pipeline/partitions/messages.ts';
import type { PartitionStart } from '../lib/ingest/pipeline/partitions/partitioned-reading.ts';

export interface PayloadRules {
  /** Rules that run. */
  readonly loaded: number;
  readonly refused: readonly RefusedRule[];
  readonly sinks: readonly PayloadSink[];
  /** What the pipeline needs to run them in this thread. */
  readonly hooks: Pick<PipelineHooks, 'payloadSinks' | 'inspectors'>;
  /** Languages whose rules do not run here, and why. */
  readonly absent: readonly { readonly id: string; readonly why: string }[];
  /** What it needs to run them in several; undefined where rules need the whole capture in one. */
  threads(captures: readonly CapturePath[]): PartitionStart | undefined;
}

/** What rules are read with besides their files. */
export interface RuleOptions {
  /** HOME_NET, HTTP_PORTS … of Suricata's rules, over the stock values. */
  readonly vars?: Readonly<Record<string, string>> | undefined;
  /** Path of Suricata's threshold.config. */
  readonly thresholdConfig?: string | undefined;
  /** Where YARA's rules run and for how long; tests say otherwise. */
  readonly yara?: YaraSetting | undefined;
}

const SURICATA = '.rules';
const YARA = ['.yar', '.yara'];

/** Loads rule files by their endings. A file that cannot be read is refused as a whole, as one that cannot be understood. */
export function payloadRules(paths: readonly string[], options: RuleOptions = {}): PayloadRules {
  let loaded = 0;
  const refused: RefusedRule[] = [];
  const suricataFiles: RuleFileText[] = [];
  const yaraFiles: RuleFileText[] = [];
  const sinks: PayloadSink[] = [cardNumberSink()];
  for (const path of paths) {
    const file = basename(path);
    const text = textOf(path, refused)?.text;
    if (text === undefined) continue;
    if (file.toLowerCase().endsWith(SURICATA)) {
      suricataFiles.push({ file, text });
      continue;
    }
    if (YARA.some((ending) => file.toLowerCase().endsWith(ending))) {
      yaraFiles.push({ file, text });
      continue;
    }
    const rules = loadRules(text, file);
    loaded += rules.rules.length;
    refused.push(...rules.refused);
    if (rules.sink) sinks.push(rules.sink());
  }
  const suricata = loadSuricata(suricataFiles, {
    vars: options.vars,
    thresholdConfig: textOf(options.thresholdConfig, refused),
    readList: listsBeside(paths),
  });
  const yara = yaraRules(yaraFiles, options.yara);
  const { inspector } = suricata;
  const needsOrder = inspector !== undefined || yara.inspector !== undefined;
  const countryOf = countryLookup(() => bundledData().country.file);
  return {
    loaded: loaded + suricata.rules.length + yara.loaded,
    refused: [...refused, ...suricata.refused, ...yara.refused],
    sinks,
    hooks: {
      payloadSinks: sinks,
      ...(needsOrder
        ? {
            inspectors: (rows) => [
              ...(inspector ? [inspector(rows, { countryOf })] : []),
              ...(yara.inspector ? [yara.inspector(rows)] : []),
            ],
          }
        : {}),
    },
    absent: yara.absent === undefined ? [] : [{ id: 'yara', why: yara.absent }],
    // Thresholds and bits of hosts go beyond an address pair: Suricata's rules need all packets in order. YARA's run in one process.
    threads: (captures) =>
      needsOrder ? undefined : { workerPath: PARTITION_WORKER, captures, more: { ruleFiles: paths } },
  };
}

/** A file's text; one that cannot be read is refused as a whole. */
function textOf(path: string | undefined, refused: RefusedRule[]): RuleFileText | undefined {
  if (path === undefined) return undefined;
  const file = basename(path);
  const read = ruleText(path);
  if ('text' in read) return { file, text: read.text };
  refused.push({ file, line: null, sid: null, why: read.why });
  return undefined;
}

/** Every rule file that comes with Coldwire, those that every ingest runs first. */
export const allShippedRuleFiles = (): string[] => [
  ...shippedRuleFiles(),
  ...shipped('suricata', '.rules'),
  ...shipped('sigma', '.yml'),
  ...shipped('yara', '.yar'),
];

function shipped(folder: string, ending: string): string[] {
  const dir = join(PACKAGE_ROOT, 'rules', folder);
  return readdirSync(dir)
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => join(dir, name));
}

/** The rules that come with Coldwire, and that every ingest runs. */
export function shippedRuleFiles(): string[] {
  return shipped('signatures', '.json');
}

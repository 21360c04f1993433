/** Suricata's rule files, loaded together: flow bits, order and thresholds go over all of them. */

import type { Inspector } from '../../../model/inspection.ts';
import type { RowSink } from '../../../model/sinks.ts';
import type { RefusedRule } from '../contract.ts';
import { SuricataInspector, type SuricataOptions } from './engine/suricata-inspector.ts';
import type { ReadList } from './lists/list-files.ts';
import { referencedLists } from './lists/referenced-lists.ts';
import { readThresholdConfig } from './language/threshold-config.ts';
import { readRules, withoutDuplicates } from './language/read-rules.ts';
import type { Rule } from './language/rule.ts';
import { stockSettings } from './language/settings.ts';

export interface RuleFileText {
  /** As lists show it. */
  readonly file: string;
  readonly text: string;
}

export type { ListFile, ReadList } from './lists/list-files.ts';

export interface SuricataRules {
  readonly rules: readonly Rule[];
  readonly refused: readonly RefusedRule[];
  /** A fresh one for each input; absent where no rule is left. */
  readonly inspector: ((rows: RowSink, options: Pick<SuricataOptions, 'countryOf'>) => Inspector) | undefined;
}

export interface SuricataSettings {
  /** HOME_NET, HTTP_PORTS …, over the stock values. */
  readonly vars?: Readonly<Record<string, string>> | undefined;
  readonly thresholdConfig?: RuleFileText | undefined;
  /** Files that rules name (datasets, hashes, reputations); absent: such lists are empty. */
  readonly readList?: ReadList | undefined;
}

export function loadSuricata(
  files: readonly RuleFileText[],
  { vars, thresholdConfig, readList }: SuricataSettings = {},
): SuricataRules {
  const settings = stockSettings(vars);
  const read = withoutDuplicates(files.map(({ text, file }) => readRules(text, file, settings)));
  const { rules, refused, sets, reputations } = referencedLists(read.rules, readList);
  const reputationOf = reputations.isEmpty ? undefined : reputations.of.bind(reputations);
  const thresholds = thresholdConfig
    ? readThresholdConfig(thresholdConfig.text, thresholdConfig.file, settings.vars)
    : { filters: [], refused: [] };
  const { filters } = thresholds;
  return {
    rules,
    refused: [...read.refused, ...refused, ...thresholds.refused],
    inspector:
      rules.length > 0
        ? (rows, options) => new SuricataInspector(rules, rows, { ...options, filters, reputationOf, sets })
        : undefined,
  };
}

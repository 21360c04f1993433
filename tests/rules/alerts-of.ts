/** Suricata's rules over packets in memory. */

import { loadSuricata, type SuricataSettings } from '../../src/lib/analysis/rules/suricata/suricata.ts';
import type { PipelineOptions } from '../../src/lib/ingest/pipeline/options.ts';
import { ingest, type Row, type TestPacket } from '../pipeline/ingest.ts';

/** Alerts in order. Refused rules are an error: the test's rule is wrong. */
export async function alertsOf(
  rules: string,
  packets: readonly TestPacket[],
  settings: SuricataSettings & {
    readonly options?: Partial<PipelineOptions>;
  } = {},
): Promise<Row[]> {
  const loaded = loadSuricata([{ file: 'test.rules', text: rules }], settings);
  if (loaded.refused.length > 0)
    throw new Error(loaded.refused.map(({ line, why }) => `${line}: ${why}`).join('\n'));
  const { rows, result } = await ingest(
    packets,
    settings.options ?? {},
    { inspectors: (sink) => (loaded.inspector ? [loaded.inspector(sink, {})] : []) },
  );
  if (result.failedSinks.length > 0) throw new Error(result.failedSinks.map(({ why }) => why).join('\n'));
  return rows('alert');
}

/** Ids of the rules that fired, in order. */
export const sidsOf = async (...args: Parameters<typeof alertsOf>): Promise<number[]> =>
  (await alertsOf(...args)).map(({ rule_id }) => Number(rule_id));

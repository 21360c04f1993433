import { expect, it } from 'vitest';
import { type DetectorRun, runDetectors } from '../../../src/lib/analysis/detect/run.ts';
import type { CaseReader } from '../../../src/lib/store/case-reader.ts';
import { sealedSamples } from './sealed-sample.ts';

const SAMPLES = ['scan-tcp-syn', 'scan-arp', 'lateral-movement', 'dga'];

const detect = (reader: CaseReader): Promise<DetectorRun> =>
  runDetectors((sql, params) => reader.rows(sql, params, { maxRows: 1e9 }));

const asText = ({ findings }: DetectorRun): string[] =>
  findings
    .map((finding) =>
      JSON.stringify(finding, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)),
    )
    .sort();

it('finds in several inputs opened together what it finds in each alone', async () => {
  const { reader, close } = await sealedSamples(SAMPLES);
  const together = asText(await detect(reader));
  close();
  const alone: string[] = [];
  for (const name of SAMPLES) {
    const one = await sealedSamples([name]);
    alone.push(...asText(await detect(one.reader)));
    one.close();
  }
  expect(together).toEqual(alone.sort());
  for (const name of SAMPLES) expect(together.join('\n')).toContain(`"input":"${name}"`);
}, 120_000);

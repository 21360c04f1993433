import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { loadRules } from '../../../src/lib/analysis/rules/registry.ts';
import { labelsOf, sealedSamples } from './sealed-sample.ts';

const shipped = readFileSync(new URL('../../../rules/signatures/coldwire.json', import.meta.url), 'utf8');

const alertsOf = async (name: string): Promise<unknown[]> => {
  const sink = loadRules(shipped, 'coldwire.json').sink?.();
  if (!sink) throw new Error('no signatures');
  const { reader, close } = await sealedSamples([name], [sink]);
  const rows = await reader.rows(
    'SELECT a.rule_id, a.id_orig_h AS src, a.uid = c.uid AS of_a_connection FROM v.alert a LEFT JOIN v.conn c USING (uid) ORDER BY a.ts, a.rule_id',
  );
  close();
  return rows;
};

it('signature-demo: each marked request once, the look-alikes not', async () => {
  const { activities } = await labelsOf('signature-demo');
  const rule = (contains: string): string =>
    contains.includes('passwd') ? 'CW-1001' : contains === 'COLDWIRE-DEMO-' ? 'CW-1900' : 'CW-1901';
  const expected = activities.flatMap((a) =>
    a.expect?.signature ? [[rule(a.expect.signature.contains), a.flows[0]?.src]] : [],
  );
  const alerts = (await alertsOf('signature-demo')) as {
    rule_id: string;
    src: string;
    of_a_connection: boolean;
  }[];
  expect(alerts.map(({ rule_id, src }) => [rule_id, src])).toEqual(expected);
  expect(alerts.every(({ of_a_connection }) => of_a_connection)).toBe(true);
});

it('scan-tcp-syn: no signature', async () => {
  expect(await alertsOf('scan-tcp-syn')).toEqual([]);
});

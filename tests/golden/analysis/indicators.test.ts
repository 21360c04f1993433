import { expect, it } from 'vitest';
import type { RecordHit } from '../../../src/lib/analysis/rules/record-rules.ts';
import { loadRules } from '../../../src/lib/analysis/rules/registry.ts';
import { sealedSamples } from './sealed-sample.ts';

const hitsOf = async (text: string): Promise<readonly RecordHit[]> => {
  const { records } = loadRules(text, 'list.txt');
  const { reader, close } = await sealedSamples(['office-hour'], []);
  const found = await records?.run((sql, params) => reader.rows(sql, params, { maxRows: 1_000_000 }));
  close();
  expect(found?.failed).toEqual([]);
  return found?.hits ?? [];
};

const where = (hits: readonly RecordHit[]): Record<string, number> => {
  const out: Record<string, number> = {};
  for (const { metadata } of hits) out[String(metadata['where'])] = (out[String(metadata['where'])] ?? 0) + 1;
  return out;
};

it('finds indicators in the records that show them', async () => {
  const hits = await hitsOf(
    'web.office.example\nhttp://web.office.example/logo.png\n0149f47eabf9a20d0893e2a44e5a6323\n23a8c60b1741f14d4eea32340d5da58a55677f0c28a0998688af5537e0225ee4\n203.0.113.0/24\nnowhere.example\n',
  );
  const found = where(hits);
  expect(found['dns.query']).toBe(42);
  expect(found['http.host']).toBeGreaterThan(0);
  expect(found['http.uri']).toBeGreaterThan(0);
  expect(found['ssl.ja3']).toBe(6);
  expect(found['files.sha256']).toBe(7);
  expect(found['conn.id_orig_h']).toBeUndefined();
  expect(hits.every(({ captureFrame, uid }) => captureFrame > 0 && uid !== undefined)).toBe(true);
});

it('judges as of the time of the record', async () => {
  expect(await hitsOf('# valid_until: 2026-01-01\nweb.office.example\n')).toEqual([]);
  expect(await hitsOf('# valid_from: 2040-01-01\nweb.office.example\n')).toEqual([]);
  expect(
    (await hitsOf('# valid_from: 2026-01-01\n# valid_until: 2040-01-01\nweb.office.example\n')).length,
  ).toBeGreaterThan(42);
});

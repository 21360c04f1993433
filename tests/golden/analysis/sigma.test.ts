import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { RecordHit } from '../../../src/lib/analysis/rules/record-rules.ts';
import { loadRules } from '../../../src/lib/analysis/rules/registry.ts';
import { sealedSamples } from './sealed-sample.ts';

const shipped = readFileSync(new URL('../../../rules/sigma/coldwire.yml', import.meta.url), 'utf8');

const hitsOf = async (name: string, rules: string): Promise<readonly RecordHit[]> => {
  const { records, refused } = loadRules(rules, 'x.yml');
  expect(refused).toEqual([]);
  const { reader, close } = await sealedSamples([name], []);
  const found = await records?.run((sql, params) => reader.rows(sql, params, { maxRows: 1_000_000 }));
  close();
  expect(found?.failed).toEqual([]);
  return found?.hits ?? [];
};

const counts = (hits: readonly RecordHit[]): Record<string, number> => {
  const out: Record<string, number> = {};
  for (const { msg } of hits) out[msg] = (out[msg] ?? 0) + 1;
  return out;
};

it('shipped rules: a SYN scan is one correlation, the office hour none', async () => {
  const scan = await hitsOf('scan-tcp-syn', shipped);
  const correlated = scan.filter(({ msg }) => msg.startsWith('Many different ports'));
  expect(correlated.map(({ orig, resp, metadata }) => [orig, resp, metadata['count']])).toEqual([
    ['10.89.177.25', '10.89.177.63', 50],
  ]);
  expect(Object.keys(counts(await hitsOf('office-hour', shipped)))).toEqual([
    'Command-line tool as HTTP client',
  ]);
});

const rule = (title: string, logsource: string, detection: string): string =>
  `title: ${title}\nlogsource: { ${logsource} }\ndetection:\n${detection}\n`;

it('asks records as the modifiers say', async () => {
  const conn = 'product: zeek, service: conn';
  const http = 'category: proxy';
  const rules = [
    rule('all', conn, '  s: { id.resp_p|gte: 0 }\n  condition: s'),
    rule('not nothing', conn, '  s: { id.resp_p|gte: 0 }\n  n: { service: null }\n  condition: s and not n'),
    rule('with a service', conn, '  s: { service|exists: true }\n  condition: s'),
    rule('cased', http, '  s: { c-useragent|startswith|cased: CURL }\n  condition: s'),
    rule('not cased', http, '  s: { c-useragent|startswith: CURL }\n  condition: s'),
    rule('expression', http, '  s: { c-useragent|re: "^curl/[0-9.]+$" }\n  condition: s'),
    rule('wildcards', http, '  s: { c-useragent: "c?rl/*" }\n  condition: s'),
    rule('a word anywhere', http, '  keywords: [ "curl/7" ]\n  condition: keywords'),
    rule(
      'cidr',
      http,
      '  s: { src_ip|cidr: fd00::/8, c-useragent|contains|all: [ curl, "7." ] }\n  condition: s',
    ),
    rule(
      'list of maps',
      http,
      '  s:\n    - { c-useragent|contains: curl, src_ip|cidr: fd00::/8 }\n    - { c-useragent|contains: curl, src_ip|cidr: 0.0.0.0/0 }\n  condition: all of them',
    ),
    rule(
      'older count',
      http,
      '  s: { c-useragent|contains: curl }\n  condition: s | count() by src_ip > 4\n  timeframe: 1h',
    ),
  ].join('---\n');
  const found = counts(await hitsOf('office-hour', rules));
  expect(found['cased']).toBeUndefined();
  expect(found['not cased']).toBe(25);
  for (const same of ['expression', 'wildcards', 'a word anywhere', 'list of maps'])
    expect([same, found[same]]).toEqual([same, 25]);
  expect(found['all']).toBe(269);
  expect(found['with a service']).toBe(found['not nothing']);
  expect(found['cidr']).toBeGreaterThan(0);
  expect(found['cidr']).toBeLessThan(25);
  expect(found['older count']).toBeGreaterThan(0);
});

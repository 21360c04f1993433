/** Data to a country that nobody here sent data to before. */

import { z } from 'zod';
import { dialect } from '../../store/dialect.ts';
import {
  list,
  num,
  text,
  type Detector,
  type DetectorContext,
  type Finding,
  type Why,
  type Home,
} from './contract.ts';
import { CONN_ENDED, evidenceColumns, firstOf, seenIn } from './contract/evidence.ts';
import { bytesText, finding, plural, spanText } from './contract/finding.ts';
import { homeWhy, insideSql, outsideSql } from './contract/home.ts';

const params = z
  .object({
    baseline: z
      .array(z.string().max(100))
      .max(50)
      .default([])
      .describe('inputs that say what is usual; none: the first half of the capture'),
    learn_h: z
      .number()
      .min(0)
      .max(100_000)
      .default(24)
      .describe('without a baseline: hours that its first half must have'),
    kilobytes: z.number().min(0).max(1e12).default(100).describe('kB sent there, at least'),
  })
  .strict();
type Params = z.infer<typeof params>;

/** Parameters: baseline inputs (by spaces), the same, nanoseconds to learn, bytes. */
const FIRST_TIME = (home: Home): string => `
  WITH span AS (SELECT input, min(ts) AS low, max(ts) AS high FROM r.conn GROUP BY input),
  sent AS (
    SELECT c.*, h.country, list_contains(string_split(?, ' '), c.input) AS in_baseline, ts >= low + (high - low) // 2 AS second_half, (high - low) // 2 AS learned
    FROM r.conn c JOIN r.hosts h ON h.input = c.input AND h.address_hi = c.id_resp_h_hi AND h.address_lo = c.id_resp_h_lo JOIN span ON span.input = c.input
    WHERE h.country IS NOT NULL AND ${insideSql('c.id_orig_h', home)} AND ${outsideSql('c.id_resp_h', home)}),
  chosen AS (SELECT ? <> '' AS given),
  usual AS (SELECT DISTINCT CASE WHEN in_baseline THEN '' ELSE input END AS of, country FROM sent, chosen WHERE CASE WHEN given THEN in_baseline ELSE NOT second_half END),
  fresh AS (
    SELECT s.* FROM sent s, chosen WHERE CASE WHEN given THEN NOT in_baseline ELSE second_half AND learned >= ?::BIGINT END
      AND NOT EXISTS (SELECT 1 FROM usual u WHERE u.country = s.country AND u.of = CASE WHEN given THEN '' ELSE s.input END))
  SELECT input, country, any_value(learned) AS learned, ${evidenceColumns(CONN_ENDED)}, sum(coalesce(orig_bytes, 0)) AS up, sum(coalesce(resp_bytes, 0)) AS down,
    ${firstOf(dialect.addrText('id_orig_h'))} AS src_list, ${firstOf(dialect.addrText('id_resp_h'))} AS dst_list, count(DISTINCT (id_resp_h_hi, id_resp_h_lo)) AS of_dst, ${firstOf('id_resp_p')} AS ports
  FROM fresh GROUP BY input, country HAVING sum(coalesce(orig_bytes, 0)) >= ?::DOUBLE ORDER BY input, first, country`;

export const newCountry: Detector<Params> = {
  id: 'new-country',
  rev: 1,
  name: 'New country',
  doc: 'Data sent to hosts of a country that neither the baseline nor the first half of the capture knows.',
  params,
  reads: ['conn', 'hosts'],
  measures: ['kilobytes'],
  run,
};

async function* run({ query, params: p, home }: DetectorContext<Params>): AsyncGenerator<Finding> {
  const usual = p.baseline.join(' ');
  const values = [usual, usual, BigInt(Math.round(p.learn_h * 3.6e12)), p.kilobytes * 1_000];
  for (const row of await query(FIRST_TIME(home), values)) {
    const [country, up] = [text(row['country']), num(row['up'])];
    const why: Why[] = [
      {
        term: 'never before seen',
        value:
          usual === ''
            ? `in the first ${spanText(num(row['learned']))}`
            : `in ${plural(p.baseline.length, 'baseline input')}`,
        weight: 20,
      },
      {
        term: 'sent',
        value: `${bytesText(up)}, threshold ${p.kilobytes} kB`,
        weight: up > 100 * p.kilobytes * 1_000 ? 15 : 5,
        parameter: 'kilobytes',
        measured: up / 1_000,
      },
      {
        term: 'more out than in',
        value: `${bytesText(up)}, ${bytesText(num(row['down']))}`,
        weight: up > num(row['down']) ? 10 : 0,
      },
      homeWhy(home),
    ];
    yield finding(newCountry, {
      key: country,
      title: `${bytesText(up)} sent to ${country}, for the first time`,
      sub: country,
      technique: 'T1048',
      src: list(row['src_list']).map(text),
      dst: list(row['dst_list']).map(text),
      ofDst: num(row['of_dst']),
      ports: list(row['ports']).map(num),
      why,
      seen: seenIn(row),
      table: 'conn',
    });
  }
}

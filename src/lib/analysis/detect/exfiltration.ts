/** Much data sent out: to one destination within an hour, and against what the other hosts send. */

import { z } from 'zod';
import { dialect } from '../../store/dialect.ts';
import {
  list,
  num,
  text,
  type Detector,
  type DetectorContext,
  type Finding,
  type QueryRow,
  type Why,
  type Home,
} from './contract.ts';
import { CONN_ENDED, evidenceColumns, seenIn } from './contract/evidence.ts';
import { bytesText, finding } from './contract/finding.ts';
import { homeWhy, insideSql, outsideSql } from './contract/home.ts';

const HOUR = 3_600_000_000_000n;
/** Makes the median absolute deviation of normal values their standard deviation: 1 / Φ⁻¹(3/4). */
const NORMAL = 1.4826;
/** From here on a robust z is an outlier (Iglewicz and Hoaglin, 1993). */
const OUTLIER = 3.5;

const MOST_UPWARD = 1e6;

const params = z
  .object({
    megabytes: z
      .number()
      .positive()
      .max(1e9)
      .default(100)
      .describe('MB sent by one host to one outside host'),
    window_s: z.number().positive().max(604_800).default(3_600).describe('seconds within which'),
    upward: z.number().min(0).max(MOST_UPWARD).default(2).describe('how many times what came back, at least'),
  })
  .strict();
type Params = z.infer<typeof params>;

/** Buckets of half the window, and each with the next: no hour hides between two. Parameters: bucket, least bytes, the halves' sum. */
const heavy = (home: Home): string => `
  WITH outward AS (SELECT * FROM r.conn WHERE coalesce(orig_bytes, 0) > 0 AND ${insideSql('id_orig_h', home)} AND ${outsideSql('id_resp_h', home)}),
  spread AS (SELECT input, id_orig_h_hi, id_orig_h_lo, id_resp_h_hi, id_resp_h_lo, ts // ?::BIGINT AS bucket, sum(orig_bytes)::DOUBLE AS up FROM outward GROUP BY ALL),
  pairs AS (
    SELECT input, id_orig_h_hi, id_orig_h_lo, id_resp_h_hi, id_resp_h_lo, max(up + coalesce(CASE WHEN after = bucket + 1 THEN next_up END, 0)) AS most
    FROM (SELECT *, lead(bucket) OVER pair AS after, lead(up) OVER pair AS next_up FROM spread
      WINDOW pair AS (PARTITION BY input, id_orig_h_hi, id_orig_h_lo, id_resp_h_hi, id_resp_h_lo ORDER BY bucket))
    GROUP BY ALL HAVING most >= ?::DOUBLE),
  senders AS (SELECT input, id_orig_h_hi, id_orig_h_lo, sum(orig_bytes)::DOUBLE AS up FROM outward GROUP BY ALL),
  usual AS (SELECT input, count(*) AS hosts, median(up) AS median, mad(up) AS mad FROM senders GROUP BY input)
  SELECT o.input, ${dialect.addrText('o.id_orig_h')} AS src, ${dialect.addrText('o.id_resp_h')} AS dst, ${evidenceColumns(CONN_ENDED)},
    any_value(p.most) AS most, sum(orig_bytes) AS up, sum(coalesce(resp_bytes, 0)) AS down, list(DISTINCT o.id_resp_p)[:100] AS ports, any_value(o.proto)::VARCHAR AS proto,
    any_value(s.up) AS sent, any_value(u.hosts) AS hosts, any_value(u.median) AS median, any_value(u.mad) AS mad
  FROM outward o JOIN pairs p USING (input, id_orig_h_hi, id_orig_h_lo, id_resp_h_hi, id_resp_h_lo)
    JOIN senders s USING (input, id_orig_h_hi, id_orig_h_lo) JOIN usual u USING (input)
  GROUP BY o.input, o.id_orig_h_hi, o.id_orig_h_lo, o.id_resp_h_hi, o.id_resp_h_lo
  HAVING sum(orig_bytes) >= ?::DOUBLE * sum(coalesce(resp_bytes, 0)) ORDER BY most DESC, src, dst`;

export const exfiltration: Detector<Params> = {
  id: 'exfiltration',
  rev: 1,
  name: 'Data sent out',
  doc: 'Much sent by an inside host to one outside host within an hour (Slips), with its robust z among the hosts and the ratio of both ways.',
  params,
  reads: ['conn'],
  measures: ['megabytes', 'upward'],
  run,
};

async function* run({ query, params: p, home }: DetectorContext<Params>): AsyncGenerator<Finding> {
  const half = BigInt(Math.round((p.window_s / 3_600) * Number(HOUR))) / 2n;
  for (const row of await query(heavy(home), [half, p.megabytes * 1e6, p.upward]))
    yield explained(row, p, home);
}

const reasons = (row: QueryRow, p: Params): Why[] => {
  const [most, up, down] = [num(row['most']), num(row['up']), num(row['down'])];
  const times = most / (p.megabytes * 1e6);
  const [hosts, mad] = [num(row['hosts']), num(row['mad'])];
  const z = (num(row['sent']) - num(row['median'])) / (NORMAL * mad);
  return [
    {
      term: 'sent within the window',
      value: `${bytesText(most)}, threshold ${p.megabytes} MB`,
      weight: 40,
      parameter: 'megabytes',
      measured: most / 1e6,
    },
    {
      term: 'how much',
      value: `${times.toFixed(1)} × the threshold`,
      weight: Math.min(20, Math.round(6 * Math.log2(times))),
    },
    {
      term: 'sent against received',
      value: down === 0 ? 'nothing came back' : `${(up / down).toFixed(1)} to 1`,
      weight: up > 10 * down ? 10 : 0,
      parameter: 'upward',
      measured: down === 0 ? MOST_UPWARD : Math.min(MOST_UPWARD, up / down),
    },
    {
      term: 'robust z among hosts',
      value: hosts < 5 || mad === 0 ? `not judged: ${hosts} hosts send out` : z.toFixed(1),
      weight: hosts >= 5 && mad > 0 && z >= OUTLIER ? 10 : 0,
    },
  ];
};

const explained = (row: QueryRow, p: Params, home: Home): Finding => {
  const [src, dst] = [text(row['src']), text(row['dst'])];
  const ports = list(row['ports'])
    .map(num)
    .sort((a, b) => a - b);
  return finding(exfiltration, {
    key: `${src}/${dst}`,
    title: `${src} sent ${bytesText(num(row['up']))} to ${dst}`,
    sub: 'volume',
    technique: 'T1048',
    src: [src],
    dst: [dst],
    ports,
    proto: text(row['proto']),
    why: [...reasons(row, p), homeWhy(home)],
    seen: seenIn(row),
    table: 'conn',
  });
};

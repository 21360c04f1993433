/** Connections from inside to outside that last for hours. */

import { z } from 'zod';
import { dialect } from '../../store/dialect.ts';
import {
  num,
  text,
  type Detector,
  type DetectorContext,
  type Finding,
  type Why,
  type Home,
} from './contract.ts';
import { CONN_ENDED, evidenceColumns, seenIn } from './contract/evidence.ts';
import { bytesText, finding, plural, spanText } from './contract/finding.ts';
import { homeWhy, insideSql, outsideSql } from './contract/home.ts';

const H = 3.6e12;
const TUPLE = 'input, proto, id_orig_h_hi, id_orig_h_lo, id_orig_p, id_resp_h_hi, id_resp_h_lo, id_resp_p';

/** RITA v5's long_connection_score_thresholds. */
const params = z
  .object({
    hours: z.number().positive().max(10_000).default(1).describe('a connection this long is noted'),
    low_h: z.number().positive().max(10_000).default(4).describe('from here on low'),
    medium_h: z.number().positive().max(10_000).default(8).describe('from here on a little more'),
    high_h: z.number().positive().max(10_000).default(12).describe('from here on medium'),
    silence_h: z
      .number()
      .positive()
      .max(10_000)
      .default(3)
      .describe('hours of silence after which the same ports are another connection'),
  })
  .strict();
type Params = z.infer<typeof params>;

/** What a time-out cut in two is one connection again, unless it was silent for longer than a TCP keep-alive waits (2 h, RFC 9293 3.8.4). */
const long = (home: Home): string => `
  WITH outward AS (SELECT * FROM r.conn WHERE ip_proto <> 1 AND ${insideSql('id_orig_h', home)} AND ${outsideSql('id_resp_h', home)}),
  cut AS (SELECT DISTINCT ${TUPLE} FROM outward WHERE continued_from IS NOT NULL),
  pieces AS (
    SELECT o.*, coalesce(duration, 0) AS lasted FROM outward o ANTI JOIN cut USING (${TUPLE}) WHERE duration >= ?::BIGINT
    UNION ALL BY NAME
    SELECT * EXCLUDE (begins, held), max(ts + coalesce(duration, 0)) OVER one - min(ts) OVER one AS lasted FROM (
      SELECT *, sum(begins) OVER (PARTITION BY ${TUPLE} ORDER BY ts, first_frame) AS held FROM (
        SELECT *, CASE WHEN continued_from IS NULL OR ts - lag(ts + coalesce(duration, 0)) OVER (PARTITION BY ${TUPLE} ORDER BY ts, first_frame) > ?::BIGINT
          THEN 1 ELSE 0 END AS begins FROM outward SEMI JOIN cut USING (${TUPLE})))
    WINDOW one AS (PARTITION BY ${TUPLE}, held))
  SELECT input, ${dialect.addrText('id_orig_h')} AS src, ${dialect.addrText('id_resp_h')} AS dst, id_resp_p AS port, proto::VARCHAR AS proto, ${evidenceColumns(CONN_ENDED)}, count(DISTINCT id_orig_p) AS conns,
    max(lasted) AS longest, count(*) FILTER (ended_by = 'end_of_capture') AS open, count(continued_from) AS cuts, any_value(service) AS service, sum(coalesce(orig_bytes, 0)) AS up, sum(coalesce(resp_bytes, 0)) AS down
  FROM pieces WHERE lasted >= ?::BIGINT
  GROUP BY input, id_orig_h_hi, id_orig_h_lo, id_resp_h_hi, id_resp_h_lo, id_resp_p, proto ORDER BY input, longest DESC, src, dst, port`;

export const longConnections: Detector<Params> = {
  id: 'long-connection',
  rev: 2,
  name: 'Long connection',
  doc: 'A connection from inside to outside of an hour or more, in bands of 1, 4, 8 and 12 hours (RITA v5; Slips).',
  params,
  reads: ['conn'],
  measures: ['hours'],
  run,
};

const points = (ns: number, p: Params): number => {
  const hours = ns / H;
  if (hours >= p.high_h) return 45;
  if (hours >= p.medium_h) return 35;
  return hours >= p.low_h ? 25 : 10;
};

async function* run({ query, params: p, home }: DetectorContext<Params>): AsyncGenerator<Finding> {
  const least = BigInt(Math.round(p.hours * H));
  const silence = BigInt(Math.round(p.silence_h * H));
  for (const row of await query(long(home), [least, silence, least])) {
    const [src, dst, port, proto] = [
      text(row['src']),
      text(row['dst']),
      num(row['port']),
      text(row['proto']),
    ];
    const [longest, open, n] = [num(row['longest']), num(row['open']), num(row['conns'])];
    const why: Why[] = [
      {
        term: 'longest',
        value: spanText(longest),
        weight: points(longest, p),
        parameter: 'hours',
        measured: longest / H,
      },
      { term: 'cut by time-outs', value: num(row['cuts']), weight: 0 },
      { term: 'still open at the end of the capture', value: open, weight: 0 },
      {
        term: 'bytes out and in',
        value: `${bytesText(num(row['up']))}, ${bytesText(num(row['down']))}`,
        weight: 0,
      },
      {
        term: 'service',
        value: text(row['service']) || 'unknown',
        weight: text(row['service']) === '' ? 5 : 0,
      },
      homeWhy(home),
    ];
    yield finding(longConnections, {
      key: `${src}/${dst}/${proto}/${port}`,
      title: `${src} held ${plural(n, 'connection')} to ${dst} port ${port} for up to ${spanText(longest)}`,
      sub: open > 0 ? 'open' : 'ended',
      technique: 'T1071',
      src: [src],
      dst: [dst],
      ports: [port],
      proto,
      why,
      seen: seenIn(row),
      table: 'conn',
    });
  }
}

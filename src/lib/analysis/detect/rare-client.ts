/** Programs that one host alone uses: user agents and JA3 fingerprints that no other host has. */

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
import { evidenceColumns, firstOf, seenIn } from './contract/evidence.ts';
import { finding, plural } from './contract/finding.ts';
import { homeWhy, insideSql, outsideSql } from './contract/home.ts';

const params = z
  .object({
    population: z
      .number()
      .int()
      .min(2)
      .max(1_000_000)
      .default(20)
      .describe('inside hosts that speak it, so that rare means something'),
    share: z.number().min(0).max(1).default(0.05).describe('share of them that has it, at most'),
    most: z
      .number()
      .int()
      .min(1)
      .max(10_000)
      .default(100)
      .describe('findings at most of each kind, the rarest first'),
  })
  .strict();
type Params = z.infer<typeof params>;

/** JA3 of clients that permute their extensions names nobody; JA4 sorts them, so it stands in its place where it is there. */
const RARE = (home: Home): string => `
  WITH used AS (
    SELECT 'user-agent' AS kind, input, uid, ts, file, first_frame, id_orig_h_hi, id_orig_h_lo, id_resp_h_hi, id_resp_h_lo, id_resp_p, user_agent AS mark, host AS name, user_agent AS also FROM r.http
      WHERE user_agent IS NOT NULL AND ${insideSql('id_orig_h', home)} AND ${outsideSql('id_resp_h', home)}
    UNION ALL
    SELECT 'tls-client', input, uid, ts, file, first_frame, id_orig_h_hi, id_orig_h_lo, id_resp_h_hi, id_resp_h_lo, id_resp_p, coalesce(ja4, ja3), server_name, ja3 FROM r.ssl
      WHERE coalesce(ja4, ja3) IS NOT NULL AND ${insideSql('id_orig_h', home)} AND ${outsideSql('id_resp_h', home)}),
  everybody AS (SELECT input, kind, count(DISTINCT (id_orig_h_hi, id_orig_h_lo)) AS hosts FROM used GROUP BY input, kind HAVING hosts >= ?::BIGINT),
  rare AS (SELECT input, kind, mark, count(DISTINCT (id_orig_h_hi, id_orig_h_lo)) AS users, any_value(hosts) AS hosts FROM used JOIN everybody USING (input, kind) GROUP BY ALL
    HAVING users <= greatest(1, ?::DOUBLE * any_value(hosts)))
  SELECT input, kind, mark, any_value(users) AS users, any_value(hosts) AS hosts, ${evidenceColumns()}, any_value(also) AS also, ${firstOf('name')} AS names,
    ${firstOf(dialect.addrText('id_orig_h'))} AS src_list, ${firstOf(dialect.addrText('id_resp_h'))} AS dst_list, count(DISTINCT (id_resp_h_hi, id_resp_h_lo)) AS of_dst, ${firstOf('id_resp_p')} AS ports
  FROM used JOIN rare USING (input, kind, mark) GROUP BY input, kind, mark
  QUALIFY row_number() OVER (PARTITION BY input, kind ORDER BY any_value(users), count(*) DESC, mark) <= ?::BIGINT ORDER BY input, first, mark`;

export const rareClient: Detector<Params> = {
  id: 'rare-client',
  rev: 1,
  name: 'Rare program',
  doc: 'A user agent or TLS fingerprint (JA4, else JA3) that hardly any other host has, towards the outside (RITA rare signatures).',
  params,
  reads: ['http', 'ssl'],
  measures: ['population'],
  run,
};

async function* run({ query, params: p, home }: DetectorContext<Params>): AsyncGenerator<Finding> {
  for (const row of await query(RARE(home), [BigInt(p.population), p.share, BigInt(p.most)])) {
    const [kind, mark, users, hosts] = [
      text(row['kind']),
      text(row['mark']),
      num(row['users']),
      num(row['hosts']),
    ];
    const src = list(row['src_list']).map(text);
    const names = list(row['names']).map(text);
    const why: Why[] = [
      {
        term: 'hosts that have it',
        value: `${users} of ${hosts}`,
        weight: 15,
        parameter: 'population',
        measured: hosts,
      },
      {
        term: 'towards',
        value: names.slice(0, 5).join(', ') || 'no name',
        weight: names.length === 0 ? 10 : 0,
      },
      ...(kind === 'tls-client' ? [{ term: 'JA3', value: text(row['also']), weight: 0 }] : []),
      homeWhy(home),
    ];
    yield finding(rareClient, {
      key: `${kind}/${mark}`,
      title: `${users === 1 ? (src[0] ?? '') : plural(users, 'host')} alone uses the ${kind === 'user-agent' ? 'user agent' : 'TLS client'} ${mark.slice(0, 120)}`,
      sub: kind,
      technique: 'T1071.001',
      src,
      dst: list(row['dst_list']).map(text),
      ofDst: num(row['of_dst']),
      ports: list(row['ports']).map(num),
      proto: 'tcp',
      why,
      seen: seenIn(row),
      table: kind === 'user-agent' ? 'http' : 'ssl',
    });
  }
}

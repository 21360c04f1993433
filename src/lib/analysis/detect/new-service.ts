/** Hosts and services that a baseline did not have. */

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
import { finding, plural } from './contract/finding.ts';
import { homeWhy, insideSql } from './contract/home.ts';

/** Ports of remote administration: a new edge between inside hosts on one of them is a sign of lateral movement (MITRE BZAR). */
const REMOTE = [22, 135, 139, 445, 3389, 5900, 5985, 5986] as const;

const params = z
  .object({
    baseline: z
      .array(z.string().max(100))
      .max(50)
      .default([])
      .describe('inputs that say what is usual; none: nothing is judged'),
    most: z
      .number()
      .int()
      .min(1)
      .max(10_000)
      .default(500)
      .describe('findings at most of each kind, the earliest first'),
  })
  .strict();
type Params = z.infer<typeof params>;

/** A service is a port of an inside host that somebody had a conversation with; an edge an inside pair on a port of remote administration. */
const SPOKEN = `resp_pkts > 0 AND (proto <> 'tcp' OR (resp_flags & 18) = 18) AND proto IN ('tcp', 'udp')`;

const NEW = (home: Home): string => `
  WITH seen AS (
    SELECT 'host' AS kind, c.*, id_orig_h_hi AS a_hi, id_orig_h_lo AS a_lo, NULL::UBIGINT AS b_hi, NULL::UBIGINT AS b_lo, NULL::INTEGER AS port FROM r.conn c WHERE ${insideSql('id_orig_h', home)} AND orig_pkts > 0
    UNION ALL
    SELECT 'host', c.*, id_resp_h_hi, id_resp_h_lo, NULL, NULL, NULL FROM r.conn c WHERE ${insideSql('id_resp_h', home)} AND resp_pkts > 0
    UNION ALL
    SELECT 'service', c.*, id_resp_h_hi, id_resp_h_lo, NULL, NULL, id_resp_p FROM r.conn c WHERE ${SPOKEN} AND ${insideSql('id_resp_h', home)} AND id_resp_p < 32768
    UNION ALL
    SELECT 'remote-access', c.*, id_orig_h_hi, id_orig_h_lo, id_resp_h_hi, id_resp_h_lo, id_resp_p FROM r.conn c
      WHERE ${SPOKEN} AND id_resp_p IN (${REMOTE.join(', ')}) AND ${insideSql('id_orig_h', home)} AND ${insideSql('id_resp_h', home)}),
  usual AS (SELECT DISTINCT kind, a_hi, a_lo, b_hi, b_lo, port, proto FROM seen WHERE list_contains(string_split(?, ' '), input)),
  fresh AS (SELECT * FROM seen s WHERE NOT list_contains(string_split(?, ' '), input)
    AND NOT EXISTS (SELECT 1 FROM usual u WHERE u.kind = s.kind AND u.a_hi = s.a_hi AND u.a_lo = s.a_lo AND u.b_hi IS NOT DISTINCT FROM s.b_hi AND u.b_lo IS NOT DISTINCT FROM s.b_lo
      AND u.port IS NOT DISTINCT FROM s.port AND (s.kind = 'host' OR u.proto = s.proto)))
  SELECT input, kind, ${dialect.addrText('a')} AS a, ${dialect.addrText('b')} AS b, port, CASE WHEN kind <> 'host' THEN proto::VARCHAR END AS transport, ${evidenceColumns(CONN_ENDED)},
    ${firstOf('service')} AS services, count(DISTINCT (id_orig_h_hi, id_orig_h_lo)) AS clients, ${firstOf(dialect.addrText('id_orig_h'))} AS client_list
  FROM fresh GROUP BY input, kind, a_hi, a_lo, b_hi, b_lo, port, transport
  QUALIFY row_number() OVER (PARTITION BY input, kind ORDER BY min(ts)) <= ?::BIGINT ORDER BY input, first, kind, a, port`;

export const newService: Detector<Params> = {
  id: 'new-service',
  rev: 1,
  name: 'New hosts and services',
  doc: 'Inside hosts, services and edges of remote administration that the chosen baseline inputs do not have (new internal edges: MITRE BZAR).',
  params,
  reads: ['conn'],
  run,
};

const POINTS: Readonly<Record<string, number>> = { host: 20, service: 25, 'remote-access': 40 };
const TECHNIQUES: Readonly<Record<string, string>> = {
  host: 'T1200',
  service: 'T1543',
  'remote-access': 'T1021',
};

async function* run({ query, params: p, home }: DetectorContext<Params>): AsyncGenerator<Finding> {
  if (p.baseline.length === 0) return;
  const usual = p.baseline.join(' ');
  for (const row of await query(NEW(home), [usual, usual, BigInt(p.most)])) {
    const [kind, a, b, port] = [text(row['kind']), text(row['a']), text(row['b']), num(row['port'])];
    const services = list(row['services']).map(text).join(', ');
    const transport = text(row['transport']);
    const titles: Readonly<Record<string, string>> = {
      host: `${a} is new`,
      service: `${a} offers ${services || 'a service'} on ${transport} port ${port}, which is new`,
      'remote-access': `${a} reaches ${b} on port ${port} (${services || 'remote access'}), which is new`,
    };
    const why: Why[] = [
      {
        term: `not in the baseline (${plural(p.baseline.length, 'input')})`,
        value: kind,
        weight: POINTS[kind] ?? 20,
      },
      { term: 'service', value: services || 'unknown', weight: 0 },
      homeWhy(home),
    ];
    yield finding(newService, {
      key: [kind, a, b, transport, row['port'] ?? ''].join('/'),
      title: titles[kind] ?? kind,
      sub: kind,
      technique: TECHNIQUES[kind] ?? 'T1200',
      src: kind === 'service' ? list(row['client_list']).map(text) : [a],
      dst: kind === 'service' ? [a] : kind === 'remote-access' ? [b] : [],
      ports: kind === 'host' ? [] : [port],
      proto: transport,
      why,
      seen: seenIn(row),
      table: 'conn',
    });
  }
}

/** TCP packets with flags that no connection begins with, where there is no connection that they could belong to. */

import { z } from 'zod';
import { dialect } from '../../store/dialect.ts';
import {
  big,
  frames,
  list,
  LISTED,
  num,
  severityOf,
  text,
  type Detector,
  type DetectorContext,
  type Finding,
  type QueryRow,
  type Why,
} from './contract.ts';

const flagProbeParams = z
  .object({
    least: z.number().int().min(1).max(1_000_000).default(3).describe('packets of one kind from one source'),
    least_maimon: z
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .default(10)
      .describe('ports of hosts for FIN with ACK, which also ends connections that began before the capture'),
  })
  .strict();
export type FlagProbeParams = z.infer<typeof flagProbeParams>;

const FOREVER = 9_223_372_036_854_775_807n;

const NAMES: Readonly<Record<string, string>> = {
  null: 'Null',
  fin: 'FIN',
  xmas: 'Xmas',
  maimon: 'Maimon',
  'syn-fin': 'SYN with FIN',
  'syn-rst': 'SYN with RST',
};

/** SYN with FIN or RST has no use at all; a lone FIN may be the work of a broken device. */
const WEIGHT: Readonly<Record<string, number>> = {
  null: 45,
  fin: 40,
  xmas: 50,
  maimon: 35,
  'syn-fin': 50,
  'syn-rst': 45,
};

/**
 * Masks FSRPAU after the nmap reference guide: Null 0x00, FIN 0x01, Xmas 0x29, Maimon 0x11; SYN+FIN 0x03, SYN+RST 0x06.
 * Parameters: least Maimon, least, from, to.
 */
const PROBES = `
  WITH odd AS (
    SELECT *, CASE first_flags & 63 WHEN 0 THEN 'null' WHEN 1 THEN 'fin' WHEN 41 THEN 'xmas' WHEN 17 THEN 'maimon' WHEN 3 THEN 'syn-fin' WHEN 6 THEN 'syn-rst' END AS kind
    FROM r.conn WHERE proto = 'tcp' AND (first_flags & 63) IN (0, 1, 41, 17, 3, 6)
      AND (orig_flags & 63) = (first_flags & 63) AND (resp_pkts = 0 OR (resp_flags & 4) <> 0)),
  alone AS (
    SELECT o.* FROM odd o WHERE NOT EXISTS (SELECT 1 FROM r.conn c WHERE c.input = o.input AND c.uid <> o.uid AND c.proto = 'tcp' AND (c.orig_flags & 16) <> 0 AND (c.resp_flags & 16) <> 0
      AND ((c.id_orig_h_hi, c.id_orig_h_lo, c.id_orig_p, c.id_resp_h_hi, c.id_resp_h_lo, c.id_resp_p) = (o.id_orig_h_hi, o.id_orig_h_lo, o.id_orig_p, o.id_resp_h_hi, o.id_resp_h_lo, o.id_resp_p)
        OR (c.id_resp_h_hi, c.id_resp_h_lo, c.id_resp_p, c.id_orig_h_hi, c.id_orig_h_lo, c.id_orig_p) = (o.id_orig_h_hi, o.id_orig_h_lo, o.id_orig_p, o.id_resp_h_hi, o.id_resp_h_lo, o.id_resp_p))))
  SELECT input, kind, ${dialect.addrText('id_orig_h')} AS src, sum(orig_pkts) AS packets, count(*) AS conns, count(*) FILTER (resp_pkts > 0) AS refused,
    count(DISTINCT (id_resp_h_hi, id_resp_h_lo)) AS hosts, count(DISTINCT id_resp_p) AS ports, count(DISTINCT (id_resp_h_hi, id_resp_h_lo, id_resp_p)) AS targets, min(ts) AS first, max(ts + coalesce(duration, 0)) AS last,
    list_sort(list(DISTINCT ${dialect.addrText('id_resp_h')}))[:${LISTED}] AS dst_list, list_sort(list(DISTINCT id_resp_p))[:${LISTED}] AS port_list,
    list(uid ORDER BY ts, uid)[:${LISTED}] AS uids, list(file::VARCHAR || ':' || first_frame::VARCHAR ORDER BY ts, first_frame)[:${LISTED}] AS frames
  FROM alone GROUP BY input, kind, id_orig_h_hi, id_orig_h_lo
  HAVING CASE kind WHEN 'maimon' THEN targets >= ?::BIGINT ELSE count(*) >= ?::BIGINT END AND max(ts + coalesce(duration, 0)) >= ?::BIGINT AND min(ts) <= ?::BIGINT
  ORDER BY input, first, kind`;

export const flagProbes: Detector<FlagProbeParams> = {
  id: 'flag-probes',
  rev: 1,
  name: 'TCP flag probes',
  doc: 'Null, FIN, Xmas, Maimon, SYN+FIN and SYN+RST packets outside any connection (nmap reference guide).',
  params: flagProbeParams,
  reads: ['conn'],
  measures: ['least', 'least_maimon'],
  run,
};

async function* run({
  query,
  params,
  window,
  signal,
}: DetectorContext<FlagProbeParams>): AsyncGenerator<Finding> {
  const limits = [BigInt(params.least_maimon), BigInt(params.least), window.from ?? 0n, window.to ?? FOREVER];
  for (const row of await query(PROBES, limits)) {
    signal?.throwIfAborted();
    yield finding(row, params);
  }
}

const finding = (row: QueryRow, params: FlagProbeParams): Finding => {
  const kind = text(row['kind']);
  const [conns, hosts, ports] = [num(row['conns']), num(row['hosts']), num(row['ports'])];
  const src = text(row['src']);
  const least = kind === 'maimon' ? params.least_maimon : params.least;
  const why: Why[] = [
    {
      term: 'flags',
      value: `${NAMES[kind] ?? kind}, and no connection that they belong to`,
      weight: WEIGHT[kind] ?? 40,
    },
    {
      term: 'probes',
      value: `${conns}, threshold ${least}`,
      parameter: kind === 'maimon' ? 'least_maimon' : 'least',
      measured: kind === 'maimon' ? num(row['targets']) : conns,
      weight: Math.min(15, Math.round(4 * Math.log2(Math.max(1, conns / least)))),
    },
    {
      term: 'refused with RST',
      value: `${num(row['refused'])} of ${conns}`,
      weight: num(row['refused']) > 0 ? 5 : 0,
    },
  ];
  const target = hosts === 1 ? text(list(row['dst_list'])[0]) : `${hosts} hosts`;
  return {
    key: `flag-probes/${kind}/${src}`,
    rule: { id: flagProbes.id, rev: flagProbes.rev, name: flagProbes.name },
    severity: severityOf(why),
    title: `${src} sent ${NAMES[kind] ?? kind} packets to ${ports === 1 ? '1 port' : `${ports} ports`} of ${target}`,
    sub: kind,
    technique: 'T1046',
    input: text(row['input']),
    src: [src],
    dst: list(row['dst_list']).map(text),
    ofDst: hosts,
    ports: list(row['port_list']).map(num),
    ofPorts: ports,
    proto: 'tcp',
    n: num(row['packets']),
    first: big(row['first']),
    last: big(row['last']),
    why,
    evidence: [
      {
        table: 'conn',
        input: text(row['input']),
        uids: list(row['uids']).map(text),
        frames: frames(row['frames']),
        of: conns,
      },
    ],
  };
};

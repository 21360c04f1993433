/** Floods: half-open connections, datagrams or echo requests at one destination, far more than it usually gets. */

import { z } from 'zod';
import { dialect } from '../../../store/dialect.ts';
import {
  big,
  list,
  num,
  text,
  type Detector,
  type DetectorContext,
  type Finding,
  type QueryRow,
  type Why,
} from '../contract.ts';
import { CONN_ENDED, evidenceColumns, firstOf, seenIn } from '../contract/evidence.ts';
import { finding, plural } from '../contract/finding.ts';
import { highestCusum } from './cusum.ts';

const NS = 1_000_000_000;

const params = z
  .object({
    rate: z
      .number()
      .int()
      .min(10)
      .max(10_000_000)
      .default(100)
      .describe('attempts within one second at one port of a destination'),
    half_open: z.number().min(0).max(1).default(0.8).describe('share of them that came to nothing'),
    packets: z
      .number()
      .int()
      .min(100)
      .max(100_000_000)
      .default(10_000)
      .describe('datagrams or echo requests a second at one destination'),
    memory: z
      .number()
      .min(0)
      .max(1)
      .default(0.98)
      .describe('weight of the past in the mean of attempts a second'),
    alpha: z
      .number()
      .positive()
      .max(10)
      .default(0.5)
      .describe('share above the mean that counts as a change'),
    change: z
      .number()
      .positive()
      .max(1e9)
      .default(10)
      .describe('cumulative sum from which on the change counts'),
  })
  .strict();
type Params = z.infer<typeof params>;

const TARGET = 'input, id_resp_h_hi, id_resp_h_lo, id_resp_p';

/**
 * A SYN whose handshake nobody ended. Spread over a port's seconds, because a scan reaches each port a few times and a flood reaches one port.
 * Parameters: attempts a second, share half-open.
 */
const SYN_FLOODS = `
  WITH attempts AS (SELECT *, (orig_flags & 18) = 2 AND conn_state <> 'SF' AS half FROM r.conn WHERE proto = 'tcp' AND (first_flags & 63) = 2),
  busy AS (SELECT ${TARGET}, max(attempted) AS most FROM (SELECT ${TARGET}, count(*) AS attempted FROM attempts GROUP BY ${TARGET}, ts // ${NS}) GROUP BY ${TARGET} HAVING most >= ?::BIGINT),
  aimed AS (SELECT a.*, most FROM attempts a JOIN busy USING (${TARGET}))
  SELECT input, id_resp_h_hi AS dst_hi, id_resp_h_lo AS dst_lo, ${dialect.addrText('id_resp_h')} AS dst, id_resp_p AS port, 'tcp' AS proto, ${evidenceColumns(CONN_ENDED)},
    count(*) FILTER (half) AS half, any_value(most) AS most, count(DISTINCT (id_orig_h_hi, id_orig_h_lo)) AS sources, ${firstOf(dialect.addrText('id_orig_h'))} AS src_list
  FROM aimed GROUP BY ${TARGET} HAVING count(*) FILTER (half) >= ?::DOUBLE * count(*) ORDER BY input, first, dst, port`;

const COUNTS = `
  SELECT ts // ${NS} AS second, count(*) AS attempts FROM r.conn
  WHERE input = ? AND id_resp_h_hi = ?::UBIGINT AND id_resp_h_lo = ?::UBIGINT AND id_resp_p = ?::BIGINT AND proto = 'tcp' GROUP BY second ORDER BY second`;

/**
 * Many packets a second with hardly an answer. Their rate is that of the connections' own packets over their time, so one long flow counts too.
 * Parameters: packets a second.
 */
const DATAGRAM_FLOODS = `
  SELECT input, ${dialect.addrText('id_resp_h')} AS dst, proto::VARCHAR AS proto, ${evidenceColumns(CONN_ENDED)}, sum(orig_pkts) AS packets, sum(orig_pkts) / greatest(1, (max(${CONN_ENDED}) - min(ts)) / 1e9) AS a_second, sum(resp_pkts) AS answers,
    count(DISTINCT id_resp_p) AS of_ports, list_sort(list(DISTINCT id_resp_p))[:100] AS ports,
    count(DISTINCT (id_orig_h_hi, id_orig_h_lo)) AS sources, ${firstOf(dialect.addrText('id_orig_h'))} AS src_list
  FROM r.conn SEMI JOIN (SELECT input, proto, id_resp_h_hi, id_resp_h_lo FROM r.conn WHERE proto IN ('udp', 'icmp') GROUP BY ALL HAVING sum(orig_pkts) >= ?::BIGINT)
    USING (input, proto, id_resp_h_hi, id_resp_h_lo)
  GROUP BY input, proto, id_resp_h_hi, id_resp_h_lo
  HAVING a_second >= ?::BIGINT AND sum(resp_pkts) * 10 <= sum(orig_pkts)
  ORDER BY input, first, dst`;

export const flood: Detector<Params> = {
  id: 'flood',
  rev: 1,
  name: 'Flood',
  doc: 'Half-open connections at one port in numbers that are a change (share, and cumulative sum after Siris and Papagalou 2004); datagrams and echo requests without answers.',
  params,
  reads: ['conn'],
  measures: ['rate', 'half_open', 'packets', 'change'],
  run,
};

async function* run({ query, params: p, signal }: DetectorContext<Params>): AsyncGenerator<Finding> {
  for (const row of await query(SYN_FLOODS, [BigInt(p.rate), p.half_open])) {
    signal?.throwIfAborted();
    const key = [
      text(row['input']),
      big(row['dst_hi']),
      big(row['dst_lo']),
      BigInt(num(row['port'])),
    ] as const;
    const counts = everySecond(await query(COUNTS, key));
    const { sum } = highestCusum(counts, p);
    if (sum >= p.change) yield synFlood(row, sum, p);
  }
  const rate = BigInt(p.packets);
  for (const row of await query(DATAGRAM_FLOODS, [rate, rate])) yield datagrams(row, p);
}

/** Seconds without an attempt count as well; at most an hour of them between two. */
const everySecond = (rows: readonly QueryRow[]): number[] => {
  const counts: number[] = [];
  let before: number | undefined;
  for (const row of rows) {
    const second = num(row['second']);
    const quiet = before === undefined ? 0 : Math.min(3_600, second - before - 1);
    for (let i = 0; i < quiet; i++) counts.push(0);
    counts.push(num(row['attempts']));
    before = second;
  }
  // What was before the capture is not known to have been anything.
  return [0, ...counts];
};

const synFlood = (row: QueryRow, sum: number, p: Params): Finding => {
  const most = num(row['most']);
  const [n, half, sources, port] = [num(row['n']), num(row['half']), num(row['sources']), num(row['port'])];
  const dst = text(row['dst']);
  const why: Why[] = [
    {
      term: 'attempts within a second',
      value: `${most}, threshold ${p.rate}`,
      weight: 35,
      parameter: 'rate',
      measured: most,
    },
    {
      term: 'how many',
      value: `${(most / p.rate).toFixed(1)} × the threshold`,
      weight: Math.min(20, Math.round(6 * Math.log2(most / p.rate))),
    },
    {
      term: 'half open',
      value: `${half} of ${n}`,
      weight: Math.round((15 * half) / n),
      parameter: 'half_open',
      measured: half / n,
    },
    {
      term: 'change (cumulative sum)',
      value: `${sum.toFixed(0)}, threshold ${p.change}`,
      weight: 10,
      parameter: 'change',
      measured: sum,
    },
    { term: 'sources', value: sources, weight: sources >= 50 ? 5 : 0 },
  ];
  return finding(flood, {
    key: `syn/${dst}/${port}`,
    title: `${plural(half, 'half-open connection')} at port ${port} of ${dst}, from ${plural(sources, 'address', 'addresses')}`,
    sub: 'syn',
    technique: 'T1499.001',
    src: list(row['src_list']).map(text),
    dst: [dst],
    ports: [port],
    proto: 'tcp',
    why,
    seen: seenIn(row),
    table: 'conn',
  });
};

const datagrams = (row: QueryRow, p: Params): Finding => {
  const [packets, sources] = [num(row['packets']), num(row['sources'])];
  const [dst, proto] = [text(row['dst']), text(row['proto'])];
  const why: Why[] = [
    {
      term: 'packets',
      value: `${packets}, threshold ${p.packets} a second`,
      weight: 45,
      parameter: 'packets',
      measured: num(row['a_second']),
    },
    { term: 'answers', value: num(row['answers']), weight: 10 },
    { term: 'sources', value: sources, weight: sources >= 50 ? 5 : 0 },
  ];
  return finding(flood, {
    key: `${proto}/${dst}`,
    title: `${plural(packets, 'packet')} of ${proto} at ${dst}, from ${plural(sources, 'address', 'addresses')}`,
    sub: proto,
    technique: 'T1498.001',
    src: list(row['src_list']).map(text),
    dst: [dst],
    ports: proto === 'udp' ? list(row['ports']).map(num) : [],
    ofPorts: proto === 'udp' ? num(row['of_ports']) : 0,
    proto,
    why,
    seen: seenIn(row),
    table: 'conn',
  });
};

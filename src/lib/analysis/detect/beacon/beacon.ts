/** Beacons: connections of an inside host to an outside one that come at regular intervals and are of like size. */

import { z } from 'zod';
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
import { seenIn } from '../contract/evidence.ts';
import { finding, spanText } from '../contract/finding.ts';
import { homeWhy } from '../contract/home.ts';
import { beaconScore, durationScore, histogramScore, regularity, type SubScores } from './score.ts';
import { EVIDENCE, ODDITIES, pairs, prevalence } from './series.ts';

/** Sub-scores, bands and modifiers as in RITA v5's default_config.hjson. */
const params = z
  .object({
    connections: z
      .number()
      .int()
      .min(4)
      .max(100_000)
      .default(4)
      .describe('seconds with a connection, at least'),
    least_score: z.number().min(0).max(1).default(0.7).describe('score from which on it is reported'),
    bins_from_h: z
      .number()
      .min(0)
      .max(1_000)
      .default(6)
      .describe('hours that the capture must span for histogram and duration to be judged'),
    connections_short: z
      .number()
      .int()
      .min(4)
      .max(100_000)
      .default(20)
      .describe('connections at least where it spans less'),
    rare_share: z
      .number()
      .min(0)
      .max(1)
      .default(0.02)
      .describe('a destination of so few of the hosts is rare'),
    common_share: z.number().min(0).max(1).default(0.5).describe('a destination of so many is common'),
    most: z
      .number()
      .int()
      .min(1)
      .max(10_000)
      .default(200)
      .describe('findings at most, the best scores first'),
  })
  .strict();
type Params = z.infer<typeof params>;

export const beacon: Detector<Params> = {
  id: 'beacon',
  rev: 1,
  name: 'Beacon',
  doc: "Regular connections of like size from inside to one outside host (RITA v5's score: intervals, sizes, histogram, duration).",
  params,
  reads: ['conn', 'http', 'ssl'],
  measures: ['least_score'],
  run,
};

interface Candidate {
  readonly row: QueryRow;
  readonly sub: SubScores;
  readonly score: number;
}

async function* run(context: DetectorContext<Params>): AsyncGenerator<Finding> {
  const { query, params: p, home, signal } = context;
  const rows = await query(pairs(home), [BigInt(p.connections)]);
  const candidates = rows
    .map((row) => judged(row, p))
    .filter(({ row, sub, score }) => {
      const enough = sub.hist === undefined ? p.connections_short : p.connections;
      return score >= p.least_score - 0.3 && num(row['beats']) >= enough;
    })
    .sort((a, b) => b.score - a.score || text(a.row['src']).localeCompare(text(b.row['src'])))
    .slice(0, p.most);
  for (const candidate of candidates) {
    signal?.throwIfAborted();
    const found = await explained(candidate, context);
    if (found) yield found;
  }
}

const judged = (row: QueryRow, { bins_from_h }: Params): Candidate => {
  const spread = (name: string) => ({
    q1: num(row[`${name}_q1`]),
    median: num(row[`${name}_median`]),
    q3: num(row[`${name}_q3`]),
    mad: num(row[`${name}_mad`]),
  });
  const bins = list(row['bins']).map(num);
  const long = num(row['span_ns']) >= bins_from_h * 3.6e12;
  const sub: SubScores = {
    ts: regularity(spread('gap'), 1),
    ds: regularity(spread('bytes'), 0),
    dur: long ? durationScore(bins, num(row['covered'])) : undefined,
    hist: long ? histogramScore(bins) : undefined,
  };
  return { row, sub, score: beaconScore(sub) };
};

/** Points that make a score of .7 low (25), .9 medium (58) and 1 high (75): RITA's thresholds. */
const POINTS = 167;
const ANYBODY = -92;

const scoreTerms = ({ row, sub }: Candidate): Why[] => {
  const short = sub.dur === undefined;
  const points = (value: number): number => Math.round(value * POINTS * (short ? 5 : 2.5)) / 10;
  const median = num(row['gap_median']);
  const unjudged = `not judged: the capture spans ${spanText(num(row['span_ns']))}`;
  return [
    { term: 'intervals', value: `${median} s ± ${num(row['gap_mad'])}: ${sub.ts}`, weight: points(sub.ts) },
    {
      term: 'bytes sent',
      value: `${num(row['bytes_median'])} ± ${num(row['bytes_mad'])}: ${sub.ds}`,
      weight: points(sub.ds),
    },
    { term: 'histogram', value: sub.hist ?? unjudged, weight: points(sub.hist ?? 0) },
    { term: 'duration', value: sub.dur ?? unjudged, weight: points(sub.dur ?? 0) },
    { term: 'what any traffic reaches', value: '', weight: ANYBODY },
  ];
};

async function modifiers(row: QueryRow, { query, params: p, home }: DetectorContext<Params>): Promise<Why[]> {
  const dst = [big(row['dst_hi']), big(row['dst_lo'])] as const;
  const [share = {}] = await query(prevalence(home), [...dst, text(row['input'])]);
  const [speak, hosts] = [num(share['speak']), Math.max(1, num(share['hosts']))];
  const pair = pairParams(row);
  const [odd = {}] = await query(ODDITIES, [...pair, ...pair, ...pair]);
  const why: Why[] = [];
  const part = speak / hosts;
  if (part <= p.rare_share)
    why.push({ term: 'rare destination', value: `${speak} of ${hosts} hosts`, weight: POINTS * 0.15 });
  // One host of one or two says nothing about what is common.
  if (part >= p.common_share && hosts >= 10)
    why.push({ term: 'common destination', value: `${speak} of ${hosts} hosts`, weight: POINTS * -0.15 });
  if (num(odd['without_host']) > 0)
    why.push({ term: 'HTTP without Host', value: num(odd['without_host']), weight: POINTS * 0.1 });
  const names = [...list(odd['hosts']), ...list(odd['names'])].filter((name) => name !== null).map(text);
  if (names.length > 0) why.push({ term: 'names', value: names.join(', '), weight: 0 });
  return why;
}

const pairParams = (row: QueryRow) =>
  [
    text(row['input']),
    big(row['src_hi']),
    big(row['src_lo']),
    big(row['dst_hi']),
    big(row['dst_lo']),
    big(row['id_resp_p']),
  ] as const;

async function explained(
  candidate: Candidate,
  context: DetectorContext<Params>,
): Promise<Finding | undefined> {
  const { row, score } = candidate;
  const { query, params: p, home } = context;
  const changes = await modifiers(row, context);
  const total = score + changes.reduce((sum, { weight }) => sum + weight, 0) / POINTS;
  if (total < p.least_score) return undefined;
  const [src, dst, port, proto] = [
    text(row['src']),
    text(row['dst']),
    num(row['id_resp_p']),
    text(row['proto']),
  ];
  const [evidence = {}] = await query(EVIDENCE, [...pairParams(row), proto]);
  const median = num(row['gap_median']);
  const service = text(evidence['service']);
  return finding(beacon, {
    key: `${src}/${dst}/${proto}/${port}`,
    title: `${src} calls ${dst} port ${port} every ${spanText(median * 1e9)}`,
    sub: service === '' ? proto : service,
    technique: service.includes('ssl') ? 'T1573' : service.includes('http') ? 'T1071.001' : 'T1071',
    src: [src],
    dst: [dst],
    ports: [port],
    proto,
    why: [
      {
        term: 'score',
        value: Math.round(total * 1_000) / 1_000,
        weight: 0,
        parameter: 'least_score',
        measured: total,
      },
      ...scoreTerms(candidate),
      ...changes,
      homeWhy(home),
    ],
    seen: seenIn(evidence),
    table: 'conn',
  });
}

/** What is wrong with TLS of a server: its certificate at the time of the capture, versions and suites. */

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
import { finding, plural } from '../contract/finding.ts';
import { SERVERS } from './sql.ts';

const DAY = 86_400_000_000_000n;
const YEAR = 366n * DAY;

/** Zeek: expiring-certs 30 days, weak-keys RSA 2048; CA/Browser Forum: 398 days at most since September 2020. */
const params = z
  .object({
    expiring_d: z
      .number()
      .int()
      .min(0)
      .max(3_650)
      .default(30)
      .describe('days left from which on a certificate is about to expire'),
    rsa_bits: z
      .number()
      .int()
      .min(512)
      .max(16_384)
      .default(2_048)
      .describe('bits below which an RSA or DSA key is weak'),
    validity_d: z
      .number()
      .int()
      .min(1)
      .max(36_500)
      .default(398)
      .describe('days of validity from which on a certificate lasts too long'),
    least: z.number().int().min(0).max(100).default(10).describe('points from which on a server is reported'),
  })
  .strict();
type Params = z.infer<typeof params>;

export const tlsProblems: Detector<Params> = {
  id: 'tls-problems',
  rev: 2,
  name: 'TLS problems',
  doc: 'Expired, self-signed or misnamed certificates, weak keys, suites and versions, as of the capture (Zeek expiring-certs, weak-keys; nDPI risks 6 to 9, 24).',
  params,
  reads: ['ssl', 'x509'],
  run,
};

async function* run({ query, params: p }: DetectorContext<Params>): AsyncGenerator<Finding> {
  for (const row of await query(SERVERS, [])) {
    const found = explained(row, p);
    if (found && found.severity >= p.least) yield found;
  }
}

const dateText = (ns: bigint): string => new Date(Number(ns / 1_000_000n)).toISOString().slice(0, 10);

/** Nobody serves a certificate a year ahead of its time: rather the clock of the capture was never set. */
const notYetValid = (from: bigint, at: bigint): Why =>
  from - at > YEAR
    ? {
        term: 'not yet valid',
        value: `${dateText(from)}, more than a year after the capture’s own time, which may be wrong`,
        weight: 10,
      }
    : { term: 'not yet valid', value: dateText(from), weight: 40 };

const certificateTerms = (row: QueryRow, p: Params): Why[] => {
  if (row['valid_till'] === null || row['valid_till'] === undefined)
    return [{ term: 'certificate', value: 'not visible (TLS 1.3, or resumed)', weight: 0 }];
  const why: Why[] = [];
  const [from, till, at] = [big(row['valid_from']), big(row['valid_till']), big(row['first'])];
  if (till < at) why.push({ term: 'expired', value: dateText(till), weight: 40 });
  else if (from > at) why.push(notYetValid(from, at));
  else if (till - at < BigInt(p.expiring_d) * DAY)
    why.push({ term: 'about to expire', value: dateText(till), weight: 10 });
  const days = Number((till - from) / DAY);
  if (days > p.validity_d)
    why.push({ term: 'lasts long', value: `${days} days, at most ${p.validity_d}`, weight: 5 });
  if (row['subject'] === row['issuer'] && num(row['chain']) === 1)
    why.push({ term: 'self-signed', value: text(row['subject']), weight: 25 });
  const [type, bits] = [text(row['key_type']), num(row['key_length'])];
  if ((type === 'rsa' || type === 'dsa') && bits > 0 && bits < p.rsa_bits)
    why.push({ term: 'weak key', value: `${type} of ${bits} bits, at least ${p.rsa_bits}`, weight: 35 });
  if (/md5|md2|sha1(?!\d)|sha-1/iu.test(text(row['sig_alg'])) && row['subject'] !== row['issuer'])
    why.push({ term: 'weak signature', value: text(row['sig_alg']), weight: 25 });
  const others = list(row['other_names']).map(text);
  if (others.length > 0)
    why.push({
      term: 'is for other names',
      value: `asked for ${others.slice(0, 3).join(', ')}, is for ${list(row['names']).slice(0, 3).map(text).join(', ')}`,
      weight: 30,
    });
  return why;
};

const handshakeTerms = (row: QueryRow): Why[] => {
  const why: Why[] = [];
  const weak = list(row['weak_ciphers']).map(text);
  const versions = list(row['versions']).map(text);
  if (num(row['old']) > 0) why.push({ term: 'old version', value: versions.join(', '), weight: 30 });
  if (weak.length > 0) why.push({ term: 'weak suite', value: weak.slice(0, 3).join(', '), weight: 35 });
  const [nameless, n] = [num(row['nameless']), num(row['n'])];
  if (nameless === n) why.push({ term: 'no name asked for (SNI)', value: `${nameless} of ${n}`, weight: 5 });
  return why;
};

/** A neglected server has many faults at once, and is not the worse for each: the worst counts in full, the others a third. */
const worstInFull = (why: readonly Why[]): Why[] => {
  const worst = Math.max(0, ...why.map(({ weight }) => weight));
  const at = why.findIndex(({ weight }) => weight === worst);
  return why.map((term, i) => (i === at ? term : { ...term, weight: Math.round(term.weight / 3) }));
};

const explained = (row: QueryRow, p: Params): Finding | undefined => {
  const why = worstInFull([...certificateTerms(row, p), ...handshakeTerms(row)]);
  const worst = why.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight);
  if (worst.length === 0) return undefined;
  const [dst, port, clients] = [text(row['dst']), num(row['port']), num(row['clients'])];
  const asked = list(row['asked']).map(text);
  return finding(tlsProblems, {
    key: `${dst}/${port}/${text(row['certificate']).slice(0, 16)}`,
    title: `TLS of ${dst} port ${port}: ${worst.map(({ term }) => term).join(', ')}`,
    sub: (worst[0]?.term ?? '')
      .replaceAll(/[^a-z]+/giu, '-')
      .replace(/-$/u, '')
      .toLowerCase(),
    technique: 'T1587.003',
    src: list(row['src_list']).map(text),
    dst: [dst],
    ports: [port],
    proto: 'tcp',
    why: [
      ...why,
      { term: 'names asked for', value: asked.slice(0, 5).join(', ') || 'none', weight: 0 },
      { term: 'clients', value: plural(clients, 'host'), weight: 0 },
    ],
    seen: seenIn(row),
    table: 'ssl',
  });
};

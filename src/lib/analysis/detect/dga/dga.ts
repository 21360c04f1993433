/** Names made by an algorithm: a host asks for many registered domains that do not exist. */

import { z } from 'zod';
import { dialect } from '../../../store/dialect.ts';
import { list, text, type Detector, type DetectorContext, type Finding, type Why } from '../contract.ts';
import { evidenceColumns, seenIn } from '../contract/evidence.ts';
import { finding, plural } from '../contract/finding.ts';
import { registeredDomain } from '../contract/names.ts';
import { bitsAPair } from './letter-pairs.ts';

const NXDOMAIN = 3;
/** Names looked at of one host. */
const MOST_NAMES = 5_000;

/** Defaults: 10 names as Slips (modules/flowalerts: nxdomain threshold); the letters' bits lie between words (4) and chance (7.7). */
const params = z
  .object({
    names: z
      .number()
      .int()
      .min(2)
      .max(100_000)
      .default(10)
      .describe('registered domains that do not exist, of one host'),
    bits: z
      .number()
      .min(1)
      .max(20)
      .default(6)
      .describe('mean bits a pair of letters from which on names look drawn'),
  })
  .strict();
type Params = z.infer<typeof params>;

/** Reverse look-ups name no domain; the same name again says nothing new. Parameters: least names. */
const ASKERS = `
  SELECT input, ${dialect.addrText('id_orig_h')} AS src, ${evidenceColumns()}, count(DISTINCT query) AS names,
    list(DISTINCT query)[:${MOST_NAMES}] AS queries, list(DISTINCT ${dialect.addrText('id_resp_h')})[:100] AS servers
  FROM r.dns WHERE rcode = ${NXDOMAIN} AND transport = 'dns' AND query IS NOT NULL AND NOT ends_with(query, '.arpa')
  GROUP BY input, id_orig_h_hi, id_orig_h_lo HAVING count(DISTINCT query) >= ?::BIGINT ORDER BY input, first`;

export const dga: Detector<Params> = {
  id: 'dga',
  rev: 1,
  name: 'Generated names',
  doc: 'Many registered domains without an address asked for by one host, and how little they look like words (Slips; freq.py).',
  params,
  reads: ['dns'],
  measures: ['names'],
  run,
};

async function* run({ query, params: p }: DetectorContext<Params>): AsyncGenerator<Finding> {
  for (const row of await query(ASKERS, [BigInt(p.names)])) {
    const domains = domainsOf(list(row['queries']).map(text));
    if (domains.size < p.names) continue;
    const src = text(row['src']);
    const why = reasons(domains, p);
    yield finding(dga, {
      key: src,
      title: `${src} asked for ${plural(domains.size, 'domain')} that do not exist`,
      sub: 'nxdomain',
      technique: 'T1568.002',
      src: [src],
      dst: list(row['servers']).map(text),
      ports: [53],
      why,
      seen: seenIn(row),
      table: 'dns',
    });
  }
}

/** Registered domain → its label that somebody chose. One wrong search suffix is one domain, however many names are asked under it. */
const domainsOf = (queries: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    [...queries].sort().flatMap((name): [string, string][] => {
      const domain = registeredDomain(name);
      return domain === null ? [] : [[domain, domain.split('.')[0] ?? domain]];
    }),
  );

const reasons = (domains: ReadonlyMap<string, string>, p: Params): Why[] => {
  const bits = [...domains.values()].map(bitsAPair).filter((value) => value !== undefined);
  const mean = bits.reduce((sum, value) => sum + value, 0) / Math.max(1, bits.length);
  const drawn = bits.length >= p.names / 2 && mean >= p.bits;
  const times = domains.size / p.names;
  return [
    {
      term: 'domains that do not exist',
      value: `${domains.size}, threshold ${p.names}`,
      weight: 25,
      parameter: 'names',
      measured: domains.size,
    },
    {
      term: 'how many',
      value: `${times.toFixed(1)} × the threshold`,
      weight: Math.min(20, Math.round(6 * Math.log2(times))),
    },
    {
      term: 'letters',
      value: `${mean.toFixed(1)} bits a pair (words 4, chance 7.7)`,
      weight: drawn ? 30 : 0,
    },
    { term: 'such as', value: [...domains.keys()].slice(0, 5).join(', '), weight: 0 },
  ];
};

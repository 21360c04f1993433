/** Data in names: very many different names under one registered domain. A score, never entropy alone: content networks have such names too. */

import { z } from 'zod';
import {
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
import { bytesText, finding, plural } from '../contract/finding.ts';
import { entropy, registeredLabels } from '../contract/names.ts';
import { CONTACTED, DOMAINS, HEAVY_ENDINGS } from './names-sql.ts';

/** Subdomains: RITA v5's bands; long names: nDPI's suspicious DNS traffic; entropy: Slips (TXT answers 5 bits). */
const params = z
  .object({
    subdomains: z
      .number()
      .int()
      .min(10)
      .max(1_000_000)
      .default(100)
      .describe('different names under one domain'),
    long_name: z
      .number()
      .int()
      .min(10)
      .max(255)
      .default(52)
      .describe('characters from which on a name is long'),
    label_bits: z.number().min(0).max(8).default(3.5).describe('bits a character of the first label'),
    answer_bits: z.number().min(0).max(8).default(5).describe('bits a character of a TXT answer'),
    least: z.number().int().min(0).max(100).default(30).describe('points from which on it is reported'),
  })
  .strict();
type Params = z.infer<typeof params>;

export const dnsTunnel: Detector<Params> = {
  id: 'dns-tunnel',
  rev: 1,
  name: 'DNS tunnel',
  doc: 'Many different names under one registered domain, long, drawn by chance, never contacted (RITA v5 bands; nDPI; Slips).',
  params,
  reads: ['dns', 'hosts'],
  run,
};

async function* run({ query, params: p, signal }: DetectorContext<Params>): AsyncGenerator<Finding> {
  const endings = await query(HEAVY_ENDINGS, [BigInt(p.subdomains)]);
  const byLabels = new Map<number, string[]>();
  for (const row of endings) {
    const ending = text(row['ending']);
    const labels = registeredLabels(ending);
    byLabels.set(labels, [...(byLabels.get(labels) ?? []), ending]);
  }
  for (const [labels, of] of [...byLabels].sort(([a], [b]) => a - b)) {
    for (const row of await query(DOMAINS, [
      BigInt(labels),
      BigInt(p.long_name),
      of.join(' '),
      BigInt(p.subdomains),
    ])) {
      signal?.throwIfAborted();
      const [contacted = {}] = await query(CONTACTED, [text(row['input']), `.${text(row['domain'])}`]);
      const why = reasons(row, contacted, p);
      const found = explained(row, why);
      if (found.severity >= p.least) yield found;
    }
  }
}

/** RITA's bands of subdomains. */
const bandPoints = (names: number, { subdomains }: Params): number => {
  const times = names / subdomains;
  if (times >= 10) return 45;
  if (times >= 8) return 38;
  return times >= 5 ? 30 : 20;
};

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

const reasons = (row: QueryRow, contacted: QueryRow, p: Params): Why[] => {
  const names = num(row['names']);
  const share = (name: string): number => num(row[name]) / Math.max(1, num(row['n']));
  const labelBits = mean(list(row['labels']).map((label) => entropy(text(label))));
  const answers = list(row['texts']).map(text);
  const answerBits = mean(answers.map(entropy));
  const [addresses, spoken] = [num(contacted['addresses']), num(contacted['spoken'])];
  return [
    { term: 'different names', value: `${names}, threshold ${p.subdomains}`, weight: bandPoints(names, p) },
    {
      term: `names of over ${p.long_name} characters`,
      value: `${Math.round(100 * share('long'))} %`,
      weight: Math.round(15 * share('long')),
    },
    {
      term: 'TXT, NULL and other odd types',
      value: `${Math.round(100 * share('odd_types'))} %`,
      weight: Math.round(10 * share('odd_types')),
    },
    {
      term: 'first labels',
      value: `${labelBits.toFixed(1)} bits a character`,
      weight: labelBits >= p.label_bits ? 10 : 0,
    },
    {
      term: 'TXT answers',
      value: answers.length === 0 ? 'none' : `${answerBits.toFixed(1)} bits a character`,
      weight: answers.length > 0 && answerBits >= p.answer_bits ? 5 : 0,
    },
    { term: 'characters sent in names', value: bytesText(num(row['characters'])), weight: 0 },
    {
      term: 'addresses answered and then contacted',
      value: `${spoken} of ${addresses}`,
      weight: spoken === 0 ? 15 : spoken > addresses / 2 ? -15 : 0,
    },
  ];
};

const explained = (row: QueryRow, why: readonly Why[]): Finding => {
  const [domain, names, clients] = [text(row['domain']), num(row['names']), num(row['clients'])];
  const src = list(row['src_list']).map(text);
  const who = clients === 1 ? (src[0] ?? '') : plural(clients, 'host');
  return finding(dnsTunnel, {
    key: domain,
    title: `${who} asked for ${plural(names, 'different name')} under ${domain}`,
    sub: 'subdomains',
    technique: 'T1071.004',
    src,
    dst: list(row['servers']).map(text),
    ports: [53],
    why: [...why, { term: 'such as', value: text(row['example']), weight: 0 }],
    seen: seenIn(row),
    table: 'dns',
  });
};

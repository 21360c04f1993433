/** Hosts whose first contacts fail more often than anybody's who knows whom to speak with: a random walk that is decided as it goes. */

import { z } from 'zod';
import { dialect } from '../../store/dialect.ts';
import { num, text, list, type Detector, type DetectorContext, type Finding, type Why } from './contract.ts';
import { evidenceColumns, firstOf, seenIn } from './contract/evidence.ts';
import { finding, plural } from './contract/finding.ts';

const chance = z.number().gt(0).lt(1);

/** Jung, Paxson, Berger and Balakrishnan, Fast Portscan Detection Using Sequential Hypothesis Testing, 2004, section 5. */
const params = z
  .object({
    benign_success: chance
      .default(0.8)
      .describe('chance that a first contact of a benign host succeeds (θ0)'),
    scanner_success: chance.default(0.2).describe('chance that one of a scanner does (θ1)'),
    false_positives: chance.default(0.01).describe('benign hosts that may be taken for scanners (α)'),
    detection: chance.default(0.99).describe('scanners that must be found (β)'),
  })
  .strict()
  .refine(
    (p) => p.scanner_success < p.benign_success,
    'a scanner must succeed less often than a benign host',
  );
type Params = z.infer<typeof params>;

const FIRST = `
  SELECT input, id_orig_h_hi, id_orig_h_lo, id_resp_h_hi, id_resp_h_lo, arg_min((resp_flags & 18) = 18 AND (orig_flags & 16) <> 0, (ts, first_frame)) AS success,
    min(ts) AS ts, arg_min(uid, (ts, first_frame)) AS uid, arg_min(file, (ts, first_frame)) AS file, arg_min(first_frame, (ts, first_frame)) AS first_frame
  FROM r.conn WHERE proto = 'tcp' AND (first_flags & 63) = 2 GROUP BY ALL`;

const SOURCE = 'input, id_orig_h_hi, id_orig_h_lo';

/** Whoever was decided to be benign first is not walked on with. Parameters: steps of a success and a failure, both bounds (logarithms). */
const WALKS = `
  WITH first_contact AS MATERIALIZED (${FIRST}),
  steps AS (SELECT *, CASE WHEN success THEN ?::DOUBLE ELSE ?::DOUBLE END AS step FROM first_contact),
  walk AS (SELECT *, sum(step) OVER (PARTITION BY ${SOURCE} ORDER BY ts, file, first_frame ROWS UNBOUNDED PRECEDING) AS ratio FROM steps),
  decided AS (
    SELECT ${SOURCE}, min(ts) FILTER (ratio >= ?::DOUBLE) AS scanner_at, min(ts) FILTER (ratio <= ?::DOUBLE) AS benign_at, max(ratio) AS highest FROM walk GROUP BY ALL
    HAVING scanner_at IS NOT NULL AND (benign_at IS NULL OR scanner_at < benign_at))
  SELECT w.input, ${dialect.addrText('w.id_orig_h')} AS src, ${evidenceColumns()}, count(*) FILTER (NOT success) AS failed, any_value(d.highest) AS highest,
    ${firstOf(`CASE WHEN NOT success THEN ${dialect.addrText('w.id_resp_h')} END`)} AS dst_list
  FROM walk w JOIN decided d USING (${SOURCE}) GROUP BY w.input, w.id_orig_h_hi, w.id_orig_h_lo ORDER BY w.input, first, src`;

export const firstContacts: Detector<Params> = {
  id: 'first-contacts',
  rev: 1,
  name: 'Failed first contacts',
  doc: 'TCP contacts with hosts never spoken with before fail as a scanner’s do (threshold random walk: Jung et al., IEEE S&P 2004).',
  params,
  reads: ['conn'],
  run,
};

async function* run({ query, params: p }: DetectorContext<Params>): AsyncGenerator<Finding> {
  const success = Math.log(p.scanner_success / p.benign_success);
  const failure = Math.log((1 - p.scanner_success) / (1 - p.benign_success));
  const scanner = Math.log(p.detection / p.false_positives);
  const benign = Math.log((1 - p.detection) / (1 - p.false_positives));
  // The bound is reached by sums of equal steps: a hair below, so that rounding decides nothing.
  for (const row of await query(WALKS, [success, failure, scanner - 1e-9, benign + 1e-9])) {
    const [src, n, failed] = [text(row['src']), num(row['n']), num(row['failed'])];
    const times = num(row['highest']) / scanner;
    const why: Why[] = [
      {
        term: 'likelihood ratio',
        value: `e^${num(row['highest']).toFixed(1)}, threshold e^${scanner.toFixed(1)}`,
        weight: 15,
      },
      {
        term: 'how far beyond',
        value: `${times.toFixed(1)} ×`,
        weight: Math.min(18, Math.round(6 * Math.log2(Math.max(1, times)))),
      },
      { term: 'first contacts that failed', value: `${failed} of ${n}`, weight: 0 },
    ];
    yield finding(firstContacts, {
      key: src,
      title: `${src} failed at ${plural(failed, 'host')} of ${n} that it spoke with for the first time`,
      sub: 'random-walk',
      technique: 'T1018',
      src: [src],
      dst: list(row['dst_list']).map(text),
      ofDst: failed,
      proto: 'tcp',
      why,
      seen: seenIn(row),
      table: 'conn',
    });
  }
}

/**
 * Cardholder data in clear text: different card numbers between two hosts. The numbers were recognised while the capture was read, by
 * issuer, length, check digit and what stands beside them; the table has them masked.
 */

import { z } from 'zod';
import { dialect } from '../../store/dialect.ts';
import { list, num, text, type Detector, type DetectorContext, type Finding, type Why } from './contract.ts';
import { evidenceColumns, firstOf, seenIn } from './contract/evidence.ts';
import { finding, plural } from './contract/finding.ts';

const params = z
  .object({
    least: z
      .number()
      .int()
      .min(1)
      .default(1)
      .describe('different numbers between two hosts, with a word that speaks of cards'),
    raise: z.number().int().min(1).default(3).describe('different numbers from which no such word is needed'),
    test_numbers: z
      .boolean()
      .default(false)
      .describe('count numbers that payment providers publish for tests'),
  })
  .strict();
type Params = z.infer<typeof params>;

/** Of a number that stands plain in a body there are two rows: numbers are counted, not rows. */
const SEEN = `
  SELECT input, is_orig, ${dialect.addrText('id_orig_h')} AS orig, ${dialect.addrText('id_resp_h')} AS resp, ${evidenceColumns()},
    count(DISTINCT (number_masked, digits)) AS numbers, ${firstOf('brand')} AS brands, ${firstOf('context')} AS words,
    ${firstOf('id_resp_p')} AS ports
  FROM r.card_numbers WHERE ?::BOOLEAN OR NOT is_test
  GROUP BY input, is_orig, id_orig_h_hi, id_orig_h_lo, id_resp_h_hi, id_resp_h_lo
  HAVING numbers >= ?::BIGINT AND (numbers >= ?::BIGINT OR len(words) > 0) ORDER BY input, first, orig, resp, is_orig`;

export const cardNumbers: Detector<Params> = {
  id: 'card-numbers',
  rev: 1,
  name: 'Card numbers in clear text',
  doc: 'Card numbers that anybody on the way could read (PCI DSS 3.4; check digit of ISO/IEC 7812-1). They are masked when they are stored.',
  params,
  reads: ['card_numbers'],
  run,
};

async function* run({ query, params: p }: DetectorContext<Params>): AsyncGenerator<Finding> {
  for (const row of await query(SEEN, [p.test_numbers, BigInt(p.least), BigInt(p.raise)])) {
    const [orig, resp] = [text(row['orig']), text(row['resp'])];
    const [src, dst] = row['is_orig'] === true ? [orig, resp] : [resp, orig];
    const [numbers, words] = [num(row['numbers']), list(row['words']).map(text)];
    const why: Why[] = [
      { term: 'numbers', value: `${numbers}, ${list(row['brands']).map(text).join(', ')}`, weight: 35 },
      { term: 'several', value: `${numbers}, threshold ${p.raise}`, weight: numbers >= p.raise ? 25 : 0 },
      { term: 'words beside them', value: words.join(', ') || 'none', weight: words.length > 0 ? 15 : 0 },
    ];
    yield finding(cardNumbers, {
      key: `${src}/${dst}`,
      title: `${src} sent ${plural(numbers, 'card number')} in clear text to ${dst}`,
      sub: 'cardholder-data',
      technique: 'T1040',
      src: [src],
      dst: [dst],
      ports: list(row['ports']).map(num),
      why,
      seen: seenIn(row),
      table: 'card_numbers',
    });
  }
}

/**
 * A detector to copy: its file, a line in registry.ts, its parameters in rules/detectors.yml, a capture with its labels in
 * sample-pcaps/. It imports the contract and the store's dialect, never another detector.
 */

import { z } from 'zod';
import { dialect } from '../../../store/dialect.ts';
import { big, list, LISTED, num, severityOf, text, type Detector, type Why } from '../contract.ts';

const params = z
  .object({ least: z.number().int().min(1).default(10).describe('connections from one source') })
  .strict();

/** Values travel as parameters (`?`), never in the text. Tables are those of schema r: addresses in halves, times in ns. */
const ROWS = `
  SELECT input, ${dialect.addrText('id_orig_h')} AS src, count(*) AS n, min(ts) AS first, max(ts + coalesce(duration, 0)) AS last, list(uid ORDER BY ts, uid)[:${LISTED}] AS uids
  FROM r.conn GROUP BY input, id_orig_h_hi, id_orig_h_lo HAVING count(*) >= ?::BIGINT ORDER BY input, first`;

export const template: Detector<z.infer<typeof params>> = {
  id: 'template',
  rev: 1,
  name: 'Template',
  doc: 'What it finds, and the source of the algorithm.',
  params,
  reads: ['conn'],
  async *run({ query, params: { least } }) {
    for (const row of await query(ROWS, [BigInt(least)])) {
      const [src, n, input] = [text(row['src']), num(row['n']), text(row['input'])];
      const why: Why[] = [{ term: 'connections', value: `${n}, threshold ${least}`, weight: 20 }];
      yield {
        key: `template/${src}`,
        rule: { id: 'template', rev: 1, name: 'Template' },
        severity: severityOf(why),
        title: `${src} began ${n} connections`,
        sub: 'template',
        technique: 'T1046',
        input,
        src: [src],
        dst: [],
        ofDst: 0,
        ports: [],
        ofPorts: 0,
        proto: 'tcp',
        n,
        first: big(row['first']),
        last: big(row['last']),
        why,
        evidence: [{ table: 'conn', input, uids: list(row['uids']).map(text), frames: [], of: n }],
      };
    }
  },
};

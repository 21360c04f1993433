/** What the connections of a finding carried: both ways, of real records. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { bytesOfFindings } from '../../../src/lib/analysis/compare/findings-difference.ts';
import { num, type Query, text } from '../../../src/lib/analysis/query.ts';
import type { Finding } from '../../../src/lib/model/api/findings.ts';
import { sealedSamples, type Sealed } from './sealed-sample.ts';

let sealed: Sealed;
beforeAll(async () => {
  sealed = await sealedSamples(['brute-force'], []);
}, 60_000);
afterAll(() => sealed.close());

it('is what both ends sent, of all of them', async () => {
  const query: Query = (sql, params) => sealed.reader.rows(sql, params);
  const rows = await query(
    'SELECT input, uid, orig_ip_bytes AS o, resp_ip_bytes AS r FROM r.conn WHERE orig_ip_bytes > 0 AND resp_ip_bytes > 0 ORDER BY ts LIMIT 2',
    [],
  );
  expect(rows).toHaveLength(2);
  const uids = rows.map(({ uid }) => text(uid));
  const finding = { input: text(rows[0]?.['input']), uids, of_uids: 2 } as unknown as Finding;
  const sum = rows.reduce((all, { o, r }) => all + num(o) + num(r), 0);
  expect((await bytesOfFindings(query, [finding]))(finding)).toBe(sum);
  const more = { ...finding, of_uids: 3 };
  expect((await bytesOfFindings(query, [more]))(more)).toBeUndefined();
});

/** One number a table that says whether two cases hold the same rows, in whatever order. */

import { TABLES } from '../model/tables.ts';
import type { CaseReader } from './case-reader.ts';
import { physicalColumns, quoteName } from './schema.ts';

/**
 * Rows and the sum of their hashes, by table (64-bit hashes, summed exactly in 128 bits: a sum of doubles would depend on the order). ENUMs and numbers are hashed as text, so that the digest does not depend on how a
 * column is stored; the column `input` is left out.
 */
export async function tableDigests(reader: CaseReader): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const table of TABLES) {
    const columns = physicalColumns(table).map(({ name }) => `coalesce(${quoteName(name)}::VARCHAR, chr(0))`);
    const { rows } = await reader.query(
      `SELECT count(*), coalesce(sum(hash(${columns.join(', ')})), 0)::VARCHAR FROM r.${quoteName(table.name)}`,
      [],
      { timeoutMs: 600_000 },
    );
    digests[table.name] = `${rows[0]?.[0]} rows, ${rows[0]?.[1]}`;
  }
  return digests;
}

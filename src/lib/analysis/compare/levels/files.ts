/** Files that connections carried, by SHA-256: those that were seen whole. Certificates have a level of their own. */

import type { Level } from '../level.ts';
import { heldRecordsOf, inPart } from '../side.ts';
import { sql } from '../sql-piece.ts';

const KEPT = 8;

export const FILES_LEVEL: Level = {
  name: 'files',
  title: 'Files',
  doc: 'Files by SHA-256: those of which every byte was seen, certificates apart.',
  counted: 'times carried',
  key: [{ name: 'sha256', title: 'SHA-256', kind: 'text' }],
  parted: ['sha256'],
  tables: ['files'],
  fields: [],
  shown: [
    { name: 'names', title: 'Names' },
    { name: 'mime_type', title: 'Type' },
    { name: 'source', title: 'By' },
  ],
  bytes: true,
  ofRecords: (side) => sql`
    SELECT sha256, nullif(array_to_string(list_sort(list(DISTINCT filename) FILTER (filename <> ''))[:${KEPT}], ', '), '') AS names,
      any_value(mime_type) AS mime_type, string_agg(DISTINCT source, ' ' ORDER BY source) AS source,
      count(*) AS n, sum(seen_bytes) AS bytes, min(ts) AS first, max(ts) AS last
    FROM r.files WHERE sha256 IS NOT NULL AND source NOT IN ('SSL', 'DTLS') AND ${heldRecordsOf(side)} AND ${inPart(side, 'sha256')} GROUP BY sha256`,
  ignored: { addresses: [], ports: [], names: ['mime_type'], words: ['names'] },
};

/** Names that were asked for, and what was answered. */

import type { Level } from '../level.ts';
import { heldRecordsOf, inPart } from '../side.ts';
import { sql } from '../sql-piece.ts';

/** Answers that a name is shown with. */
const KEPT = 64;

export const DNS_LEVEL: Level = {
  name: 'dns',
  title: 'DNS',
  doc: 'Names that were asked for, by type, with their answers; DNS, mDNS, LLMNR and NBNS apart.',
  counted: 'questions',
  key: [
    { name: 'query', title: 'Name', kind: 'text' },
    { name: 'qtype', title: 'Type', kind: 'text' },
    { name: 'transport', title: 'By', kind: 'text' },
  ],
  parted: ['query'],
  tables: ['dns'],
  fields: [
    { name: 'answers', title: 'answers', compared: 'known' },
    { name: 'rcode', title: 'response code', compared: 'known' },
  ],
  shown: [{ name: 'answers', title: 'Answers' }],
  bytes: false,
  // One row a question and set of answers first: those are few, the questions many.
  ofRecords: (side) => sql`
    SELECT query, qtype, transport, nullif(array_to_string(list_sort(list_distinct(flatten(list(answers))))[:${KEPT}], ' '), '') AS answers,
      string_agg(DISTINCT rcode, ' ' ORDER BY rcode) AS rcode, sum(n) AS n, NULL::BIGINT AS bytes, min(first) AS first, max(last) AS last
    FROM (
      SELECT coalesce(query, '') AS query, coalesce(qtype_name, '') AS qtype, transport::VARCHAR AS transport, answers, rcode_name AS rcode,
        count(*) AS n, min(ts) AS first, max(ts) AS last
      FROM r.dns WHERE ${heldRecordsOf(side)} AND ${inPart(side, `coalesce(query, '')`)} GROUP BY ALL
    ) GROUP BY query, qtype, transport`,
  carriedBy: (side) => sql`
    SELECT coalesce(query, '') AS query, coalesce(qtype_name, '') AS qtype, transport::VARCHAR AS transport, input, uid
    FROM r.dns WHERE ${heldRecordsOf(side)}`,
  ignored: { addresses: [], ports: [], names: ['query'] },
};

/** What programs give away of themselves: JA3, JA4, HASSH, user agents, and who used them. */

import { dialect } from '../../../store/dialect.ts';
import type { Level } from '../level.ts';
import { heldRecordsOf, inPart } from '../side.ts';
import { sql, type SqlPiece } from '../sql-piece.ts';
import type { RecordsSide } from '../side.ts';

const KEPT = 16;

/** Kind, table, column, and the end that it says something of. */
const SOURCES = [
  ['JA3', 'ssl', 'ja3', 'orig'],
  ['JA4', 'ssl', 'ja4', 'orig'],
  ['JA3S', 'ssl', 'ja3s', 'resp'],
  ['HASSH', 'ssh', 'hassh', 'orig'],
  ['HASSH server', 'ssh', 'hassh_server', 'resp'],
  ['User-Agent', 'http', 'user_agent', 'orig'],
] as const;

const union = (parts: readonly SqlPiece[]): SqlPiece => ({
  sql: parts.map((part) => part.sql).join(' UNION ALL '),
  params: parts.flatMap(({ params }) => params),
});

const seen = (side: RecordsSide): SqlPiece =>
  union(
    SOURCES.map(
      ([kind, table, column, end]) =>
        sql`SELECT '${kind}' AS kind, ${column} AS value, id_${end}_h_hi AS host_hi, id_${end}_h_lo AS host_lo, count(*) AS n, min(ts) AS first, max(ts) AS last
        FROM r.${table} WHERE ${column} IS NOT NULL AND ${heldRecordsOf(side)} AND ${inPart(side, column)} GROUP BY ALL`,
    ),
  );

const carriers = (side: RecordsSide): SqlPiece =>
  union(
    SOURCES.map(
      ([kind, table, column]) =>
        sql`SELECT '${kind}' AS kind, ${column} AS value, input, uid FROM r.${table} WHERE ${column} IS NOT NULL AND ${heldRecordsOf(side)}`,
    ),
  );

export const FINGERPRINTS_LEVEL: Level = {
  name: 'fingerprints',
  title: 'Fingerprints and agents',
  doc: 'JA3, JA4, JA3S, HASSH and HTTP user agents, with the hosts that showed them.',
  counted: 'times seen',
  key: [
    { name: 'kind', title: 'Kind', kind: 'text' },
    { name: 'value', title: 'Value', kind: 'text' },
  ],
  parted: ['value'],
  tables: ['ssl', 'ssh', 'http'],
  fields: [{ name: 'hosts', title: 'hosts', compared: 'exact' }],
  shown: [{ name: 'hosts', title: 'Hosts' }],
  bytes: false,
  ofRecords: (side) => sql`
    SELECT kind, value, array_to_string(${dialect.lowestAddrs('host', KEPT)}, ' ') AS hosts,
      sum(n) AS n, NULL::BIGINT AS bytes, min(first) AS first, max(last) AS last
    FROM (${seen(side)}) GROUP BY kind, value`,
  carriedBy: carriers,
  ignored: { addresses: [], ports: [], names: ['value'] },
};

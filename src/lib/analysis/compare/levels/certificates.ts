/** Certificates that servers and clients showed, by SHA-256. */

import { dialect } from '../../../store/dialect.ts';
import type { Level } from '../level.ts';
import { heldRecordsOf, inPart } from '../side.ts';
import { sql } from '../sql-piece.ts';

const KEPT = 16;
const SERVER = `concat(${dialect.addrText('id_resp_h')}, ' ', id_resp_p)`;

export const CERTIFICATES_LEVEL: Level = {
  name: 'certificates',
  title: 'Certificates',
  doc: 'Certificates by SHA-256, with the servers that showed them.',
  counted: 'times shown',
  key: [{ name: 'sha256', title: 'SHA-256', kind: 'text' }],
  parted: ['sha256'],
  tables: ['x509'],
  fields: [{ name: 'servers', title: 'servers', compared: 'known' }],
  shown: [
    { name: 'subject', title: 'Subject' },
    { name: 'issuer', title: 'Issuer' },
    { name: 'servers', title: 'Servers' },
  ],
  bytes: false,
  ofRecords: (side) => sql`
    SELECT sha256, nullif(array_to_string(list_sort(list(DISTINCT ${SERVER}) FILTER (client_cert IS NOT TRUE))[:${KEPT}], ', '), '') AS servers,
      any_value(subject) AS subject, any_value(issuer) AS issuer, count(*) AS n, NULL::BIGINT AS bytes, min(ts) AS first, max(ts) AS last
    FROM r.x509 WHERE sha256 IS NOT NULL AND ${heldRecordsOf(side)} AND ${inPart(side, 'sha256')} GROUP BY sha256`,
  carriedBy: (side) =>
    sql`SELECT sha256, input, uid FROM r.x509 WHERE sha256 IS NOT NULL AND ${heldRecordsOf(side)}`,
  ignored: { addresses: [], ports: [], names: [], words: ['subject', 'issuer'] },
};

/** Connections: who spoke to which port of whom. The originator's port never counts. */

import type { Level } from '../level.ts';
import { connsOf, inPart } from '../side.ts';
import { connectionsOfSnapshot } from '../sockets.ts';
import { sql, whole } from '../sql-piece.ts';
import { ANSWERED } from './services.ts';

export const CONNECTIONS_LEVEL: Level = {
  name: 'connections',
  title: 'Connections',
  doc: 'Who spoke to which port of whom; ports that two ends agreed on are folded into one row without a port.',
  counted: 'connections',
  key: [
    { name: 'orig', title: 'From', kind: 'addr' },
    { name: 'resp', title: 'To', kind: 'addr' },
    { name: 'proto', title: 'Transport', kind: 'text' },
    { name: 'port', title: 'Port', kind: 'port' },
  ],
  parted: ['orig_hi', 'orig_lo', 'resp_hi', 'resp_lo'],
  tables: ['conn'],
  fields: [
    { name: 'service', title: 'protocol', compared: 'known' },
    { name: 'answered', title: 'answered', compared: 'exact' },
    { name: 'process', title: 'process', compared: 'known' },
  ],
  shown: [
    { name: 'service', title: 'Protocol' },
    { name: 'process', title: 'Process' },
  ],
  bytes: true,
  ofRecords: (side) => sql`
    SELECT id_orig_h_hi AS orig_hi, id_orig_h_lo AS orig_lo, id_resp_h_hi AS resp_hi, id_resp_h_lo AS resp_lo, proto::VARCHAR AS proto,
      CASE WHEN proto = 'icmp' THEN id_orig_p ELSE id_resp_p END AS port, max(service) AS service,
      CASE WHEN bool_or(resp_pkts > 0 AND (proto <> 'tcp' OR ${ANSWERED})) THEN 'yes' ELSE 'no' END AS answered, NULL::VARCHAR AS process,
      count(*) AS n, sum(orig_ip_bytes + resp_ip_bytes) AS bytes, min(ts) AS first, max(ts + coalesce(duration, 0)) AS last
    FROM r.conn WHERE ${connsOf(side)} AND ${inPart(side, 'id_orig_h_hi, id_orig_h_lo, id_resp_h_hi, id_resp_h_lo')}
    GROUP BY 1, 2, 3, 4, proto, 6`,
  ofSnapshot: connectionsOfSnapshot,
  folded: {
    column: 'port',
    when: ({ ephemeralFrom }) =>
      sql`(proto <> 'icmp' AND port >= ${whole(ephemeralFrom)} AND coalesce(a_n, 0) + coalesce(b_n, 0) = 1 AND a_service IS NULL AND b_service IS NULL)`,
  },
  ignored: { addresses: ['orig', 'resp'], ports: ['port'], names: ['service', 'process'] },
};

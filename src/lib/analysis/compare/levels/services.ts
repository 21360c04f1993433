/** Services: ports that answered, with what they said of themselves. */

import { dialect } from '../../../store/dialect.ts';
import type { Level } from '../level.ts';
import { connsOf, recordsOf, type RecordsSide } from '../side.ts';
import { servicesOfSnapshot } from '../sockets.ts';
import { sql, whole, type SqlPiece } from '../sql-piece.ts';

/** A responder that answered: TCP with SYN and ACK, or with data where the handshake was not captured; others with a packet. */
export const ANSWERED = `CASE proto::VARCHAR
    WHEN 'tcp' THEN (resp_flags & 18) = 18 OR ((first_flags & 2) = 0 AND contains(coalesce(history, ''), 'd'))
    WHEN 'udp' THEN resp_pkts > 0 WHEN 'sctp' THEN resp_pkts > 0 ELSE FALSE END`;

/** Values of one field that a service is shown with. */
const KEPT = 8;
const values = (column: string): string =>
  `nullif(array_to_string(list_sort(list(DISTINCT ${column}) FILTER (${column} <> ''))[:${KEPT}], ', '), '')`;

/** The first value of a header, from the JSON of [[name, value] …] as it is stored. */
const header = (column: string, name: string): string =>
  `nullif(replace(regexp_extract(${column}, '(?i)\\["${name}",\\s*"((?:[^"\\\\]|\\\\.)*)"', 1), '\\"', '"'), '')`;

const SERVER = 'id_resp_h_hi AS address_hi, id_resp_h_lo AS address_lo, id_resp_p AS port';
const AT = 'address_hi, address_lo, port';

const said = (side: RecordsSide): SqlPiece => sql`
  SELECT ${AT}, ${values('banner')} AS banner, ${values('certificate')} AS certificate, ${values('ja3s')} AS ja3s, ${values('host_key')} AS host_key
  FROM (
    SELECT ${SERVER}, server AS banner, NULL AS certificate, NULL AS ja3s, host_key_fingerprint AS host_key FROM r.ssh WHERE ${recordsOf(side)}
    UNION ALL SELECT ${SERVER}, ${header('response_headers', 'server')}, NULL, NULL, NULL FROM r.http WHERE ${recordsOf(side)}
    UNION ALL SELECT ${SERVER}, NULL, cert_sha256[1], ja3s, NULL FROM r.ssl WHERE ${recordsOf(side)}
  ) GROUP BY ${AT}`;

const answered = (side: RecordsSide): SqlPiece => sql`
  SELECT ${SERVER}, proto::VARCHAR AS proto, count(*) AS n,
    nullif(array_to_string(list_sort(list_distinct(flatten(list(DISTINCT string_split(service, ',')) FILTER (service IS NOT NULL)))), ','), '') AS service,
    ${dialect.argMax('resp_l2_addr', 'resp_pkts')} AS mac_no, sum(orig_ip_bytes + resp_ip_bytes) AS bytes, min(ts) AS first, max(ts + coalesce(duration, 0)) AS last
  FROM r.conn WHERE ${connsOf(side)} AND ${ANSWERED}
  GROUP BY id_resp_h_hi, id_resp_h_lo, id_resp_p, proto`;

export const SERVICES_LEVEL: Level = {
  name: 'services',
  title: 'Services',
  doc: 'Ports that answered, with the banner (SSH identification, HTTP Server header), certificate, JA3S and host key that they showed.',
  counted: 'connections',
  key: [
    { name: 'address', title: 'Host', kind: 'addr' },
    { name: 'proto', title: 'Transport', kind: 'text' },
    { name: 'port', title: 'Port', kind: 'port' },
  ],
  fields: [
    { name: 'service', title: 'protocol', compared: 'known' },
    { name: 'banner', title: 'banner', compared: 'known' },
    { name: 'certificate', title: 'certificate', compared: 'known' },
    { name: 'ja3s', title: 'JA3S', compared: 'known' },
    { name: 'host_key', title: 'host key', compared: 'known' },
    { name: 'mac', title: 'link-layer address', compared: 'known' },
    { name: 'process', title: 'process', compared: 'known' },
  ],
  shown: [
    { name: 'service', title: 'Protocol' },
    { name: 'banner', title: 'Banner' },
    { name: 'process', title: 'Process' },
  ],
  bytes: true,
  ofRecords: (side) => sql`
    SELECT c.address_hi, c.address_lo, c.proto, c.port, c.service, s.banner, s.certificate, s.ja3s, s.host_key, ${dialect.macText('c.mac_no')} AS mac,
      NULL::VARCHAR AS process, c.n, c.bytes, c.first, c.last
    FROM (${answered(side)}) c LEFT JOIN (${said(side)}) s USING (${AT})`,
  ofSnapshot: servicesOfSnapshot,
  kept: ({ ephemeralFrom }) =>
    sql`(port < ${whole(ephemeralFrom)} OR coalesce(a_n, 0) + coalesce(b_n, 0) > 1 OR a_service IS NOT NULL OR b_service IS NOT NULL)`,
  ignored: { addresses: ['address'], ports: ['port'], names: ['service', 'process'] },
};

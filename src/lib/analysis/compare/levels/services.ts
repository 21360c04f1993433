/** Services: ports that answered, with what they said of themselves. */

import { dialect } from '../../../store/dialect.ts';
import type { Level } from '../level.ts';
import { connsOf, inPart, recordsOf, type RecordsSide } from '../side.ts';
import { servicesOfSnapshot } from '../sockets.ts';
import { sql, whole, type SqlPiece } from '../sql-piece.ts';

/** A responder that answered: TCP with SYN and ACK, or with data where the handshake was not captured; others with a packet. */
export const ANSWERED = `CASE WHEN proto = 'tcp' THEN (resp_flags & 18) = 18 OR ((first_flags & 2) = 0 AND contains(coalesce(history, ''), 'd'))
    WHEN proto IN ('udp', 'sctp') THEN resp_pkts > 0 ELSE FALSE END`;

/**
 * The distinct values of a group in states of fixed size, so that a million services fit or spill: one or two as they are, of more the
 * first, the last, how many others, and four digits that change when those do.
 */
const SEVERAL = `CASE WHEN count(*) < 2 THEN min(value) WHEN count(*) = 2 THEN concat(min(value), ', ', max(value))
    ELSE concat(min(value), ', ', max(value), ' and ', count(*) - 2, ' more (', lower(to_hex(bit_xor(hash(value)) & 65535)), ')') END`;

/** The first value of a header, from the JSON of [[name, value] …] as it is stored. */
const header = (column: string, name: string): string =>
  `nullif(replace(regexp_extract(${column}, '(?i)\\["${name}",\\s*"((?:[^"\\\\]|\\\\.)*)"', 1), '\\"', '"'), '')`;

const SERVER = 'id_resp_h_hi AS address_hi, id_resp_h_lo AS address_lo, id_resp_p AS port';
const AT = 'address_hi, address_lo, port';
const SERVER_ADDRESS = 'id_resp_h_hi, id_resp_h_lo';

/** What a server says of itself: table, and its columns by field. */
const SAID = [
  ['ssh', { banner: 'server', host_key: 'host_key_fingerprint' }],
  ['http', { banner: header('response_headers', 'server') }],
  ['ssl', { certificate: 'cert_sha256[1]', ja3s: 'ja3s' }],
] as const;
const SAID_FIELDS = ['banner', 'certificate', 'ja3s', 'host_key'];

/** One row a server, field and value. Each table is read once: a server says the same again and again. */
const values = (side: RecordsSide): SqlPiece => {
  const parts = SAID.map(([table, given]) => {
    const columns = Object.entries(given).map(([field, column]) => `${column} AS ${field}`);
    const fields = Object.keys(given);
    return sql`SELECT ${AT}, unnest([${fields.map((field) => `'${field}'`).join(', ')}]) AS field, unnest([${fields.join(', ')}]) AS value
      FROM (SELECT DISTINCT ${SERVER}, ${columns.join(', ')} FROM r.${table} WHERE ${recordsOf(side)} AND ${inPart(side, SERVER_ADDRESS)})`;
  });
  return {
    sql: parts.map((part) => part.sql).join(' UNION ALL '),
    params: parts.flatMap(({ params }) => params),
  };
};

const said = (side: RecordsSide): SqlPiece => sql`
  SELECT ${AT}, ${SAID_FIELDS.map((field) => `max(CASE WHEN field = '${field}' THEN value END) AS ${field}`).join(', ')}
  FROM (
    SELECT ${AT}, field, ${SEVERAL} AS value
    FROM (SELECT DISTINCT * FROM (${values(side)}) WHERE value <> '') GROUP BY ${AT}, field
  ) GROUP BY ${AT}`;

/**
 * The link-layer address that sent the most packets; of two that sent as many the higher one, so that the same records always say the
 * same: packets (65,535 at most) above the 48 bits of the address, in one number whose highest is wanted.
 */
const BUSIEST_MAC = 'max((least(resp_pkts, 65535)::UBIGINT << 48) | resp_l2_addr)';
const macOf = (busiest: string): string => `${busiest} & 281474976710655::UBIGINT`;

/**
 * By what was recognised first: most services have one word, and those are few rows. `transport`, because a text named `proto` would
 * stand for the ENUM in the condition, and a million numbers would be compared as words.
 */
const answered = (side: RecordsSide): SqlPiece => sql`
  SELECT ${AT}, transport::VARCHAR AS proto, sum(n) AS n, ${macOf('max(busiest)')} AS mac_no, sum(bytes) AS bytes, min(first) AS first, max(last) AS last,
    CASE WHEN min(service) IS NULL OR (min(service) = max(service) AND NOT contains(min(service), ',')) THEN min(service)
      ELSE array_to_string(list_sort(list_distinct(string_split(string_agg(service, ','), ','))), ',') END AS service
  FROM (
    SELECT ${SERVER}, proto AS transport, service, count(*) AS n, ${BUSIEST_MAC} AS busiest,
      sum(orig_ip_bytes + resp_ip_bytes) AS bytes, min(ts) AS first, max(ts + coalesce(duration, 0)) AS last
    FROM r.conn WHERE ${connsOf(side)} AND ${ANSWERED} AND ${inPart(side, SERVER_ADDRESS)}
    GROUP BY id_resp_h_hi, id_resp_h_lo, id_resp_p, proto, service
  ) GROUP BY ${AT}, transport`;

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
  parted: ['address_hi', 'address_lo'],
  tables: ['conn'],
  fields: [
    { name: 'service', title: 'protocol', compared: 'known' },
    { name: 'banner', title: 'banner', compared: 'known' },
    { name: 'certificate', title: 'certificate', compared: 'known' },
    { name: 'ja3s', title: 'JA3S', compared: 'known' },
    { name: 'host_key', title: 'host key', compared: 'known' },
    {
      name: 'mac',
      title: 'link-layer address',
      compared: 'known',
      text: (column) => dialect.macText(column),
    },
    { name: 'process', title: 'process', compared: 'known' },
  ],
  shown: [
    { name: 'service', title: 'Protocol' },
    { name: 'banner', title: 'Banner' },
    { name: 'process', title: 'Process' },
  ],
  bytes: true,
  ofRecords: (side) => sql`
    SELECT c.address_hi, c.address_lo, c.proto, c.port, c.service, s.banner, s.certificate, s.ja3s, s.host_key, c.mac_no AS mac,
      NULL::VARCHAR AS process, c.n, c.bytes, c.first, c.last
    FROM (${answered(side)}) c LEFT JOIN (${said(side)}) s USING (${AT})`,
  ofSnapshot: servicesOfSnapshot,
  kept: ({ ephemeralFrom }) =>
    sql`(port < ${whole(ephemeralFrom)} OR coalesce(a_n, 0) + coalesce(b_n, 0) > 1 OR a_service IS NOT NULL OR b_service IS NOT NULL)`,
  ignored: { addresses: ['address'], ports: ['port'], names: ['service', 'process'], words: ['banner'] },
};

/**
 * The SQL of the scan detector. A probe is an attempt that no ordinary connection looks like: a SYN whose sender never went on,
 * flags without a connection, a datagram without an answer. Sources: nmap reference guide, "Port Scanning Techniques";
 * Zeek policy/misc/scan and bro-simple-scan for what counts as failed.
 */

import { dialect } from '../../../store/dialect.ts';
import { LISTED } from '../contract.ts';
import { evidenceColumns, firstOf } from '../contract/evidence.ts';

const FIN = 1;
const SYN = 2;
const RST = 4;
const ACK = 16;
/** The six flags of RFC 793; ECE and CWR do not tell one technique from another. */
const SIX = 63;

/** Bytes by the IP header of a TCP packet that carries nothing: the largest headers of either family. */
const EMPTY_TCP = 'CASE WHEN id_orig_h_hi = 0 THEN 80 ELSE 120 END';
const CARRIES_NOTHING = `orig_ip_bytes <= orig_pkts * (${EMPTY_TCP})`;
const REFUSED_OR_SILENT = `(resp_pkts = 0 OR (resp_flags & ${RST}) <> 0)`;

/** Group and solicited addresses are not hosts: 224.0.0.0/4, 255.255.255.255, ff00::/8. */
const ONE_HOST = `NOT ((id_resp_h_hi = 0 AND (id_resp_h_lo & 4294967295) >= 3758096384) OR id_resp_h_hi >= 18374686479671623680)`;

/** An answer whose question was not captured looks like a datagram from a service to a client's port. */
const A_QUESTION = `NOT (id_orig_p < 1024 AND id_resp_p >= 32768)`;

/** UDP traceroute goes through 33434 and up on one host (traceroute(8)): distances, not services. */
const NO_TRACEROUTE = 'id_resp_p NOT BETWEEN 33434 AND 33654';

const TECHNIQUE = `CASE
    WHEN proto = 'tcp' THEN CASE
      WHEN (first_flags & ${SIX}) = ${SYN} AND (orig_flags & ${ACK | FIN}) = 0 THEN 'tcp-syn'
      WHEN NOT (${CARRIES_NOTHING}) OR (orig_flags & ${SIX}) <> (first_flags & ${SIX}) THEN NULL
      WHEN (first_flags & ${SIX}) = 0 THEN 'tcp-null'
      WHEN (first_flags & ${SIX}) = 1 THEN 'tcp-fin'
      WHEN (first_flags & ${SIX}) = 41 THEN 'tcp-xmas'
      WHEN (first_flags & ${SIX}) = 17 AND orig_pkts <= 3 AND ${REFUSED_OR_SILENT} THEN 'tcp-maimon'
      WHEN (first_flags & ${SIX}) = 16 AND orig_pkts <= 3 AND ${REFUSED_OR_SILENT} THEN 'tcp-ack'
    END
    WHEN proto = 'udp' THEN CASE WHEN resp_pkts = 0 AND orig_pkts <= 3 AND ${A_QUESTION} AND ${NO_TRACEROUTE} THEN 'udp' END
    WHEN proto = 'sctp' THEN CASE WHEN orig_pkts <= 3 AND resp_pkts <= 1 THEN 'sctp' END
    WHEN proto = 'icmp' THEN CASE WHEN id_orig_p IN (8, 128) AND orig_pkts <= 2 THEN 'icmp' END
    WHEN proto = 'unknown_transport' AND orig_pkts <= 3 THEN 'ip-protocol'
  END`;

/**
 * UDP ports from which a source talks with many hosts on many ports: a peer among peers (file sharing, games, calls), of whom
 * some are always gone. Grouped twice, so that distinct counts are made of the few busy ports alone.
 */
const PEER = 'input, id_orig_h_hi, id_orig_h_lo, id_orig_p';
const PEERS = `
  SELECT ${PEER}, TRUE AS is_peer FROM r.conn SEMI JOIN (
    SELECT ${PEER} FROM r.conn WHERE proto = 'udp' AND resp_pkts > 0 GROUP BY ALL HAVING count(*) >= 10) USING (${PEER})
  WHERE proto = 'udp' AND resp_pkts > 0
  GROUP BY ALL HAVING count(DISTINCT (id_resp_h_hi, id_resp_h_lo)) >= 10 AND count(DISTINCT id_resp_p) >= 5`;

const CONN_PROBES = `
  SELECT input, ${TECHNIQUE} AS technique, uid, ts, ts + coalesce(duration, 0) AS ended,
    id_orig_h_hi AS src_hi, id_orig_h_lo AS src_lo, id_resp_h_hi AS dst_hi, id_resp_h_lo AS dst_lo,
    CASE proto::VARCHAR WHEN 'icmp' THEN 0 WHEN 'unknown_transport' THEN ip_proto ELSE id_resp_p END AS port,
    file, first_frame,
    resp_pkts > 0 AND (resp_flags & ${RST}) = 0 AS answered,
    (resp_flags & ${RST}) <> 0 AS refused,
    CASE WHEN (orig_flags & ${SIX}) = ${SYN} THEN orig_ip_bytes / orig_pkts - CASE WHEN id_orig_h_hi = 0 THEN 20 ELSE 40 END END AS syn_header
  FROM r.conn LEFT JOIN (${PEERS}) USING (${PEER}) WHERE ${ONE_HOST} AND NOT (proto = 'udp' AND coalesce(is_peer, FALSE))`;

/** Requests for addresses that never said anything by ARP in the same input. */
const ARP_PROBES = `
  SELECT a.input, 'arp', NULL, a.ts, a.ts, a.sender_ip_hi, a.sender_ip_lo, a.target_ip_hi, a.target_ip_lo, 0, a.file, a.first_frame, FALSE, FALSE, NULL
  FROM r.arp a
  WHERE a.op = 1 AND a.sender_ip_lo <> 281470681743360 AND (a.sender_ip_hi, a.sender_ip_lo) <> (a.target_ip_hi, a.target_ip_lo)
    AND NOT EXISTS (SELECT 1 FROM r.arp b WHERE b.input = a.input AND b.sender_ip_hi = a.target_ip_hi AND b.sender_ip_lo = a.target_ip_lo)`;

const SOURCE = 'input, technique, src_hi, src_lo';
const VICTIM = `${SOURCE}, dst_hi, dst_lo`;
const TARGET_PORT = `${SOURCE}, port`;

/** Ports and addresses have no meaning for some: those are never counted. */
const LEAST_PORTS = `CASE technique WHEN 'ip-protocol' THEN ?::BIGINT WHEN 'icmp' THEN NULL WHEN 'arp' THEN NULL ELSE ?::BIGINT END`;
const LEAST_HOSTS = `CASE technique WHEN 'arp' THEN ?::BIGINT WHEN 'ip-protocol' THEN NULL ELSE ?::BIGINT END`;

/** Slowly only what leaves no doubt: datagrams and echoes without an answer come by the thousand in a day. */
const PATIENT = `starts_with(technique, 'tcp-')`;

/** Sources that got through to more hosts on the port than they failed at are busy clients. */
const SUCCESSES = `
  SELECT c.input, c.id_orig_h_hi AS src_hi, c.id_orig_h_lo AS src_lo, c.id_resp_p AS port, count(DISTINCT (c.id_resp_h_hi, c.id_resp_h_lo)) AS reached
  FROM r.conn c SEMI JOIN slow_sweeps s ON s.input = c.input AND s.src_hi = c.id_orig_h_hi AND s.src_lo = c.id_orig_h_lo AND s.port = c.id_resp_p
  WHERE c.proto = 'tcp' AND (c.resp_flags & ${SYN | ACK}) = ${SYN | ACK} AND (c.orig_flags & ${ACK}) <> 0 GROUP BY ALL`;

/** Keys whose first contacts come so thick that `least` of them lie within the window, and the most that do. */
const thick = (key: string, least: string): string => `
  SELECT ${key}, max(within) AS dense FROM (
    SELECT ${key}, count(*) OVER (PARTITION BY ${key} ORDER BY ts RANGE BETWEEN ?::BIGINT PRECEDING AND CURRENT ROW) AS within
    FROM contact SEMI JOIN (SELECT ${key} FROM contact GROUP BY ALL HAVING count(*) >= ${least}) USING (${key}))
  GROUP BY ${key} HAVING max(within) >= ${least}`;

/**
 * First contacts alone are counted, as by Jung et al. (TRW): one row a port of a host, so that no window needs a distinct count.
 * What is reported are all attempts at the victims and ports that were found.
 */
const TRIGGERS = `
  probe AS NOT MATERIALIZED (SELECT * FROM (${CONN_PROBES} UNION ALL ${ARP_PROBES}) WHERE technique IS NOT NULL),
  contact AS MATERIALIZED (SELECT ${VICTIM}, port, min(ts) AS ts FROM probe GROUP BY ALL),
  slow_sweeps AS (SELECT ${TARGET_PORT}, count(*) AS failed FROM contact WHERE ${PATIENT} GROUP BY ALL HAVING count(*) >= ?::BIGINT),
  vertical AS (
    SELECT ${VICTIM}, max(dense) AS dense_ports, max(slow) AS slow_ports, TRUE AS found FROM (
      SELECT ${VICTIM}, dense, NULL::BIGINT AS slow FROM (${thick(VICTIM, LEAST_PORTS)})
      UNION ALL SELECT ${VICTIM}, NULL, count(*) FROM contact WHERE ${PATIENT} GROUP BY ${VICTIM} HAVING count(*) >= ?::BIGINT)
    GROUP BY ${VICTIM}),
  horizontal AS (
    SELECT ${TARGET_PORT}, max(dense) AS dense_hosts, max(slow) AS slow_hosts, TRUE AS found FROM (
      SELECT ${TARGET_PORT}, dense, NULL::BIGINT AS slow FROM (${thick(TARGET_PORT, LEAST_HOSTS)})
      UNION ALL SELECT ${TARGET_PORT}, NULL, failed FROM slow_sweeps LEFT JOIN (${SUCCESSES}) USING (input, src_hi, src_lo, port) WHERE failed >= coalesce(reached, 0))
    GROUP BY ${TARGET_PORT}),
  scope AS (
    SELECT p.*, v.dense_ports, v.slow_ports, h.dense_hosts, h.slow_hosts FROM probe p LEFT JOIN vertical v USING (${VICTIM}) LEFT JOIN horizontal h USING (${TARGET_PORT})
    WHERE v.found OR h.found)`;

/** The parameters of `SCANS`, in the order of its `?` marks. */
export const scansParams = (
  least: {
    readonly protocols: bigint;
    readonly ports: bigint;
    readonly arpTargets: bigint;
    readonly hosts: bigint;
    readonly slowPorts: bigint;
    readonly slowHosts: bigint;
  },
  windowNs: bigint,
  from: bigint,
  to: bigint,
): bigint[] => {
  const [ports, hosts] = [
    [least.protocols, least.ports],
    [least.arpTargets, least.hosts],
  ];
  return [
    least.slowHosts,
    ...[windowNs, ...ports, ...ports, least.slowPorts],
    ...[windowNs, ...hosts, ...hosts],
    from,
    to,
  ];
};

/**
 * Hosts that several sources probe with TCP on many ports together. `probed`: ports of all sources, counted source by source.
 * A port at which the host served somebody is a service, of whose many clients some always come in vain; and who came in vain to one
 * port alone looked for a service, unless those who did so went to as many ports together as a scan does.
 * Parameters: sources, ports; ports; sources, ports.
 */
export const MANY_SOURCES = `
  WITH probe AS (SELECT * FROM (${CONN_PROBES}) WHERE technique IS NOT NULL AND ${PATIENT}),
  contact AS (SELECT ${VICTIM}, port FROM probe GROUP BY ALL),
  tried AS (SELECT DISTINCT input, dst_hi, dst_lo FROM contact GROUP BY input, technique, dst_hi, dst_lo
    HAVING count(DISTINCT (src_hi, src_lo)) >= ?::BIGINT AND count(DISTINCT port) >= ?::BIGINT),
  served AS (
    SELECT DISTINCT c.input, c.id_resp_h_hi AS dst_hi, c.id_resp_h_lo AS dst_lo, c.id_resp_p AS port
    FROM r.conn c SEMI JOIN tried t ON t.input = c.input AND t.dst_hi = c.id_resp_h_hi AND t.dst_lo = c.id_resp_h_lo
    WHERE c.proto = 'tcp' AND (c.resp_flags & ${SYN | ACK}) = ${SYN | ACK} AND c.resp_bytes > 0),
  own AS (
    SELECT *, count(*) OVER (PARTITION BY ${VICTIM}) AS of_source
    FROM contact SEMI JOIN tried USING (input, dst_hi, dst_lo) ANTI JOIN served USING (input, dst_hi, dst_lo, port)),
  single AS (SELECT input, technique, dst_hi, dst_lo FROM own WHERE of_source = 1 GROUP BY ALL HAVING count(DISTINCT port) >= ?::BIGINT),
  scanner AS (SELECT own.* FROM own LEFT JOIN single s USING (input, technique, dst_hi, dst_lo) WHERE of_source > 1 OR s.input IS NOT NULL),
  victim AS (
    SELECT input, technique, dst_hi, dst_lo, count(DISTINCT (src_hi, src_lo)) AS sources, count(DISTINCT port) AS ports, count(*) AS probed FROM scanner
    GROUP BY ALL HAVING count(DISTINCT (src_hi, src_lo)) >= ?::BIGINT AND count(DISTINCT port) >= ?::BIGINT)
  SELECT input, technique, ${dialect.addrText('dst')} AS dst, any_value(v.sources) AS sources, any_value(v.ports) AS ports, any_value(v.probed) AS probed,
    ${evidenceColumns('ended')}, count(*) FILTER (answered) AS answered, ${firstOf(dialect.addrText('src'))} AS src_list, ${firstOf('port')} AS port_list
  FROM probe JOIN victim v USING (input, technique, dst_hi, dst_lo) SEMI JOIN scanner USING (${VICTIM}, port)
  GROUP BY input, technique, dst_hi, dst_lo ORDER BY input, first, dst`;

/** One row an (input, technique, source), with what each threshold was met by; null where that one was not.  Parameters: `scansParams`. */
export const SCANS = `
  WITH ${TRIGGERS}
  SELECT ${SOURCE}, ${dialect.addrText('src')} AS src, count(*) AS n, count(DISTINCT (dst_hi, dst_lo)) AS hosts, count(DISTINCT port) AS ports,
    max(dense_ports) AS dense_ports, max(slow_ports) AS slow_ports, max(dense_hosts) AS dense_hosts, max(slow_hosts) AS slow_hosts,
    count(*) FILTER (answered) AS answered, count(*) FILTER (refused) AS refused,
    count(syn_header) AS bare_syns, coalesce(median(syn_header), 0) AS syn_header, min(ts) AS first, max(ended) AS last,
    list_transform(list_sort(list(DISTINCT {'address_hi': dst_hi, 'address_lo': dst_lo}))[:${LISTED}], lambda d: ${dialect.addrText('d.address')}) AS dst_list,
    list_sort(list(DISTINCT port))[:${LISTED}] AS port_list,
    arg_min(uid, (ts, first_frame), ${LISTED}) FILTER (uid IS NOT NULL) AS uids,
    arg_min(file::VARCHAR || ':' || first_frame::VARCHAR, (ts, first_frame), ${LISTED}) AS frames
  FROM scope GROUP BY ${SOURCE}
  HAVING max(ended) >= ?::BIGINT AND min(ts) <= ?::BIGINT
  ORDER BY input, first, technique`;

/**
 * What else a scanner of TCP ports did: packets that only an OS fingerprint holds (nmap, "TCP/IP Fingerprinting Methods": T2 null,
 * T3 SYN FIN PSH URG, T7 FIN PSH URG, ECN SYN ECE CWR), and ports that it first found open, without a word, and later spoke with.
 * Parameters: input, source's halves, twice.
 */
export const FOLLOW_UP = `
  WITH own AS (SELECT * FROM r.conn WHERE input = ? AND id_orig_h_hi = ?::UBIGINT AND id_orig_h_lo = ?::UBIGINT AND proto = 'tcp'),
  opened AS (SELECT id_resp_h_hi, id_resp_h_lo, id_resp_p, min(ts) AS at FROM own
    WHERE (first_flags & ${SIX}) = ${SYN} AND (resp_flags & ${SYN | ACK}) = ${SYN | ACK} AND coalesce(orig_bytes, 0) = 0 AND coalesce(resp_bytes, 0) = 0 AND (orig_flags & ${RST}) <> 0
    GROUP BY ALL)
  SELECT count(*) FILTER ((first_flags & ${SIX}) = 43) AS t3, count(*) FILTER ((first_flags & ${SIX}) = 0) AS t2, count(*) FILTER ((first_flags & ${SIX}) = 41) AS t7,
    count(*) FILTER (first_flags = 194) AS ecn,
    (SELECT count(DISTINCT (o.id_resp_h_hi, o.id_resp_h_lo, o.id_resp_p)) FROM own o JOIN opened p USING (id_resp_h_hi, id_resp_h_lo, id_resp_p)
      WHERE o.ts > p.at AND contains(lower(coalesce(o.history, '')), 'd')) AS spoken,
    (SELECT count(*) FROM own WHERE (first_flags & ${SIX}) = ${SYN} AND (resp_flags & ${SYN | ACK}) = ${SYN | ACK} AND (orig_flags & ${ACK}) = 0) AS half_open
  FROM own`;

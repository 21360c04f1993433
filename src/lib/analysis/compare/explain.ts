/**
 * A snapshot against a capture: sockets that no packet shows, connections of the machine that no socket explains (what hides from the
 * host?), and the process of each connection that a socket does explain.
 */

import type { Explanation } from '../../model/api/snapshots.ts';
import type { Snapshot, Socket } from '../../model/snapshot.ts';
import { dialect } from '../../store/dialect.ts';
import { big, num, text, type Query, type QueryRow } from '../query.ts';
import { connsOf, type RecordsSide } from './side.ts';
import { halvesOf, relation } from './sockets.ts';
import { sql, whole, type SqlPiece } from './sql-piece.ts';

export interface ExplainOptions {
  /** Seconds that the clock of the snapshot and that of the capture may differ, and that a listing takes. */
  readonly slack?: number;
  /** Rows of each list at most. */
  readonly limit: number;
}

/** The kernel speaks these without a socket of anybody. */
const WITH_SOCKETS = `proto IN ('tcp', 'udp', 'sctp')`;

const ENDS = {
  no: 'UINTEGER',
  o_hi: 'UBIGINT',
  o_lo: 'UBIGINT',
  o_p: 'UINTEGER',
  r_hi: 'UBIGINT',
  r_lo: 'UBIGINT',
  r_p: 'UINTEGER',
  transport: 'VARCHAR',
  process: 'VARCHAR',
  pid: 'BIGINT',
  owner: 'VARCHAR',
} as const;

const isConnected = ({ peer_address: peer, local_address: local }: Socket): boolean =>
  peer !== null && local !== null;

/** Connected sockets, each in both directions: a list does not always tell who began. */
const connected = (sockets: readonly Socket[]): SqlPiece =>
  relation(
    ENDS,
    sockets.flatMap((socket, no) => {
      if (!isConnected(socket)) return [];
      const [local, peer] = [halvesOf(socket.local_address ?? ''), halvesOf(socket.peer_address ?? '')];
      const here = [local.hi, local.lo, socket.local_port ?? 0] as const;
      const there = [peer.hi, peer.lo, socket.peer_port ?? 0] as const;
      return [[here, there] as const, [there, here] as const].map(
        ([[o_hi, o_lo, o_p], [r_hi, r_lo, r_p]]) => ({
          no,
          o_hi,
          o_lo,
          o_p,
          r_hi,
          r_lo,
          r_p,
          transport: socket.proto,
          process: socket.process,
          pid: socket.pid,
          owner: socket.user,
        }),
      );
    }),
  );

const WAITING = {
  port: 'UINTEGER',
  transport: 'VARCHAR',
  process: 'VARCHAR',
  pid: 'BIGINT',
  owner: 'VARCHAR',
} as const;

/** Sockets that wait for anybody: in UDP one of them serves every peer; in TCP each connection has a socket of its own. */
const waiting = (sockets: readonly Socket[]): SqlPiece =>
  relation(
    WAITING,
    sockets
      .filter((socket) => socket.peer_address === null && socket.local_port !== null)
      .map(({ local_port: port, proto, process, pid, user }) => ({
        port: port ?? 0,
        transport: proto,
        process,
        pid,
        owner: user,
      })),
  );

const ownAddresses = ({ addresses, sockets }: Snapshot): SqlPiece =>
  relation(
    { hi: 'UBIGINT', lo: 'UBIGINT' },
    [...new Set([...addresses, ...sockets.flatMap(({ local_address: local }) => local ?? [])])].map(halvesOf),
  );

/** Connections that were open when the snapshot was taken, or in its window. */
function openThen({ time, window }: Snapshot, slack: number): SqlPiece {
  const ns = (seconds: number): bigint => BigInt(Math.round(seconds * 1e6)) * 1000n;
  const at = Date.parse(time) / 1000;
  const [from, to] = [ns((window?.from ?? at) - slack), ns((window?.to ?? at) + slack)];
  // What was not seen to end may be idle and open still.
  return sql`(ts <= ${whole(to)} AND (ts + coalesce(duration, 0) >= ${whole(from)} OR (proto = 'tcp' AND conn_state IN ('S1', 'S2', 'S3'))))`;
}

const LOCAL_PORT = 'CASE WHEN o.hi IS NOT NULL THEN c.id_orig_p END';

/** Connections of the machine with what explains them: `no`, `process`, `pid`, `owner`, and `then_open`. */
const explained = (snapshot: Snapshot, side: RecordsSide, slack: number): SqlPiece => sql`
  own AS MATERIALIZED (${ownAddresses(snapshot)}),
  socket AS MATERIALIZED (${connected(snapshot.sockets)}),
  waiting AS MATERIALIZED (SELECT transport, port, any_value(process) AS process, any_value(pid) AS pid, any_value(owner) AS owner FROM (${waiting(snapshot.sockets)}) GROUP BY ALL),
  mine AS MATERIALIZED (
    SELECT c.input, c.uid, c.ts, c.duration, c.proto::VARCHAR AS transport, c.service, c.id_orig_h_hi, c.id_orig_h_lo, c.id_orig_p, c.id_resp_h_hi, c.id_resp_h_lo, c.id_resp_p,
      c.orig_ip_bytes + c.resp_ip_bytes AS bytes, c.then_open, ${LOCAL_PORT} AS orig_port, CASE WHEN r.hi IS NOT NULL THEN c.id_resp_p END AS resp_port
    FROM (SELECT *, ${openThen(snapshot, slack)} AS then_open FROM r.conn WHERE ${connsOf(side)} AND ${WITH_SOCKETS}) c
    LEFT JOIN own o ON o.hi = c.id_orig_h_hi AND o.lo = c.id_orig_h_lo LEFT JOIN own r ON r.hi = c.id_resp_h_hi AND r.lo = c.id_resp_h_lo
    WHERE o.hi IS NOT NULL OR r.hi IS NOT NULL),
  told AS MATERIALIZED (
    SELECT m.*, s.no, s.no IS NOT NULL OR (m.transport = 'udp' AND coalesce(wr.port, wo.port) IS NOT NULL) AS is_explained,
      coalesce(s.process, wr.process, wo.process) AS process, coalesce(s.pid, wr.pid, wo.pid) AS pid, coalesce(s.owner, wr.owner, wo.owner) AS owner
    FROM mine m
    LEFT JOIN (SELECT o_hi, o_lo, o_p, r_hi, r_lo, r_p, transport, min(no) AS no, any_value(process) AS process, any_value(pid) AS pid, any_value(owner) AS owner FROM socket GROUP BY ALL) s
      ON s.o_hi = m.id_orig_h_hi AND s.o_lo = m.id_orig_h_lo AND s.o_p = m.id_orig_p AND s.r_hi = m.id_resp_h_hi AND s.r_lo = m.id_resp_h_lo AND s.r_p = m.id_resp_p AND s.transport = m.transport
    LEFT JOIN waiting wr ON wr.port = m.resp_port AND wr.transport = m.transport
    LEFT JOIN waiting wo ON wo.port = m.orig_port AND wo.transport = m.transport AND m.transport = 'udp')`;

const CONNECTION = `input, uid, ${dialect.addrText('id_orig_h')} AS orig, id_orig_p AS orig_p, ${dialect.addrText('id_resp_h')} AS resp, id_resp_p AS resp_p,
  transport AS proto, service, process, pid, owner, bytes, ts AS first, ts + coalesce(duration, 0) AS last`;

const textOrNull = (value: unknown): string | null =>
  value === null || value === undefined ? null : text(value);
const numOrNull = (value: unknown): number | null =>
  value === null || value === undefined ? null : num(value);
const seconds = (value: unknown): number => Number(big(value) / 1000n) / 1e6;

const connOf = (row: QueryRow): Explanation['wire_only'][number] => ({
  input: text(row['input']),
  uid: text(row['uid']),
  orig: text(row['orig']),
  orig_port: num(row['orig_p']),
  resp: text(row['resp']),
  resp_port: num(row['resp_p']),
  proto: text(row['proto']),
  service: textOrNull(row['service']),
  process: textOrNull(row['process']),
  pid: numOrNull(row['pid']),
  user: textOrNull(row['owner']),
  bytes: num(row['bytes']),
  first: seconds(row['first']),
  last: seconds(row['last']),
});

export async function explain(
  query: Query,
  snapshot: Snapshot,
  side: RecordsSide,
  { slack = 2, limit }: ExplainOptions,
): Promise<Explanation> {
  const ctes = explained(snapshot, side, slack);
  const ask = (select: SqlPiece): ReturnType<Query> => {
    const { sql: statement, params } = sql`WITH ${ctes} ${select}`;
    return query(statement, params);
  };
  const WIRE_ONLY = 'then_open AND NOT is_explained';
  const [counts] = await ask(
    sql`SELECT count(*) AS mine, count(*) FILTER (WHERE then_open) AS open, count(*) FILTER (WHERE is_explained) AS explained, count(*) FILTER (WHERE ${WIRE_ONLY}) AS wire_only FROM told`,
  );
  const wireOnly = await ask(
    sql`SELECT ${CONNECTION} FROM told WHERE ${WIRE_ONLY} ORDER BY ts, uid LIMIT ${whole(limit)}`,
  );
  const named = await ask(
    sql`SELECT ${CONNECTION} FROM told WHERE process IS NOT NULL ORDER BY bytes DESC, ts, uid LIMIT ${whole(limit)}`,
  );
  const applications = await ask(
    sql`SELECT coalesce(process, '') AS process, count(DISTINCT pid) AS processes, count(*) AS conns, sum(bytes)::BIGINT AS bytes FROM told GROUP BY 1 ORDER BY bytes DESC, process LIMIT ${whole(limit)}`,
  );
  const met = await ask(sql`SELECT DISTINCT s.no FROM socket s JOIN r.conn c
    ON s.o_hi = c.id_orig_h_hi AND s.o_lo = c.id_orig_h_lo AND s.o_p = c.id_orig_p AND s.r_hi = c.id_resp_h_hi AND s.r_lo = c.id_resp_h_lo AND s.r_p = c.id_resp_p AND s.transport = c.proto::VARCHAR
    WHERE ${connsOf(side)}`);
  const seen = new Set(met.map((row) => num(row['no'])));
  const unseen = snapshot.sockets.filter((socket, no) => isConnected(socket) && !seen.has(no));
  return {
    mine: num(counts?.['mine']),
    open: num(counts?.['open']),
    explained: num(counts?.['explained']),
    of_wire_only: num(counts?.['wire_only']),
    wire_only: wireOnly.map(connOf),
    of_host_only: unseen.length,
    host_only: unseen.slice(0, limit),
    named: named.map(connOf),
    applications: applications.map((row) => ({
      process: text(row['process']) === '' ? null : text(row['process']),
      processes: num(row['processes']),
      conns: num(row['conns']),
      bytes: num(row['bytes']),
    })),
  };
}

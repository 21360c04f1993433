/** Which process a connection belongs to, as snapshots of its machine tell: what names connections in tables, graph and overview. */

import type { Snapshot, Socket } from '../../model/snapshot.ts';
import { halvesOf, relation } from './sockets.ts';
import { sql, whole, type SqlPiece } from './sql-piece.ts';

/** Ports and addresses are given to others in time: a snapshot names connections of the day before it and the day after it. */
const WITHIN_NS = 86_400_000_000_000n;

const OWNER = {
  taken_from: 'BIGINT',
  taken_to: 'BIGINT',
  transport: 'VARCHAR',
  process: 'VARCHAR',
  process_pid: 'BIGINT',
  process_user: 'VARCHAR',
} as const;

const CONNECTED = {
  ...OWNER,
  process_end: 'VARCHAR',
  o_hi: 'UBIGINT',
  o_lo: 'UBIGINT',
  o_p: 'UINTEGER',
  r_hi: 'UBIGINT',
  r_lo: 'UBIGINT',
  r_p: 'UINTEGER',
} as const;

const WAITING = { ...OWNER, hi: 'UBIGINT', lo: 'UBIGINT', port: 'UINTEGER' } as const;

const nanoseconds = (seconds: number): string => String(BigInt(Math.round(seconds * 1e3)) * 1_000_000n);

function ownerOf({ time, window }: Snapshot, { proto, process, pid, user }: Socket) {
  const at = Date.parse(time) / 1000;
  return {
    taken_from: nanoseconds(window?.from ?? at),
    taken_to: nanoseconds(window?.to ?? at),
    transport: proto,
    process,
    process_pid: pid,
    process_user: user,
  };
}

/** Connected sockets, each in both directions: a list does not always tell who began. */
const connectedIn = (snapshot: Snapshot) =>
  snapshot.sockets.flatMap((socket) => {
    const { process, local_address: local, local_port, peer_address: peer, peer_port } = socket;
    if (process === null || local === null || peer === null) return [];
    const here = { ...halvesOf(local), port: local_port ?? 0 };
    const there = { ...halvesOf(peer), port: peer_port ?? 0 };
    return [[here, there, 'orig'] as const, [there, here, 'resp'] as const].map(([o, r, end]) => ({
      ...ownerOf(snapshot, socket),
      process_end: end,
      o_hi: o.hi,
      o_lo: o.lo,
      o_p: o.port,
      r_hi: r.hi,
      r_lo: r.lo,
      r_p: r.port,
    }));
  });

/** Sockets that wait for anybody, once for each address on which they do. */
const waitingIn = (snapshot: Snapshot) => {
  const own = [
    ...new Set([
      ...snapshot.addresses,
      ...snapshot.sockets.flatMap(({ local_address: local }) => local ?? []),
    ]),
  ];
  return snapshot.sockets.flatMap((socket) => {
    const { process, local_address: local, local_port: port, peer_address: peer } = socket;
    if (process === null || port === null || peer !== null) return [];
    return (local === null ? own : [local]).map((address) => ({
      ...ownerOf(snapshot, socket),
      ...halvesOf(address),
      port,
    }));
  });
};

const FOUND = `c.input, c.conn_no, s.process, TRY_CAST(s.process_pid AS UINTEGER) AS process_pid, s.process_user,
  greatest(0, s.taken_from - (c.ts + coalesce(c.duration, 0)), c.ts - s.taken_to) AS away`;

/** Connections whose end `side` waits on a port. */
const waitedAt = (side: 'orig' | 'resp', rank: number, only: string): SqlPiece =>
  sql`SELECT ${FOUND}, '${side}' AS process_end, ${rank} AS rank FROM r.conn c JOIN waiting s
    ON s.hi = c.id_${side}_h_hi AND s.lo = c.id_${side}_h_lo AND s.port = c.id_${side}_p AND s.transport = c.proto::VARCHAR ${only}`;

/**
 * One row a connection that a socket names: input, conn_no, process, process_pid, process_user, process_end. Its own socket is believed before one
 * that waits for everybody, and the snapshot that is nearest in time before others. Undefined where no snapshot knows a process.
 */
export function connectionProcesses(snapshots: readonly Snapshot[]): SqlPiece | undefined {
  const connected = snapshots.flatMap(connectedIn);
  const waiting = snapshots.flatMap(waitingIn);
  if (connected.length === 0 && waiting.length === 0) return undefined;
  return sql`WITH socket AS MATERIALIZED (${relation(CONNECTED, connected)}),
    waiting AS MATERIALIZED (${relation(WAITING, waiting)}),
    found AS (
      SELECT ${FOUND}, s.process_end, 0 AS rank FROM r.conn c JOIN socket s ON s.o_hi = c.id_orig_h_hi AND s.o_lo = c.id_orig_h_lo AND s.o_p = c.id_orig_p
        AND s.r_hi = c.id_resp_h_hi AND s.r_lo = c.id_resp_h_lo AND s.r_p = c.id_resp_p AND s.transport = c.proto::VARCHAR
      UNION ALL ${waitedAt('resp', 1, '')}
      UNION ALL ${waitedAt('orig', 2, "AND s.transport = 'udp'")})
    SELECT DISTINCT ON (input, conn_no) input, conn_no, process, process_pid, process_user, process_end FROM found WHERE away <= ${whole(WITHIN_NS)}
    ORDER BY input, conn_no, rank, away, process, process_pid, process_user`;
}

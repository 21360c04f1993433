/** The connections of a capture as a snapshot: those that were open at an instant, or that had packets in a window. */

import type { Socket, SocketState } from '../../model/snapshot.ts';
import { UNKNOWN_SOCKET } from '../../model/snapshot.ts';
import { dialect } from '../../store/dialect.ts';
import { big, num, type Query, type QueryRow } from '../query.ts';
import { connsOf, type RecordsSide } from './side.ts';
import { sql, whole } from './sql-piece.ts';

/** Where a connection's state at its end leaves it; closed ones were open while their packets passed. */
const LEFT: Readonly<Record<string, SocketState>> = {
  S0: 'SYN-SENT',
  SH: 'SYN-SENT',
  SHR: 'SYN-RECV',
  S1: 'ESTAB',
  S2: 'FIN-WAIT-2',
  S3: 'CLOSE-WAIT',
  OTH: 'ESTAB',
};

const UNANSWERED = new Set(['S0', 'SH', 'SHR', 'REJ', 'RSTOS0', 'RSTRH']);

const stateOf = (proto: string, conn: string, ended: boolean): SocketState => {
  if (proto !== 'tcp') return 'ESTAB';
  if (!ended) return UNANSWERED.has(conn) ? 'SYN-SENT' : 'ESTAB';
  return LEFT[conn] ?? 'CLOSED';
};

const textOrNull = (value: unknown): string | null =>
  value === null || value === undefined ? null : String(value);
const seconds = (value: unknown): number => Number(big(value) / 1000n) / 1e6;

function socketOf(row: QueryRow, at: bigint | undefined): Socket {
  const named = String(row['proto']);
  const proto = named === 'tcp' || named === 'udp' || named === 'sctp' || named === 'icmp' ? named : 'other';
  const local = String(row['orig']);
  const ported = proto !== 'other';
  return {
    ...UNKNOWN_SOCKET,
    proto,
    family: local.includes(':') ? 6 : 4,
    local_address: local,
    local_port: ported ? num(row['orig_p']) : null,
    peer_address: String(row['resp']),
    peer_port: ported ? num(row['resp_p']) : null,
    state: stateOf(named, String(row['conn_state']), at === undefined || big(row['last']) <= at),
    direction: 'out',
    process: textOrNull(row['process']),
    service: textOrNull(row['service']),
    sent_bytes: num(row['sent']),
    received_bytes: num(row['received']),
    first: seconds(row['first']),
    last: seconds(row['last']),
  };
}

/**
 * The sockets of a side; with `at` (ns) those that were open then. One more than `most` are answered where there are more, so that the
 * caller can tell.
 */
export async function socketsOfRecords(
  query: Query,
  side: RecordsSide,
  { at, most }: { readonly at?: bigint | undefined; readonly most: number },
): Promise<Socket[]> {
  const asked = at === undefined ? side : { ...side, from: at, to: at + 1n };
  const { sql: text, params } = sql`
    SELECT ${dialect.addrText('id_orig_h')} AS orig, id_orig_p AS orig_p, ${dialect.addrText('id_resp_h')} AS resp, id_resp_p AS resp_p,
      proto::VARCHAR AS proto, conn_state::VARCHAR AS conn_state, service, NULL::VARCHAR AS process,
      coalesce(orig_bytes, orig_ip_bytes) AS sent, coalesce(resp_bytes, resp_ip_bytes) AS received, ts AS first, ts + coalesce(duration, 0) AS last
    FROM r.conn WHERE ${connsOf(asked)} ORDER BY ts, uid LIMIT ${whole(most + 1)}`;
  return (await query(text, params)).map((row) => socketOf(row, at));
}

/** First and last packet of the side, ns; undefined where it has no connections. */
export async function rangeOfRecords(
  query: Query,
  side: RecordsSide,
): Promise<{ first: bigint; last: bigint } | undefined> {
  const { sql: text, params } = sql`
    SELECT min(ts)::VARCHAR AS first, max(ts + coalesce(duration, 0))::VARCHAR AS last FROM r.conn WHERE ${connsOf(side)}`;
  const [row] = await query(text, params);
  return row?.['first'] ? { first: big(row['first']), last: big(row['last']) } : undefined;
}

/** The sockets of a snapshot as connections and services, and as tables that SQL can compare with those of a capture. */

import { parseAddress } from '../../model/address.ts';
import type { Snapshot, Socket } from '../../model/snapshot.ts';
import type { SnapshotSide } from './side.ts';
import { sql, value, type SqlPiece } from './sql-piece.ts';

/** A connection with the end that began it first. */
export interface SocketConnection {
  readonly socket: Socket;
  readonly orig: string;
  readonly origPort: number;
  readonly resp: string;
  readonly respPort: number;
  /** The local end is the one that began it. */
  readonly local: 'orig' | 'resp';
}

const isListening = ({ state, peer_address }: Socket): boolean => state === 'LISTEN' || peer_address === null;

const portKey = ({ proto, local_port }: Socket): string => `${proto} ${local_port ?? ''}`;

/** Ports on which the machine waits, as `tcp 22`. */
export const listeningPorts = ({ sockets }: Snapshot): ReadonlySet<string> =>
  new Set(sockets.filter((one) => isListening(one) && one.local_port !== null).map(portKey));

/** The peer began it where it says so, where the local port is waited on, or else where that port is the lower one. */
const began = (socket: Socket, listening: ReadonlySet<string>): 'orig' | 'resp' => {
  if (socket.direction !== null) return socket.direction === 'out' ? 'orig' : 'resp';
  if (listening.has(portKey(socket))) return 'resp';
  return (socket.local_port ?? 65_535) < (socket.peer_port ?? 0) ? 'resp' : 'orig';
};

/** Sockets with both ends known. */
export const connectionsIn = (snapshot: Snapshot): SocketConnection[] => {
  const listening = listeningPorts(snapshot);
  return snapshot.sockets.flatMap((socket) => {
    const { local_address: local, local_port, peer_address: peer, peer_port } = socket;
    if (isListening(socket) || local === null || peer === null) return [];
    const end = began(socket, listening);
    const here = [local, local_port ?? 0] as const;
    const there = [peer, peer_port ?? 0] as const;
    const [[orig, origPort], [resp, respPort]] = end === 'orig' ? [here, there] : [there, here];
    return [{ socket, orig, origPort, resp, respPort, local: end }];
  });
};

/** Sockets that wait: an address (null: every one), a port. */
export const listenersIn = ({ sockets }: Snapshot): Socket[] =>
  sockets.filter((socket) => isListening(socket) && socket.local_port !== null);

export const halvesOf = (text: string): { hi: string; lo: string } => {
  const parsed = parseAddress(text);
  // What is no address (a host name that another tool wrote) still is one key: it cannot meet one of a capture.
  return { hi: String(parsed?.hi ?? 0n), lo: String(parsed?.lo ?? 0n) };
};

/** null: every address, which is ours as 0.0.0.0. */
const EVERY_ADDRESS = '0.0.0.0';

type ColumnType = 'UBIGINT' | 'BIGINT' | 'VARCHAR' | 'UINTEGER';

/** Rows as a relation: one parameter, JSON. */
export const relation = <T extends Readonly<Record<string, ColumnType>>>(
  columns: T,
  rows: readonly { readonly [K in keyof T]: string | number | null }[],
): SqlPiece =>
  sql`SELECT s.* FROM (SELECT unnest(from_json(${value(JSON.stringify(rows))}::JSON, '${JSON.stringify([columns])}')) AS s)`;

const ns = (seconds: number | null): string | null =>
  seconds === null ? null : String(BigInt(Math.round(seconds * 1e6)) * 1000n);

const bytesOf = ({ sent_bytes, received_bytes }: Socket): number | null =>
  sent_bytes === null && received_bytes === null ? null : (sent_bytes ?? 0) + (received_bytes ?? 0);

const CONNECTION = {
  orig_hi: 'UBIGINT',
  orig_lo: 'UBIGINT',
  resp_hi: 'UBIGINT',
  resp_lo: 'UBIGINT',
  proto: 'VARCHAR',
  port: 'UINTEGER',
  service: 'VARCHAR',
  process: 'VARCHAR',
  established: 'UINTEGER',
  bytes: 'BIGINT',
  first: 'BIGINT',
  last: 'BIGINT',
} as const;

/** States of a connection that was not answered. */
const UNANSWERED: ReadonlySet<string> = new Set(['SYN-SENT', 'SYN-RECV', 'OTH', 'UNCONN']);

const connectionRows = (snapshot: Snapshot): SqlPiece =>
  relation(
    CONNECTION,
    connectionsIn(snapshot).map(({ socket, orig, resp, origPort, respPort }) => {
      const from = halvesOf(orig);
      const to = halvesOf(resp);
      return {
        orig_hi: from.hi,
        orig_lo: from.lo,
        resp_hi: to.hi,
        resp_lo: to.lo,
        proto: socket.proto,
        port: socket.proto === 'icmp' ? origPort : respPort,
        service: socket.service,
        process: socket.process,
        established: UNANSWERED.has(socket.state) ? 0 : 1,
        bytes: bytesOf(socket),
        first: ns(socket.first),
        last: ns(socket.last),
      };
    }),
  );

const processes = `nullif(string_agg(DISTINCT process, ', ' ORDER BY process), '')`;

export const connectionsOfSnapshot = ({ snapshot }: SnapshotSide): SqlPiece => sql`
  SELECT orig_hi, orig_lo, resp_hi, resp_lo, proto, port, max(service) AS service, CASE WHEN max(established) = 1 THEN 'yes' ELSE 'no' END AS answered,
    ${processes} AS process, count(*) AS n, sum(bytes) AS bytes, min(first) AS first, max(last) AS last
  FROM (${connectionRows(snapshot)}) GROUP BY 1, 2, 3, 4, 5, 6`;

const HOST = {
  address_hi: 'UBIGINT',
  address_lo: 'UBIGINT',
  bytes: 'BIGINT',
  first: 'BIGINT',
  last: 'BIGINT',
} as const;

export const hostsOfSnapshot = ({ snapshot }: SnapshotSide): SqlPiece => {
  const rows = connectionsIn(snapshot).flatMap(({ socket, orig, resp }) =>
    [orig, resp].map((address) => {
      const { hi, lo } = halvesOf(address);
      return {
        address_hi: hi,
        address_lo: lo,
        bytes: bytesOf(socket),
        first: ns(socket.first),
        last: ns(socket.last),
      };
    }),
  );
  return sql`
    SELECT address_hi, address_lo, NULL::VARCHAR AS macs, NULL::VARCHAR AS names, NULL::VARCHAR AS vendor, count(*) AS n, sum(bytes) AS bytes,
      min(first) AS first, max(last) AS last
    FROM (${relation(HOST, rows)}) GROUP BY address_hi, address_lo`;
};

const SERVICE = {
  address_hi: 'UBIGINT',
  address_lo: 'UBIGINT',
  proto: 'VARCHAR',
  port: 'UINTEGER',
  service: 'VARCHAR',
  process: 'VARCHAR',
  bytes: 'BIGINT',
  first: 'BIGINT',
  last: 'BIGINT',
} as const;

/** What waits on this machine (on its own addresses, where they are known), and peers that answered. */
export const servicesOfSnapshot = ({ snapshot }: SnapshotSide): SqlPiece => {
  const { addresses } = snapshot;
  const listening = listenersIn(snapshot).flatMap((socket) =>
    (socket.local_address === null
      ? addresses.filter((address) => address.includes(':') === (socket.family === 6))
      : [socket.local_address]
    )
      .concat(socket.local_address === null && addresses.length === 0 ? [EVERY_ADDRESS] : [])
      .map((address) => ({ address, port: socket.local_port ?? 0, socket, process: socket.process })),
  );
  const answering = connectionsIn(snapshot)
    .filter(({ socket }) => !UNANSWERED.has(socket.state) && ['tcp', 'udp', 'sctp'].includes(socket.proto))
    .map(({ socket, resp, respPort, local }) => ({
      address: resp,
      port: respPort,
      socket,
      process: local === 'resp' ? socket.process : null,
    }));
  const rows = [...listening, ...answering].map(({ address, port, socket, process }) => {
    const { hi, lo } = halvesOf(address);
    return {
      address_hi: hi,
      address_lo: lo,
      proto: socket.proto,
      port,
      service: socket.service,
      process,
      bytes: bytesOf(socket),
      first: ns(socket.first),
      last: ns(socket.last),
    };
  });
  return sql`
    SELECT address_hi, address_lo, proto, port, max(service) AS service, NULL::VARCHAR AS banner, NULL::VARCHAR AS certificate, NULL::VARCHAR AS ja3s,
      NULL::VARCHAR AS host_key, NULL::UBIGINT AS mac, ${processes} AS process, count(*) AS n, sum(bytes) AS bytes, min(first) AS first, max(last) AS last
    FROM (${relation(SERVICE, rows)}) GROUP BY 1, 2, 3, 4`;
};

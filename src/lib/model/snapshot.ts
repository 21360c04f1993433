/**
 * A snapshot: the sockets and connections that one look at a machine, a capture or another tool's list showed. One flat record a
 * socket, so that JSON, CSV and SQL hold the same names. The format is versioned; a reader refuses versions that it does not know.
 */

import { z } from 'zod';

export const SNAPSHOT_FORMAT = 'coldwire-snapshot';
export const SNAPSHOT_VERSION = 1;

/** More are refused: whole captures are compared from their records, not by way of snapshots. */
export const SNAPSHOT_MAX_SOCKETS = 200_000;

/** RFC 9293's names, as `ss` writes them. UNCONN: a datagram socket without a peer. OTH: what another tool's word does not say. */
export const SOCKET_STATES = [
  'LISTEN',
  'SYN-SENT',
  'SYN-RECV',
  'ESTAB',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
  'TIME-WAIT',
  'CLOSED',
  'UNCONN',
  'OTH',
] as const;
export type SocketState = (typeof SOCKET_STATES)[number];

const port = z.number().int().min(0).max(65_535);
const count = z.number().int().nonnegative();

export const socket = z.object({
  proto: z.enum(['tcp', 'udp', 'sctp', 'icmp', 'other']),
  family: z.union([z.literal(4), z.literal(6)]).describe('address family of the socket'),
  local_address: z
    .string()
    .max(45)
    .nullable()
    .describe('RFC 5952; null: every address (0.0.0.0, ::, *). Of a capture: the originator'),
  local_port: port.nullable().describe('null: unknown, or the protocol has none'),
  peer_address: z.string().max(45).nullable().describe('null: none (listening, unconnected)'),
  peer_port: port.nullable(),
  state: z.enum(SOCKET_STATES),
  direction: z
    .enum(['out', 'in'])
    .nullable()
    .describe('out: the local end began it; in: the peer did; null: not known, or listening'),
  process: z.string().max(256).nullable().describe('name of the process'),
  pid: count.nullable(),
  path: z.string().max(4096).nullable().describe('path of its program'),
  user: z.string().max(256).nullable(),
  service: z.string().max(256).nullable().describe('application protocol, where the origin knows it'),
  sent_bytes: count.nullable().describe('bytes from the local end'),
  received_bytes: count.nullable(),
  first: z.number().nullable().describe('first packet, seconds since the epoch, UTC'),
  last: z.number().nullable(),
  interface: z.string().max(64).nullable().describe('the interface that it is bound to, or was seen on'),
});
export type Socket = z.infer<typeof socket>;
export type SocketField = keyof Socket;

/** What nothing was said about. */
export const UNKNOWN_SOCKET = {
  local_address: null,
  local_port: null,
  peer_address: null,
  peer_port: null,
  direction: null,
  process: null,
  pid: null,
  path: null,
  user: null,
  service: null,
  sent_bytes: null,
  received_bytes: null,
  first: null,
  last: null,
  interface: null,
} as const satisfies Partial<Socket>;

export const snapshotOrigin = z.object({
  kind: z.enum(['host', 'capture', 'file']),
  format: z.string().max(64).describe('ss, netstat, lsof, conn.log, eve, records …: what was read'),
  host: z.string().max(256).nullable().describe('name of the machine, where it is known'),
  detail: z.string().max(1024).nullable().describe('name of the file, id of the input, version of the tool'),
  sha256: z.string().max(64).nullable().describe('of the file or capture that it was read from'),
});
export type SnapshotOrigin = z.infer<typeof snapshotOrigin>;

export const snapshotContent = z.object({
  format: z.literal(SNAPSHOT_FORMAT),
  version: z.literal(SNAPSHOT_VERSION),
  time: z.string().max(40).describe('ISO 8601, UTC: when it was true; of a window: its end'),
  window: z
    .object({ from: z.number(), to: z.number() })
    .nullable()
    .describe('seconds since the epoch, UTC; null: an instant'),
  origin: snapshotOrigin,
  addresses: z.array(z.string().max(45)).max(4096).describe('own addresses of the machine; empty: not known'),
  sockets: z.array(socket).max(SNAPSHOT_MAX_SOCKETS),
  skipped: count.describe('lines or records of the origin that were not understood'),
});
export type SnapshotContent = z.infer<typeof snapshotContent>;

export const snapshot = snapshotContent.extend({
  hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('SHA-256 of the rest, keys in order and sockets sorted'),
});
export type Snapshot = z.infer<typeof snapshot>;

/** Columns of the table and CSV forms, in order. */
export const SOCKET_FIELDS = Object.keys(socket.shape) as readonly SocketField[];

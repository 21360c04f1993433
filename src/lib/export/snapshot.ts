/** A snapshot as a file: its own JSON, or a line a socket. */

import type { Cell } from '../model/api/common.ts';
import { SOCKET_FIELDS, type Snapshot, type SocketField } from '../model/snapshot.ts';
import { csvLines } from './csv.ts';

const timed = new Set<SocketField>(['first', 'last']);

/** The fields of each socket, in the order of SOCKET_FIELDS; times in ISO 8601. */
export const socketRows = ({ sockets }: Snapshot): Cell[][] =>
  sockets.map((socket) =>
    SOCKET_FIELDS.map((field) => {
      const value = socket[field];
      return timed.has(field) && typeof value === 'number' ? new Date(value * 1000).toISOString() : value;
    }),
  );

export const snapshotJson = (snapshot: Snapshot): string => `${JSON.stringify(snapshot, null, 1)}\n`;

export const snapshotCsv = (snapshot: Snapshot): string =>
  csvLines([[...SOCKET_FIELDS], ...socketRows(snapshot)]);

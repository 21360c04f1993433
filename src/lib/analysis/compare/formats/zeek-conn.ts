/** Zeek's conn.log, as tab-separated values or as JSON. */

import type { Socket, SocketState } from '../../../model/snapshot.ts';
import { UNKNOWN_SOCKET } from '../../../model/snapshot.ts';
import { FormatFault, type ReadSockets, type SnapshotFormat } from './contract.ts';
import { windowOf } from './window.ts';

/** Where a connection's state leaves it: what was not seen to end is open. */
const STATES: Readonly<Record<string, SocketState>> = {
  S0: 'SYN-SENT',
  SH: 'SYN-SENT',
  SHR: 'SYN-RECV',
  S1: 'ESTAB',
  S2: 'FIN-WAIT-2',
  S3: 'CLOSE-WAIT',
  OTH: 'ESTAB',
};

type Fields = Readonly<Record<string, string | undefined>>;

const number = (text: string | undefined): number | null => {
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : null;
};

/** Seconds since the epoch, or ISO 8601 as `json_timestamps` has it: microseconds count. */
function timeOf(text: string | undefined): number | null {
  const seconds = number(text);
  if (seconds !== null || text === undefined) return seconds;
  const [, whole = '', part = '', zone = ''] = /^(.+T[\d:]+)(\.\d+)?(\D.*)?$/u.exec(text) ?? [];
  const ms = Date.parse(`${whole}${zone === '' ? 'Z' : zone}`);
  return Number.isFinite(ms) ? ms / 1000 + Number(`0${part}`) : null;
}

export function connOf(fields: Fields): Socket | undefined {
  const [local, peer] = [fields['id.orig_h'], fields['id.resp_h']];
  const ts = timeOf(fields['ts']);
  if (local === undefined || peer === undefined || ts === null) return undefined;
  const proto = fields['proto'] ?? '';
  return {
    ...UNKNOWN_SOCKET,
    proto: proto === 'tcp' || proto === 'udp' || proto === 'sctp' || proto === 'icmp' ? proto : 'other',
    family: local.includes(':') ? 6 : 4,
    local_address: local,
    local_port: number(fields['id.orig_p']),
    peer_address: peer,
    peer_port: number(fields['id.resp_p']),
    state: proto === 'tcp' ? (STATES[fields['conn_state'] ?? ''] ?? 'CLOSED') : 'ESTAB',
    direction: 'out',
    service: fields['service'] ?? null,
    sent_bytes: number(fields['orig_bytes']),
    received_bytes: number(fields['resp_bytes']),
    first: ts,
    last: ts + (number(fields['duration']) ?? 0),
  };
}

function* tsvRows(lines: readonly string[]): Generator<Fields | undefined> {
  if (!lines.some((line) => line.startsWith('#fields')))
    throw new FormatFault('The conn.log has no #fields line: its columns are not known.');
  let separator = '\t';
  let names: readonly string[] = [];
  for (const line of lines) {
    // Logs that were put together have several headers.
    const code = /^#separator \\x([0-9a-f]{2})$/iu.exec(line)?.[1];
    if (code !== undefined) separator = String.fromCharCode(Number.parseInt(code, 16));
    if (line.startsWith('#fields')) names = line.split(separator).slice(1);
    if (line === '' || line.startsWith('#')) continue;
    const cells = line.split(separator);
    yield cells.length === names.length
      ? Object.fromEntries(
          names.map((name, at) => [
            name,
            cells[at] === '-' || cells[at] === '(empty)' ? undefined : cells[at],
          ]),
        )
      : undefined;
  }
}

function* jsonRows(lines: readonly string[]): Generator<Fields | undefined> {
  for (const line of lines) {
    if (line.trim() === '') continue;
    try {
      const record = JSON.parse(line) as Record<string, unknown>;
      yield Object.fromEntries(
        Object.entries(record).map(([name, value]) => [name, value === null ? undefined : String(value)]),
      );
    } catch {
      yield undefined;
    }
  }
}

function read(text: string): ReadSockets {
  const lines = text.split(/\r?\n/u);
  const sockets: Socket[] = [];
  let skipped = 0;
  for (const fields of text.startsWith('#') ? tsvRows(lines) : jsonRows(lines)) {
    const socket = fields && connOf(fields);
    if (socket) sockets.push(socket);
    else skipped++;
  }
  return { sockets, skipped, ...windowOf(sockets) };
}

export const ZEEK_CONN: SnapshotFormat = {
  name: 'zeek-conn',
  title: 'conn.log (Zeek)',
  recognises: (head) => /^#path\Wconn/mu.test(head) || /^\{.*"id\.orig_h":/mu.test(head),
  read,
};

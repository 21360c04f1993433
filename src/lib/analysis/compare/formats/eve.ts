/** Suricata's eve.json: its flow records; where it has none, the tuples of its other events. */

import type { Socket, SocketState } from '../../../model/snapshot.ts';
import { UNKNOWN_SOCKET } from '../../../model/snapshot.ts';
import type { ReadSockets, SnapshotFormat } from './contract.ts';
import { windowOf } from './window.ts';

interface Flow {
  readonly start?: string;
  readonly end?: string;
  readonly state?: string;
  readonly bytes_toserver?: number;
  readonly bytes_toclient?: number;
}

interface Event {
  readonly timestamp?: string;
  readonly event_type?: string;
  readonly flow_id?: number;
  readonly src_ip?: string;
  readonly src_port?: number;
  readonly dest_ip?: string;
  readonly dest_port?: number;
  readonly proto?: string;
  readonly app_proto?: string;
  readonly host?: string;
  readonly flow?: Flow;
}

const STATES: Readonly<Record<string, SocketState>> = {
  new: 'SYN-SENT',
  established: 'ESTAB',
  closed: 'CLOSED',
};

const PROTOS: Readonly<Record<string, Socket['proto']>> = {
  TCP: 'tcp',
  UDP: 'udp',
  SCTP: 'sctp',
  ICMP: 'icmp',
  'IPV6-ICMP': 'icmp',
};

/** "2024-05-01T10:00:00.123456+0200" */
const secondsOf = (text: string | undefined): number | null => {
  if (text === undefined) return null;
  const ms = Date.parse(text.replace(/([+-]\d\d)(\d\d)$/u, '$1:$2'));
  if (!Number.isFinite(ms)) return null;
  const micros = /\.\d{3}(\d{1,3})/u.exec(text)?.[1] ?? '';
  return ms / 1000 + Number(`0.000${micros.padEnd(1, '0')}`);
};

function socketOf(event: Event): Socket | undefined {
  const { src_ip: local, dest_ip: peer, flow } = event;
  if (local === undefined || peer === undefined) return undefined;
  const proto = PROTOS[(event.proto ?? '').toUpperCase()] ?? 'other';
  const at = secondsOf(event.timestamp);
  const service = event.app_proto ?? null;
  return {
    ...UNKNOWN_SOCKET,
    proto,
    family: local.includes(':') ? 6 : 4,
    local_address: local,
    local_port: event.src_port ?? null,
    peer_address: peer,
    peer_port: event.dest_port ?? null,
    state: STATES[flow?.state ?? ''] ?? (proto === 'tcp' ? 'OTH' : 'ESTAB'),
    direction: 'out',
    service: service === 'failed' ? null : service,
    sent_bytes: flow?.bytes_toserver ?? null,
    received_bytes: flow?.bytes_toclient ?? null,
    first: secondsOf(flow?.start) ?? at,
    last: secondsOf(flow?.end) ?? at,
  };
}

function read(text: string): ReadSockets {
  const flows: Socket[] = [];
  const others = new Map<string, Socket>();
  const known = new Set<number>();
  const rest: Event[] = [];
  let skipped = 0;
  let host: string | undefined;
  for (const line of text.split(/\r?\n/u)) {
    if (line.trim() === '') continue;
    let event: Event;
    try {
      event = JSON.parse(line) as Event;
    } catch {
      skipped++;
      continue;
    }
    host ??= event.host;
    if (event.event_type !== 'flow') {
      if (event.flow_id !== undefined) rest.push(event);
      continue;
    }
    const socket = socketOf(event);
    if (!socket) skipped++;
    else {
      flows.push(socket);
      if (event.flow_id !== undefined) known.add(event.flow_id);
    }
  }
  for (const event of rest) {
    const socket = known.has(event.flow_id ?? 0) ? undefined : socketOf(event);
    if (socket) others.set(String(event.flow_id), others.get(String(event.flow_id)) ?? socket);
  }
  const sockets = [...flows, ...others.values()];
  return { sockets, skipped, ...windowOf(sockets), ...(host === undefined ? {} : { host }) };
}

export const EVE: SnapshotFormat = {
  name: 'eve',
  title: 'eve.json (Suricata)',
  recognises: (head) => /^\{.*"event_type":\s*"/mu.test(head),
  read,
};

/** Two readings of the machine, one after the other → rates, top applications, processes that stand out. */

import type { Application, HostInterface, HostProcess, HostSocket } from '../model/api/machine.ts';
import type { InterfaceFacts } from './interfaces.ts';
import { type ProcessFacts, TICKS_PER_SECOND } from './processes.ts';

export interface Reading {
  /** Seconds since the epoch. */
  readonly taken: number;
  readonly interfaces: readonly InterfaceFacts[];
  readonly sockets: readonly HostSocket[];
  readonly processes: readonly ProcessFacts[];
  readonly users: ReadonlyMap<number, string>;
}

export interface ActivityLimits {
  /** Share of one processor from which a process stands out. */
  readonly cpuShare: number;
  /** Connections from which a process stands out. */
  readonly connections: number;
}

export const ACTIVITY_LIMITS: ActivityLimits = { cpuShare: 0.8, connections: 100 };

const isConnected = ({ peer_addr: peer }: HostSocket): boolean => peer !== null;
const bytesOf = ({ bytes_sent: sent, bytes_received: received }: HostSocket): number =>
  (sent ?? 0) + (received ?? 0);

/** A counter that went back was begun anew: all it holds came since. */
const grown = (before: number, now: number): number => (now >= before ? now - before : now);

export function interfaceRates(now: Reading, before: Reading | undefined): HostInterface[] {
  const seconds = before ? now.taken - before.taken : 0;
  return now.interfaces.map((one) => {
    const old = before?.interfaces.find(({ name }) => name === one.name);
    const rate = (key: 'rx_bytes' | 'tx_bytes'): number | null =>
      old && seconds > 0 ? grown(old[key], one[key]) / seconds : null;
    return { ...one, rx_rate: rate('rx_bytes'), tx_rate: rate('tx_bytes') };
  });
}

/** Connections grouped by the program that holds them, those with most bytes first. */
export function applications(now: Reading, before: Reading | undefined): Application[] {
  const seconds = before ? now.taken - before.taken : 0;
  const old = new Map(before?.sockets.map((socket) => [socket.inode, bytesOf(socket)]));
  return [...byName(now.sockets)]
    .map(([name, sockets]): Application => {
      const connected = sockets.filter(isConnected);
      const since = connected.reduce(
        (sum, socket) => sum + grown(old.get(socket.inode) ?? 0, bytesOf(socket)),
        0,
      );
      return {
        name,
        processes: new Set(sockets.flatMap(({ pid }) => pid ?? [])).size,
        sockets: sockets.length,
        connections: connected.length,
        peers: new Set(connected.map(({ peer_addr: peer }) => peer)).size,
        bytes: connected.reduce((sum, socket) => sum + bytesOf(socket), 0),
        rate: seconds > 0 ? since / seconds : null,
      };
    })
    .sort((a, b) => b.bytes - a.bytes || b.connections - a.connections || (a.name < b.name ? -1 : 1));
}

const nameOf = ({ process }: HostSocket): string => process ?? 'not known';

function byName(sockets: readonly HostSocket[]): Map<string, HostSocket[]> {
  const groups = new Map<string, HostSocket[]>();
  for (const socket of sockets) {
    const group = groups.get(nameOf(socket));
    if (group) group.push(socket);
    else groups.set(nameOf(socket), [socket]);
  }
  return groups;
}

/** Processes that hold sockets, and those whose processor time stands out; the latter first. */
export function processActivity(
  now: Reading,
  before: Reading | undefined,
  limits: ActivityLimits = ACTIVITY_LIMITS,
): HostProcess[] {
  const seconds = before ? now.taken - before.taken : 0;
  const old = new Map(before?.processes.map((process) => [`${process.pid} ${process.began}`, process.ticks]));
  const held = new Map<number, HostSocket[]>();
  for (const socket of now.sockets)
    for (const pid of [...(socket.pid === null ? [] : [socket.pid]), ...socket.also]) {
      const own = held.get(pid);
      if (own) own.push(socket);
      else held.set(pid, [socket]);
    }
  return now.processes
    .map((process): HostProcess => {
      const sockets = held.get(process.pid) ?? [];
      const connections = sockets.filter(isConnected).length;
      const ticks = old.get(`${process.pid} ${process.began}`);
      const share =
        ticks === undefined || seconds <= 0 ? null : (process.ticks - ticks) / TICKS_PER_SECOND / seconds;
      const flags: string[] = [];
      if (share !== null && share >= limits.cpuShare)
        flags.push(`uses ${Math.round(100 * share)} % of a processor`);
      if (connections >= limits.connections) flags.push(`holds ${connections} connections`);
      return {
        pid: process.pid,
        name: process.name,
        path: process.path,
        user: process.uid === null ? null : (now.users.get(process.uid) ?? String(process.uid)),
        cpu_share: share,
        sockets: sockets.length,
        connections,
        flags,
      };
    })
    .filter(({ sockets, flags }) => sockets > 0 || flags.length > 0)
    .sort((a, b) => b.flags.length - a.flags.length || b.connections - a.connections || a.pid - b.pid);
}

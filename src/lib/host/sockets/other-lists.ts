/**
 * Sockets where there is no `ss`: lsof (macOS, the BSDs, other Linux), netstat and tasklist (Windows), netstat elsewhere. They are read by
 * the same parsers that read such lists from files. None of them tells bytes and round trips of a connection.
 */

import { LSOF } from '../../analysis/compare/formats/lsof.ts';
import { NETSTAT } from '../../analysis/compare/formats/netstat.ts';
import { NETSTAT_BSD } from '../../analysis/compare/formats/netstat-bsd.ts';
import { NETSTAT_WINDOWS } from '../../analysis/compare/formats/netstat-windows.ts';
import type { HostSocket } from '../../model/api/machine.ts';
import type { Socket } from '../../model/snapshot.ts';
import { locate, missing, runTool, type ToolName, ToolProblem, type ToolOptions } from '../tool.ts';

interface SocketList {
  readonly tool: ToolName;
  readonly args: readonly string[];
  read(text: string): { readonly sockets: readonly Socket[] };
}

const LISTS_OF: Readonly<Partial<Record<NodeJS.Platform, readonly SocketList[]>>> = {
  win32: [{ tool: 'netstat', args: ['-ano'], read: (text) => NETSTAT_WINDOWS.read(text) }],
  linux: [
    { tool: 'lsof', args: ['-nP', '-i'], read: (text) => LSOF.read(text) },
    { tool: 'netstat', args: ['-tunap'], read: (text) => NETSTAT.read(text) },
  ],
};
const OF_OTHERS: readonly SocketList[] = [
  { tool: 'lsof', args: ['-nP', '-i'], read: (text) => LSOF.read(text) },
  { tool: 'netstat', args: ['-an', '-v'], read: (text) => NETSTAT_BSD.read(text) },
];

/** An address that stands for every one of its family. */
const everyOf = (family: 4 | 6): string => (family === 4 ? '0.0.0.0' : '::');

function hostSocket(socket: Socket): HostSocket | undefined {
  const { proto, family, local_address: local, local_port: port, peer_address: peer } = socket;
  if ((proto !== 'tcp' && proto !== 'udp') || port === null) return undefined;
  return {
    proto,
    family: family === 4 ? 'ipv4' : 'ipv6',
    state: socket.state,
    listening: proto === 'tcp' ? socket.state === 'LISTEN' : peer === null,
    local_addr: local ?? everyOf(family),
    local_port: port,
    peer_addr: peer,
    peer_port: socket.peer_port,
    interface: socket.interface,
    dual: false,
    inode: null,
    uid: null,
    user: socket.user,
    pid: socket.pid,
    process: socket.process,
    path: socket.path,
    also: [],
    bytes_sent: socket.sent_bytes,
    bytes_received: socket.received_bytes,
    rtt_ms: null,
    min_rtt_ms: null,
    segments_out: null,
    retransmitted: null,
  };
}

/** `"node.exe","4711","Console","1","45,000 K"` a line: names by pid. */
export const parseTasklist = (csv: string): ReadonlyMap<number, string> =>
  new Map([...csv.matchAll(/^"([^"]*)","(\d+)"/gmu)].map(([, name = '', pid = '']) => [Number(pid), name]));

/** Windows tells names by pid elsewhere; where that fails, pids alone are an answer. */
async function withNames(sockets: readonly HostSocket[], options: ToolOptions): Promise<HostSocket[]> {
  const names = await runTool('tasklist', ['/fo', 'csv', '/nh'], options).then(
    ({ stdout }) => parseTasklist(stdout),
    () => new Map<number, string>(),
  );
  return sockets.map((socket) => ({
    ...socket,
    process: socket.process ?? (socket.pid === null ? null : (names.get(socket.pid) ?? null)),
  }));
}

export interface ListedSockets {
  /** What told them. */
  readonly tool: ToolName;
  readonly sockets: readonly HostSocket[];
}

/** Rejects with ToolProblem where none of the platform's programs is there, or none says anything. */
export async function readOtherLists(
  options: ToolOptions = {},
  platform: NodeJS.Platform = process.platform,
): Promise<ListedSockets> {
  const list = (LISTS_OF[platform] ?? OF_OTHERS).find(({ tool }) => locate(tool) !== undefined);
  if (!list) throw missing(platform === 'linux' ? 'ss' : platform === 'win32' ? 'netstat' : 'lsof');
  const { status, stdout, stderr } = await runTool(list.tool, list.args, options);
  const sockets = list.read(stdout).sockets.flatMap((socket) => hostSocket(socket) ?? []);
  // lsof ends with 1 where some process could not be looked into, too.
  if (status !== 0 && sockets.length === 0)
    throw new ToolProblem(
      `${list.tool} could not tell the sockets: ${stderr.trim() || `status ${status ?? '?'}`}.`,
    );
  return {
    tool: list.tool,
    sockets: platform === 'win32' ? await withNames(sockets, options) : sockets,
  };
}

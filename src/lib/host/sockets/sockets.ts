/** Sockets with who holds them: what ss, or another program where there is none, says, completed from /proc. */

import type { HostSocket } from '../../model/api/machine.ts';
import { type ProcessFacts, readProcesses, readUsers } from '../processes.ts';
import { locate, type ToolName, type ToolOptions } from '../tool.ts';
import { type ListedSockets, readOtherLists } from './other-lists.ts';
import { readSs } from './ss.ts';

export interface SocketsRead {
  /** Seconds since the epoch. */
  readonly taken: number;
  /** What told the sockets. */
  readonly tool: ToolName;
  readonly sockets: readonly HostSocket[];
  readonly processes: readonly ProcessFacts[];
  readonly users: ReadonlyMap<number, string>;
}

/** Names, paths and users filled in. */
export function withHolders(
  sockets: readonly HostSocket[],
  processes: readonly ProcessFacts[],
  users: ReadonlyMap<number, string>,
): HostSocket[] {
  const byPid = new Map(processes.map((process) => [process.pid, process]));
  return sockets.map((socket) => {
    const holder = socket.pid === null ? undefined : byPid.get(socket.pid);
    const uid = socket.uid ?? holder?.uid ?? null;
    return {
      ...socket,
      uid,
      user: uid === null ? socket.user : (users.get(uid) ?? String(uid)),
      process: holder?.name ?? socket.process,
      path: holder?.path ?? socket.path,
    };
  });
}

/** What the machine's own program says. Rejects with ToolProblem where it has none of those that are known. */
export const readSockets = async (options: ToolOptions = {}): Promise<ListedSockets> =>
  locate('ss') === undefined ? readOtherLists(options) : { tool: 'ss', sockets: await readSs(options) };

/** Reads all of it once. Rejects with ToolProblem where nothing tells the sockets. */
export async function readHeldSockets(options: ToolOptions = {}): Promise<SocketsRead> {
  const { tool, sockets } = await readSockets(options);
  const taken = Date.now() / 1000;
  const processes = readProcesses();
  const users = readUsers();
  return { taken, tool, sockets: withHolders(sockets, processes, users), processes, users };
}

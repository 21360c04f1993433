/** Sockets with who holds them: what ss says, completed from /proc. */

import type { HostSocket } from '../../model/api/machine.ts';
import { type ProcessFacts, readProcesses, readUsers } from '../processes.ts';
import type { ToolOptions } from '../tool.ts';
import { readSockets } from './ss.ts';

export interface SocketsRead {
  /** Seconds since the epoch. */
  readonly taken: number;
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
      user: uid === null ? null : (users.get(uid) ?? String(uid)),
      process: holder?.name ?? socket.process,
      path: holder?.path ?? null,
    };
  });
}

/** Reads all of it once. Rejects with ToolProblem where there is no ss. */
export async function readHeldSockets(options: ToolOptions = {}): Promise<SocketsRead> {
  const sockets = await readSockets(options);
  const taken = Date.now() / 1000;
  const processes = readProcesses();
  const users = readUsers();
  return { taken, sockets: withHolders(sockets, processes, users), processes, users };
}

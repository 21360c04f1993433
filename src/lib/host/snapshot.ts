/** This machine's sockets as a snapshot, to be compared with captures and with other times. */

import { hostname } from 'node:os';
import type { HostSocket } from '../model/api/machine.ts';
import { sealSnapshot } from '../model/snapshot-seal.ts';
import {
  type Snapshot,
  type Socket,
  SOCKET_STATES,
  type SocketState,
  UNKNOWN_SOCKET,
} from '../model/snapshot.ts';
import { readInterfaces } from './interfaces.ts';
import { readHeldSockets } from './sockets/sockets.ts';
import type { ToolOptions } from './tool.ts';

const STATES: ReadonlySet<string> = new Set(SOCKET_STATES);
const isState = (state: string): state is SocketState => STATES.has(state);

const EVERY = new Set(['0.0.0.0', '::']);

/** Ports that somebody waits on, by transport: a connection to one of them was begun by its peer. */
const listeningIn = (sockets: readonly HostSocket[]): ReadonlySet<string> =>
  new Set(
    sockets
      .filter(({ proto, listening }) => proto === 'tcp' && listening)
      .map(({ local_port: port }) => String(port)),
  );

function snapshotSocket(socket: HostSocket, listening: ReadonlySet<string>): Socket {
  const connected = socket.peer_addr !== null;
  return {
    ...UNKNOWN_SOCKET,
    proto: socket.proto,
    family: socket.family === 'ipv4' ? 4 : 6,
    local_address: EVERY.has(socket.local_addr) ? null : socket.local_addr,
    local_port: socket.local_port,
    peer_address: socket.peer_addr,
    peer_port: socket.peer_port,
    state: isState(socket.state) ? socket.state : 'OTH',
    direction:
      connected && socket.proto === 'tcp' ? (listening.has(String(socket.local_port)) ? 'in' : 'out') : null,
    process: socket.process,
    pid: socket.pid,
    path: socket.path,
    user: socket.user,
    sent_bytes: socket.bytes_sent,
    received_bytes: socket.bytes_received,
    interface: socket.interface,
  };
}

/** Reads this machine once. Rejects with ToolProblem where its sockets cannot be read. */
export async function machineSnapshot(options: ToolOptions = {}): Promise<Snapshot> {
  const { taken, tool, sockets } = await readHeldSockets(options);
  const listening = listeningIn(sockets);
  return sealSnapshot({
    time: new Date(taken * 1000).toISOString(),
    window: null,
    origin: { kind: 'host', format: tool, host: hostname(), detail: null, sha256: null },
    addresses: readInterfaces().flatMap(({ addresses }) =>
      addresses.map((address) => address.replace(/\/\d+$/, '')),
    ),
    sockets: sockets.map((socket) => snapshotSocket(socket, listening)),
    skipped: 0,
  });
}

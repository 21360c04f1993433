/** `netstat -ano` and `-anob` of Windows; -b writes the program in brackets in a line below, a service's name in one between. */

import type { Socket } from '../../../model/snapshot.ts';
import type { ReadSockets, SnapshotFormat } from './contract.ts';
import { endpointOf, isState, socketOf, transportOf } from './endpoint.ts';

/** Headers and words of the states are translated in other languages: who listens is told by the peer, too. */
function lineOf(line: string): Socket | undefined {
  const [word = '', localText = '', peerText = '', ...rest] = line.trim().split(/\s+/u);
  const kind = transportOf(word);
  const local = endpointOf(localText);
  // Without -n the own name stands where a peer would: PC:0.
  const peer = endpointOf(peerText.replace(/^[^:]+:0$/u, '*:*'));
  if (!kind || !local || !peer) return undefined;
  const pid = rest.at(-1) ?? '';
  const [state = ''] = rest;
  return socketOf(
    { proto: kind.proto, local, peer, state: isState(state) ? state : '' },
    /^\d+$/u.test(pid) ? { pid: Number(pid) } : {},
  );
}

function read(text: string): ReadSockets {
  const sockets: Socket[] = [];
  let skipped = 0;
  /** Of sockets whose program is told below. */
  let waiting: number | undefined;
  for (const line of text.split(/\r?\n/u)) {
    const trimmed = line.trim();
    if (trimmed === '') continue;
    const program = /^\[(.+)\]$/u.exec(trimmed)?.[1];
    const last = waiting === undefined ? undefined : sockets[waiting];
    if (program !== undefined && last && waiting !== undefined) {
      sockets[waiting] = { ...last, process: program };
      waiting = undefined;
      continue;
    }
    if (!/^(TCP|UDP)\s/iu.test(trimmed)) {
      // The service inside the program: its name until the program's own follows.
      if (last && waiting !== undefined && /^[\w.-]+$/u.test(trimmed))
        sockets[waiting] = { ...last, process: trimmed };
      continue;
    }
    const socket = lineOf(trimmed);
    if (socket) waiting = sockets.push(socket) - 1;
    else {
      waiting = undefined;
      skipped++;
    }
  }
  return { sockets, skipped };
}

export const NETSTAT_WINDOWS: SnapshotFormat = {
  name: 'netstat-windows',
  title: 'netstat (Windows)',
  recognises: (head) => /^\s*(TCP|UDP)\s+\S+:\d+\s+\S+:(\d+|\*|[a-z][\w-]*)(\s|$)/mu.test(head),
  read,
};

/** net-tools' `netstat` on Linux: -t, -u, -n, -a, -p, -e. */

import type { Socket } from '../../../model/snapshot.ts';
import type { ReadSockets, SnapshotFormat } from './contract.ts';
import { endpointOf, isState, socketOf, transportOf } from './endpoint.ts';

function lineOf(line: string): Socket | undefined {
  const [word = '', , , localText = '', peerText = '', ...rest] = line.trim().split(/\s+/u);
  const kind = transportOf(word);
  const local = endpointOf(localText);
  const peer = endpointOf(peerText);
  if (!kind || !local || !peer) return undefined;
  const [state = ''] = rest;
  const hasState = isState(state);
  const owner = /(?:^|\s)(?<pid>\d+)\/(?<process>.+)$/u.exec(
    (hasState ? rest.slice(1) : rest).join(' '),
  )?.groups;
  return socketOf(
    { ...kind, local, peer, state: hasState ? state : '' },
    {
      ...(kind.family === undefined ? {} : { family: kind.family }),
      // The kernel's mapped addresses: tcp6 with 127.0.0.1 is IPv4.
      ...(local.family === undefined ? {} : { family: local.family }),
      ...(owner ? { pid: Number(owner['pid']), process: owner['process'] ?? null } : {}),
    },
  );
}

function read(text: string): ReadSockets {
  const sockets: Socket[] = [];
  let skipped = 0;
  for (const line of text.split(/\r?\n/u)) {
    // The rest is of unix sockets; the headers are translated.
    if (/^Active UNIX|^unix\s/u.test(line)) break;
    if (!/^(tcp|udp|sctp|raw|icmp)\S*\s/u.test(line)) continue;
    const socket = lineOf(line);
    if (socket) sockets.push(socket);
    else skipped++;
  }
  return { sockets, skipped };
}

export const NETSTAT: SnapshotFormat = {
  name: 'netstat',
  title: 'netstat (Linux)',
  recognises: (head) =>
    // By its lines: the headers are translated. BSD's have a dot before the port.
    /^(tcp|udp)6?\s+\d+\s+\d+\s+\S+:(\d+|\*|[a-z][\w-]*)\s+\S+:(\d+|\*|[a-z][\w-]*)(\s|$)/mu.test(head),
  read,
};

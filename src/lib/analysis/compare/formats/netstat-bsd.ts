/** `netstat -an` of macOS and the BSDs: a dot before the port, tcp4 and tcp46; macOS's -v adds bytes and the process. */

import type { Socket } from '../../../model/snapshot.ts';
import type { ReadSockets, SnapshotFormat } from './contract.ts';
import { endpointOf, isState, socketOf, transportOf } from './endpoint.ts';

function lineOf(line: string): Socket | undefined {
  const [word = '', , , localText = '', peerText = '', ...rest] = line.trim().split(/\s+/u);
  const kind = transportOf(word);
  const local = endpointOf(localText, '.');
  const peer = endpointOf(peerText, '.');
  if (!kind || !local || !peer) return undefined;
  const hasState = isState(rest[0] ?? '');
  const after = hasState ? rest.slice(1) : rest;
  // -v: rxbytes txbytes rhiwat shiwat process:pid (or, in older ones, pid alone further on).
  const owner = /(?:^|\s)(?<process>[^\s:]+):(?<pid>\d+)(?:\s|$)/u.exec(after.join(' '))?.groups;
  const [received, sent] = after;
  const counted = owner !== undefined && /^\d+$/u.test(received ?? '') && /^\d+$/u.test(sent ?? '');
  return socketOf(
    { ...kind, local, peer, state: hasState ? (rest[0] ?? '') : '' },
    {
      family: local.family ?? peer.family ?? kind.family ?? 4,
      ...(owner ? { process: owner['process'] ?? null, pid: Number(owner['pid']) } : {}),
      ...(counted ? { received_bytes: Number(received), sent_bytes: Number(sent) } : {}),
    },
  );
}

function read(text: string): ReadSockets {
  const sockets: Socket[] = [];
  let skipped = 0;
  for (const line of text.split(/\r?\n/u)) {
    if (/^Active (LOCAL|UNIX|Multipath|kernel)/u.test(line)) break;
    if (line.trim() === '' || /^(Active|Proto|\()/u.test(line)) continue;
    const socket = lineOf(line);
    if (socket) sockets.push(socket);
    else skipped++;
  }
  return { sockets, skipped };
}

export const NETSTAT_BSD: SnapshotFormat = {
  name: 'netstat-bsd',
  title: 'netstat (macOS, BSD)',
  recognises: (head) => /^(tcp|udp)(4|6|46)?\s+\d+\s+\d+\s+\S+\.(\d+|\*)\s+\S+\.(\d+|\*)/mu.test(head),
  read,
};

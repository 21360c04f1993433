/** `netstat -an` of macOS and the BSDs: a dot before the port, tcp4 and tcp46; macOS's -v adds bytes and the process. */

import type { Socket } from '../../../model/snapshot.ts';
import type { ReadSockets, SnapshotFormat } from './contract.ts';
import { endpointOf, isState, socketOf, transportOf } from './endpoint.ts';

/** The columns behind the state as -v names them: "(state) rxbytes txbytes rhiwat shiwat process:pid", or "pid", as of the version. */
const columnsIn = (header: string): readonly string[] =>
  header
    .slice(header.indexOf('(state)') + '(state)'.length)
    .trim()
    .split(/\s+/u);

/** What -v adds. Names of processes may have spaces; what stands before them is numbers. */
function verbose(after: readonly string[], columns: readonly string[]): Partial<Socket> {
  const number = (name: string): number | undefined => {
    const cell = columns.includes(name) ? after[columns.indexOf(name)] : undefined;
    return /^\d+$/u.test(cell ?? '') ? Number(cell) : undefined;
  };
  const named = columns.indexOf('process:pid');
  const owner =
    named < 0
      ? undefined
      : /^(?<process>.+?):(?<pid>\d+)(?:\s|$)/u.exec(after.slice(named).join(' '))?.groups;
  const pid = owner ? Number(owner['pid']) : number('pid');
  const [received, sent] = [number('rxbytes'), number('txbytes')];
  return {
    ...(pid === undefined ? {} : { pid }),
    ...(owner ? { process: owner['process'] ?? null } : {}),
    ...(received === undefined ? {} : { received_bytes: received }),
    ...(sent === undefined ? {} : { sent_bytes: sent }),
  };
}

function lineOf(line: string, columns: readonly string[]): Socket | undefined {
  const [word = '', , , localText = '', peerText = '', ...rest] = line.trim().split(/\s+/u);
  const kind = transportOf(word);
  const local = endpointOf(localText, '.');
  const peer = endpointOf(peerText, '.');
  if (!kind || !local || !peer) return undefined;
  const hasState = isState(rest[0] ?? '');
  const after = hasState ? rest.slice(1) : rest;
  return socketOf(
    { ...kind, local, peer, state: hasState ? (rest[0] ?? '') : '' },
    {
      family: local.family ?? peer.family ?? kind.family ?? 4,
      ...verbose(after, columns),
    },
  );
}

function read(text: string): ReadSockets {
  const sockets: Socket[] = [];
  let skipped = 0;
  let columns: readonly string[] = [];
  for (const line of text.split(/\r?\n/u)) {
    if (/^Active (LOCAL|UNIX|Multipath|kernel)/u.test(line)) break;
    if (line.startsWith('Proto')) columns = columnsIn(line);
    if (line.trim() === '' || /^(Active|Proto|\()/u.test(line)) continue;
    const socket = lineOf(line, columns);
    if (socket) sockets.push(socket);
    else skipped++;
  }
  return { sockets, skipped };
}

export const NETSTAT_BSD: SnapshotFormat = {
  name: 'netstat-bsd',
  title: 'netstat (macOS, BSD)',
  recognises: (head) =>
    /^(tcp|udp)(4|6|46)?\s+\d+\s+\d+\s+\S+\.(\d+|\*|[a-z][\w-]*)\s+\S+\.(\d+|\*|[a-z][\w-]*)(\s|$)/mu.test(
      head,
    ),
  read,
};

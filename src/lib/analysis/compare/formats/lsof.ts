/** `lsof -nP -i`: one line an open file, COMMAND PID USER FD TYPE DEVICE SIZE/OFF NODE NAME. */

import type { Socket } from '../../../model/snapshot.ts';
import type { ReadSockets, SnapshotFormat } from './contract.ts';
import { type Endpoint, endpointOf, socketOf, transportOf } from './endpoint.ts';

const NOBODY: Endpoint = { address: null, port: null, family: undefined, interface: null };

/** COMMAND writes spaces as \x20. */
const unescaped = (command: string): string =>
  command.replace(/\\x([0-9a-f]{2})/giu, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );

function lineOf(line: string): Socket | undefined {
  const words = line.trim().split(/\s+/u);
  const type = words.findIndex((word) => word === 'IPv4' || word === 'IPv6');
  const node = words.findIndex((word, at) => at > type && transportOf(word) !== undefined);
  if (type < 3 || node < 0) return undefined;
  const kind = transportOf(words[node] ?? '');
  const [localText = '', peerText] = (words[node + 1] ?? '').split('->');
  const local = endpointOf(localText);
  const peer = peerText === undefined ? NOBODY : endpointOf(peerText);
  if (!kind || !local || !peer) return undefined;
  const family = words[type] === 'IPv6' ? 6 : 4;
  return socketOf(
    {
      proto: kind.proto,
      local,
      peer,
      state: /^\((.+)\)$/u.exec(words[node + 2] ?? '')?.[1] ?? '',
      family,
    },
    {
      family: local.family ?? family,
      process: unescaped(words[0] ?? ''),
      pid: Number(words[1]),
      user: words[type - 2] ?? null,
    },
  );
}

function read(text: string): ReadSockets {
  const found = new Map<string, Socket>();
  let skipped = 0;
  for (const line of text.split(/\r?\n/u)) {
    if (line.trim() === '' || line.startsWith('COMMAND')) continue;
    const socket = lineOf(line);
    if (!socket) skipped++;
    // Descriptors of one process for one socket are one socket.
    else found.set(JSON.stringify(socket), socket);
  }
  return { sockets: [...found.values()], skipped };
}

export const LSOF: SnapshotFormat = {
  name: 'lsof',
  title: 'lsof -i',
  recognises: (head) =>
    /^COMMAND\s+PID\b.*\sFD\s+TYPE\s/mu.test(head) ||
    /^\S+\s+\d+\s.*\sIPv[46]\s+\S+\s+\S+\s+(TCP|UDP)\s/mu.test(head),
  read,
};

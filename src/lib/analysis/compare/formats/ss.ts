/** iproute2's `ss` (misc/ss.c): with or without -H, -p, -e, -i, and with the column Netid only where several kinds are listed. */

import type { Socket } from '../../../model/snapshot.ts';
import type { ReadSockets, SnapshotFormat } from './contract.ts';
import { endpointOf, isState, socketOf, transportOf } from './endpoint.ts';

const USER = /users:\(\("(?<process>(?:[^"\\]|\\.)*)",(?:pid=)?(?<pid>\d+)/u;

function extras(rest: string): Partial<Socket> {
  const { process, pid } = USER.exec(rest)?.groups ?? {};
  const sent = /\bbytes_sent:(\d+)/u.exec(rest)?.[1];
  const received = /\bbytes_received:(\d+)/u.exec(rest)?.[1];
  // -e: the number of the user, where it is not root.
  const user = /\buid:(\d+)/u.exec(rest)?.[1];
  return {
    ...(process === undefined ? {} : { process, pid: Number(pid) }),
    ...(user === undefined ? {} : { user }),
    ...(sent === undefined ? {} : { sent_bytes: Number(sent) }),
    ...(received === undefined ? {} : { received_bytes: Number(received) }),
  };
}

/** Undefined where the line is no socket of IP: headers, unix sockets. */
function lineOf(line: string): Socket | undefined {
  const words = line.trim().split(/\s+/u);
  const [first = ''] = words;
  const kind = transportOf(first);
  // Without Netid only one kind is listed; -t is what people ask for, and UNCONN is never TCP's.
  const rest = kind ? words.slice(1) : words;
  const [state = '', , , localText = '', peerText = ''] = rest;
  if (!kind && !isState(state)) return undefined;
  const local = endpointOf(localText);
  const peer = endpointOf(peerText);
  if (!local || !peer) return undefined;
  return socketOf(
    { proto: kind?.proto ?? (state === 'UNCONN' ? 'udp' : 'tcp'), local, peer, state },
    extras(rest.slice(5).join(' ')),
  );
}

/** Lines that begin with white space go on with the socket before (-i, -m, -o), and so does a process that did not fit beside it. */
function read(text: string): ReadSockets {
  const sockets: Socket[] = [];
  let skipped = 0;
  for (const line of text.replace(/\r?\n(?:[ \t]+(?=\S)|(?=users:\())/gu, ' ').split(/\r?\n/u)) {
    if (line.trim() === '' || /^(Netid|State)\s/u.test(line)) continue;
    const socket = lineOf(line);
    if (socket) sockets.push(socket);
    else skipped++;
  }
  return { sockets, skipped };
}

/** -H: no header; with a single kind of sockets not even the kind. */
const BARE =
  /^((tcp|udp|sctp)\s+[A-Z][A-Z0-9-]+|ESTAB|LISTEN|UNCONN|TIME-WAIT|(FIN|CLOSE)-WAIT(-[12])?|SYN-(SENT|RECV)|LAST-ACK)\s+\d+\s+\d+\s+\S+:\S+\s+\S+:\S/u;

export const SS: SnapshotFormat = {
  name: 'ss',
  title: 'ss (iproute2)',
  recognises: (head) =>
    /^(Netid\s+)?State\s+Recv-Q\s+Send-Q\s+Local/mu.test(head) ||
    head
      .split(/\r?\n/u)
      .slice(0, 20)
      .some((line) => BARE.test(line)),
  read,
};

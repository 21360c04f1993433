/** Addresses with ports, as the tools write them: 10.0.0.1:80, [::1]:80, ::1:80, 10.0.0.1.80, *:*, %eth0. */

import { addressText, parseAddress } from '../../../model/address.ts';
import { SOCKET_STATES, type Socket, type SocketState, UNKNOWN_SOCKET } from '../../../model/snapshot.ts';
import { portNamed } from '../../../model/service-ports.ts';

export interface Endpoint {
  /** null: every address, or none. */
  readonly address: string | null;
  readonly port: number | null;
  readonly family: 4 | 6 | undefined;
  readonly interface: string | null;
}

/** What tools that look names up write of it, whatever the machine's own list of hosts says. */
const LOOPBACK: Readonly<Record<string, string>> = {
  localhost: '127.0.0.1',
  'localhost.localdomain': '127.0.0.1',
  'ip6-localhost': '::1',
};

const EVERY = new Set(['*', '0.0.0.0', '::', '[::]', '']);

function portOf(text: string): number | null | undefined {
  if (text === '*' || text === '') return null;
  if (!/^\d+$/u.test(text)) return portNamed(text);
  return text.length <= 5 && Number(text) <= 65_535 ? Number(text) : undefined;
}

/** `separator`: what stands before the port; BSD's netstat has a dot. Undefined where it is no endpoint: names of hosts are none. */
export function endpointOf(text: string, separator: ':' | '.' = ':'): Endpoint | undefined {
  const at = text.lastIndexOf(separator);
  if (at < 0) return undefined;
  const port = portOf(text.slice(at + 1));
  if (port === undefined) return undefined;
  const [bare = '', zone] = text
    .slice(0, at)
    .replace(/^\[(.*?)\](%\S+)?$/u, '$1$2')
    .split('%');
  const device = zone ?? null;
  if (EVERY.has(bare)) {
    const family = bare.includes(':') ? 6 : bare === '0.0.0.0' ? 4 : undefined;
    return { address: null, port: port === 0 ? null : port, family, interface: device };
  }
  const halves = parseAddress(LOOPBACK[bare.toLowerCase()] ?? bare);
  if (!halves) return undefined;
  const address = addressText(halves);
  return {
    address,
    port: port === 0 ? null : port,
    family: address.includes(':') ? 6 : 4,
    interface: device,
  };
}

/** Every tool's words for the states of TCP. */
const STATES: Readonly<Record<string, SocketState>> = {
  LISTENING: 'LISTEN',
  ESTABLISHED: 'ESTAB',
  'SYN-RECEIVED': 'SYN-RECV',
  'SYN-RCVD': 'SYN-RECV',
  'FIN-WAIT1': 'FIN-WAIT-1',
  'FIN-WAIT2': 'FIN-WAIT-2',
  CLOSE: 'CLOSED',
  LASTACK: 'LAST-ACK',
  // As netstat of Windows and of net-tools say them in German.
  ABHÖREN: 'LISTEN',
  HERGESTELLT: 'ESTAB',
  VERBUNDEN: 'ESTAB',
  WARTEND: 'TIME-WAIT',
  'SCHLIESSEN-WARTEN': 'CLOSE-WAIT',
  'FIN-WARTEN-1': 'FIN-WAIT-1',
  'FIN-WARTEN-2': 'FIN-WAIT-2',
  'SYN-GESENDET': 'SYN-SENT',
  'SYN-EMPFANGEN': 'SYN-RECV',
};

export function stateOf(word: string): SocketState {
  const spelt = word.toUpperCase().replaceAll('_', '-');
  return SOCKET_STATES.find((state) => state === spelt) ?? STATES[spelt] ?? 'OTH';
}

export const isState = (word: string): boolean => stateOf(word) !== 'OTH';

interface Ends {
  readonly proto: Socket['proto'];
  readonly local: Endpoint;
  readonly peer: Endpoint;
  /** '' for protocols that have none. */
  readonly state: string;
  /** What the tool's own protocol word says: tcp6, udp46. */
  readonly family?: 4 | 6 | undefined;
}

const untold = (proto: Socket['proto'], connected: boolean): SocketState =>
  proto === 'tcp' ? (connected ? 'OTH' : 'LISTEN') : connected ? 'ESTAB' : 'UNCONN';

/** A socket of a list of sockets. Where its state is not told, or in no words that are known, one that has no peer waits: LISTEN in TCP, UNCONN in others. */
export function socketOf({ proto, local, peer, state, family }: Ends, more: Partial<Socket> = {}): Socket {
  const connected = peer.address !== null;
  const named = state === '' ? 'OTH' : stateOf(state);
  return {
    ...UNKNOWN_SOCKET,
    proto,
    family: local.family ?? peer.family ?? family ?? 4,
    local_address: local.address,
    local_port: local.port,
    peer_address: peer.address,
    peer_port: connected ? peer.port : null,
    state: named === 'OTH' ? untold(proto, connected) : named,
    interface: local.interface,
    ...more,
  };
}

/** tcp, tcp4, tcp6, tcp46, udp …; undefined for what is no transport of IP (unix, raw). */
export function transportOf(word: string): { proto: Socket['proto']; family?: 4 | 6 } | undefined {
  const found = /^(tcp|udp|sctp|icmp)(4|6|46)?$/iu.exec(word);
  if (!found) return undefined;
  const family = found[2] === '6' || found[2] === '46' ? 6 : found[2] === '4' ? 4 : undefined;
  return {
    proto: (found[1] ?? '').toLowerCase() as Socket['proto'],
    ...(family === undefined ? {} : { family }),
  };
}

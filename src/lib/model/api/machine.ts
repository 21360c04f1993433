/** GET /host/now: what the machine that Coldwire runs on is doing. */

import { z } from 'zod';
import { seconds } from './common.ts';

export const hostSocket = z.object({
  proto: z.enum(['tcp', 'udp']),
  family: z.enum(['ipv4', 'ipv6']),
  state: z.string().describe('the name that ss has for it: LISTEN, ESTAB, UNCONN, TIME-WAIT …'),
  listening: z.boolean().describe('waits for anybody: TCP LISTEN, UDP with no peer'),
  local_addr: z.string(),
  local_port: z.number().int(),
  peer_addr: z.string().nullable(),
  peer_port: z.number().int().nullable(),
  interface: z.string().nullable().describe('the one that it is bound to'),
  dual: z.boolean().describe('an IPv6 socket that takes IPv4 as well'),
  inode: z.number().nullable(),
  uid: z.number().int().nullable(),
  user: z.string().nullable(),
  pid: z.number().int().nullable(),
  process: z.string().nullable(),
  path: z.string().nullable().describe('of the program; null where it may not be read'),
  also: z.array(z.number().int()).describe('further processes that hold the same socket'),
  bytes_sent: z.number().nullable().describe('TCP: acknowledged or not, since the connection began'),
  bytes_received: z.number().nullable(),
  rtt_ms: z.number().nullable().describe('smoothed round-trip time as the kernel measures it'),
  min_rtt_ms: z.number().nullable(),
  segments_out: z.number().nullable(),
  retransmitted: z.number().nullable().describe('segments sent again since the connection began'),
});
export type HostSocket = z.infer<typeof hostSocket>;

export const shownSocket = hostSocket.extend({
  scope: z.string().nullable().describe('of the peer: private, loopback, global …'),
  country: z.string().nullable().describe('of the peer, ISO 3166-1 alpha-2'),
  as_name: z.string().nullable(),
  peer_name: z.string().nullable().describe('known from a look-up on request; never asked for by itself'),
  loss: z.number().nullable().describe('share of segments sent again, 0 to 1'),
});
export type ShownSocket = z.infer<typeof shownSocket>;

export const hostInterface = z.object({
  name: z.string(),
  state: z.string().describe('up, down, unknown … as the kernel says'),
  mac: z.string().nullable(),
  mtu: z.number().nullable(),
  loopback: z.boolean(),
  addresses: z.array(z.string()).describe('address/prefix'),
  rx_bytes: z.number(),
  tx_bytes: z.number(),
  rx_packets: z.number(),
  tx_packets: z.number(),
  rx_dropped: z.number(),
  tx_dropped: z.number(),
  rx_errors: z.number(),
  tx_errors: z.number(),
  rx_rate: z.number().nullable().describe('bytes a second since the reading before; null at the first'),
  tx_rate: z.number().nullable(),
});
export type HostInterface = z.infer<typeof hostInterface>;

export const hostProcess = z.object({
  pid: z.number().int(),
  name: z.string(),
  path: z.string().nullable(),
  user: z.string().nullable(),
  cpu_share: z.number().nullable().describe('of one processor since the reading before; 1 is all of it'),
  sockets: z.number().int(),
  connections: z.number().int(),
  flags: z.array(z.string()).describe('why it stands out, in words'),
});
export type HostProcess = z.infer<typeof hostProcess>;

export const application = z.object({
  name: z.string(),
  processes: z.number().int(),
  sockets: z.number().int(),
  connections: z.number().int(),
  peers: z.number().int(),
  bytes: z.number().describe('both ways, of the TCP connections that are open'),
  rate: z.number().nullable().describe('bytes a second both ways since the reading before'),
});
export type Application = z.infer<typeof application>;

export const hostTool = z.object({
  name: z.string(),
  path: z.string().nullable(),
  install: z.string().describe('the package that has it'),
});

export const hostNow = z.object({
  taken: seconds,
  interval_s: z.number().nullable().describe('since the reading before, from which rates are made'),
  machine: z.object({
    name: z.string(),
    platform: z.string(),
    uptime_s: z.number(),
    processors: z.number().int(),
    load: z.array(z.number()).describe('of 1, 5 and 15 minutes'),
  }),
  tools: z.array(hostTool),
  notes: z.array(z.string()).describe('what could not be read, and what to do'),
  interfaces: z.array(hostInterface),
  sockets: z.array(shownSocket),
  processes: z.array(hostProcess).describe('those that hold sockets, and those that stand out'),
  applications: z.array(application),
});
export type HostNow = z.infer<typeof hostNow>;

/** GET /host/now/events, text/event-stream: `event: now` with a HostNow at once and every five seconds; `event: problem`. */
export const nowEvents = ['now', 'problem'] as const;

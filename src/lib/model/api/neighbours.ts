/** The neighbour table of this machine, look-ups and pings: /host/neighbours, /host/switches, /host/look-up, /host/ping. */

import { z } from 'zod';
import { address, seconds } from './common.ts';
import { consent } from './live-captures.ts';

export const neighbour = z.object({
  address: z.string(),
  interface: z.string(),
  mac: z.string().nullable(),
  vendor: z.string().nullable(),
  state: z.string(),
  router: z.boolean(),
  confirmed_s: z.number().nullable().describe('seconds since it was last heard of'),
  first: seconds.describe('when it was first read here'),
  flags: z.array(z.string()).describe('what to look at, in words'),
});
export type Neighbour = z.infer<typeof neighbour>;

export const neighbourEvent = z.object({
  at: seconds,
  kind: z.enum(['appeared', 'changed', 'gone', 'flushed']),
  address: z.string(),
  interface: z.string(),
  from: z.string().nullable().describe('link-layer address before'),
  to: z.string().nullable(),
});
export type NeighbourEvent = z.infer<typeof neighbourEvent>;

export const neighbourTable = z.object({
  taken: seconds,
  neighbours: z.array(neighbour),
  history: z.array(neighbourEvent).describe('the newest first'),
  history_total: z.number(),
});
export type NeighbourTable = z.infer<typeof neighbourTable>;

const interfaceName = z.string().regex(/^[^\s/]{1,15}$/, 'is not the name of an interface');
export const neighbourFlush = z.strictObject({ address, interface: interfaceName, consent });

export const switches = z.strictObject({
  reverse_dns: z.boolean().describe('names of addresses may be asked for, on request'),
  resolution: z.boolean().describe('addresses of names may be asked for, on request'),
  ipinfo: z.boolean().describe('ipinfo.io may be asked about global addresses, on request'),
  watch_neighbours: z.boolean().describe('the neighbour table is read each minute for its history'),
});
export type Switches = z.infer<typeof switches>;
export const switchesPatch = switches.partial();

const hostName = z
  .string()
  .max(253)
  .regex(/^(?!-)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?$/, 'is not the name of a host');

export const lookUpRequest = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('reverse'), what: address }),
  z.strictObject({ kind: z.literal('resolve'), what: hostName }),
  z.strictObject({ kind: z.literal('ipinfo'), what: address }),
  z.strictObject({ kind: z.literal('abuseipdb'), what: address }),
]);
export type LookUpRequest = z.infer<typeof lookUpRequest>;

export const lookUp = z.object({
  kind: z.enum(['reverse', 'resolve', 'ipinfo', 'abuseipdb']),
  what: z.string(),
  asked: seconds,
  cached: z.boolean().describe('answered from what was asked before'),
  answers: z.array(z.string()).describe('names or addresses; empty where there are none'),
  details: z
    .record(z.string(), z.string())
    .describe('of ipinfo: city, region, country, org …; of AbuseIPDB: confidence, reports …'),
});
export type LookUp = z.infer<typeof lookUp>;

export const pingRequest = z.strictObject({ address, count: z.number().int().min(1).max(10).default(4) });
export const pingResult = z.object({
  address: z.string(),
  sent: z.number(),
  received: z.number(),
  min_ms: z.number().nullable(),
  avg_ms: z.number().nullable(),
  max_ms: z.number().nullable(),
  deviation_ms: z.number().nullable(),
});
export type PingReply = z.infer<typeof pingResult>;

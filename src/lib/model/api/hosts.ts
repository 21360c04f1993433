/** GET /cases/{case}/hosts/{ip}: who it is, whom it speaks to. */

import { z } from 'zod';
import { countryShare, share } from './overview.ts';
import { finding } from './findings.ts';

export const hostPeer = z.object({
  address: z.string(),
  names: z.array(z.string()),
  country: z.string().nullable(),
  conns: z.number(),
  sent_bytes: z.number(),
  received_bytes: z.number(),
  services: z.array(z.string()),
  first: z.number(),
  last: z.number(),
});
export const hostService = z.object({
  proto: z.string(),
  port: z.number(),
  service: z.string().nullable(),
  conns: z.number(),
  clients: z.number(),
  answered: z.number().describe('connections that it answered'),
  bytes: z.number(),
  processes: z.array(z.string()).describe('that snapshots kept with the case know behind it'),
});
export const hostProcess = z.object({
  process: z.string(),
  user: z.string().nullable(),
  pids: z.array(z.number()).describe('in order, the first 20'),
  services: z.array(z.string()).describe('that its connections speak'),
  conns: z.number(),
  bytes: z.number(),
});

export const hostResource = z.object({
  address: z.string(),
  scope: z.string(),
  seen_in: z
    .string()
    .describe(
      'capture; without a packet what is kept with the case and lists it: scan, snapshot, scan and snapshot',
    ),
  is_home: z.boolean(),
  first_seen: z.number(),
  last_seen: z.number(),
  macs: z.array(z.object({ mac: z.string(), vendor: z.string().nullable() })),
  names: z
    .array(z.object({ name: z.string(), source: z.string(), first_seen: z.number().nullable() }))
    .describe('by DNS, SNI, Host, DHCP and others; the first 200, the earliest first'),
  of_names: z.number(),
  country: z.string().nullable(),
  city: z.string().nullable(),
  lat: z.number().nullable(),
  lon: z.number().nullable(),
  asn: z.number().nullable(),
  as_name: z.string().nullable(),
  conns_orig: z.number(),
  conns_resp: z.number(),
  sent_bytes: z.number(),
  received_bytes: z.number(),
  sent_pkts: z.number(),
  received_pkts: z.number(),
  inputs: z.array(z.string()),
  peers: z.object({ rows: z.array(hostPeer), of: z.number() }),
  serves: z.array(hostService).describe('ports on which it answered or was asked'),
  uses: z.array(share).describe('services that it asked for'),
  processes: z.array(hostProcess).describe('at its end of its connections, where a kept snapshot knows them'),
  countries: z.array(countryShare),
  findings: z.array(finding),
});
export type Host = z.infer<typeof hostResource>;

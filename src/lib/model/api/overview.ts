/** GET /cases/{case}/overview: what is in it, and how completely it was read. */

import { z } from 'zod';
import { timeRange } from './common.ts';
import { captureFile } from './inputs.ts';

export const ledgerEntry = z.object({
  scope: z.string().describe('capture: places in a file; packet: packets; connection: connections'),
  code: z.string(),
  doc: z.string().describe('what the code means'),
  count: z.number(),
  skipped: z.number().describe('bytes passed over'),
  recovered: z.boolean(),
  places: z
    .array(
      z.object({
        input: z.string(),
        file: z.number(),
        name: z.string(),
        offset: z.number(),
        detail: z.string().nullable(),
      }),
    )
    .describe('the first few places'),
});
export type LedgerEntry = z.infer<typeof ledgerEntry>;

/** packets_read = decoded + packets under a fault. */
export const ledger = z.object({
  packets_read: z.number(),
  decoded: z.number(),
  faulty: z.number(),
  recovered: z.object({ total: z.number(), decoded: z.number() }),
  cut_by_caps: z.number().describe('connections written out early because of a cap'),
  streams_with_gaps: z.number(),
  missing_bytes: z.number(),
  vlan_halves: z.number().describe('one-sided connections that differ from their other half in VLAN alone'),
  files_cut_short: z.number(),
  complete: z.boolean().describe('nothing was lost, cut or left undecoded'),
  entries: z.array(ledgerEntry),
});
export type Ledger = z.infer<typeof ledger>;

export const share = z.object({
  name: z.string(),
  conns: z.number(),
  packets: z.number(),
  bytes: z.number(),
});
export type Share = z.infer<typeof share>;

export const topHost = z.object({
  address: z.string(),
  names: z.array(z.string()),
  is_home: z.boolean(),
  country: z.string().nullable(),
  as_name: z.string().nullable(),
  conns: z.number(),
  packets: z.number(),
  sent_bytes: z.number(),
  received_bytes: z.number(),
});
export const topConversation = z.object({
  a: z.string(),
  b: z.string(),
  conns: z.number(),
  packets: z.number(),
  a_bytes: z.number().describe('bytes that a sent'),
  b_bytes: z.number(),
  services: z.array(z.string()),
});
export const countryShare = z.object({
  country: z.string().nullable().describe('ISO 3166-1 alpha-2; null where it is not known'),
  hosts: z.number(),
  conns: z.number(),
  bytes: z.number(),
});

export const homeNetworks = z.object({
  networks: z.array(z.string()).describe('CIDR'),
  source: z.enum(['inferred', 'override']),
  inferred: z.array(z.string()),
  why: z.string().describe('one sentence: how they were found'),
});
export type HomeNetworks = z.infer<typeof homeNetworks>;
export const homeNetworksPut = z.strictObject({
  networks: z.array(z.string().max(64)).max(1_000).nullable().describe('null: back to what was inferred'),
});

/** A list cut short says of how many. */
const firstOf = <T extends z.ZodType>(item: T) => z.object({ rows: z.array(item), of: z.number() });

export const overview = z.object({
  range: timeRange.nullable().describe("the data's own range"),
  shown: timeRange.nullable().describe('the range asked for, or the whole'),
  filtered: z.boolean(),
  totals: z.object({
    inputs: z.number(),
    packets: z.number(),
    connections: z.number(),
    hosts: z
      .number()
      .describe(
        'addresses that have a connection here, each once; the table hosts has those without one too, and a row for each input',
      ),
    bytes: z.number().describe('frame bytes of the connections shown'),
    payload_bytes: z.number(),
    duration_s: z.number(),
  }),
  ledger,
  captures: z.array(captureFile.extend({ input: z.string() })),
  protocols: z.object({ transport: z.array(share), service: z.array(share), port: z.array(share) }),
  applications: z.array(share).describe('by process, where a snapshot kept with the case knows it'),
  top_hosts: firstOf(topHost),
  top_conversations: firstOf(topConversation),
  countries: z.array(countryShare),
  findings: z.object({
    critical: z.number(),
    high: z.number(),
    medium: z.number(),
    low: z.number(),
    info: z.number(),
  }),
  home_networks: homeNetworks,
});
export type Overview = z.infer<typeof overview>;

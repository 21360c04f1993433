/** nmap scans from this machine, and imported ones: /host/scans. */

import { z } from 'zod';
import { caseId, seconds } from './common.ts';
import { difference } from './compare.ts';
import { consent } from './live-captures.ts';

export const scanId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'is not an id of a scan');

/** Addresses that one scan may name. */
export const MAX_SCAN_ADDRESSES = 4_096;

export const SCAN_PROFILES = ['ping', 'quick', 'services', 'full', 'udp', 'os', 'scripts'] as const;

export const scanOptions = z.strictObject({
  technique: z.enum(['default', 'connect', 'syn', 'udp', 'ping']).default('default'),
  ports: z
    .string()
    .regex(
      /^(?:[TU]:)?\d{1,5}(?:-\d{1,5})?(?:,(?:[TU]:)?\d{1,5}(?:-\d{1,5})?)*$/,
      'must be ports as 22,80,8000-8100',
    )
    .max(500)
    .nullable()
    .default(null),
  top_ports: z.number().int().min(1).max(65_535).nullable().default(null),
  services: z.boolean().default(false).describe('ask open ports what serves there (-sV)'),
  os: z.boolean().default(false).describe('guess the operating system (-O); needs root'),
  scripts: z.boolean().default(false).describe("nmap's default scripts (-sC)"),
  no_ping: z.boolean().default(false).describe('take every host for up (-Pn)'),
  timing: z.number().int().min(0).max(5).default(3).describe('-T0 slow to -T5 fast'),
});
export type ScanOptions = z.output<typeof scanOptions>;

export const scanStart = z.strictObject({
  targets: z
    .array(z.string().min(1).max(253))
    .min(1)
    .max(64)
    .describe('addresses, CIDR networks, host names'),
  profile: z.enum(SCAN_PROFILES).nullable().default(null).describe('instead of options'),
  options: scanOptions.prefault({}),
  seconds: z.number().int().min(5).max(14_400).default(1_800).describe('after which it is ended'),
  consent,
});
export type ScanStart = z.output<typeof scanStart>;

const script = z.object({ id: z.string(), output: z.string() });

export const scannedPort = z.object({
  proto: z.string(),
  port: z.number().int(),
  state: z.string().describe('open, closed, filtered, open|filtered …'),
  reason: z.string().nullable(),
  service: z.string().nullable(),
  product: z.string().nullable(),
  version: z.string().nullable(),
  extra: z.string().nullable(),
  cpe: z.array(z.string()),
  scripts: z.array(script),
});
export type ScannedPort = z.infer<typeof scannedPort>;

export const scannedHost = z.object({
  address: z.string(),
  mac: z.string().nullable(),
  vendor: z.string().nullable(),
  names: z.array(z.string()),
  state: z.string().describe('up or down'),
  reason: z.string().nullable(),
  latency_ms: z.number().nullable(),
  ports: z.array(scannedPort),
  other_ports: z.array(z.object({ state: z.string(), count: z.number() })).describe('not listed one by one'),
  os: z.array(z.object({ name: z.string(), accuracy: z.number() })),
  scripts: z.array(script),
});
export type ScannedHost = z.infer<typeof scannedHost>;

export const scanSummary = z.object({
  id: scanId,
  name: z.string(),
  origin: z.enum(['here', 'imported']),
  targets: z.array(z.string()),
  command: z.string(),
  operator: z.string(),
  state: z.enum(['running', 'done', 'cancelled', 'failed']),
  why: z.string().nullable().describe('one sentence'),
  started: seconds,
  ended: seconds.nullable(),
  progress: z.number().nullable().describe('share of the phase that runs, 0 to 1'),
  phase: z.string().nullable(),
  hosts_up: z.number(),
  hosts: z.number(),
  open_ports: z.number(),
});
export type ScanSummary = z.infer<typeof scanSummary>;

export const scanResult = z.object({ scan: scanSummary, hosts: z.array(scannedHost) });
export type ScanResult = z.infer<typeof scanResult>;

export const scanList = z.object({
  problem: z.string().nullable().describe('why nothing can be scanned, and what to do'),
  root: z.boolean().describe('SYN and UDP scans and OS detection need root'),
  scans: z.array(scanSummary),
});
export type ScanList = z.infer<typeof scanList>;

export const scanParams = z.object({ scan: scanId });
export const scanRawQuery = z.object({ as: z.enum(['text', 'xml']).default('text') });
export const scanImportQuery = z.object({ name: z.string().trim().min(1).max(200) });
export const scanCompareQuery = z.object({ a: scanId.describe('before'), b: scanId.describe('after') });
export const scanComparison = z.object({
  a: scanSummary,
  b: scanSummary,
  hosts: z.object({ added: z.array(z.string()), removed: z.array(z.string()), same: z.number() }),
  services: difference,
});
export type ScanComparison = z.infer<typeof scanComparison>;

export const scanJoin = z.strictObject({ case: caseId });
export const scannedInCase = z.object({
  scans: z.array(z.object({ scan: scanSummary, hosts: z.array(scannedHost) })),
});
export type ScannedInCase = z.infer<typeof scannedInCase>;

/** GET /host/scans/{scan}/events: `event: scan` with a ScanSummary at once, each second and at the end. */
export const scanEvents = ['scan'] as const;

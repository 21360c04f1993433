/** Captures on this machine: /host/captures. */

import { z } from 'zod';
import { caseId, jobId, seconds } from './common.ts';
import { severityWord } from './findings.ts';

export const captureId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'is not an id of a capture');

/** What is captured where nobody says otherwise. */
export const CAPTURE_DEFAULTS = { seconds: 60, bytes: 256_000_000, snaplen: 262_144 } as const;

const limit = z.number().int().min(1);

export const consent = z.strictObject({
  operator: z.string().trim().min(1, 'must be the name of whoever does this').max(120),
  agreed: z.literal(true, 'must be confirmed').describe('the operator may do this here, and says so'),
});
export type Consent = z.infer<typeof consent>;

export const captureFilter = z
  .string()
  .max(2_000)
  .regex(/^[^\p{Cc}]*$/u, 'must not hold control characters')
  .describe('BPF in pcap-filter(7) syntax; empty captures everything');

export const captureStart = z.strictObject({
  interface: z.string().min(1).max(64),
  filter: captureFilter.default(''),
  snaplen: z
    .number()
    .int()
    .min(64)
    .max(262_144)
    .default(CAPTURE_DEFAULTS.snaplen)
    .describe('bytes kept of a packet'),
  seconds: limit.max(86_400).nullable().default(CAPTURE_DEFAULTS.seconds),
  bytes: limit.max(1_000_000_000_000).nullable().default(CAPTURE_DEFAULTS.bytes),
  packets: limit.max(10_000_000_000).nullable().default(null),
  ring: z
    .strictObject({ files: z.number().int().min(2).max(100), megabytes: z.number().int().min(1).max(10_000) })
    .nullable()
    .default(null)
    .describe('keep the newest of so many files; the byte limit does not apply then'),
  unlimited: z
    .boolean()
    .default(false)
    .describe('must be said where no limit of seconds, bytes or packets and no ring is set'),
  promiscuous: z.boolean().default(false).describe('also packets for other machines'),
  ingest: z.boolean().default(true).describe('make a case of it when it ends'),
  consent,
});
export type CaptureStart = z.output<typeof captureStart>;

export const liveCapture = z.object({
  id: captureId,
  interface: z.string(),
  filter: z.string(),
  snaplen: z.number(),
  limits: z.object({
    seconds: z.number().nullable(),
    bytes: z.number().nullable(),
    packets: z.number().nullable(),
    ring: z.object({ files: z.number(), megabytes: z.number() }).nullable(),
  }),
  operator: z.string(),
  tool: z.string().describe('tcpdump or dumpcap'),
  command: z.string().describe('what was run, for the record'),
  state: z.enum(['running', 'done', 'failed']),
  why: z.string().nullable().describe('what ended it, or what went wrong: one sentence'),
  started: seconds,
  ended: seconds.nullable(),
  bytes: z.number().describe('of the capture file so far'),
  packets: z.number().describe('read so far; when it has ended, those that the tool wrote'),
  received: z.number().nullable().describe('packets that passed the filter, as the kernel counts them'),
  dropped: z.number().nullable().describe('packets that the kernel had no room for'),
  files: z.array(z.string()),
  case: caseId.nullable(),
  job: jobId.nullable(),
});
export type LiveCaptureResource = z.infer<typeof liveCapture>;
export const liveCaptureList = z.object({ captures: z.array(liveCapture) });
export type LiveCaptureList = z.infer<typeof liveCaptureList>;

export const livePacket = z.object({
  n: z.number(),
  ts: seconds,
  len: z.number(),
  proto: z.string(),
  src: z.string(),
  dst: z.string(),
  info: z.string(),
  severity: severityWord,
});
export type LivePacket = z.infer<typeof livePacket>;

export const liveQuestion = z.object({
  n: z.number(),
  ts: seconds,
  client: z.string(),
  server: z.string(),
  name: z.string(),
  type: z.string(),
  answer: z.string().nullable().describe('response code and answers; null for a question'),
  severity: severityWord,
  why: z.string().nullable(),
});
export type LiveQuestion = z.infer<typeof liveQuestion>;

export const liveAlert = z.object({
  n: z.number(),
  ts: seconds,
  rule: z.string(),
  title: z.string(),
  src: z.string(),
  dst: z.string(),
  severity: severityWord,
});
export type LiveAlert = z.infer<typeof liveAlert>;

export const liveConn = z.object({
  proto: z.string(),
  a: z.string(),
  b: z.string(),
  packets: z.number(),
  bytes: z.number(),
  first: seconds,
  last: seconds,
});
export type LiveConn = z.infer<typeof liveConn>;

export const liveTotals = z.object({
  packets: z.number(),
  bytes: z.number().describe('on the wire'),
  connections: z.number(),
  questions: z.number(),
  alerts: z.number(),
  not_listed: z.number().describe('packets that came too fast to be listed; they are in the file'),
});
export type LiveTotals = z.infer<typeof liveTotals>;

/** What was read since the batch before. */
export const liveBatch = z.object({
  totals: liveTotals,
  packets: z.array(livePacket),
  questions: z.array(liveQuestion),
  alerts: z.array(liveAlert),
  conns: z.array(liveConn).describe('those with most bytes, of all so far'),
});
export type LiveBatch = z.infer<typeof liveBatch>;

/**
 * GET /host/captures/{capture}/events, text/event-stream: `event: capture` with a LiveCapture first, each second and at each change;
 * `event: seen` with a LiveBatch of what was listed before; `event: batch` with what came since; `event: end` when the capture has
 * ended and all of it was read.
 */
export const captureEvents = ['capture', 'seen', 'batch', 'end'] as const;

export const filterCheckQuery = z.object({ filter: captureFilter });
export const filterCheck = z.object({
  ok: z.boolean(),
  message: z.string().nullable().describe("what is wrong with it, in the tool's words"),
  instructions: z.number().nullable().describe('length of the compiled program'),
});
export type FilterCheck = z.infer<typeof filterCheck>;

export const captureParams = z.object({ capture: captureId });
export const captureFileQuery = z.object({ file: z.coerce.number().int().min(0).max(99).default(0) });

export const captureReadiness = z.object({
  tool: z.string().nullable(),
  problem: z.string().nullable().describe('why nothing can be captured, and what to do'),
  interfaces: z.array(z.object({ name: z.string(), state: z.string(), addresses: z.array(z.string()) })),
  free_bytes: z.number(),
});
export type CaptureReadiness = z.infer<typeof captureReadiness>;

export const custodyEntry = z.object({
  at: z.string().describe('ISO 8601, UTC'),
  operator: z.string(),
  act: z.string(),
  detail: z.record(z.string(), z.unknown()),
  previous: z.string().describe('SHA-256 of the line before'),
});
export type CustodyEntry = z.infer<typeof custodyEntry>;
export const custodyLog = z.object({
  sound: z.boolean().describe('every line names the hash of the one before'),
  entries: z.array(custodyEntry).describe('the newest first'),
});

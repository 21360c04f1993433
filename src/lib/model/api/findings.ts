/** What was found: by behaviour detectors and by signatures. */

import { z } from 'zod';
import { inputId } from './common.ts';

/** critical 90 to 100, high 70 to 89, medium 40 to 69, low 20 to 39, info below. */
export const severityWord = z.enum(['critical', 'high', 'medium', 'low', 'info']);
export type SeverityWord = z.infer<typeof severityWord>;

export const finding = z.object({
  key: z.string().describe('the same across runs'),
  source: z.enum(['detector', 'signature']),
  rule: z.object({ id: z.string(), rev: z.number().nullable(), name: z.string() }),
  severity: z.number().int().describe('0 to 100'),
  word: severityWord,
  title: z.string(),
  sub: z.string().nullable().describe('kind, such as tcp-syn of a scan'),
  technique: z.string().nullable().describe('ATT&CK technique'),
  score: z.number().nullable(),
  why: z.array(
    z.object({ term: z.string(), value: z.union([z.string(), z.number()]), weight: z.number().nullable() }),
  ),
  src: z.array(z.string()).describe('addresses that acted'),
  dst: z.array(z.string()).describe('addresses acted upon, the first 100'),
  of_dst: z.number(),
  ports: z.array(z.number()).describe('the first 100'),
  of_ports: z.number(),
  proto: z.string().nullable(),
  first: z.number().describe('seconds'),
  last: z.number(),
  input: inputId,
  uids: z.array(z.string()).describe('connections in evidence, the first 100'),
  of_uids: z.number(),
  frames: z.array(z.object({ file: z.number(), n: z.number() })).describe('the first 100 frames in evidence'),
});
export type Finding = z.infer<typeof finding>;

export const triageState = z.enum(['new', 'escalated', 'closed', 'false_positive']);
export type TriageState = z.infer<typeof triageState>;

/** What a person decided about a finding; it survives new runs, since it hangs on the key. */
export const triage = z.object({
  state: triageState,
  note: z.string().nullable(),
  owner_id: z.string(),
  at: z.string(),
});
export type Triage = z.infer<typeof triage>;

/** A finding as lists show it: with what was decided about it. */
export const listedFinding = finding.extend({
  triage: triage.nullable(),
  suppressed: z.string().nullable().describe('the reason, where a suppression covers it'),
});
export type ListedFinding = z.infer<typeof listedFinding>;

export const triagePut = z.strictObject({
  keys: z.array(z.string().min(1).max(1_000)).min(1).max(10_000),
  state: triageState,
  note: z.string().max(10_000).nullable().optional().describe('absent: keeps the one there is'),
});
export type TriagePut = z.infer<typeof triagePut>;
export const triaged = z.object({ triaged: z.number() });
export type Triaged = z.infer<typeof triaged>;

/** What is known and wanted: applied when findings are read, never when they are made. What is absent matches anything. */
export const suppression = z.strictObject({
  rule: z.string().max(200).optional().describe('id of a rule or detector'),
  src: z.string().max(50).optional().describe('address or network of who acts'),
  dst: z.string().max(50).optional().describe('address or network of who is acted upon'),
  reason: z.string().min(1).max(500),
});
export type Suppression = z.infer<typeof suppression>;
export const suppressionList = z.object({ suppressions: z.array(suppression).max(1_000) });
export type SuppressionList = z.infer<typeof suppressionList>;

export const findingQuery = z.object({
  key: z.string().min(1).max(1_000),
  input: inputId.optional(),
  run: z.string().max(63).default('ingest'),
});

/** The fewest packets that make the rule of a finding fire again. */
export const proof = z.object({
  verified: z.boolean().describe('the rule was run over these packets and fired'),
  packets: z.number(),
  of_packets: z.number().describe('packets of the evidence'),
  bytes: z.number(),
  tries: z.number(),
  why: z.string().describe('one sentence'),
});
export type Proof = z.infer<typeof proof>;

export const findingsQuery = z.object({
  run: z.string().max(63).default('ingest').describe('a replay, instead of what the ingests found'),
  state: triageState
    .optional()
    .describe('only those in this state of triage; new: those that nobody has looked at, too'),
  suppressed: z.enum(['hide', 'show', 'only']).default('hide'),
  severity: z.coerce.number().int().min(0).max(100).default(0).describe('at least'),
  host: z.string().max(45).optional(),
  input: inputId.optional(),
  rule: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(10_000).default(1_000),
});
export type FindingsQuery = z.input<typeof findingsQuery>;

export const findingList = z.object({
  findings: z.array(listedFinding),
  of: z.number(),
  suppressed: z.number().describe('findings that suppressions hide'),
});
export type FindingList = z.infer<typeof findingList>;

export const findingsExportQuery = findingsQuery.extend({
  format: z
    .enum(['incidents', 'anomalies', 'eve', 'ecs', 'stix', 'markdown', 'html', 'ndjson'])
    .default('incidents'),
});

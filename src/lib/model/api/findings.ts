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

export const findingsQuery = z.object({
  severity: z.coerce.number().int().min(0).max(100).default(0).describe('at least'),
  host: z.string().max(45).optional(),
  input: inputId.optional(),
  rule: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(10_000).default(1_000),
});
export type FindingsQuery = z.input<typeof findingsQuery>;

export const findingList = z.object({ findings: z.array(finding), of: z.number() });
export type FindingList = z.infer<typeof findingList>;

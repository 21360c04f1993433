/** A case: a named set of inputs with one owner. */

import { z } from 'zod';
import { caseId, timeRange } from './common.ts';

export const caseResource = z.object({
  id: caseId,
  name: z.string(),
  description: z.string(),
  owner_id: z.string(),
  created: z.string().describe('ISO 8601, UTC'),
  modified: z.string().describe('ISO 8601, UTC'),
  state: z
    .enum(['empty', 'ready', 'ingesting', 'unreadable'])
    .describe('unreadable: the files of the case cannot be opened; see problem'),
  problem: z.string().optional(),
  sample: z.boolean().describe('the sample case'),
  inputs: z.number().int(),
  files: z.number().int(),
  packets: z.number(),
  connections: z.number(),
  bytes: z.number().describe('bytes of its capture files'),
  disk_bytes: z.number().describe('bytes of its records on disk'),
  findings: z.number().int(),
  max_severity: z.number().int().nullable().describe('0 to 100 of the gravest finding'),
  last_finding: z.string().nullable().describe('title of the gravest finding'),
  range: timeRange.nullable().describe('first and last packet'),
});
export type Case = z.infer<typeof caseResource>;

export const caseList = z.object({ cases: z.array(caseResource) });
export type CaseList = z.infer<typeof caseList>;

const name = z.string().trim().min(1, 'must not be empty').max(120);
export const caseCreate = z.strictObject({ name, description: z.string().max(4_000).optional() });
export type CaseCreate = z.infer<typeof caseCreate>;

export const casePatch = z.strictObject({
  name: name.optional(),
  description: z.string().max(4_000).optional(),
});
export type CasePatch = z.infer<typeof casePatch>;

export const sampleCase = z.object({
  case: caseResource,
  jobs: z.array(z.string()).describe('jobs that ingest the sample captures; empty if the case existed'),
});
export type SampleCase = z.infer<typeof sampleCase>;

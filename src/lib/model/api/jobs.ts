/** A job: work that outlasts a request. */

import { z } from 'zod';
import { caseId, inputId, jobId } from './common.ts';

export const jobProgress = z.object({
  phase: z.enum(['queued', 'import', 'decode', 'seal', 'commit', 'done']),
  bytes: z.number(),
  total_bytes: z.number(),
  packets: z.number(),
  connections: z.number(),
  rows: z.number(),
  faults: z.number(),
  elapsed_s: z.number(),
  eta_s: z.number().nullable().describe('seconds left; null where it cannot be told yet'),
});
export type JobProgress = z.infer<typeof jobProgress>;

/** A connection that ended while its capture is still being read. */
export const firstConnection = z.object({
  uid: z.string(),
  ts: z.number().describe('seconds since the epoch'),
  orig_h: z.string(),
  orig_p: z.number(),
  resp_h: z.string(),
  resp_p: z.number(),
  proto: z.string(),
  service: z.string().nullable(),
  bytes: z.number().describe('payload bytes, both ways'),
});
export type FirstConnection = z.infer<typeof firstConnection>;

/** What `coldwire ingest --json` prints on its last line. */
export const ingestResult = z.object({
  input: inputId,
  case: caseId,
  packets: z.number(),
  connections: z.number(),
  bytes: z.number(),
  import_s: z.number(),
  decode_s: z.number(),
  load_s: z.number(),
  seal_s: z.number(),
  total_s: z.number(),
  peak_bytes: z.number(),
});
export type IngestResult = z.infer<typeof ingestResult>;

export const jobResource = z.object({
  id: jobId,
  case: caseId,
  kind: z.enum(['ingest', 'replay']),
  state: z.enum(['queued', 'running', 'done', 'failed', 'cancelled']),
  files: z.array(z.object({ name: z.string(), size: z.number() })),
  created: z.string(),
  started: z.string().nullable(),
  ended: z.string().nullable(),
  progress: jobProgress,
  first: z.array(firstConnection).describe('the first connections that ended, while it runs'),
  error: z.string().nullable().describe('one sentence'),
  input: inputId.nullable().describe('the input that came of it'),
  run: z.string().nullable().describe('the run that came of it'),
  result: ingestResult.nullable(),
});
export type Job = z.infer<typeof jobResource>;

export const jobList = z.object({ jobs: z.array(jobResource) });
export type JobList = z.infer<typeof jobList>;
export const jobQuery = z.object({ case: caseId.optional() });

/**
 * GET /jobs/{job}/events, text/event-stream: `event: state` with a Job first and at each change of state, `event: progress`
 * with a JobProgress at most four times a second. The stream ends after done, failed or cancelled.
 */
export const jobEvents = ['state', 'progress'] as const;

/** A run: rules and detectors over captures that were read already, its findings kept beside those of other runs. */

import { z } from 'zod';
import { inputId, jobId, secondsText, sha256, timeRange } from './common.ts';
import { finding } from './findings.ts';
import { refusedRule, ruleFileId } from './rules.ts';

export const runId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'is not an id of a run');

const detectorParams = z.record(z.string(), z.unknown());

/** POST /cases/{case}/runs. What is left out is as the case has it. */
export const runCreate = z.strictObject({
  name: z.string().min(1).max(200).optional(),
  rules: z.array(ruleFileId).max(1_000).optional(),
  detectors: z.array(z.string().max(100)).max(200).optional(),
  params: z
    .record(z.string(), detectorParams)
    .optional()
    .describe('parameters by detector; the rest keep their defaults'),
  inputs: z.array(inputId).min(1).max(1_000).optional(),
  from: secondsText.optional().describe('limits what is reported'),
  to: secondsText.optional(),
});
export type RunCreate = z.infer<typeof runCreate>;
export const runCreated = z.object({ run: runId, job: jobId });
export type RunCreated = z.infer<typeof runCreated>;

const words = z.object({
  critical: z.number(),
  high: z.number(),
  medium: z.number(),
  low: z.number(),
  info: z.number(),
});

/** Everything that a run rests on: the same again gives the same findings. */
export const runResource = z.object({
  id: runId,
  kind: z.enum(['replay']),
  name: z.string(),
  created: z.string(),
  engine: z.string(),
  inputs: z.array(z.object({ id: inputId, name: z.string(), files: z.array(sha256) })),
  rules: z.array(
    z.object({ id: z.string(), sha256, language: z.string(), rules: z.number(), refused: z.number() }),
  ),
  lists: z
    .array(z.object({ id: z.string(), sha256 }))
    .default([])
    .describe('lists beside one’s own rule files that the chosen ones name'),
  refused: z.array(refusedRule).describe('rules that were not loaded, the first 200'),
  detectors: z.array(z.object({ id: z.string(), rev: z.number(), params: z.unknown() })),
  problems: z
    .array(z.object({ id: z.string(), why: z.string() }))
    .describe('what was left out on the way, and why'),
  range: timeRange.nullable(),
  packets_read: z.number(),
  connections_read: z.number(),
  candidates: z
    .number()
    .nullable()
    .describe('connections that the rules were reduced to; null for a full pass'),
  findings: z.number(),
  words,
  digest: sha256.describe('over the findings: equal where two runs found the same'),
});
export type Run = z.infer<typeof runResource>;
export const runList = z.object({ runs: z.array(runResource) });
export type RunList = z.infer<typeof runList>;

/** `ingest` names the findings that came with the ingests. */
const runOrIngest = z.union([z.literal('ingest'), runId]);
export const runsCompareQuery = z.object({ a: runOrIngest, b: runOrIngest });

export const findingChange = z.object({
  key: z.string(),
  before: finding,
  after: finding,
  fields: z.array(z.string()).describe('what differs'),
});
export const runsComparison = z.object({
  a: runOrIngest,
  b: runOrIngest,
  added: z.array(finding),
  gone: z.array(finding),
  changed: z.array(findingChange),
  same: z.number(),
  rules: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      added: z.number(),
      gone: z.number(),
      changed: z.number(),
      same: z.number(),
    }),
  ),
});
export type RunsComparison = z.infer<typeof runsComparison>;

/** POST /cases/{case}/backtest: the findings of a run against what really happened. */
export const backtestAsk = z.strictObject({
  run: runOrIngest.default('ingest'),
  input: inputId.optional(),
  labels: z
    .string()
    .max(64 * 1024 * 1024)
    .describe('a label file of sample-pcaps (JSON), or CSV with start, end, src, dst, label'),
});
export type BacktestAsk = z.infer<typeof backtestAsk>;

const share = z
  .object({ value: z.number(), low: z.number(), high: z.number(), n: z.number() })
  .nullable()
  .describe('with its 95 % interval (Wilson)');

export const backtestReply = z.object({
  findings: z.number(),
  labels: z.number().describe('malicious deeds'),
  precision: share,
  recall: share,
  rules: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      true_positives: z.number(),
      false_positives: z.number(),
      labels: z.number().describe('deeds that it found'),
      precision: share,
    }),
  ),
  missed: z.array(
    z.object({
      name: z.string(),
      start: z.number(),
      end: z.number(),
      src: z.string().nullable(),
      dst: z.string().nullable(),
    }),
  ),
  of_missed: z.number(),
  false_positives: z.array(finding),
  of_false_positives: z.number(),
  faults: z.array(z.string()).describe('labels that could not be read'),
});
export type Backtest = z.infer<typeof backtestReply>;

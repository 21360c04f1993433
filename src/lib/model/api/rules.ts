/** Rule files: those that come with Coldwire, and one's own. */

import { z } from 'zod';
import { inputId, sha256 } from './common.ts';
import { finding } from './findings.ts';

/** `shipped/…` comes with Coldwire and cannot be changed; `own/…` is the user's. */
export const ruleFileId = z
  .string()
  .regex(/^(shipped|own)\/[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/, 'is not the id of a rule file');

export const refusedRule = z.object({
  file: z.string(),
  line: z.number().int().nullable(),
  sid: z.string().nullable(),
  why: z.string().describe('one sentence'),
});
export type RefusedRuleResource = z.infer<typeof refusedRule>;

export const ruleFile = z.object({
  id: ruleFileId,
  name: z.string(),
  origin: z.enum(['shipped', 'own']),
  language: z.string(),
  sha256,
  size: z.number(),
  rules: z.number().describe('rules that load'),
  refused: z.array(refusedRule).describe('rules that do not, the first 200'),
  of_refused: z.number(),
  reach: z
    .enum(['records', 'some', 'any'])
    .describe('what it is asked of: records, packets of some connections, any packet'),
});
export type RuleFile = z.infer<typeof ruleFile>;

/** A list that rules name (hashes, a data set, reputations), beside one's own rule files. */
export const ruleList = z.object({ id: ruleFileId, name: z.string(), sha256, size: z.number() });
export type RuleList = z.infer<typeof ruleList>;

export const ruleFileList = z.object({ files: z.array(ruleFile), lists: z.array(ruleList) });
export type RuleFileList = z.infer<typeof ruleFileList>;

export const ruleFact = z.object({
  id: z.string(),
  name: z.string(),
  rev: z.number().nullable(),
  severity: z.number(),
});
export const ruleText = z.object({ file: ruleFile, text: z.string(), rules: z.array(ruleFact) });
export type RuleText = z.infer<typeof ruleText>;

export const ruleFileQuery = z.object({ id: ruleFileId });
export const ruleTextBody = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/, 'may have letters, digits, dots, dashes and underscores'),
  text: z.string().max(64 * 1024 * 1024),
});
export type RuleTextBody = z.infer<typeof ruleTextBody>;

/** What an editor shows while one types. */
export const ruleCheck = z.object({
  language: z.string(),
  rules: z.array(ruleFact).describe('the first 1,000'),
  of_rules: z.number(),
  refused: z.array(refusedRule),
});
export type RuleCheck = z.infer<typeof ruleCheck>;

/** Which rule files the ingests of a case run, and which a replay offers first. */
export const caseRules = z.object({
  files: z.array(ruleFileId).describe('rule files that are on'),
});
export type CaseRules = z.infer<typeof caseRules>;

/** Hits of a rule text that is not saved yet. */
export const ruleTry = z.strictObject({
  name: ruleTextBody.shape.name,
  text: z.string().max(4 * 1024 * 1024),
  input: inputId.optional(),
});
export type RuleTry = z.infer<typeof ruleTry>;
export const ruleTried = z.object({ findings: z.array(finding), of: z.number(), seconds: z.number() });
export type RuleTried = z.infer<typeof ruleTried>;

/**
 * Every operation of the REST interface, once: what a route parses and answers, what openapi.json documents, and what a test holds
 * the route files to. By area in operations/.
 */

import { captureOperations } from './operations/captures.ts';
import { caseOperations } from './operations/cases.ts';
import { comparisonOperations } from './operations/comparisons.ts';
import { connectionOperations } from './operations/connections.ts';
import { engineOperations } from './operations/engine.ts';
import { findingOperations } from './operations/findings.ts';
import { hostOperations } from './operations/host.ts';
import { recordOperations } from './operations/records.ts';
import { ruleOperations } from './operations/rules.ts';
import { scanOperations } from './operations/scans.ts';

export type { Method, Operation } from './operations/operation.ts';

export const operations = {
  ...caseOperations,
  ...recordOperations,
  ...connectionOperations,
  ...findingOperations,
  ...ruleOperations,
  ...comparisonOperations,
  ...hostOperations,
  ...scanOperations,
  ...captureOperations,
  ...engineOperations,
} as const;

export type OperationName = keyof typeof operations;

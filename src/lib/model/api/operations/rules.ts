/** Operations on rules, detectors, and their replays. */

import { z } from 'zod';
import { caseId } from '../common.ts';
import { curve, curveQuery, detectorList, detectorsPut } from '../detectors.ts';
import {
  caseRules,
  ruleCheck,
  ruleFile,
  ruleFileList,
  ruleFileQuery,
  ruleText,
  ruleTextBody,
  ruleTried,
  ruleTry,
} from '../rules.ts';
import {
  backtestAsk,
  backtestReply,
  runCreate,
  runCreated,
  runId,
  runList,
  runResource,
  runsCompareQuery,
  runsComparison,
} from '../runs.ts';
import { inCase, operation } from './operation.ts';

export const ruleOperations = {
  listRuns: operation('GET', '/cases/{case}/runs', 'Replays of rules and detectors, the youngest first', {
    params: inCase,
    reply: runList,
  }),
  createRun: operation(
    'POST',
    '/cases/{case}/runs',
    'Replays rules and detectors over captures that were read already',
    { params: inCase, body: runCreate, reply: runCreated, status: 202 },
  ),
  compareRuns: operation(
    'GET',
    '/cases/{case}/runs/compare',
    'Findings that are new, gone or changed from run a to run b',
    { params: inCase, query: runsCompareQuery, reply: runsComparison },
  ),
  backtest: operation(
    'POST',
    '/cases/{case}/backtest',
    'Findings against labels: true and false positives, misses, precision and recall by rule',
    { params: inCase, body: backtestAsk, reply: backtestReply },
  ),
  getRun: operation('GET', '/cases/{case}/runs/{run}', 'One replay and everything that it rests on', {
    params: z.object({ case: caseId, run: runId }),
    reply: runResource,
  }),
  deleteRun: operation('DELETE', '/cases/{case}/runs/{run}', 'Deletes a replay and its findings', {
    params: z.object({ case: caseId, run: runId }),
    status: 204,
  }),
  getCaseRules: operation('GET', '/cases/{case}/rules', 'Rule files that the case runs', {
    params: inCase,
    reply: caseRules,
  }),
  putCaseRules: operation('PUT', '/cases/{case}/rules', 'Chooses the rule files of a case', {
    params: inCase,
    body: caseRules,
    reply: caseRules,
  }),
  tryRules: operation(
    'POST',
    '/cases/{case}/rules/try',
    'What a rule text that is not saved would find in a case',
    { params: inCase, body: ruleTry, reply: ruleTried },
  ),
  listRuleFiles: operation('GET', '/rules', 'Rule files: shipped and own', { reply: ruleFileList }),
  getRuleFile: operation('GET', '/rules/file', 'A rule file with its text', {
    query: ruleFileQuery,
    reply: ruleText,
  }),
  putRuleFile: operation('PUT', '/rules/file', 'Saves a rule file of one’s own', {
    body: ruleTextBody,
    reply: ruleFile,
  }),
  deleteRuleFile: operation('DELETE', '/rules/file', 'Deletes a rule file of one’s own', {
    query: ruleFileQuery,
    status: 204,
  }),
  checkRules: operation(
    'POST',
    '/rules/check',
    'Loads a rule text without keeping it: what loads, what is refused and why',
    {
      body: ruleTextBody,
      reply: ruleCheck,
    },
  ),
  listDetectors: operation('GET', '/cases/{case}/detectors', 'Behaviour detectors with their parameters', {
    params: inCase,
    reply: detectorList,
  }),
  putDetectors: operation(
    'PUT',
    '/cases/{case}/detectors',
    'Switches detectors of a case and changes their parameters',
    { params: inCase, body: detectorsPut, reply: detectorList },
  ),
  thresholdCurve: operation(
    'GET',
    '/cases/{case}/detectors/curve',
    'How many findings each value of a detector’s parameter would give',
    { params: inCase, query: curveQuery, reply: curve },
  ),
} as const;

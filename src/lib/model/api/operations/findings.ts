/** Operations on findings: lists, proofs, triage, suppressions. */

import {
  findingList,
  findingQuery,
  findingsExportQuery,
  findingsQuery,
  listedFinding,
  proof,
  suppressionList,
  triaged,
  triagePut,
} from '../findings.ts';
import { csv, inCase, operation, pcapng } from './operation.ts';

export const findingOperations = {
  listFindings: operation('GET', '/cases/{case}/findings', 'Findings, the gravest first', {
    params: inCase,
    query: findingsQuery,
    reply: findingList,
  }),
  getFinding: operation('GET', '/cases/{case}/finding', 'One finding', {
    params: inCase,
    query: findingQuery,
    reply: listedFinding,
  }),
  makeProof: operation(
    'POST',
    '/cases/{case}/finding/proof',
    'Finds the fewest packets that make the rule of a finding fire again, and keeps them',
    { params: inCase, query: findingQuery, reply: proof },
  ),
  getProof: operation('GET', '/cases/{case}/finding/proof', 'The proof capture of a finding', {
    params: inCase,
    query: findingQuery,
    media: pcapng,
  }),
  exportFindings: operation(
    'GET',
    '/cases/{case}/findings/export',
    'Findings as incident CSV, anomalies CSV, EVE JSON, ECS NDJSON, STIX 2.1, Markdown, HTML or NDJSON',
    { params: inCase, query: findingsExportQuery, media: csv },
  ),
  triageFindings: operation(
    'POST',
    '/cases/{case}/findings/triage',
    'Says what was decided about findings; it stays with their keys through new runs',
    { params: inCase, body: triagePut, reply: triaged },
  ),
  getSuppressions: operation('GET', '/cases/{case}/suppressions', 'What is known and wanted in a case', {
    params: inCase,
    reply: suppressionList,
  }),
  putSuppressions: operation(
    'PUT',
    '/cases/{case}/suppressions',
    'Replaces the suppressions of a case: they apply when findings are read',
    { params: inCase, body: suppressionList, reply: suppressionList },
  ),
} as const;

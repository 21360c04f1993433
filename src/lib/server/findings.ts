/** Findings of a case, as they were kept when its inputs were sealed. */

import type { z } from 'zod';
import { csvLines } from '../export/csv.ts';
import type { Cell } from '../model/api/common.ts';
import type { Finding, FindingList, findingsQuery } from '../model/api/findings.ts';
import type { CaseRegistry } from './case-registry.ts';

type Query = z.output<typeof findingsQuery>;

const byGravity = (a: Finding, b: Finding): number =>
  b.severity - a.severity || a.first - b.first || a.key.localeCompare(b.key);

const touches = ({ src, dst }: Finding, host: string): boolean => src.includes(host) || dst.includes(host);

const INCIDENT_COLUMNS = [
  'severity',
  'severity_word',
  'title',
  'rule',
  'sub',
  'technique',
  'first',
  'last',
  'src',
  'dst',
  'ports',
  'proto',
  'score',
  'why',
  'input',
  'uids',
  'frames',
];

function incidentRow(finding: Finding): Cell[] {
  return [
    finding.severity,
    finding.word,
    finding.title,
    finding.rule.id,
    finding.sub,
    finding.technique,
    new Date(finding.first * 1000).toISOString(),
    new Date(finding.last * 1000).toISOString(),
    finding.src,
    finding.dst,
    finding.ports,
    finding.proto,
    finding.score,
    finding.why.map(({ term, value }) => `${term}=${value}`).join('; '),
    finding.input,
    finding.uids,
    finding.frames.map(({ file, n }) => `${file}:${n}`),
  ];
}

export class Findings {
  readonly #registry: CaseRegistry;

  constructor(registry: CaseRegistry) {
    this.#registry = registry;
  }

  /** All of a case, the gravest first. */
  async all(caseId: string): Promise<Finding[]> {
    if (this.#registry.manifest(caseId).findings.count === 0) return [];
    const state = await this.#registry.state(caseId);
    const rows = await state.all('findings');
    return rows.map(({ doc }) => doc as unknown as Finding).sort(byGravity);
  }

  async list(caseId: string, { severity, host, input, rule, limit }: Query): Promise<FindingList> {
    const found = (await this.all(caseId)).filter(
      (finding) =>
        finding.severity >= severity &&
        (host === undefined || touches(finding, host)) &&
        (input === undefined || finding.input === input) &&
        (rule === undefined || finding.rule.id === rule),
    );
    return { findings: found.slice(0, limit), of: found.length };
  }

  /** One line an incident. */
  async *incidents(caseId: string, query: Query): AsyncGenerator<string> {
    const { findings } = await this.list(caseId, query);
    yield csvLines([INCIDENT_COLUMNS]);
    if (findings.length > 0) yield csvLines(findings.map(incidentRow));
  }
}

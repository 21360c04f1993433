/** Incident CSV: one row a finding. */

import type { Cell } from '../../model/api/common.ts';
import { csvLines } from '../csv.ts';
import { type FindingFormat, type Incident, iso } from './contract.ts';

const COLUMNS: readonly (readonly [string, (incident: Incident) => Cell])[] = [
  ['severity', ({ finding }) => finding.severity],
  ['severity_word', ({ finding }) => finding.word],
  ['title', ({ finding }) => finding.title],
  ['rule', ({ finding }) => finding.rule.id],
  ['rule_name', ({ finding }) => finding.rule.name],
  ['rule_rev', ({ finding }) => finding.rule.rev],
  ['sub', ({ finding }) => finding.sub],
  ['technique', ({ finding }) => finding.technique],
  ['first', ({ finding }) => iso(finding.first)],
  ['last', ({ finding }) => iso(finding.last)],
  ['src', ({ finding }) => finding.src],
  ['src_names', ({ finding, names }) => finding.src.flatMap((address) => names.get(address) ?? [])],
  ['src_countries', ({ finding, countries }) => known(finding.src, countries)],
  ['dst', ({ finding }) => finding.dst],
  ['dst_names', ({ finding, names }) => finding.dst.flatMap((address) => names.get(address) ?? [])],
  ['dst_countries', ({ finding, countries }) => known(finding.dst, countries)],
  ['ports', ({ finding }) => finding.ports],
  ['proto', ({ finding }) => finding.proto],
  ['score', ({ finding }) => finding.score],
  ['why', ({ finding }) => finding.why.map(({ term, value }) => `${term}=${value}`).join('; ')],
  ['input', ({ finding }) => finding.input],
  ['uids', ({ finding }) => finding.uids],
  ['frames', ({ finding }) => finding.frames.map(({ file, n }) => `${file}:${n}`)],
  ['file_sha256', ({ fileHashes }) => [...fileHashes]],
  ['triage', ({ finding }) => finding.triage?.state ?? 'new'],
  ['triage_note', ({ finding }) => finding.triage?.note ?? null],
  ['triage_by', ({ finding }) => finding.triage?.owner_id ?? null],
  ['triage_at', ({ finding }) => finding.triage?.at ?? null],
];

const known = (addresses: readonly string[], of: ReadonlyMap<string, string>): string[] => [
  ...new Set(addresses.flatMap((address) => of.get(address) ?? [])),
];

export const incidents: FindingFormat = {
  id: 'incidents',
  file: 'incidents.csv',
  media: 'text/csv; charset=utf-8',
  *write({ incidents: list }) {
    yield csvLines([COLUMNS.map(([name]) => name)]);
    for (const incident of list) yield csvLines([COLUMNS.map(([, cell]) => cell(incident))]);
  },
};

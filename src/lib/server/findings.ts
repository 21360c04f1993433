/** Findings of a case, as they were kept when its inputs were sealed or by a replay, with what people decided about them. */

import type { z } from 'zod';
import { suppressor } from '../analysis/findings/suppression.ts';
import type { Incident } from '../export/findings/contract.ts';
import { FINDING_FORMATS } from '../export/findings/registry.ts';
import type {
  Finding,
  FindingList,
  findingsExportQuery,
  findingsQuery,
  ListedFinding,
} from '../model/api/findings.ts';
import { INGEST_RUN } from '../store/case-rows.ts';
import type { CaseAccess } from './case-access.ts';
import type { CaseRegistry } from './case-registry.ts';
import { download } from './download.ts';
import { knownOfFindings } from './finding-context.ts';
import { Refusal } from './refusal.ts';
import type { TriageDesk } from './triage.ts';

type Query = z.output<typeof findingsQuery>;

const byGravity = (a: Finding, b: Finding): number =>
  b.severity - a.severity || a.first - b.first || a.key.localeCompare(b.key);

const touches = ({ src, dst }: Finding, host: string): boolean => src.includes(host) || dst.includes(host);

export class Findings {
  readonly #registry: CaseRegistry;
  readonly #desk: TriageDesk;

  constructor(registry: CaseRegistry, desk: TriageDesk) {
    this.#registry = registry;
    this.#desk = desk;
  }

  /** All of a case that one run found, the gravest first; absent: what its ingests found. */
  async all(caseId: string, run: string = INGEST_RUN): Promise<Finding[]> {
    if (run === INGEST_RUN && this.#registry.manifest(caseId).findings.count === 0) return [];
    const state = await this.#registry.state(caseId);
    const rows = await (run === INGEST_RUN ? state.all('findings') : state.all('run_findings', { run }));
    return rows.map(({ doc }) => doc as unknown as Finding).sort(byGravity);
  }

  /** Those that nothing suppresses: what counts on overviews, graphs and hosts. */
  async counted(caseId: string): Promise<ListedFinding[]> {
    return (await this.#listed(caseId, INGEST_RUN)).filter(
      ({ suppressed, triage }) => suppressed === null && triage?.state !== 'false_positive',
    );
  }

  async list(caseId: string, query: Query): Promise<FindingList> {
    const found = await this.#asked(caseId, query);
    const shown = found.filter(({ suppressed }) =>
      query.suppressed === 'show' ? true : (suppressed === null) === (query.suppressed === 'hide'),
    );
    return {
      findings: shown.slice(0, query.limit),
      of: shown.length,
      suppressed: found.filter(({ suppressed }) => suppressed !== null).length,
    };
  }

  async get(caseId: string, key: string, input: string | undefined, run: string): Promise<ListedFinding> {
    const found = (await this.#listed(caseId, run)).find(
      (finding) => finding.key === key && (input === undefined || finding.input === input),
    );
    if (!found)
      throw new Refusal(
        'not_found',
        'There is no such finding in this case: it may have been found by another run.',
      );
    return found;
  }

  /** The findings of a list as a file. */
  async download(
    access: CaseAccess,
    caseId: string,
    { format, ...query }: z.output<typeof findingsExportQuery>,
    engine: string,
  ): Promise<Response> {
    const writer = FINDING_FORMATS.find(({ id }) => id === format);
    if (!writer) throw new Refusal('bad_request', `Findings cannot be written as ${format}.`);
    const { findings } = await this.list(caseId, { ...query, limit: Number.MAX_SAFE_INTEGER });
    const known = await access.read(caseId, (reader) => knownOfFindings(reader, findings));
    const incidents: Incident[] = findings.map((finding) => ({
      finding,
      names: known.names,
      countries: known.countries,
      fileHashes: [
        ...new Set(finding.uids.flatMap((uid) => known.files.get(`${finding.input} ${uid}`) ?? [])),
      ],
    }));
    const report = {
      caseName: this.#registry.manifest(caseId).case.name,
      engine,
      run: query.run === INGEST_RUN ? undefined : query.run,
      incidents,
    };
    async function* pieces(): AsyncGenerator<string> {
      yield* writer?.write(report) ?? [];
    }
    return download(pieces(), writer.file, writer.media);
  }

  async #listed(caseId: string, run: string): Promise<ListedFinding[]> {
    const found = await this.all(caseId, run);
    if (found.length === 0) return [];
    const [triage, suppressions] = await Promise.all([
      this.#desk.all(caseId),
      this.#desk.suppressions(caseId),
    ]);
    const reason = suppressor(suppressions);
    return found.map((finding) => ({
      ...finding,
      triage: triage.get(finding.key) ?? null,
      suppressed: reason(finding),
    }));
  }

  async #asked(caseId: string, { run, severity, host, input, rule, state }: Query): Promise<ListedFinding[]> {
    return (await this.#listed(caseId, run)).filter(
      (finding) =>
        finding.severity >= severity &&
        (host === undefined || touches(finding, host)) &&
        (input === undefined || finding.input === input) &&
        (rule === undefined || finding.rule.id === rule) &&
        (state === undefined || (finding.triage?.state ?? 'new') === state),
    );
  }
}

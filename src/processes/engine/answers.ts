/** What each route calls, in the shape in which it calls it: services bound to the cases of this process. */

import type { z } from 'zod';
import { comparisonCsv, comparisonJson } from '../../lib/export/comparison.ts';
import { snapshotCsv, snapshotJson } from '../../lib/export/snapshot.ts';
import { ToolProblem } from '../../lib/host/tool.ts';
import { machineSnapshot } from '../../lib/host/snapshot.ts';
import type { ScopeQuery } from '../../lib/model/api/common.ts';
import type { FilesQuery } from '../../lib/model/api/uploads.ts';
import type { compareExportQuery } from '../../lib/model/api/compare.ts';
import type {
  findingsExportQuery,
  findingsQuery,
  SuppressionList,
  TriagePut,
} from '../../lib/model/api/findings.ts';
import type { CutQuery } from '../../lib/model/api/packets.ts';
import type { graphQuery } from '../../lib/model/api/graph.ts';
import type { SqlRequest } from '../../lib/model/api/sql.ts';
import type { tableExportQuery, tableQuery } from '../../lib/model/api/tables.ts';
import type { timelineQuery } from '../../lib/model/api/timeline.ts';
import type { CaseAccess } from '../../lib/server/case-access.ts';
import type { CaseRegistry } from '../../lib/server/case-registry.ts';
import type { CaseService } from '../../lib/server/case-service.ts';
import type { Comparisons } from '../../lib/server/comparisons.ts';
import { connOf } from '../../lib/server/conns.ts';
import { Carving } from '../../lib/server/content/carving.ts';
import { download } from '../../lib/server/download.ts';
import type { FileUploads } from '../../lib/server/file-uploads.ts';
import type { CaseRuleChoice } from '../../lib/server/case-rules.ts';
import type { DetectorChoice } from '../../lib/server/detector-choice.ts';
import { curveIn } from '../../lib/server/threshold-curve.ts';
import type { curveQuery } from '../../lib/model/api/detectors.ts';
import { filterWords } from '../../lib/server/filters.ts';
import { selectionWords } from '../../lib/server/selections.ts';
import type { selectionQuery } from '../../lib/model/api/filters.ts';
import type { Findings } from '../../lib/server/findings.ts';
import { type HomeNetworkChoice, homeTest } from '../../lib/server/home-networks.ts';
import { hostOf } from '../../lib/server/host.ts';
import type { Ingests } from '../../lib/server/ingests.ts';
import { jobEvents } from '../../lib/server/job-events.ts';
import type { JobQueue } from '../../lib/server/job-queue.ts';
import { readText } from '../../lib/server/http.ts';
import { MAX_KEY_LOG_BYTES, storeKeyLog } from '../../lib/server/key-logs.ts';
import type { MachineAnswers } from '../../lib/server/machine/answers.ts';
import { openApi } from '../../lib/server/openapi.ts';
import { overviewOf } from '../../lib/server/overview.ts';
import { graphIn, timelineIn } from '../../lib/server/pictures.ts';
import { openSample } from '../../lib/server/sample.ts';
import { type Carried, settingsOf } from '../../lib/server/settings.ts';
import { Refusal } from '../../lib/server/refusal.ts';
import { recordsOf } from '../../lib/server/records.ts';
import { Streams } from '../../lib/server/streams.ts';
import { Packets } from '../../lib/server/packets.ts';
import { cutOfScope } from '../../lib/server/scope-cut.ts';
import { sliceOf } from '../../lib/server/slice.ts';
import type { Proofs } from '../../lib/server/proof/proofs.ts';
import type { RuleLibrary } from '../../lib/server/rule-library.ts';
import type { Runs } from '../../lib/server/runs.ts';
import type { TriageDesk } from '../../lib/server/triage.ts';
import { runSql } from '../../lib/server/sql.ts';
import { exportRows } from '../../lib/server/table-export.ts';
import { TableRows } from '../../lib/server/table-rows.ts';
import type { Snapshots } from '../../lib/server/snapshots.ts';
import { ENGINE_VERSION } from '../engine-version.ts';
import { CONTENT_WORKER } from '../paths.ts';

export interface Parts {
  readonly registry: CaseRegistry;
  readonly access: CaseAccess;
  readonly queue: JobQueue;
  readonly cases: CaseService;
  readonly ingests: Ingests;
  readonly uploads: FileUploads;
  readonly findings: Findings;
  readonly comparisons: Comparisons;
  readonly snapshots: Snapshots;
  readonly desk: TriageDesk;
  readonly runs: Runs;
  readonly proofs: Proofs;
  readonly library: RuleLibrary;
  readonly choice: CaseRuleChoice;
  readonly detectors: DetectorChoice;
  readonly homeNetworks: HomeNetworkChoice;
  readonly sampleDirectory: string;
  readonly carried: Carried;
  readonly machine: MachineAnswers;
}

const MEDIA = { csv: 'text/csv; charset=utf-8', ndjson: 'application/x-ndjson' } as const;

function tableAnswers(access: CaseAccess) {
  const tables = new TableRows(access);
  return {
    list: (caseId: string, signal: AbortSignal) => tables.list(caseId, signal),
    page: (caseId: string, table: string, query: z.output<typeof tableQuery>, signal: AbortSignal) =>
      tables.page(caseId, table, query, signal),
    download: (caseId: string, table: string, { format, ...query }: z.output<typeof tableExportQuery>) =>
      download(exportRows(access, caseId, table, query, format), `${table}.${format}`, MEDIA[format]),
  };
}

function packetAnswers(access: CaseAccess, registry: CaseRegistry) {
  const { dir } = registry;
  const packets = new Packets(access, dir);
  const streams = new Streams(access, registry, CONTENT_WORKER);
  return {
    list: (...ask: Parameters<Packets['list']>) => packets.list(...ask),
    ofConn: (...ask: Parameters<Packets['ofConn']>) => packets.ofConn(...ask),
    get: (...ask: Parameters<Packets['get']>) => packets.get(...ask),
    stream: (...ask: Parameters<Streams['of']>) => streams.of(...ask),
    slice: (caseId: string, uid: string, input: string | undefined) =>
      download(
        sliceOf(access, dir, caseId, { uids: [uid], input }, ENGINE_VERSION),
        `${uid}.pcapng`,
        'application/x-pcapng',
      ),
    cut: (caseId: string, query: CutQuery) =>
      download(
        cutOfScope(access, dir, caseId, query, ENGINE_VERSION),
        `${caseId}-${query.table}.pcapng`,
        'application/x-pcapng',
      ),
  };
}

function comparisonAnswers(comparisons: Comparisons) {
  return {
    compare: (...ask: Parameters<Comparisons['compare']>) => comparisons.compare(...ask),
    level: (...ask: Parameters<Comparisons['level']>) => comparisons.level(...ask),
    graph: (...ask: Parameters<Comparisons['graph']>) => comparisons.graph(...ask),
    explain: (...ask: Parameters<Comparisons['explain']>) => comparisons.explain(...ask),
    download: async (
      ownerId: string,
      caseId: string,
      { format, level, ...ask }: z.output<typeof compareExportQuery>,
    ) => {
      const { comparison, levels } = await comparisons.rows(ownerId, caseId, ask, level);
      return format === 'csv'
        ? download(comparisonCsv(levels, level !== undefined), 'comparison.csv', MEDIA.csv)
        : download(comparisonJson(comparison, ask.ignore, levels), 'comparison.json', 'application/json');
    },
  };
}

async function keepMachine(snapshots: Snapshots, caseId: string, ownerId: string) {
  try {
    const made = await machineSnapshot();
    return await snapshots.keep(caseId, ownerId, `${made.origin.host ?? 'this machine'} ${made.time}`, made);
  } catch (error) {
    throw error instanceof ToolProblem ? new Refusal('conflict', error.message) : error;
  }
}

async function snapshotFile(snapshots: Snapshots, caseId: string, id: string, format: 'json' | 'csv') {
  const { name, snapshot } = await snapshots.get(caseId, id);
  async function* text() {
    yield format === 'csv' ? snapshotCsv(snapshot) : snapshotJson(snapshot);
  }
  return download(text(), `${name}.${format}`, format === 'csv' ? MEDIA.csv : 'application/json');
}

function jobAnswers(queue: JobQueue) {
  return {
    list: (ownerId: string, { case: caseId }: { case?: string | undefined }) => ({
      jobs: queue.list(ownerId, caseId),
    }),
    get: (ownerId: string, job: string) => queue.get(ownerId, job),
    cancel: (ownerId: string, job: string) => queue.cancel(ownerId, job),
    events: (ownerId: string, job: string) => jobEvents(queue, ownerId, job),
  };
}

/** What queries about hosts take along: the analyst's own home networks, where there are some. */
async function looking(homeNetworks: HomeNetworkChoice, caseId: string, signal: AbortSignal) {
  const chosen = await homeNetworks.get(caseId);
  return {
    chosen,
    options: { signal, ...(chosen.source === 'override' ? { isHome: homeTest(chosen.networks) } : {}) },
  };
}

export function answersOf(parts: Parts) {
  const { registry, access, findings, homeNetworks, ingests, uploads } = parts;
  return {
    authorise: (ownerId: string, caseId: string) => registry.authorise(ownerId, caseId),
    cases: parts.cases,
    inputs: ingests,
    homeNetworks,
    jobs: jobAnswers(parts.queue),
    tables: tableAnswers(access),
    packets: packetAnswers(access, registry),
    files: new Carving(access, registry, CONTENT_WORKER),
    keyLog: async (request: Request) => storeKeyLog(registry.dir, await readText(request, MAX_KEY_LOG_BYTES)),
    uploads: uploads.resumable,
    object: (sha256: string) => uploads.object(sha256),
    objects: (sha256: string) => uploads.objects(sha256),
    receiveFiles: (
      caseId: string,
      ownerId: string,
      request: Request,
      query: FilesQuery,
      signal: AbortSignal,
    ) => uploads.receive(caseId, ownerId, request, query, signal),
    sample: (ownerId: string) => openSample(registry, ingests, ownerId, parts.sampleDirectory),
    overview: async (caseId: string, scope: ScopeQuery, signal: AbortSignal) => {
      const { chosen, options } = await looking(homeNetworks, caseId, signal);
      const extras = { findings: await findings.counted(caseId), homeNetworks: chosen };
      return access.read(caseId, (reader) => overviewOf(reader, scope, extras, options));
    },
    host: async (caseId: string, ip: string, signal: AbortSignal) => {
      const found = await findings.counted(caseId);
      const { options } = await looking(homeNetworks, caseId, signal);
      return access.read(caseId, (reader) => hostOf(reader, ip, found, options));
    },
    conn: async (caseId: string, uid: string, input: string | undefined, signal: AbortSignal) => {
      const found = await findings.counted(caseId);
      const { options } = await looking(homeNetworks, caseId, signal);
      return access.read(caseId, (reader) => connOf(reader, uid, input, found, options));
    },
    records: (caseId: string, uid: string, input: string | undefined, signal: AbortSignal) =>
      access.read(caseId, (reader) => recordsOf(reader, uid, input, { signal })),
    timeline: (caseId: string, query: z.output<typeof timelineQuery>, signal: AbortSignal) =>
      access.read(caseId, (reader) => timelineIn(reader, query, { signal })),
    graph: async (caseId: string, query: z.output<typeof graphQuery>, signal: AbortSignal) => {
      const found = await findings.counted(caseId);
      const { options } = await looking(homeNetworks, caseId, signal);
      return access.read(caseId, (reader) => graphIn(reader, query, found, options));
    },
    comparisons: comparisonAnswers(parts.comparisons),
    snapshots: parts.snapshots,
    snapshotMachine: (caseId: string, ownerId: string) => keepMachine(parts.snapshots, caseId, ownerId),
    snapshotFile: (caseId: string, id: string, format: 'json' | 'csv') =>
      snapshotFile(parts.snapshots, caseId, id, format),
    findings: {
      list: (caseId: string, query: z.output<typeof findingsQuery>) => findings.list(caseId, query),
      get: (caseId: string, { key, input, run }: { key: string; input?: string | undefined; run: string }) =>
        findings.get(caseId, key, input, run),
      download: (caseId: string, query: z.output<typeof findingsExportQuery>) =>
        findings.download(access, caseId, query, ENGINE_VERSION),
      triage: (caseId: string, ownerId: string, body: TriagePut) => parts.desk.put(caseId, ownerId, body),
      suppressions: async (caseId: string) => ({ suppressions: await parts.desk.suppressions(caseId) }),
      suppress: (caseId: string, body: SuppressionList) => parts.desk.suppress(caseId, body),
    },
    runs: parts.runs,
    proofs: parts.proofs,
    rules: parts.library,
    caseRules: parts.choice,
    detectors: parts.detectors,
    thresholdCurve: (caseId: string, query: z.output<typeof curveQuery>, signal: AbortSignal) =>
      curveIn(registry, parts.detectors, caseId, query, signal, async () =>
        parts.library.recordRules((await parts.choice.get(caseId)).files),
      ),
    sql: (caseId: string, body: SqlRequest, signal: AbortSignal) =>
      access.read(caseId, (reader) => runSql(reader, body, signal)),
    machine: parts.machine,
    filterWords,
    selectionWords: (caseId: string, query: z.output<typeof selectionQuery>, signal: AbortSignal) =>
      access.read(caseId, (reader) =>
        selectionWords(reader, query, (key, input, run) => findings.get(caseId, key, input, run), { signal }),
      ),
    settings: () => settingsOf(registry.dir, parts.carried),
    openApi: () => openApi(parts.carried.version),
  };
}

export type Answers = ReturnType<typeof answersOf>;

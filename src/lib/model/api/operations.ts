/**
 * Every operation of the REST interface, once: what a route parses and answers, what openapi.json documents, and what a test holds
 * the route files to.
 */

import { z } from 'zod';
import { caseCreate, caseList, casePatch, caseResource, sampleCase } from './cases.ts';
import { address, caseId, inputId, jobId, scopeQuery, sha256, tableName, uid } from './common.ts';
import {
  compareExportQuery,
  compareGraphQuery,
  compareQuery,
  comparison,
  difference,
  graphDifference,
  levelName,
  levelQuery,
} from './compare.ts';
import { connQuery, connResource } from './conns.ts';
import { curve, curveQuery, detectorList, detectorsPut } from './detectors.ts';
import { bodies, fileContentQuery, fuid } from './files.ts';
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
} from './findings.ts';
import { filterQuery, filterWords, selectionQuery } from './filters.ts';
import { graph, graphQuery } from './graph.ts';
import { hostResource } from './hosts.ts';
import { inputCreate, inputCreated, inputList, keyLogStored } from './inputs.ts';
import { jobList, jobQuery, jobResource } from './jobs.ts';
import {
  captureFileQuery,
  captureParams,
  captureReadiness,
  captureStart,
  custodyLog,
  filterCheck,
  filterCheckQuery,
  liveCapture,
  liveCaptureList,
} from './live-captures.ts';
import { hostNow } from './machine.ts';
import {
  lookUp,
  lookUpRequest,
  neighbourFlush,
  neighbourTable,
  pingRequest,
  pingResult,
  switches,
  switchesPatch,
} from './neighbours.ts';
import { homeNetworks, homeNetworksPut, overview } from './overview.ts';
import { connRecords, recordsQuery } from './records.ts';
import { stream, streamQuery } from './streams.ts';
import { connPacketsQuery, packetDetail, packetList, packetsQuery } from './packets.ts';
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
} from './rules.ts';
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
} from './runs.ts';
import {
  scanCompareQuery,
  scanComparison,
  scanImportQuery,
  scanJoin,
  scanList,
  scannedInCase,
  scanParams,
  scanRawQuery,
  scanResult,
  scanStart,
  scanSummary,
} from './scans.ts';
import { settings } from './settings.ts';
import {
  explainQuery,
  explanation,
  snapshotDownloadQuery,
  snapshotFileQuery,
  snapshotHead,
  snapshotId,
  snapshotList,
  snapshotRecord,
} from './snapshots.ts';
import { sqlRequest, sqlResult } from './sql.ts';
import { tableExportQuery, tableList, tablePage, tableQuery } from './tables.ts';
import { timeline, timelineQuery } from './timeline.ts';
import { filesPosted, filesQuery, objectResource } from './uploads.ts';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';

export interface Operation<
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
  R extends z.ZodType = z.ZodType,
> {
  readonly method: Method;
  /** Under /api/v1, with parameters as {name}. */
  readonly path: string;
  readonly summary: string;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly reply: R;
  readonly status: number;
  /** What the reply is where it is not JSON. */
  readonly media?: string;
}

const nothing = z.object({});
const none = z.undefined();
type Nothing = typeof nothing;
type None = typeof none;

interface Shape<P, Q, B, R> {
  params?: P;
  query?: Q;
  body?: B;
  reply?: R;
  status?: number;
  media?: string;
}

const operation = <
  P extends z.ZodType = Nothing,
  Q extends z.ZodType = Nothing,
  B extends z.ZodType = None,
  R extends z.ZodType = None,
>(
  method: Method,
  path: string,
  summary: string,
  shape: Shape<P, Q, B, R>,
): Operation<P, Q, B, R> => ({
  method,
  path,
  summary,
  params: (shape.params ?? nothing) as P,
  query: (shape.query ?? nothing) as Q,
  body: (shape.body ?? none) as B,
  reply: (shape.reply ?? none) as R,
  status: shape.status ?? 200,
  ...(shape.media === undefined ? {} : { media: shape.media }),
});

const inCase = z.object({ case: caseId });
const ofConn = z.object({ case: caseId, uid });
const ofTable = z.object({ case: caseId, table: tableName });
const ofSnapshot = z.object({ case: caseId, snapshot: snapshotId });
const ofJob = z.object({ job: jobId });
const whole = z.coerce.number().int().min(0);
const csv = 'text/csv';
const pcapng = 'application/x-pcapng';

export const operations = {
  listCases: operation('GET', '/cases', 'All cases', { reply: caseList }),
  createCase: operation('POST', '/cases', 'Makes an empty case', {
    body: caseCreate,
    reply: caseResource,
    status: 201,
  }),
  createSample: operation(
    'POST',
    '/cases/sample',
    'Makes the sample case and starts to ingest its captures; gives the one there is otherwise',
    { reply: sampleCase },
  ),
  getCase: operation('GET', '/cases/{case}', 'One case', { params: inCase, reply: caseResource }),
  patchCase: operation('PATCH', '/cases/{case}', 'Renames or describes a case', {
    params: inCase,
    body: casePatch,
    reply: caseResource,
  }),
  deleteCase: operation(
    'DELETE',
    '/cases/{case}',
    'Deletes a case with its records; captures that no other case uses go too',
    { params: inCase, status: 204 },
  ),

  listInputs: operation(
    'GET',
    '/cases/{case}/inputs',
    'Sealed inputs of a case with the facts of their capture files',
    { params: inCase, reply: inputList },
  ),
  createInputs: operation(
    'POST',
    '/cases/{case}/inputs',
    'Ingests stored captures: one input for all of them together, or one for each',
    { params: inCase, body: inputCreate, reply: inputCreated, status: 202 },
  ),
  retryInput: operation(
    'POST',
    '/cases/{case}/inputs/{input}/retry',
    'Reads an input again that was not read to its end',
    { params: z.object({ case: caseId, input: inputId }), reply: inputCreated, status: 202 },
  ),
  deleteInput: operation('DELETE', '/cases/{case}/inputs/{input}', 'Deletes an input', {
    params: z.object({ case: caseId, input: inputId }),
    status: 204,
  }),
  postFiles: operation(
    'POST',
    '/cases/{case}/files',
    'multipart/form-data: stores every part that has a file name, then ingests them; a part called keylog is a TLS key log',
    {
      params: inCase,
      query: filesQuery,
      reply: filesPosted,
      status: 202,
    },
  ),
  postKeyLog: operation(
    'POST',
    '/keylogs',
    'text/plain: stores a TLS key log for the ingests that name it; what it holds is never answered',
    { reply: keyLogStored, status: 201 },
  ),
  getObject: operation('GET', '/objects/{sha256}', 'Whether a capture is stored already', {
    params: z.object({ sha256 }),
    reply: objectResource,
  }),

  listJobs: operation('GET', '/jobs', 'Jobs, the newest first', { query: jobQuery, reply: jobList }),
  getJob: operation('GET', '/jobs/{job}', 'One job', { params: ofJob, reply: jobResource }),
  cancelJob: operation('DELETE', '/jobs/{job}', 'Cancels a job; the case stays as it was', {
    params: ofJob,
    reply: jobResource,
  }),
  jobEvents: operation('GET', '/jobs/{job}/events', 'Progress and changes of state as server-sent events', {
    params: ofJob,
    media: 'text/event-stream',
  }),

  getOverview: operation(
    'GET',
    '/cases/{case}/overview',
    'Completeness, facts of the captures, totals, protocols, top hosts, countries, findings',
    { params: inCase, query: scopeQuery, reply: overview },
  ),
  getTimeline: operation('GET', '/cases/{case}/timeline', 'Traffic over time', {
    params: inCase,
    query: timelineQuery,
    reply: timeline,
  }),
  listTables: operation('GET', '/cases/{case}/tables', 'Tables with their columns and rows', {
    params: inCase,
    reply: tableList,
  }),
  getTable: operation('GET', '/cases/{case}/tables/{table}', 'Rows of a table', {
    params: ofTable,
    query: tableQuery,
    reply: tablePage,
  }),
  exportTable: operation(
    'GET',
    '/cases/{case}/tables/{table}/export',
    'The same rows, all of them, as a file; cells that a spreadsheet would run are neutralised in CSV',
    { params: ofTable, query: tableExportQuery, media: csv },
  ),
  getGraph: operation('GET', '/cases/{case}/graph', 'Hosts and traffic between them', {
    params: inCase,
    query: graphQuery,
    reply: graph,
  }),
  getHost: operation('GET', '/cases/{case}/hosts/{ip}', 'One host', {
    params: z.object({ case: caseId, ip: address }),
    reply: hostResource,
  }),
  getConn: operation(
    'GET',
    '/cases/{case}/conns/{uid}',
    'One connection, with filters for tcpdump and Wireshark',
    { params: ofConn, query: connQuery, reply: connResource },
  ),
  getConnPackets: operation(
    'GET',
    '/cases/{case}/conns/{uid}/packets',
    'Packets of a connection; of a tunnel also those of what it carries',
    { params: ofConn, query: connPacketsQuery, reply: packetList },
  ),
  getConnRecords: operation(
    'GET',
    '/cases/{case}/conns/{uid}/records',
    'What protocol parsers wrote about a connection',
    { params: ofConn, query: recordsQuery, reply: connRecords },
  ),
  getConnStream: operation(
    'GET',
    '/cases/{case}/conns/{uid}/stream',
    'What was said in a connection: both directions, in order',
    { params: ofConn, query: streamQuery, reply: stream },
  ),
  getConnBodies: operation(
    'GET',
    '/cases/{case}/conns/{uid}/bodies',
    'What a connection carried, decoded: the beginnings of its bodies and files',
    { params: ofConn, query: connQuery, reply: bodies },
  ),
  getFileContent: operation(
    'GET',
    '/cases/{case}/files/{fuid}/content',
    'A file that a connection carried, put together again from the stored capture; as an attachment that nothing runs, or in a zip with a password. Bytes that the capture lacks are left out',
    {
      params: z.object({ case: caseId, fuid }),
      query: fileContentQuery,
      media: 'application/octet-stream',
    },
  ),
  sliceConn: operation('GET', '/cases/{case}/conns/{uid}/slice', 'Packets of a connection as pcapng', {
    params: ofConn,
    query: connQuery,
    media: pcapng,
  }),
  listPackets: operation('GET', '/cases/{case}/packets', 'Packets', {
    params: inCase,
    query: packetsQuery,
    reply: packetList,
  }),
  getPacket: operation(
    'GET',
    '/cases/{case}/packets/{input}/{file}/{n}',
    'One packet: its fields and its bytes',
    {
      params: z.object({
        case: caseId,
        input: inputId,
        file: whole.max(65_535),
        n: whole.max(4_294_967_295),
      }),
      reply: packetDetail,
    },
  ),
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
  compare: operation(
    'GET',
    '/cases/{case}/compare',
    'What changed from side a to side b (inputs, windows, snapshots): every level, counted',
    { params: inCase, query: compareQuery, reply: comparison },
  ),
  compareLevel: operation(
    'GET',
    '/cases/{case}/compare/{level}',
    'One level of a comparison, with what was added, removed and changed',
    { params: z.object({ case: caseId, level: levelName }), query: levelQuery, reply: difference },
  ),
  compareGraph: operation(
    'GET',
    '/cases/{case}/compare/graph',
    'Hosts and pairs that speak on either side, and what became of each',
    { params: inCase, query: compareGraphQuery, reply: graphDifference },
  ),
  exportComparison: operation(
    'GET',
    '/cases/{case}/compare/export',
    'Every row that changed, as CSV or JSON',
    { params: inCase, query: compareExportQuery, media: csv },
  ),
  listSnapshots: operation(
    'GET',
    '/cases/{case}/snapshots',
    'Snapshots of sockets and connections, the newest first',
    {
      params: inCase,
      reply: snapshotList,
    },
  ),
  recordSnapshot: operation(
    'POST',
    '/cases/{case}/snapshots',
    'Keeps the connections of an input as of an instant or over a window',
    { params: inCase, body: snapshotRecord, reply: snapshotHead, status: 201 },
  ),
  importSnapshot: operation(
    'POST',
    '/cases/{case}/snapshots/files',
    'Reads the body as a list of ss, netstat, lsof, Zeek or Suricata, or as a snapshot, and keeps it',
    { params: inCase, query: snapshotFileQuery, reply: snapshotHead, status: 201 },
  ),
  snapshotMachine: operation(
    'POST',
    '/cases/{case}/snapshots/machine',
    'Reads the sockets of this machine and keeps them; for visitors from this machine alone',
    { params: inCase, reply: snapshotHead, status: 201 },
  ),
  getSnapshot: operation('GET', '/cases/{case}/snapshots/{snapshot}', 'A snapshot as JSON or CSV', {
    params: ofSnapshot,
    query: snapshotDownloadQuery,
    media: 'application/json',
  }),
  explainSnapshot: operation(
    'GET',
    '/cases/{case}/snapshots/{snapshot}/explain',
    'A snapshot against a capture: what only the host or only the wire shows, and processes of connections',
    { params: ofSnapshot, query: explainQuery, reply: explanation },
  ),
  deleteSnapshot: operation('DELETE', '/cases/{case}/snapshots/{snapshot}', 'Deletes a snapshot', {
    params: ofSnapshot,
    status: 204,
  }),
  runSql: operation('POST', '/cases/{case}/sql', "Runs a read-only query over the case's views", {
    params: inCase,
    body: sqlRequest,
    reply: sqlResult,
  }),
  getHomeNetworks: operation('GET', '/cases/{case}/home-networks', 'Networks that count as inside', {
    params: inCase,
    reply: homeNetworks,
  }),
  putHomeNetworks: operation(
    'PUT',
    '/cases/{case}/home-networks',
    'Overrides the home networks, or goes back to those inferred',
    { params: inCase, body: homeNetworksPut, reply: homeNetworks },
  ),

  getHostNow: operation(
    'GET',
    '/host/now',
    'This machine: interfaces with rates, sockets with processes, top applications. Everything under /host answers this machine alone',
    { reply: hostNow },
  ),
  hostNowEvents: operation('GET', '/host/now/events', 'The same every five seconds as server-sent events', {
    media: 'text/event-stream',
  }),
  exportHostNow: operation('GET', '/host/now/export', 'Sockets of this machine as CSV', { media: csv }),
  getSwitches: operation(
    'GET',
    '/host/switches',
    'What may be asked of the network; everything is off at first',
    {
      reply: switches,
    },
  ),
  patchSwitches: operation('PATCH', '/host/switches', 'Switches what may be asked of the network', {
    body: switchesPatch,
    reply: switches,
  }),
  lookUp: operation(
    'POST',
    '/host/look-up',
    'Asks the network about an address or a name, where its switch is on',
    {
      body: lookUpRequest,
      reply: lookUp,
    },
  ),
  pingHost: operation('POST', '/host/ping', 'Latency and loss to an address by ICMP echo', {
    body: pingRequest,
    reply: pingResult,
  }),
  getNeighbours: operation(
    'GET',
    '/host/neighbours',
    'The ARP and NDP table with vendors, and what changed over time',
    {
      reply: neighbourTable,
    },
  ),
  exportNeighbours: operation('GET', '/host/neighbours/export', 'The neighbour table as CSV', { media: csv }),
  flushNeighbour: operation('POST', '/host/neighbours/flush', 'Takes one entry out of the neighbour table', {
    body: neighbourFlush,
    reply: neighbourTable,
  }),
  listScans: operation('GET', '/host/scans', 'nmap scans, the newest first', { reply: scanList }),
  startScan: operation('POST', '/host/scans', 'Begins an nmap scan', {
    body: scanStart,
    reply: scanSummary,
    status: 201,
  }),
  importScan: operation(
    'POST',
    '/host/scans/import',
    "Brings in nmap's XML from elsewhere: the body is the file",
    {
      query: scanImportQuery,
      reply: scanSummary,
      status: 201,
    },
  ),
  compareScans: operation('GET', '/host/scans/compare', 'What changed from scan a to scan b', {
    query: scanCompareQuery,
    reply: scanComparison,
  }),
  getScan: operation('GET', '/host/scans/{scan}', 'One scan: hosts, ports, services, scripts', {
    params: scanParams,
    reply: scanResult,
  }),
  deleteScan: operation('DELETE', '/host/scans/{scan}', 'Deletes a scan that has ended', {
    params: scanParams,
    status: 204,
  }),
  scanEvents: operation('GET', '/host/scans/{scan}/events', 'Progress as server-sent events', {
    params: scanParams,
    media: 'text/event-stream',
  }),
  cancelScan: operation('POST', '/host/scans/{scan}/cancel', 'Ends a scan; the hosts that were whole stay', {
    params: scanParams,
    reply: scanSummary,
  }),
  getScanRaw: operation('GET', '/host/scans/{scan}/raw', 'What nmap wrote, as text or XML', {
    params: scanParams,
    query: scanRawQuery,
    media: 'text/plain',
  }),
  joinScan: operation(
    'POST',
    '/host/scans/{scan}/join',
    'Puts what a scan found beside the hosts of a case',
    {
      params: scanParams,
      body: scanJoin,
      status: 204,
    },
  ),
  getCaseScans: operation(
    'GET',
    '/cases/{case}/scans',
    'Scans that were joined to a case; of one host, where an address is given',
    {
      params: inCase,
      query: z.object({ address: address.optional() }),
      reply: scannedInCase,
    },
  ),
  getCustody: operation(
    'GET',
    '/host/custody',
    'Who had this machine captured, scanned or changed, and when',
    {
      reply: custodyLog,
    },
  ),
  getCaptureReadiness: operation(
    'GET',
    '/host/captures/readiness',
    'What captures can be made with, and where',
    {
      reply: captureReadiness,
    },
  ),
  checkCaptureFilter: operation(
    'GET',
    '/host/captures/filter',
    'Whether the capture tool understands a filter',
    {
      query: filterCheckQuery,
      reply: filterCheck,
    },
  ),
  listCaptures: operation('GET', '/host/captures', 'Captures on this machine, the newest first', {
    reply: liveCaptureList,
  }),
  startCapture: operation('POST', '/host/captures', 'Begins a capture on this machine', {
    body: captureStart,
    reply: liveCapture,
    status: 201,
  }),
  getCapture: operation('GET', '/host/captures/{capture}', 'One capture', {
    params: captureParams,
    reply: liveCapture,
  }),
  deleteCapture: operation(
    'DELETE',
    '/host/captures/{capture}',
    'Deletes a capture that has ended; a case made of it stays',
    {
      params: captureParams,
      status: 204,
    },
  ),
  captureEvents: operation(
    'GET',
    '/host/captures/{capture}/events',
    'Counters, packets, DNS questions, connections and alerts while it runs, as server-sent events',
    { params: captureParams, media: 'text/event-stream' },
  ),
  stopCapture: operation('POST', '/host/captures/{capture}/stop', 'Ends a capture', {
    params: captureParams,
    reply: liveCapture,
  }),
  ingestCapture: operation(
    'POST',
    '/host/captures/{capture}/ingest',
    'Makes a case of a capture that has ended',
    {
      params: captureParams,
      reply: liveCapture,
    },
  ),
  getCaptureFile: operation('GET', '/host/captures/{capture}/file', 'What was captured, as pcap', {
    params: captureParams,
    query: captureFileQuery,
    media: 'application/vnd.tcpdump.pcap',
  }),

  selectionWords: operation(
    'GET',
    '/cases/{case}/filters',
    'Connections, hosts or a finding as filters for tcpdump, Wireshark and SQL',
    { params: inCase, query: selectionQuery, reply: filterWords },
  ),
  filterWords: operation('GET', '/filters', 'A filter in the words of tcpdump, Wireshark and SQL, and back', {
    query: filterQuery,
    reply: filterWords,
  }),
  getSettings: operation('GET', '/settings', 'Version, bundled data with attribution, limits', {
    reply: settings,
  }),
  getOpenApi: operation('GET', '/openapi.json', 'This document', {
    reply: z.record(z.string(), z.unknown()),
  }),
} as const;

export type OperationName = keyof typeof operations;

/** Operations that compare: captures, windows, snapshots. */

import { z } from 'zod';
import { caseId } from '../common.ts';
import {
  compareExportQuery,
  compareGraphQuery,
  compareQuery,
  comparison,
  difference,
  graphDifference,
  levelName,
  levelQuery,
} from '../compare.ts';
import {
  explainQuery,
  explanation,
  snapshotDownloadQuery,
  snapshotFileQuery,
  snapshotHead,
  snapshotId,
  snapshotList,
  snapshotRecord,
} from '../snapshots.ts';
import { csv, inCase, operation } from './operation.ts';

const ofSnapshot = z.object({ case: caseId, snapshot: snapshotId });

export const comparisonOperations = {
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
} as const;

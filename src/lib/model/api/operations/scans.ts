/** Operations on nmap scans of this machine. */

import { z } from 'zod';
import { address } from '../common.ts';
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
} from '../scans.ts';
import { inCase, operation } from './operation.ts';

export const scanOperations = {
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
} as const;

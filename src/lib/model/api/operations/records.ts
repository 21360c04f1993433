/** Operations that read the records of a case as a whole: aggregates, tables, SQL, filters. */

import { z } from 'zod';
import { address, caseId, scopeQuery, tableName } from '../common.ts';
import { filterQuery, filterWords, selectionQuery } from '../filters.ts';
import { graph, graphQuery } from '../graph.ts';
import { hostResource } from '../hosts.ts';
import { overview } from '../overview.ts';
import { sqlRequest, sqlResult } from '../sql.ts';
import { tableExportQuery, tableList, tablePage, tableQuery } from '../tables.ts';
import { timeline, timelineQuery } from '../timeline.ts';
import { csv, inCase, operation } from './operation.ts';

const ofTable = z.object({ case: caseId, table: tableName });

export const recordOperations = {
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
  runSql: operation('POST', '/cases/{case}/sql', "Runs a read-only query over the case's views", {
    params: inCase,
    body: sqlRequest,
    reply: sqlResult,
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
} as const;

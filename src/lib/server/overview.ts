/** The overview of a case: each part is a query of its own. */

import type { Finding } from '../model/api/findings.ts';
import type { HomeNetworks, Overview } from '../model/api/overview.ts';
import type { ScopeQuery, TimeRange } from '../model/api/common.ts';
import { CASE_CONN } from '../model/tables.ts';
import type { HostOptions } from './host-facts.ts';
import { captureFiles } from './capture-facts.ts';
import { ledgerOf } from './ledger.ts';
import { type CaseReader, num, type Piece, secondsOf, big, type Value } from './reading.ts';
import { scopePiece } from './scope.ts';
import { applications, countries, protocols, topConversations, topHosts } from './talkers.ts';

const TOP = 10;

/** Parts that the records do not hold. */
export interface OverviewExtras {
  readonly findings: readonly Pick<Finding, 'word'>[];
  readonly homeNetworks: HomeNetworks;
}

const rangeOf = (first: Value, last: Value): TimeRange | null =>
  first === null || first === undefined || last === null || last === undefined
    ? null
    : { from: secondsOf(big(first)), to: secondsOf(big(last)) };

const isNarrowed = ({ filter, from, to, input }: ScopeQuery): boolean =>
  (filter ?? '').trim() !== '' || from !== undefined || to !== undefined || input !== undefined;

/** Payload by sequence numbers, as Zeek counts it, is absurd where a reset or a probe made one up: no more than was carried or missed. */
const carried = (side: 'orig' | 'resp'): string =>
  `least(coalesce(${side}_bytes, 0), ${side}_ip_bytes + missed_bytes)`;

async function totals(
  reader: CaseReader,
  where: Piece,
  whole: boolean,
  options: HostOptions,
): Promise<{ shown: TimeRange | null; totals: Omit<Overview['totals'], 'hosts'> }> {
  // A packet in a tunnel counts for each connection around it: over everything, the outermost ones alone give each packet once.
  const once = whole ? 'FILTER (coalesce(len(tunnel_parents), 0) = 0)' : '';
  const [row = {}] = await reader.rows(
    `SELECT count(*) AS connections, sum(orig_pkts + resp_pkts) ${once} AS packets, sum(orig_frame_bytes + resp_frame_bytes) ${once} AS bytes,
       sum(${carried('orig')} + ${carried('resp')}) AS payload, min(ts) AS first, max(ts + coalesce(duration, 0)) AS last${whole ? '' : ', count(DISTINCT input) AS inputs'}
     FROM r.conn WHERE ${where.sql}`,
    where.params,
    options,
  );
  const shown = rangeOf(row['first'], row['last']);
  return {
    shown,
    totals: {
      inputs: whole ? reader.inputs.length : num(row['inputs']),
      packets: num(row['packets']),
      connections: num(row['connections']),
      bytes: num(row['bytes']),
      payload_bytes: num(row['payload']),
      duration_s: 0,
    },
  };
}

/** First and last packet of the case, packets without a connection included. */
async function dataRange(reader: CaseReader, options: HostOptions): Promise<TimeRange | null> {
  const { rows } = await reader.query('SELECT min(first_ts), max(last_ts) FROM r.captures', [], options);
  return rangeOf(rows[0]?.[0], rows[0]?.[1]);
}

function severities(findings: OverviewExtras['findings']): Overview['findings'] {
  const counts = { critical: 0, high: 0, medium: 0, low: 0, info: 0 };
  for (const { word } of findings) counts[word]++;
  return counts;
}

export async function overviewOf(
  reader: CaseReader,
  scope: ScopeQuery,
  extras: OverviewExtras,
  options: HostOptions = {},
): Promise<Overview> {
  const where = scopePiece(scope, CASE_CONN);
  const narrowed = isNarrowed(scope);
  const [range, counted, ledger, captures, shares, processes, hosts, conversations, byCountry] =
    await Promise.all([
      dataRange(reader, options),
      totals(reader, where, !narrowed, options),
      ledgerOf(reader, options),
      captureFiles(reader, scope.input, options),
      protocols(reader, where, options),
      applications(reader, where, options),
      topHosts(reader, where, TOP, options),
      topConversations(reader, where, TOP, options),
      countries(reader, where, options),
    ]);
  const packets = narrowed ? counted.totals.packets : ledger.packets_read + ledger.recovered.total;
  const shown = narrowed ? counted.shown : range;
  return {
    range,
    shown,
    filtered: narrowed,
    totals: {
      ...counted.totals,
      hosts: hosts.of,
      duration_s: shown ? shown.to - shown.from : 0,
      packets,
    },
    ledger,
    captures,
    protocols: shares,
    applications: processes,
    top_hosts: hosts,
    top_conversations: conversations,
    countries: byCountry,
    findings: severities(extras.findings),
    home_networks: extras.homeNetworks,
  };
}

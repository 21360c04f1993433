/** Aggregates for pictures, of the connections in scope. */

import type { z } from 'zod';
import { compilePacketFilter } from '../analysis/filter/of-packets.ts';
import { graphOf } from '../analysis/graph/graph.ts';
import type { Query } from '../analysis/query.ts';
import { timelineOf } from '../analysis/timeline/timeline.ts';
import type { Finding } from '../model/api/findings.ts';
import type { Graph, graphQuery } from '../model/api/graph.ts';
import type { Timeline, timelineQuery } from '../model/api/timeline.ts';
import { CASE_CONN } from '../model/tables.ts';
import type { HostOptions } from './host-facts.ts';
import { allOf, type CaseReader, nanoseconds, type Piece, type QueryOptions } from './reading.ts';
import { filterPiece, inputPiece, pieceOf, scopePiece } from './scope.ts';

/** Analysis decides how many rows it needs: a comparison must see every host. */
const queryOf =
  (reader: CaseReader, options: QueryOptions): Query =>
  (sql, params) =>
    reader.rows(sql, params, { ...options, maxRows: Number.MAX_SAFE_INTEGER });

export function timelineIn(
  reader: CaseReader,
  { filter, from, to, input, by, stack, bins, of }: z.output<typeof timelineQuery>,
  options: QueryOptions,
): Promise<Timeline> {
  const packets =
    of === 'packets' && (filter ?? '').trim() !== '' ? pieceOf(compilePacketFilter(filter ?? '')) : undefined;
  const ofThem = packets && {
    sql: `(input, conn_no) IN (SELECT (input, conn_no) FROM r.packets WHERE ${packets.sql})`,
    params: packets.params,
  };
  const isOfPackets = packets !== undefined && by !== 'conns';
  // Bins of packets have their input already, and those of no connection (ARP) count as long as they match.
  const where: Piece = isOfPackets
    ? allOf([])
    : allOf([inputPiece(input), ofThem ?? filterPiece(filter, CASE_CONN)]);
  // The range is a matter of bins, not of connections: one that began before it still has packets in it.
  return timelineOf(queryOf(reader, options), {
    where,
    packets: isOfPackets ? packets : undefined,
    by,
    stack,
    bins,
    input,
    from: from === undefined ? undefined : nanoseconds(from),
    to: to === undefined ? undefined : nanoseconds(to) - 1n,
  });
}

/** The gravest severity by address. */
function severities(findings: readonly Finding[]): (address: string) => number | null {
  const gravest = new Map<string, number>();
  for (const { src, dst, severity } of findings) {
    for (const address of [...src, ...dst])
      gravest.set(address, Math.max(severity, gravest.get(address) ?? 0));
  }
  return (address) => gravest.get(address) ?? null;
}

export function graphIn(
  reader: CaseReader,
  { limit, ...scope }: z.output<typeof graphQuery>,
  findings: readonly Finding[],
  { isHome, ...options }: HostOptions,
): Promise<Graph> {
  return graphOf(queryOf(reader, options), {
    where: scopePiece(scope, CASE_CONN),
    limit,
    severityOf: severities(findings),
    ...(isHome ? { isHome } : {}),
  });
}

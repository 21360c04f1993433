/** Packets of what a page shows, as pcapng: those of its packet list, or all packets of the connections that its rows belong to. */

import type { CutQuery } from '../model/api/packets.ts';
import { CONN } from '../model/tables.ts';
import type { CaseAccess } from './case-access.ts';
import type { DataDir } from './data-dir.ts';
import { packetScope } from './packets.ts';
import type { Piece } from './reading.ts';
import { Refusal } from './refusal.ts';
import { scopePiece } from './scope.ts';
import { cutOf } from './slice.ts';
import { knownTable } from './table-rows.ts';

/** Condition over `r.packets`: packets of the connections that have a row of this table within the scope. */
function connsOfRows(name: string, scope: CutQuery): Piece {
  const table = knownTable(name);
  const { sql, params } = scopePiece(scope, table);
  if (table.name === CONN.name)
    return { sql: `(input, conn_no) IN (SELECT (input, conn_no) FROM r.conn WHERE ${sql})`, params };
  if (!table.columns.some((column) => column.name === 'uid'))
    throw new Refusal(
      'bad_request',
      `The rows of ${name} belong to no connection, so no packets can be cut.`,
    );
  return {
    sql: `(input, conn_no) IN (SELECT (input, conn_no) FROM r.conn WHERE (input, uid) IN (SELECT (input, uid) FROM r.${table.name} WHERE ${sql}))`,
    params,
  };
}

/** What was asked for, in words, for whoever opens the file later. */
function commentOf({ table, filter, from, to, input }: CutQuery): string {
  const parts = [
    table === 'packets' ? 'packets' : `packets of the connections in ${table}`,
    filter === undefined || filter.trim() === '' ? 'no filter' : `filter ${filter.trim()}`,
    ...(from === undefined && to === undefined ? [] : [`from ${from ?? 'first'} to ${to ?? 'last'}`]),
    ...(input === undefined ? [] : [`input ${input}`]),
  ];
  return `Cut from a case by coldwire: ${parts.join('; ')}`;
}

/** The file in pieces. Refused before the first piece where the filter is wrong or no packet matches. */
export async function* cutOfScope(
  cases: CaseAccess,
  dir: DataDir,
  caseId: string,
  query: CutQuery,
  application: string,
): AsyncGenerator<Uint8Array> {
  const where = query.table === 'packets' ? packetScope(query) : connsOfRows(query.table, query);
  const { rows } = await cases.read(caseId, (reader) =>
    reader.query(`SELECT 1 FROM r.packets WHERE ${where.sql} LIMIT 1`, where.params),
  );
  if (rows.length === 0)
    throw new Refusal(
      'gone',
      'There is no packet to cut: none matches, or the inputs were read without their packets table.',
    );
  yield* cutOf(cases, dir, caseId, { where, comment: commentOf(query) }, application);
}

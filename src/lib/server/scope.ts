/** The part of a query that narrows a page (filter, range, input) as a condition over the raw columns of one table. */

import { compileFilter, type CompiledFilter } from '../analysis/filter/compile.ts';
import type { ScopeQuery } from '../model/api/common.ts';
import type { Table } from '../model/tables.ts';
import { allOf, nanoseconds, type Piece } from './reading.ts';
import { Refusal } from './refusal.ts';

/** Where a table's rows lie in time: one column, or first and last. Undefined for tables without time. */
function timeColumns(table: Table): { first: string; last: string } | undefined {
  if (table.name === 'hosts') return { first: 'first_seen', last: 'last_seen' };
  if (table.name === 'captures') return { first: 'first_ts', last: 'last_ts' };
  const time = table.columns.find(({ kind }) => kind === 'time');
  return time && { first: time.name, last: time.name };
}

export function filterPiece(filter: string | undefined, table: Table): Piece | undefined {
  if (filter === undefined || filter.trim() === '') return undefined;
  return pieceOf(compileFilter(filter, table));
}

/** Refused where the filter is wrong, with the place and what may have been meant. */
export function pieceOf(compiled: CompiledFilter): Piece {
  if (compiled.ok) return { sql: compiled.sql, params: compiled.params };
  const { message, at, suggestions } = compiled;
  throw new Refusal('bad_filter', message, { at, suggestion: suggestions[0] });
}

export function timePiece(
  { from, to }: Pick<ScopeQuery, 'from' | 'to'>,
  columns: { first: string; last: string } | undefined,
): Piece | undefined {
  if (!columns || (from === undefined && to === undefined)) return undefined;
  return allOf([
    from === undefined ? undefined : { sql: `${columns.last} >= ?`, params: [nanoseconds(from)] },
    to === undefined ? undefined : { sql: `${columns.first} < ?`, params: [nanoseconds(to)] },
  ]);
}

export const inputPiece = (input: string | undefined): Piece | undefined =>
  input === undefined ? undefined : { sql: 'input = ?', params: [input] };

/** WHERE condition for `r.<table>`. */
export function scopePiece(scope: ScopeQuery, table: Table): Piece {
  return allOf([
    inputPiece(scope.input),
    timePiece(scope, timeColumns(table)),
    filterPiece(scope.filter, table),
  ]);
}

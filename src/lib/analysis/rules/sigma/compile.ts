/** A rule as one SQL statement over one table. */

import type { Table } from '../../../model/tables.ts';
import { HIT_COLUMNS, recordsWhere, type Statement } from '../record-rules.ts';
import { type Aggregation, type Condition, readCondition } from './condition.ts';
import { type Piece, searchSql } from './detection.ts';
import type { RuleDocument } from './document.ts';
import { columnOf, type Source, sourceOf } from './logsource.ts';
import { timespan } from './correlation.ts';
import { textColumn } from './text-column.ts';

export interface CompiledRule {
  readonly table: Table;
  readonly source: Source;
  readonly statement: Statement;
  /** What the statement asks of each record. */
  readonly condition: Piece;
  readonly aggregation: CompiledAggregation | undefined;
}

/** The older form of a correlation: what is counted of each group within the time. */
export interface CompiledAggregation {
  readonly aggregation: Aggregation;
  /** Nanoseconds; undefined: the whole capture. */
  readonly span: bigint | undefined;
}

/** Columns besides those of hits: the group and what is counted. */
export const EXTRA = { group: 'x_group', counted: 'x_value' } as const;

/** @returns one sentence where the rule cannot be asked of our tables */
export const compileRule = ({ logsource, detection }: RuleDocument): CompiledRule | string => {
  const source = sourceOf(logsource);
  if (typeof source === 'string') return source;
  const { condition: conditions, timeframe, ...searches } = detection;
  const names = Object.keys(searches);
  const pieces: Piece[] = [];
  let aggregation: Aggregation | undefined;
  for (const text of conditions) {
    const read = readCondition(text, names);
    if (typeof read === 'string') return read;
    if (read.aggregation && conditions.length > 1) return 'It has several conditions, one of which counts.';
    aggregation = read.aggregation;
    const piece = conditionSql(read.condition, searches, source);
    if (typeof piece === 'string') return piece;
    pieces.push(piece);
  }
  const where: Piece = { sql: pieces.map(({ sql }) => `(${sql})`).join(' OR '), params: pieces.flatMap(({ params }) => params) };
  const extra = aggregation ? extraOf(aggregation, source) : '';
  if (extra !== '' && !extra.startsWith(',')) return extra;
  const span = typeof timeframe === 'string' ? timespan(timeframe) : undefined;
  if (typeof timeframe === 'string' && span === undefined) return `Its timeframe “${timeframe}” is no span such as 30s, 5m, 1h or 1d.`;
  return {
    table: source.table,
    source,
    statement: { sql: recordsWhere(source.table, where.sql, extra), params: where.params },
    condition: where,
    aggregation: aggregation && { aggregation, span },
  };
};

/** The statement again, with columns that a correlation groups by and counts. */
export const withColumns = ({ statement }: CompiledRule, more: string): Statement => ({
  ...statement,
  sql: statement.sql.replace(`SELECT ${HIT_COLUMNS}`, `SELECT ${HIT_COLUMNS}${more}`),
});

const extraOf = ({ by, field, function: name }: Aggregation, source: Source): string => {
  const columns: string[] = [];
  if (by !== undefined) {
    const column = columnOf(source, by);
    if (!column) return `Its condition groups by ${by}, which ${source.table.name} has not.`;
    columns.push(`${textColumn(column)} AS ${EXTRA.group}`);
  }
  if (field !== undefined) {
    const column = columnOf(source, field);
    if (!column) return `Its condition takes the ${name} of ${field}, which ${source.table.name} has not.`;
    columns.push(`${textColumn(column)} AS ${EXTRA.counted}`);
  }
  return columns.map((column) => `, ${column}`).join('');
};

const conditionSql = (condition: Condition, searches: Readonly<Record<string, unknown>>, source: Source): Piece | string => {
  if (condition.kind === 'search') return searchSql(searches[condition.name], source);
  if (condition.kind === 'not') {
    const of = conditionSql(condition.of, searches, source);
    return typeof of === 'string' ? of : { sql: `NOT (${of.sql})`, params: of.params };
  }
  const parts: Piece[] = [];
  for (const one of condition.of) {
    const part = conditionSql(one, searches, source);
    if (typeof part === 'string') return part;
    parts.push(part);
  }
  return { sql: `(${parts.map(({ sql }) => sql).join(condition.kind === 'and' ? ' AND ' : ' OR ')})`, params: parts.flatMap(({ params }) => params) };
};

/** A correlation made ready: its rules found, its fields columns of each of them. */

import type { Statement } from '../record-rules.ts';
import { type CompiledRule, EXTRA, withColumns } from './compile.ts';
import { type CorrelationTest, timespan } from './correlation.ts';
import type { CorrelationDocument, RuleDocument } from './document.ts';
import { columnOf } from './logsource.ts';
import { textColumn } from './text-column.ts';

export interface NamedRule {
  readonly id: string;
  readonly document: RuleDocument;
  readonly compiled: CompiledRule;
}

export interface PreparedCorrelation {
  readonly id: string;
  readonly document: CorrelationDocument;
  readonly test: CorrelationTest;
  readonly parts: readonly { readonly rule: NamedRule; readonly statement: Statement }[];
}

/** @returns one sentence where it cannot be asked */
export const prepareCorrelation = (document: CorrelationDocument, rules: readonly NamedRule[]): PreparedCorrelation | string => {
  const { correlation } = document;
  const span = timespan(correlation.timespan);
  if (span === undefined) return `Its timespan “${correlation.timespan}” is no span such as 30s, 5m, 1h or 1d.`;
  const parts: { rule: NamedRule; statement: Statement }[] = [];
  for (const name of correlation.rules) {
    const rule = rules.find(({ id, document: one }) => id === name || one.name === name);
    if (!rule) return `It correlates the rule “${name}”, which the file does not have or which was refused.`;
    const more = columnsOf(document, rule, name);
    if (!more.startsWith(',') && more !== '') return more;
    parts.push({ rule, statement: withColumns(rule.compiled, more) });
  }
  const holds = comparison(document);
  if (typeof holds === 'string') return holds;
  if (correlation.type === 'value_count' && !correlation.condition?.field) return 'It counts values and does not say of which field.';
  return { id: document.id ?? document.title, document, test: { type: correlation.type, span, rules: parts.length, holds }, parts };
};

/** Group and value of one rule's records, aliases resolved. */
const columnsOf = ({ correlation }: CorrelationDocument, { compiled, document }: NamedRule, name: string): string => {
  const expression = (field: string): string | undefined => {
    const aliases = correlation.aliases[field] as Readonly<Record<string, string>> | undefined;
    const own = aliases ? (aliases[name] ?? aliases[document.name ?? '']) : field;
    const column = own === undefined ? undefined : columnOf(compiled.source, own);
    return column && `COALESCE(${textColumn(column)}, '')`;
  };
  const group: string[] = [];
  for (const field of correlation['group-by']) {
    const one = expression(field);
    if (one === undefined) return `It groups by ${field}, which ${compiled.table.name} has not.`;
    group.push(one);
  }
  const counted: string[] = [];
  for (const field of correlation.type === 'value_count' ? (correlation.condition?.field ?? []) : []) {
    const one = expression(field);
    if (one === undefined) return `It counts ${field}, which ${compiled.table.name} has not.`;
    counted.push(one);
  }
  const key = (values: readonly string[]): string => `concat_ws(chr(31), ${values.join(', ')})`;
  return `${group.length > 0 ? `, ${key(group)} AS ${EXTRA.group}` : ''}${counted.length > 0 ? `, ${key(counted)} AS ${EXTRA.counted}` : ''}`;
};

const COMPARISONS: Readonly<Record<string, (count: number, value: number) => boolean>> = {
  gt: (count, value) => count > value,
  gte: (count, value) => count >= value,
  lt: (count, value) => count < value,
  lte: (count, value) => count <= value,
  eq: (count, value) => count === value,
  neq: (count, value) => count !== value,
};

const comparison = ({ correlation }: CorrelationDocument): ((count: number) => boolean) | string => {
  const given = Object.entries(correlation.condition ?? {}).filter(([name]) => Object.hasOwn(COMPARISONS, name));
  if (given.length === 0) {
    const all = correlation.rules.length;
    return correlation.type.startsWith('temporal') ? (count) => count >= all : 'Its condition compares its count with nothing: gt, gte, lt, lte, eq or neq.';
  }
  if (given.some(([name]) => name === 'lt' || name === 'lte' || name === 'neq') && !given.some(([name]) => name === 'gt' || name === 'gte'))
    return 'Its condition holds for few events too, which no window of time can tell from the begin of many.';
  return (count) => given.every(([name, value]) => COMPARISONS[name](count, Number(value)));
};

/** A comparison as a file: CSV with a line a changed row (a line a changed field), or JSON. */

import type { Comparison, Difference, DifferenceRow, SideResource } from '../model/api/compare.ts';
import type { Cell } from '../model/api/common.ts';
import { csvLines } from './csv.ts';

export interface LevelRows {
  readonly head: {
    readonly level: string;
    readonly title: string;
    readonly keys: readonly { readonly name: string }[];
    readonly shown: readonly { readonly name: string }[];
  };
  readonly rows: AsyncIterable<DifferenceRow[]>;
}

const FACTS = ['n', 'bytes', 'first', 'last'] as const;
const FACT_COLUMNS = ['before', 'after'].flatMap((side) => FACTS.map((fact) => `${side}_${fact}`));

const facts = (side: DifferenceRow['a']): Cell[] =>
  FACTS.map((fact) => {
    const value = side?.[fact] ?? null;
    return value !== null && (fact === 'first' || fact === 'last')
      ? new Date(value * 1000).toISOString()
      : value;
  });

/** Lines of one row: one for each changed field. */
function linesOf(level: string, key: readonly Cell[], { change, changes, a, b }: DifferenceRow): Cell[][] {
  const line = (field: Cell, before: Cell, after: Cell): Cell[] => [
    level,
    change,
    ...key,
    field,
    before,
    after,
    ...facts(a),
    ...facts(b),
  ];
  return changes.length === 0
    ? [line(null, null, null)]
    : changes.map(({ field, before, after }) => line(field, before, after));
}

/** Of one level the parts of the key are columns; of several they are one, with spaces between. */
export async function* comparisonCsv(
  levels: AsyncIterable<LevelRows>,
  single: boolean,
): AsyncGenerator<string> {
  let begun = false;
  for await (const { head, rows } of levels) {
    const names = single ? head.keys.map(({ name }) => name) : ['key'];
    if (!begun) yield csvLines([['level', 'change', ...names, 'field', 'before', 'after', ...FACT_COLUMNS]]);
    begun = true;
    for await (const lot of rows) {
      const lines = lot.flatMap((row) => linesOf(head.level, single ? row.key : [row.key.join(' ')], row));
      if (lines.length > 0) yield csvLines(lines);
    }
  }
}

/** `{a, b, ignore, levels: [{level, title, keys, shown, rows}]}` */
export async function* comparisonJson(
  { a, b }: { readonly a: SideResource; readonly b: SideResource } & Partial<Comparison>,
  ignore: string,
  levels: AsyncIterable<LevelRows>,
): AsyncGenerator<string> {
  yield `{"a":${JSON.stringify(a)},"b":${JSON.stringify(b)},"ignore":${JSON.stringify(ignore)},"levels":[`;
  let first = true;
  for await (const { head, rows } of levels) {
    const { level, title, keys, shown } = head;
    yield `${first ? '' : ','}\n${JSON.stringify({ level, title, keys, shown } satisfies Partial<Record<keyof Difference, unknown>>).slice(0, -1)},"rows":[`;
    first = false;
    let comma = '\n';
    for await (const lot of rows) {
      if (lot.length === 0) continue;
      yield comma + lot.map((row) => JSON.stringify(row)).join(',\n');
      comma = ',\n';
    }
    yield ']}';
  }
  yield ']}\n';
}

/**
 * A reader that remembers small answers: sealed records never change, so the same question over the same inputs has the same
 * answer. Totals are asked again with every page of a table, and an overview with every visit.
 */

import type { CaseReader, Param, QueryOptions, QueryResult } from '../store/case-reader.ts';
import type { JsonValue } from '../store/values.ts';

const REMEMBERED = 256;
/** Longer answers are lists, and seldom asked twice. */
const SMALL_ROWS = 500;

export function remembering(reader: CaseReader): CaseReader {
  /** In order of last use, the oldest first. */
  const answers = new Map<string, QueryResult>();

  async function query(
    sql: string,
    params: readonly Param[] = [],
    options: QueryOptions = {},
  ): Promise<QueryResult> {
    // A person's SQL may ask for the time, or for chance.
    if (options.untrusted === true) return reader.query(sql, params, options);
    const key = JSON.stringify([sql, options.maxRows, params], (_name, value: unknown) =>
      typeof value === 'bigint' ? `${value}n` : value,
    );
    const known = answers.get(key);
    answers.delete(key);
    const answer = known ?? (await reader.query(sql, params, options));
    if (answer.rows.length <= SMALL_ROWS) answers.set(key, answer);
    const [oldest] = answers.keys();
    if (answers.size > REMEMBERED && oldest !== undefined) answers.delete(oldest);
    return answer;
  }

  return {
    dialect: reader.dialect,
    inputs: reader.inputs,
    meta: reader.meta,
    query,
    rows: async (sql, params, options) => {
      const { columns, rows } = await query(sql, params, options);
      return rows.map((row) =>
        Object.fromEntries(
          columns.map(({ name }, at) => [name, row[at] ?? null] satisfies [string, JsonValue]),
        ),
      );
    },
    stream: (sql, params, options) => reader.stream(sql, params, options),
    close: () => reader.close(),
  };
}

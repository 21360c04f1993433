/** SQL put together from pieces, each with the values of its `?` marks: their order is the order in the text. */

import type { SqlParam } from '../filter/sql.ts';
import type { Condition } from '../query.ts';

export type SqlPiece = Condition;

/** A value, never text of ours. */
export const value = (given: SqlParam): SqlPiece => ({ sql: '?', params: [given] });
/** A whole number. */
export const whole = (given: bigint | number): SqlPiece => ({ sql: '?::BIGINT', params: [BigInt(given)] });

/** Strings between the text are SQL of ours and stand as they are; pieces bring their values along. */
export const sql = (
  texts: TemplateStringsArray,
  ...given: readonly (string | number | SqlPiece)[]
): SqlPiece => {
  let text = texts[0] ?? '';
  const params: SqlParam[] = [];
  given.forEach((one, at) => {
    if (typeof one === 'object') {
      text += one.sql;
      params.push(...one.params);
    } else text += String(one);
    text += texts[at + 1] ?? '';
  });
  return { sql: text, params };
};

/** Joined by ` AND `; TRUE for none. */
export const every = (pieces: readonly SqlPiece[]): SqlPiece => joined(pieces, ' AND ', 'TRUE');
/** Joined by ` OR `; FALSE for none. */
export const some = (pieces: readonly SqlPiece[]): SqlPiece => joined(pieces, ' OR ', 'FALSE');

const joined = (pieces: readonly SqlPiece[], word: string, none: string): SqlPiece =>
  pieces.length === 0
    ? { sql: none, params: [] }
    : {
        sql: `(${pieces.map((piece) => piece.sql).join(word)})`,
        params: pieces.flatMap(({ params }) => params),
      };

/** A query as a person can read it and run it again: parameters written out. */

import type { Param } from './reading.ts';

function literalOf(param: Param): string {
  if (typeof param === 'string') return `'${param.replaceAll("'", "''")}'`;
  return param === null ? 'NULL' : String(param);
}

/** Puts the parameters in place of their question marks; those inside quotes are text. */
export function literal(sql: string, params: readonly Param[]): string {
  let at = 0;
  return sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\?/g, (match) =>
    match === '?' ? literalOf(params[at++] ?? null) : match,
  );
}

/** The door of the filter language. */

import type { Table } from '../../model/tables.ts';
import { bindFilter, type Bound } from './bind.ts';
import { FilterError, type FilterFault } from './fault.ts';
import { parseFilter } from './parse.ts';
import { toSql, type SqlParam } from './sql.ts';

export type CompiledFilter =
  | {
      readonly ok: true;
      /** A condition over the raw columns of `r.TABLE` (addresses as NAME_hi, NAME_lo), `?` for each parameter. `TRUE` for an empty filter. */
      readonly sql: string;
      readonly params: SqlParam[];
      /** Names of the fields that it uses, each once. */
      readonly fields: string[];
    }
  | ({ readonly ok: false } & FilterFault);

/**
 * Compiles a display filter for one table. Bad syntax, an unknown field or a value of the wrong kind is an answer, never an
 * exception: `at` and `length` mark the place in `text`.
 * @param options.alias name by which the query knows the table, where columns must be qualified
 */
export const compileFilter = (
  text: string,
  table: Table,
  options: { alias?: string } = {},
): CompiledFilter => {
  if (text.trim() === '') return { ok: true, sql: 'TRUE', params: [], fields: [] };
  return attempt(() => {
    const bound = bindFilter(parseFilter(text), table);
    return { ok: true, ...toSql(bound, table, options.alias), fields: [...new Set(fieldNames(bound))] };
  });
};

const fieldNames = (node: Bound): string[] => {
  switch (node.kind) {
    case 'and':
    case 'or':
    case 'xor':
      return node.nodes.flatMap(fieldNames);
    case 'not':
      return fieldNames(node.node);
    case 'constant':
    case 'guards':
      return [node.word];
    case 'test':
      return [node.field.name, ...(node.test.kind === 'field' ? [node.test.other.name] : [])];
  }
};

/** Runs a part of the language; a FilterError becomes its plain fault. */
export const attempt = <T>(part: () => T): T | ({ readonly ok: false } & FilterFault) => {
  try {
    return part();
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    const { at, length, message, suggestions } = error;
    return { ok: false, at, length, message, suggestions };
  }
};

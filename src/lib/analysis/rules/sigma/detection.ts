/** A rule's searches as SQL conditions over its table. Text of rules never becomes SQL: names come from `tables.ts`, the rest are parameters. */

import { RE2JS } from 're2js';
import type { Column } from '../../../model/tables.ts';
import { dialect } from '../../../store/dialect.ts';
import type { SqlParam } from '../../filter/sql.ts';
import { columnOf, type Source } from './logsource.ts';
import * as value from './value-text.ts';

export interface Piece {
  readonly sql: string;
  readonly params: readonly SqlParam[];
}

const join = (pieces: readonly Piece[], word: ' AND ' | ' OR '): Piece =>
  pieces.length === 1 ? pieces[0] : { sql: `(${pieces.map(({ sql }) => sql).join(word)})`, params: pieces.flatMap(({ params }) => params) };

const MAX_VALUES = 2_000;

/** One search: a map (all fields), a list of maps (one of them) or a list of words (anywhere in the record). */
export const searchSql = (search: unknown, source: Source): Piece | string => {
  if (Array.isArray(search)) {
    if (search.length === 0) return 'A search of its detection is empty.';
    const read = search.map((one: unknown) => (isMap(one) ? mapSql(one, source) : keywordSql([one], [], source)));
    return combined(read, ' OR ');
  }
  if (isMap(search)) return mapSql(search, source);
  return typeof search === 'string' || typeof search === 'number' ? keywordSql([search], [], source) : 'A search of its detection is neither a map nor a list.';
};

const isMap = (one: unknown): one is Readonly<Record<string, unknown>> => typeof one === 'object' && one !== null && !Array.isArray(one);

const combined = (read: readonly (Piece | string)[], word: ' AND ' | ' OR '): Piece | string => {
  const wrong = read.find((one) => typeof one === 'string');
  return wrong ?? join(read.filter((one) => typeof one !== 'string'), word);
};

const mapSql = (map: Readonly<Record<string, unknown>>, source: Source): Piece | string => {
  const entries = Object.entries(map);
  if (entries.length === 0) return 'A search of its detection is empty.';
  return combined(
    entries.map(([key, given]) => {
      const [field = '', ...modifiers] = key.split('|');
      const values = Array.isArray(given) ? (given as unknown[]) : [given];
      if (values.length > MAX_VALUES) return `Its field ${field} has more than ${MAX_VALUES} values.`;
      return field === '' ? keywordSql(values, modifiers, source) : fieldSql(field, modifiers, values, source);
    }),
    ' AND ',
  );
};

/** Words without a field: in any text of the record. */
const keywordSql = (values: readonly unknown[], modifiers: readonly string[], source: Source): Piece | string => {
  const unknown = modifiers.find((one) => one !== 'all');
  if (unknown !== undefined) return `Its words without a field have the modifier ${unknown}: only all is known.`;
  const columns = source.table.columns.filter(({ kind, internal }) => !internal && (kind === 'text' || kind === 'text[]'));
  const read = values.map((one) => {
    const pattern = value.likePattern(value.contains(value.parts(String(one)))) ?? '';
    return join(columns.map((column) => ({ sql: textTest(column, (text) => `${text} ILIKE ? ESCAPE '!'`), params: [pattern] })), ' OR ');
  });
  return join(read, modifiers.includes('all') ? ' AND ' : ' OR ');
};

/** A test of a column's text: of one of a list's items, and false where there is none. */
const textTest = ({ name, kind }: Column, test: (text: string) => string): string => {
  if (kind === 'text[]' || kind === 'u16[]') return `COALESCE((SELECT bool_or(${test('x')}) FROM (SELECT unnest(t.${name})::VARCHAR AS x)), false)`;
  return `COALESCE(${test(textOf(name, kind))}, false)`;
};

const textOf = (name: string, kind: Column['kind']): string => {
  if (kind === 'text') return `t.${name}`;
  if (kind === 'addr') return dialect.addrText(`t.${name}`);
  if (kind === 'mac') return dialect.macText(`t.${name}`);
  return `t.${name}::VARCHAR`;
};

const NUMERIC = new Set<Column['kind']>(['u8', 'u16', 'u32', 'u64', 'f64', 'span', 'time', 'u16[]']);
const ORDER: Readonly<Record<string, string>> = { lt: '<', lte: '<=', gt: '>', gte: '>=' };
const KNOWN = new Set(['contains', 'startswith', 'endswith', 'all', 'cased', 're', 'i', 'm', 's', 'cidr', 'exists', 'fieldref', 'base64', 'base64offset', 'wide', 'utf16', 'utf16le', 'utf16be', 'windash', 'neq', ...Object.keys(ORDER)]);

const fieldSql = (field: string, modifiers: readonly string[], values: readonly unknown[], source: Source): Piece | string => {
  const column = columnOf(source, field);
  if (!column) return `Its field ${field} is none that ${source.table.name} has.`;
  const unknown = modifiers.find((one) => !KNOWN.has(one));
  if (unknown !== undefined) return `Its field ${field} has the modifier ${unknown}, which is not known.`;
  if (values.length === 0) return `Its field ${field} has an empty list of values.`;
  const read = values.map((one) => valueSql(column, field, modifiers, one, source));
  const joined = combined(read, modifiers.includes('all') ? ' AND ' : ' OR ');
  return typeof joined === 'string' || !modifiers.includes('neq') ? joined : { sql: `NOT ${joined.sql}`, params: joined.params };
};

const valueSql = (column: Column, field: string, modifiers: readonly string[], given: unknown, source: Source): Piece | string => {
  const has = (name: string): boolean => modifiers.includes(name);
  const stored = column.kind === 'addr' ? `t.${column.name}_lo` : `t.${column.name}`;
  if (has('exists')) return typeof given === 'boolean' ? { sql: `${stored} IS ${given ? 'NOT ' : ''}NULL`, params: [] } : `Its ${field}|exists takes true or false.`;
  if (given === null) return { sql: `${stored} IS NULL`, params: [] };
  if (typeof given !== 'string' && typeof given !== 'number' && typeof given !== 'boolean') return `Its field ${field} has a value that is neither text nor number.`;
  if (has('fieldref')) {
    const other = columnOf(source, String(given));
    if (!other) return `Its field ${field} is compared with ${String(given)}, which ${source.table.name} has not.`;
    return { sql: textTest(column, (text) => `lower(${text}) = lower(${textOf(other.name, other.kind)})`), params: [] };
  }
  if (has('cidr')) {
    const range = column.kind === 'addr' ? dialect.addrIn(`t.${column.name}`, String(given)) : undefined;
    return range ? { sql: `COALESCE(${range.sql}, false)`, params: range.params } : `Its ${field}|cidr “${String(given)}” is no block of addresses, or the field none.`;
  }
  if (has('re')) return expression(column, field, modifiers, String(given));
  const order = modifiers.find((name) => Object.hasOwn(ORDER, name));
  if (order !== undefined) return ordered(column, field, ORDER[order], given);
  if (typeof given === 'boolean') return column.kind === 'bool' ? { sql: `COALESCE(t.${column.name} = ?, false)`, params: [given] } : `Its field ${field} is no yes or no.`;
  return text(column, modifiers, String(given));
};

const ordered = (column: Column, field: string, op: string, given: string | number | boolean): Piece | string => {
  const number = Number(given);
  if (!NUMERIC.has(column.kind) || column.kind === 'u16[]' || !Number.isFinite(number)) return `Its field ${field} is compared by order and is no number.`;
  // Spans and times are nanoseconds here and seconds in rules.
  const scale = column.kind === 'span' || column.kind === 'time' ? '::DOUBLE / 1e9' : '::DOUBLE';
  return { sql: `COALESCE(t.${column.name}${scale} ${op} ?::DOUBLE, false)`, params: [number] };
};

const expression = (column: Column, field: string, modifiers: readonly string[], source: string): Piece | string => {
  try {
    RE2JS.compile(source);
  } catch (error) {
    return `Its ${field}|re is no regular expression of RE2, which takes no look-around and no back-references: ${error instanceof Error ? error.message : String(error)}.`;
  }
  const flags = ['i', 'm', 's'].filter((flag) => modifiers.includes(flag)).join('');
  const inline = flags === '' ? source : `(?${flags})${source}`;
  return { sql: textTest(column, (of) => `regexp_matches(${of}, ?)`), params: [inline] };
};

/** Equality with wildcards, letters of either case alike unless `cased`. */
const text = (column: Column, modifiers: readonly string[], given: string): Piece => {
  const has = (name: string): boolean => modifiers.includes(name);
  const encoded = encodings(given, modifiers);
  const pieces = encoded.map((one): Piece => {
    const encodes = modifiers.some((name) => name.startsWith('base64'));
    let pattern = encodes ? [one] : value.parts(one);
    if (has('contains')) pattern = value.contains(pattern);
    if (has('startswith')) pattern = value.startswith(pattern);
    if (has('endswith')) pattern = value.endswith(pattern);
    const like = value.likePattern(pattern);
    const cased = has('cased') || encodes;
    const plain = value.plain(pattern);
    if (like === undefined) {
      const range = column.kind === 'addr' ? dialect.addrIn(`t.${column.name}`, plain) : undefined;
      if (range) return { sql: `COALESCE(${range.sql}, false)`, params: range.params };
      if (NUMERIC.has(column.kind) && column.kind !== 'u16[]' && plain.trim() !== '' && Number.isFinite(Number(plain)))
        return { sql: `COALESCE(t.${column.name}::DOUBLE = ?::DOUBLE, false)`, params: [Number(plain)] };
      return cased ? { sql: textTest(column, (of) => `${of} = ?`), params: [plain] } : { sql: textTest(column, (of) => `lower(${of}) = ?`), params: [plain.toLowerCase()] };
    }
    return { sql: textTest(column, (of) => `${of} ${cased ? 'LIKE' : 'ILIKE'} ? ESCAPE '!'`), params: [like] };
  });
  return join(pieces, ' OR ');
};

/** What modifiers make of a value, in the order in which they stand. */
const encodings = (given: string, modifiers: readonly string[]): string[] => {
  let values = [given];
  for (const name of modifiers) {
    if (name === 'wide' || name === 'utf16le') values = values.map((one) => value.utf16(one, 'le'));
    if (name === 'utf16be') values = values.map((one) => value.utf16(one, 'be'));
    if (name === 'utf16') values = values.map((one) => value.utf16(one, 'le', true));
    if (name === 'base64') values = values.map(value.base64);
    if (name === 'base64offset') values = values.flatMap(value.base64Offsets);
    if (name === 'windash') values = values.flatMap(value.dashes);
  }
  return values;
};

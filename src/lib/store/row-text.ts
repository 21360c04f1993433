/**
 * Whole rows as text, made by the database: a line of CSV or of NDJSON is one value instead of forty, which took a million rows of
 * connections from minutes to seconds. Columns are raw ones (halves of addresses, nanoseconds), as schema r has them.
 */

import type { Column } from '../model/tables.ts';
import { dialect } from './dialect.ts';
import { quoteName, quoteText } from './schema.ts';

/** Doubles without the `.0` that whole ones end in. */
const double = (value: string): string => `regexp_replace((${value})::VARCHAR, '\\.0$', '')`;
/** The database would write a hundred microseconds and less as a power of ten. */
const span = (value: string): string =>
  `CASE WHEN ${value} BETWEEN 1 AND 100000 THEN rtrim(printf('0.%09d', ${value}), '0') ELSE ${double(dialect.seconds(value))} END`;
/** Microseconds, rounded down. */
const time = (value: string): string =>
  double(`((${value}) - (((${value}) % 1000) + 1000) % 1000) // 1000 / 1e6`);

/** What a spreadsheet takes for the beginning of a formula, full-width forms included (OWASP, CSV injection). */
const FORMULA = [...'=+-@\t\r\n＝＋－＠'].map((sign) => `chr(${sign.codePointAt(0)})`).join(', ');
const NUMBER = String.raw`[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?`;

/** Free text as a cell: no formula, in quotation marks where it has to be (RFC 4180). */
function csvText(text: string): string {
  const safe = `CASE WHEN left(${text}, 1) IN (${FORMULA}) AND NOT regexp_full_match(${text}, ${quoteText(NUMBER)}) THEN '''' || ${text} ELSE ${text} END`;
  return `CASE WHEN regexp_matches(${text}, '[",\\r\\n]') THEN '"' || replace(${safe}, '"', '""') || '"' ELSE ${safe} END`;
}

function csvCell({ name, kind }: Column): string {
  const column = quoteName(name);
  switch (kind) {
    case 'text':
      return csvText(column);
    case 'text[]':
    case 'u16[]':
      return csvText(`array_to_string(${column}, ' ')`);
    default:
      return plain(name, kind);
  }
}

/** Values that need no quotation marks in CSV. */
function plain(name: string, kind: Exclude<Column['kind'], 'text' | 'text[]' | 'u16[]'>): string {
  const column = quoteName(name);
  switch (kind) {
    case 'addr':
      return dialect.addrText(name);
    case 'mac':
      return dialect.macText(column);
    case 'time':
      return time(column);
    case 'span':
      return span(column);
    case 'f64':
      return double(column);
    default:
      return `${column}::VARCHAR`;
  }
}

function jsonCell({ name, kind }: Column): string {
  const column = quoteName(name);
  switch (kind) {
    case 'text':
    case 'text[]':
    case 'u16[]':
      return `to_json(${column})::VARCHAR`;
    case 'addr':
    case 'mac':
    case 'enum':
      return `'"' || ${plain(name, kind)} || '"'`;
    case 'u64':
      // Beyond what a double holds exactly it is text, as everywhere.
      return `CASE WHEN ${column} > ${Number.MAX_SAFE_INTEGER} THEN '"' || ${column} || '"' ELSE ${column}::VARCHAR END`;
    default:
      return plain(name, kind);
  }
}

/** A line of CSV, without its end. */
export const csvRow = (columns: readonly Column[]): string =>
  `concat_ws(',', ${columns.map((column) => `coalesce(${csvCell(column)}, '')`).join(', ')})`;

/** An object of what is known, without the line's end. */
export const jsonRow = (columns: readonly Column[]): string =>
  `'{' || concat_ws(',', ${columns.map((column) => `${quoteText(`"${column.name}":`)} || (${jsonCell(column)})`).join(', ')}) || '}'`;

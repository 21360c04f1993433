/** Rows as CSV that is safe to open in a spreadsheet. */

import { stringify, type Stringifier } from 'csv-stringify';
import type { Cell } from '../model/api/common.ts';

/** What a spreadsheet takes for the beginning of a formula, full-width forms included (OWASP, CSV injection). */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

/**
 * Text that a spreadsheet would run gets an apostrophe before it, which makes it text there; numbers stay as they are.
 * csv-stringify's own `escape_formulas` would also change -1.
 */
export const neutralised = (text: string): string => (FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text);

function cellText(cell: Cell): string {
  if (cell === null) return '';
  if (Array.isArray(cell)) return neutralised(cell.join(' '));
  return typeof cell === 'string' ? neutralised(cell) : String(cell);
}

/** A stream that takes rows (arrays of cells) and gives RFC 4180 CSV with a header line. */
export function csvWriter(columns: readonly string[]): Stringifier {
  // Left alone, csv-stringify quotes only the whole record delimiter: a single line break would begin a row of the capture's making.
  const writer = stringify({ record_delimiter: '\r\n', quoted_match: /[\r\n]/ });
  writer.write(columns.map(neutralised));
  return writer;
}

export const csvRow = (row: readonly Cell[]): string[] => row.map(cellText);

/** Rows as CSV that is safe to open in a spreadsheet. */

import { stringify } from 'csv-stringify/sync';
import type { Cell } from '../model/api/common.ts';

/** What a spreadsheet takes for the beginning of a formula, full-width forms included (OWASP, CSV injection). */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

/**
 * Text that a spreadsheet would run gets an apostrophe before it, which makes it text there; numbers stay as they are.
 * csv-stringify's own `escape_formulas` would also change -1.
 */
export const neutralised = (text: string): string =>
  FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;

function cellText(cell: Cell): string {
  if (cell === null) return '';
  if (Array.isArray(cell)) return neutralised(cell.join(' '));
  return typeof cell === 'string' ? neutralised(cell) : String(cell);
}

/** RFC 4180 lines of some rows (arrays of cells), each ended by CR LF. */
export const csvLines = (rows: readonly (readonly Cell[])[]): string =>
  // Left alone, csv-stringify quotes only the whole record delimiter: a single line break would begin a row of the capture's making.
  stringify(
    rows.map((row) => row.map(cellText)),
    { record_delimiter: '\r\n', quoted_match: /[\r\n]/ },
  );

/** Rows as a table of text for a terminal. */

import type { Cell } from '../../lib/model/api/common.ts';

const WIDEST = 60;

/** Control characters of captured text would drive the terminal. */
const shown = (cell: Cell): string => (cell === null ? '' : String(cell).replace(/\p{Cc}/gu, '·'));

const cut = (text: string): string => (text.length > WIDEST ? `${text.slice(0, WIDEST - 1)}…` : text);

/** Numbers to the right, everything else to the left. */
export function textTable(names: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const cells = rows.map((row) => row.map((cell) => cut(shown(cell))));
  const widths = names.map((name, at) => Math.max(name.length, ...cells.map((row) => row[at]?.length ?? 0)));
  const right = names.map(
    (_name, at) =>
      rows.some((row) => typeof row[at] === 'number') &&
      rows.every((row) => row[at] === null || typeof row[at] === 'number'),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((text, at) => (right[at] ? text.padStart(widths[at] ?? 0) : text.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd();
  const count = `${rows.length.toLocaleString('en')} ${rows.length === 1 ? 'row' : 'rows'}`;
  return `${[line(names), widths.map((width) => '─'.repeat(width)).join('  '), ...cells.map(line), count].join('\n')}\n`;
}

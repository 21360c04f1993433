import { useCommands, type Command } from '../keys/commands.svelte.ts';

/** What the keys of a table need to know; everything is asked when a key is pressed. */
export interface GridKeys {
  readonly rows: () => number;
  readonly cursor: () => number | null;
  /** Rows of one page. */
  readonly page: () => number;
  readonly move: (row: number) => void;
  readonly open: () => ((row: number) => void) | undefined;
}

/** j k, pages, ends and Enter of a table, while the calling component lives. */
export function useGridKeys(grid: GridKeys): void {
  const step = (by: number): void => {
    const rows = grid.rows();
    if (rows === 0) return;
    const from = grid.cursor() ?? (by > 0 ? -1 : rows);
    grid.move(Math.max(0, Math.min(rows - 1, from + by)));
  };
  const key = (id: string, title: string, keys: string[], run: () => void, keysOnly = true): Command => ({
    id,
    title,
    group: 'Table',
    keys,
    keysOnly,
    run,
  });
  useCommands(() => [
    key('row-down', 'Next row', ['j', 'ArrowDown'], () => step(1)),
    key('row-up', 'Previous row', ['k', 'ArrowUp'], () => step(-1)),
    key('page-down', 'A page down', ['PageDown'], () => step(grid.page())),
    key('page-up', 'A page up', ['PageUp'], () => step(-grid.page())),
    key('first-row', 'First row', ['g g', 'Home'], () => grid.move(0), false),
    key('last-row', 'Last row', ['G', 'End'], () => grid.move(Math.max(0, grid.rows() - 1)), false),
    ...(grid.open()
      ? [
          key('row-open', 'Open the row', ['Enter'], () => {
            const row = grid.cursor();
            if (row !== null) grid.open()?.(row);
          }),
        ]
      : []),
  ]);
}

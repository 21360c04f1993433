import type { View } from '../url/view.ts';
import { scopeParams } from '../url/view.ts';
import { api, apiWith } from '../url/paths.ts';

/** What a table asks the server: filter, range, sort and columns of the view. */
export function tableParams(view: View, columns: readonly string[]): URLSearchParams {
  const params = scopeParams(view);
  if (view.sort !== null) {
    params.set('sort', view.sort.column);
    if (view.sort.desc) params.set('desc', 'true');
  }
  params.set('columns', columns.join(','));
  return params;
}

export function rowsUrl(
  caseId: string,
  table: string,
  view: View,
  columns: readonly string[],
  offset: number,
  limit: number,
): string {
  const params = tableParams(view, columns);
  params.set('offset', String(offset));
  params.set('limit', String(limit));
  return apiWith(api('cases', caseId, 'tables', table), params);
}

/** Exactly what the table shows: its rows, its columns, its order. */
export function exportUrl(
  caseId: string,
  table: string,
  view: View,
  columns: readonly string[],
  format: 'csv' | 'ndjson',
): string {
  const params = tableParams(view, columns);
  params.set('format', format);
  return apiWith(api('cases', caseId, 'tables', table, 'export'), params);
}

/** Packets of what is shown, as pcapng: of `packets` those that match, else all of the connections that the rows belong to. */
export function cutUrl(caseId: string, table: string, view: View): string {
  const params = scopeParams(view);
  params.set('table', table);
  return apiWith(api('cases', caseId, 'packets', 'slice'), params);
}

/** What a click on a column's head does: up, down, and back to the table's own order. */
export function nextSort(sort: View['sort'], column: string): View['sort'] {
  if (sort?.column !== column) return { column, desc: false };
  return sort.desc ? null : { column, desc: true };
}

/**
 * What a page shows, as the address bar holds it: filter, range, input, sort, columns, selection. Reading what was written
 * gives the same view, and a view has one spelling, so that addresses can be compared and shared.
 */

export interface Sort {
  readonly column: string;
  readonly desc: boolean;
}

export interface View {
  /** Display filter, '' for none. */
  readonly filter: string;
  /** Seconds since the epoch as text with up to nine decimals; null for the data's own. */
  readonly from: string | null;
  readonly to: string | null;
  /** Only this input of the case. */
  readonly input: string | null;
  readonly sort: Sort | null;
  /** Columns in their order; null for the table's own. */
  readonly columns: readonly string[] | null;
  /** Row under the cursor, from 0. */
  readonly row: number | null;
}

export const EMPTY_VIEW: View = {
  filter: '',
  from: null,
  to: null,
  input: null,
  sort: null,
  columns: null,
  row: null,
};

const SECONDS = /^\d{1,10}(\.\d{1,9})?$/;
const COLUMN = /^[a-z][a-z0-9_]{0,59}$/;
const ID = /^[a-z0-9][a-z0-9-]{0,62}$/;

const matching = (text: string | null, pattern: RegExp): string | null =>
  text !== null && pattern.test(text) ? text : null;

/** The view that an address names. What is not understood is left out: an address is typed by people. */
export function readView(params: URLSearchParams): View {
  const sort = params.get('sort');
  const column = sort === null ? null : matching(sort.replace(/^-/, ''), COLUMN);
  const columns = (params.get('cols') ?? '').split(',').filter((name) => COLUMN.test(name));
  const row = params.get('row');
  return {
    filter: (params.get('q') ?? '').trim(),
    from: matching(params.get('from'), SECONDS),
    to: matching(params.get('to'), SECONDS),
    input: matching(params.get('input'), ID),
    sort: column === null ? null : { column, desc: sort?.startsWith('-') === true },
    columns: columns.length === 0 ? null : [...new Set(columns)],
    row: row !== null && /^[1-9]\d{0,11}$/.test(row) ? Number(row) - 1 : null,
  };
}

/** The parts of an address that hold the view, in one order; `others` are kept as they are. */
export function writeView(view: View, others: URLSearchParams = new URLSearchParams()): URLSearchParams {
  const out = new URLSearchParams();
  const put = (name: string, value: string | null): void => {
    if (value !== null && value !== '') out.set(name, value);
  };
  put('q', view.filter);
  put('from', view.from);
  put('to', view.to);
  put('input', view.input);
  put('sort', view.sort && (view.sort.desc ? '-' : '') + view.sort.column);
  put('cols', view.columns && view.columns.join(','));
  put('row', view.row === null ? null : String(view.row + 1));
  for (const [name, value] of others) if (!VIEW_PARAMS.has(name)) out.append(name, value);
  return out;
}

const VIEW_PARAMS = new Set(['q', 'from', 'to', 'input', 'sort', 'cols', 'row']);

/** What narrows every page of a case, for the API and for links from page to page. */
export function scopeParams(view: View, parts: { filter?: boolean } = {}): URLSearchParams {
  const out = new URLSearchParams();
  if (view.filter !== '' && parts.filter !== false) out.set('filter', view.filter);
  if (view.from !== null) out.set('from', view.from);
  if (view.to !== null) out.set('to', view.to);
  if (view.input !== null) out.set('input', view.input);
  return out;
}

/** Seconds as the address bar and the API take them: up to nine decimals, no exponent. */
export function secondsText(seconds: number): string {
  const text = Math.max(0, seconds).toFixed(6);
  return text.replace(/\.?0+$/, '');
}

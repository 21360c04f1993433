/** Addresses of pages and of the API, so that no page spells one by hand. */

type Params = Record<string, string | number | boolean | null | undefined> | URLSearchParams;

function withParams(path: string, params?: Params): string {
  if (params === undefined) return path;
  const entries = params instanceof URLSearchParams ? params : new URLSearchParams();
  if (!(params instanceof URLSearchParams))
    for (const [name, value] of Object.entries(params))
      if (value !== undefined && value !== null && value !== '') entries.set(name, String(value));
  const text = entries.toString();
  return text === '' ? path : `${path}?${text}`;
}

export type CasePage =
  | 'overview'
  | 'captures'
  | 'conns'
  | 'packets'
  | 'hosts'
  | 'timeline'
  | 'graph'
  | 'findings'
  | 'rules'
  | 'replay'
  | 'compare'
  | 'snapshots'
  | 'logs'
  | 'files'
  | 'credentials'
  | 'sql';

export const pageUrl = (id: string, page: CasePage, params?: Params): string =>
  withParams(page === 'overview' ? `/c/${id}` : `/c/${id}/${page}`, params);

export const hostUrl = (id: string, address: string, params?: Params): string =>
  withParams(`/c/${id}/host/${encodeURIComponent(address)}`, params);

export const connUrl = (id: string, uid: string, params?: Params): string =>
  withParams(`/c/${id}/conn/${encodeURIComponent(uid)}`, params);

export const findingUrl = (
  id: string,
  key: string,
  params: Record<string, string | null | undefined> = {},
): string => withParams(`/c/${id}/finding`, { key, ...params });

/** One frame in the packet list, taken apart. */
export const frameUrl = (
  id: string,
  input: string | null,
  { file, n }: { file: number; n: number },
): string => pageUrl(id, 'packets', { q: `file == ${file} && frame.number == ${n}`, input, row: 1 });

export const logUrl = (id: string, table: string, params?: Params): string =>
  withParams(`/c/${id}/logs/${table}`, params);

/** Pages of the machine that Coldwire runs on. */
export type MachinePage = 'now' | 'capture' | 'neighbours' | 'scan' | 'custody';

export const machineUrl = (page: MachinePage, params?: Params): string =>
  withParams(page === 'now' ? '/host' : `/host/${page}`, params);

/** A carved file: a download. */
export const fileUrl = (id: string, fuid: string, params?: Params): string =>
  withParams(api('cases', id, 'files', fuid, 'content'), params);

/** `api('cases', id, 'tables')` → /api/v1/cases/ID/tables */
export const api = (...segments: (string | number)[]): string =>
  `/api/v1/${segments.map((segment) => encodeURIComponent(segment)).join('/')}`;

export const apiWith = (path: string, params: Params): string => withParams(path, params);

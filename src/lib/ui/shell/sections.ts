import type { CasePage } from '../url/paths.ts';
import type { IconName } from '../parts/icons.ts';

export interface Section {
  readonly page: CasePage;
  readonly title: string;
  readonly icon: IconName;
  /** Second key after g. */
  readonly key: string;
  /** The page narrows by filter and range, so a link takes them along. */
  readonly scoped: boolean;
}

/** Pages of a case, in the order of the rail. */
export const SECTIONS: readonly Section[] = [
  { page: 'overview', title: 'Overview', icon: 'overview', key: 'o', scoped: true },
  { page: 'captures', title: 'Captures', icon: 'captures', key: 'u', scoped: false },
  { page: 'findings', title: 'Findings', icon: 'findings', key: 'f', scoped: false },
  { page: 'rules', title: 'Rules', icon: 'book', key: 'e', scoped: false },
  { page: 'replay', title: 'Replay', icon: 'retry', key: 'y', scoped: false },
  { page: 'conns', title: 'Connections', icon: 'conns', key: 'c', scoped: true },
  { page: 'packets', title: 'Packets', icon: 'packets', key: 'p', scoped: true },
  { page: 'logs', title: 'Logs', icon: 'logs', key: 'l', scoped: false },
  { page: 'files', title: 'Files', icon: 'files', key: 'i', scoped: false },
  { page: 'credentials', title: 'Credentials', icon: 'credentials', key: 'k', scoped: false },
  { page: 'hosts', title: 'Hosts', icon: 'hosts', key: 'h', scoped: false },
  { page: 'timeline', title: 'Timeline', icon: 'timeline', key: 't', scoped: true },
  { page: 'graph', title: 'Graph', icon: 'graph', key: 'r', scoped: true },
  { page: 'compare', title: 'Compare', icon: 'compare', key: 'd', scoped: false },
  { page: 'snapshots', title: 'Snapshots', icon: 'record', key: 'n', scoped: false },
  { page: 'sql', title: 'SQL', icon: 'sql', key: 's', scoped: false },
];

const SCOPE = ['q', 'from', 'to', 'input'];

/** The filter and range of this page, for a link to another. */
export function scopeOf(search: URLSearchParams): URLSearchParams {
  const out = new URLSearchParams();
  for (const name of SCOPE) {
    const value = search.get(name);
    if (value !== null && value !== '') out.set(name, value);
  }
  return out;
}

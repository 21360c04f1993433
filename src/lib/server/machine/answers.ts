/** What routes under /host call. */

import { download } from '../download.ts';
import type { NowReader } from './now.ts';

export interface MachineParts {
  readonly now: NowReader;
}

const CSV = 'text/csv; charset=utf-8';

export function machineAnswers({ now }: MachineParts) {
  return {
    now: () => now.now(),
    nowEvents: () => now.events(),
    nowCsv: () => download(now.csv(), 'sockets.csv', CSV),
  };
}

export type MachineAnswers = ReturnType<typeof machineAnswers>;
